"""How long pedals sustain the notes of a channel."""

from __future__ import annotations

from collections.abc import Iterable

_SUSTAIN = 64
_HOLDING = (_SUSTAIN, 66)  # sustain and sostenuto
_RESET = 121  # resets all controllers
Moment = tuple[int, bytes]  # tick, message


def pedals_by_channel(events: Iterable[Moment]) -> dict[int, list[Moment]]:
    """Return the pedal messages among (tick, message) pairs, grouped by channel (0-15) and sorted by tick."""
    found: dict[int, list[Moment]] = {}
    for tick, data in events:
        if data[0] & 0xF0 == 0xB0 and len(data) == 3 and data[1] in (*_HOLDING, _RESET):
            found.setdefault(data[0] & 0x0F, []).append((tick, data))
    return {channel: sorted(moments, key=lambda moment: moment[0]) for channel, moments in found.items()}


def pressed(events: Iterable[Moment]) -> list[tuple[int, int]]:
    """The ticks at which the sustain pedal goes down and up, in order, by (tick, message) of one line.

    A pedal that is never released counts for nothing: nobody plays so.
    """
    found: list[tuple[int, int]] = []
    down: int | None = None
    for tick, data in sorted(events, key=lambda moment: moment[0]):
        if len(data) != 3 or data[0] & 0xF0 != 0xB0 or data[1] not in (_SUSTAIN, _RESET):
            continue
        is_down = data[1] == _SUSTAIN and data[2] >= 64
        if is_down and down is None:
            down = tick
        elif not is_down and down is not None:
            found.append((down, tick))
            down = None
    return found


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
