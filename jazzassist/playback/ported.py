"""MIDI messages for several ports in one stream: one for a port above 0 begins with `F5` and the port's number.

Roland's and Yamaha's serial ports select a port in this way. A message for port 0 is the plain MIDI
message. A "channel" in this package is 0-15 for port 0, 16-31 for port 1, and so on.
"""

from __future__ import annotations

PORT = 0xF5
PORTS = 16  # so many ports are kept apart


def split(data: bytes) -> tuple[int, bytes]:
    """The port (0-15) and the plain MIDI message."""
    return (data[1] % PORTS, data[2:]) if data[0] == PORT else (0, data)


def at_port(port: int, message: bytes) -> bytes:
    """The plain MIDI message, addressed to `port`."""
    return message if port == 0 else bytes((PORT, port % PORTS)) + message


def on_channel(channel: int, status: int, *rest: int) -> bytes:
    """The channel message of that status (0x80, 0x90, ...) and data on a channel that may be above 15."""
    return at_port(channel >> 4, bytes((status | channel & 0x0F, *rest)))
