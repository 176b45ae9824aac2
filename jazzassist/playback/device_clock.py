"""How far a sound device has played, from when it asks for sound; and how much time it has lost without any."""

from __future__ import annotations

_NOTICED_SECONDS = 0.01  # a device that asks so much too late may still have had something to play


class DeviceClock:
    """Compares what a device has been given with the time that has passed.

    `lead` is for how many seconds the device had sound when it asked last. Once that is clearly
    below nothing the device has fallen silent: an underrun, and the time is lost. `capacity` is the
    most seconds that it can hold; a clock that is a little slow lets the lead grow, but never above that.
    """

    def __init__(self, capacity: float) -> None:
        self.capacity = capacity
        self.lead = 0.0
        self.underruns, self.lost = 0, 0.0
        self._given: float | None = None  # up to which time the device has sound

    def asked(self, now: float, seconds: float) -> float:
        """The device asks at the time `now` for so many seconds of sound; how many it has lost since it asked last."""
        if self._given is None:
            self._given = now
        self.lead = min(self._given - now, self.capacity)
        lost = 0.0
        if self.lead < -_NOTICED_SECONDS:
            lost, self.lead = -self.lead, 0.0
            self.underruns += 1
            self.lost += lost
        self._given = now + self.lead + seconds
        return lost
