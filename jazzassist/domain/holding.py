"""The times until which pedals hold the notes of a channel."""

from __future__ import annotations

from collections.abc import Iterable

_HOLDING = (64, 66)  # sustain and sostenuto
_RESET = 121  # resets all controllers
Moment = tuple[int, bytes]  # tick, message


def pedals_by_channel(events: Iterable[Moment]) -> dict[int, list[Moment]]:
    """Of these (tick, message), those that move a pedal, by channel (0-15) and in the order of time."""
    found: dict[int, list[Moment]] = {}
    for tick, data in events:
        if data[0] & 0xF0 == 0xB0 and len(data) == 3 and data[1] in (*_HOLDING, _RESET):
            found.setdefault(data[0] & 0x0F, []).append((tick, data))
    return {channel: sorted(moments, key=lambda moment: moment[0]) for channel, moments in found.items()}


def held_until(pedals: Iterable[Moment], end: int, end_of_track: int) -> tuple[int, bool]:
    """The tick until which notes that ended at `end` are held, and whether their pedal is never released.

    `pedals`: what `pedals_by_channel` found for their channel. Without a pedal that is down at `end` it
    is `end` itself, with one that is never released it is `end_of_track`.
    """
    down: set[int] = set()
    for tick, (_, number, value) in pedals:
        if tick > end and not down:
            break
        if number == _RESET:
            down.clear()
        elif value < 64:
            down.discard(number)
        elif tick <= end:
            down.add(number)
        if tick > end and not down:
            return tick, False
    return (max(end, end_of_track), True) if down else (end, False)
