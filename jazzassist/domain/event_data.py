"""The messages of events that are not notes, as in `Event.data`."""

from __future__ import annotations

from jazzassist.domain.song import Event

MARKER, TEMPO, METER, KEY, END_OF_TRACK = 0x06, 0x51, 0x58, 0x59, 0x2F

_MINUTE = 60_000_000  # microseconds
_LENGTHS = {0xA0: 3, 0xB0: 3, 0xC0: 2, 0xD0: 2, 0xE0: 3}  # of channel messages, in bytes
_LAST_TICK = (1 << 62) - 1


def controller_data(channel: int, number: int, value: int) -> bytes:
    """Return a control change; ValueError unless the channel is 0-15 and number and value 0-127."""
    return _channel_data(0xB0, channel, number, value)


def program_data(channel: int, program: int) -> bytes:
    """Return a program change; ValueError unless the channel is 0-15 and the program 0-127."""
    return _channel_data(0xC0, channel, program)


def bend_data(channel: int, value: int) -> bytes:
    """Return a pitch bend; ValueError unless the channel is 0-15 and the value -8192 to 8191."""
    if not -8192 <= value <= 8191:
        raise ValueError(f"a pitch bend is -8192 to 8191, not {value}")
    return _channel_data(0xE0, channel, (value + 8192) & 0x7F, (value + 8192) >> 7)


def tempo_data(bpm: float) -> bytes:
    """Return a tempo in quarter notes per minute; ValueError if a file cannot hold it."""
    duration = round(_MINUTE / bpm) if bpm > 0 else 0
    if not 1 <= duration < 1 << 24:
        raise ValueError(f"a tempo is {_MINUTE / ((1 << 24) - 1):.2f} to {_MINUTE:,} beats per minute")
    return bytes((0xFF, TEMPO)) + duration.to_bytes(3, "big")


def meter_data(numerator: int, denominator: int) -> bytes:
    """Return a time signature; ValueError unless it has 1-255 beats, and 1, 2, 4 ... 128 as its denominator.

    The metronome clicks on each beat, or on each group of three in 6/8, 9/8 and 12/8.
    """
    power = denominator.bit_length() - 1
    if not 1 <= numerator <= 255 or not 0 <= power <= 7 or denominator != 1 << power:
        raise ValueError(f"{numerator}/{denominator} is not a time signature")
    is_compound = denominator == 8 and numerator in (6, 9, 12)
    clocks = min(255, max(1, 96 // denominator * (3 if is_compound else 1)))
    return bytes((0xFF, METER, numerator, power, clocks, 8))


def key_data(sharps: int, minor: bool = False) -> bytes:
    """Return a key signature of -7 (flats) to 7 sharps, otherwise ValueError."""
    if not -7 <= sharps <= 7:
        raise ValueError("a key signature has at most seven sharps or flats")
    return bytes((0xFF, KEY, sharps & 0xFF, int(minor)))


def check(event: Event) -> None:
    """ValueError if a file cannot hold an event, or it is a note-on, a note-off or the end of a track."""
    if not 0 <= event.tick <= _LAST_TICK:
        raise ValueError("an event is at tick 0 or later")
    status = event.data[0] if event.data else 0
    if 0xA0 <= status < 0xF0:
        is_valid = len(event.data) == _LENGTHS[status & 0xF0] and max(event.data[1:]) < 0x80
    elif status == 0xFF:
        is_valid = len(event.data) >= 2 and event.data[1] < 0x80 and event.data[1] != END_OF_TRACK
    else:
        is_valid = status in (0xF0, 0xF7)
    if not is_valid:
        raise ValueError(f"the message {event.data.hex(' ') or '(none)'} cannot be an event of a track")


def _channel_data(kind: int, channel: int, *values: int) -> bytes:
    if not 0 <= channel <= 15:
        raise ValueError(f"a channel is 0-15, not {channel}")
    if any(not 0 <= value <= 127 for value in values):
        raise ValueError("a value of a MIDI message is 0-127")
    return bytes((kind | channel, *values))
