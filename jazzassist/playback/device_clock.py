"""How far a sound device has played, from when it asks for sound; and how much time it has lost without any."""

from __future__ import annotations

from jazzassist.playback.sequencer import Due

_NOTICED_SECONDS = 0.01  # a device that asks so much too late may still have had something to play


class DeviceClock:
    """Compares what a device has been given with the time that has passed.

    `lead` is for how many seconds the device had sound when it asked last. Once that is clearly
    below nothing the device has fallen silent: an underrun, and the time is lost. `capacity` is the
    most seconds that it can hold; a clock that is a little slow lets the lead grow, but never above that.
    `in_hand` is how many periods the device plays before the one it asks for first: JACK is always one ahead.
    """

    def __init__(self, capacity: float, in_hand: int = 0) -> None:
        self.capacity = capacity
        self._in_hand = in_hand
        self.lead = 0.0
        self.underruns, self.lost = 0, 0.0
        self._given: float | None = None  # up to which time the device has sound

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
    """The messages without the notes that begin and end among them: nobody would hear more than a click of these."""
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
