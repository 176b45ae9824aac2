"""MIDI messages for several ports in one stream: messages for ports above 0 are prefixed with `F5` and the port number.

Serial ports of Roland and Yamaha devices select a port in the same way. Messages for port 0 have no prefix.
A channel in this package is 0-15 for port 0, 16-31 for port 1, and so on.
"""

from __future__ import annotations

PORT = 0xF5
PORTS = 16  # maximum number of ports


def split(data: bytes) -> tuple[int, bytes]:
    """Return the port (0-15) and the message without a prefix."""
    return (data[1] % PORTS, data[2:]) if data[0] == PORT else (0, data)


def at_port(port: int, message: bytes) -> bytes:
    """Return a plain MIDI message with the prefix for `port`."""
    return message if port == 0 else bytes((PORT, port % PORTS)) + message


def on_channel(channel: int, status: int, *rest: int) -> bytes:
    """Return a channel message with a status (0x80, 0x90, ...) and data, on a channel that may be above 15."""
    return at_port(channel >> 4, bytes((status | channel & 0x0F, *rest)))
