"""The parameters that system exclusive messages address, so that setups can be restored."""

from __future__ import annotations

from jazzassist.domain.sysex import GM_ON, is_reset, roland_data, xg_data

__all__ = ["GM_ON", "address_of", "is_reset"]

Address = tuple[str | bytes, ...]
_LONGEST_UNKNOWN = 64  # bytes; longer messages of unknown manufacturers are memory dumps, not settings
_NON_REAL_TIME, _REAL_TIME, _ROLAND, _YAMAHA = 0x7E, 0x7F, 0x41, 0x43
_TUNING, _DEVICE_CONTROL = 0x08, 0x04


def address_of(message: bytes) -> Address | None:
    """Return the address that a system exclusive sets; None if it has no lasting effect (request, dump, MMC).

    Of two messages with the same address, the later replaces the earlier. The address of a reset is ("reset",).
    """
    if len(message) < 5:
        return None
    if is_reset(message):
        return ("reset",)
    maker = message[1]
    if maker in (_NON_REAL_TIME, _REAL_TIME):
        return _universal(message)
    if maker == _ROLAND:
        return _roland(message)
    if maker == _YAMAHA:
        return _yamaha(message)
    return (message[1:-2],) if len(message) <= _LONGEST_UNKNOWN else None


def _universal(message: bytes) -> Address | None:
    if message[3] == _TUNING and len(message) > 7:
        return (message[1:2] + message[3:7],)
    if message[1] == _REAL_TIME and message[3] == _DEVICE_CONTROL:
        return (message[3:5],) if message[4] < 5 else (message[3:-3],)
    return None


def _roland(message: bytes) -> Address | None:
    found = roland_data(message)
    if found is not None:
        return ("gs", bytes(found[0]), bytes((len(found[1]),)))
    return (message[1:2] + message[3:8],) if len(message) > 9 and message[4] == 0x12 else None


def _yamaha(message: bytes) -> Address | None:
    found = xg_data(message)
    if found is not None:
        return ("xg", bytes(found[0]), bytes((len(found[1]),)))
    kind = message[2] & 0xF0
    if kind == 0x10:
        return (message[1:2] + message[3:-2],)
    return (message[1:8],) if kind == 0x00 and len(message) > 9 else None
