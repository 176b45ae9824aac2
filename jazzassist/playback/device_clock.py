"""Playback progress of a sound device, estimated from its requests, and the time lost by underruns."""

from __future__ import annotations

from jazzassist.playback.sequencer import Due

_NOTICED_SECONDS = 0.01  # a request that is late by less may not have caused a gap


class DeviceClock:
    """Compares the amount of sound given to a device with the elapsed time.

    `lead`: the seconds of sound that the device had left at its last request. If it is clearly negative, the
    device has fallen silent: an underrun, and that time is lost. `capacity`: the maximum of `lead`, in seconds; a
    device with a slow clock lets it grow up to that. `in_hand`: how many periods the device plays before the one that
    it asks for first. JACK is always one ahead.
    """

    def __init__(self, capacity: float, in_hand: int = 0) -> None:
        self.capacity = capacity
        self._in_hand = in_hand
        self.lead = 0.0
        self.underruns, self.lost = 0, 0.0
        self._given: float | None = None  # the time until which the device has sound

    def asked(self, now: float, seconds: float) -> float:
        """Records a request at time `now` for `seconds` of sound. Returns the seconds lost since the last request."""
        if self._given is None:
            self._given = now + self._in_hand * seconds
        self.lead = min(self._given - now, self.capacity)
        lost = 0.0
        if self.lead < -_NOTICED_SECONDS:
            lost, self.lead = -self.lead, 0.0
            self.underruns += 1
            self.lost += lost
        self._given = now + self.lead + seconds
        return lost


def without_ended_notes(due: list[Due]) -> list[bytes]:
    """Return the messages without notes that both begin and end among them, which would be heard as clicks only."""
    kept: list[bytes | None] = []
    begun: dict[tuple[int, int], list[int]] = {}
    for _, data in due:
        kind, key = data[0] & 0xF0, (data[0] & 0x0F, data[1] if len(data) > 1 else 0)
        if kind in (0x80, 0x90) and (kind == 0x80 or data[2] == 0) and begun.get(key):
            kept[begun[key].pop(0)] = None
            continue
        if kind == 0x90 and data[2] > 0:
            begun.setdefault(key, []).append(len(kept))
        kept.append(data)
    return [data for data in kept if data is not None]
