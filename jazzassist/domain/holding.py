"""How long pedals sustain the notes of a channel."""

from __future__ import annotations

from collections.abc import Iterable

_HOLDING = (64, 66)  # sustain and sostenuto
_RESET = 121  # resets all controllers
Moment = tuple[int, bytes]  # tick, message


def pedals_by_channel(events: Iterable[Moment]) -> dict[int, list[Moment]]:
    """Return the pedal messages among (tick, message) pairs, grouped by channel (0-15) and sorted by tick."""
    found: dict[int, list[Moment]] = {}
    for tick, data in events:
        if data[0] & 0xF0 == 0xB0 and len(data) == 3 and data[1] in (*_HOLDING, _RESET):
            found.setdefault(data[0] & 0x0F, []).append((tick, data))
    return {channel: sorted(moments, key=lambda moment: moment[0]) for channel, moments in found.items()}


def held_until(pedals: Iterable[Moment], end: int, end_of_track: int) -> tuple[int, bool]:
    """Return the tick until which pedals sustain notes that ended at `end`, and whether a pedal is never released.

    `pedals`: the channel's messages from `pedals_by_channel`. The tick is `end` if no pedal is down there,
    and `end_of_track` if a pedal is never released.
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
