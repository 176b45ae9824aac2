"""A cache of samples resampled to a constant pitch, so that a repeated note costs only a copy."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from jazzassist.playback.samples import Placed
from jazzassist.playback.soundfont import Samples

_PIECE = 2048  # frames computed at once
_LONGEST_SECONDS = 20.0  # longer notes are computed as they sound
_MOST_FRAMES = 1 << 24  # of all readings together: 64 MiB


class Reading:
    """The frames of one sample at `increment` source samples per frame, computed on demand."""

    def __init__(self, placed: Placed, increment: float, longest: int) -> None:
        self.placed, self.increment = placed, increment
        self.length = longest
        self.ends = placed.loop_length == 0 and (placed.limit - placed.start) / increment < longest
        if self.ends:
            self.length = max(0, int(np.ceil((placed.limit - placed.start) / increment)))
        self._sound: Samples = np.zeros(0, np.float32)
        self._done = 0
        self._lock = threading.Lock()

    def part(self, pool: Samples, first: int, frames: int) -> Samples:
        """Return frames `first` to `first + frames`; fewer at the end of the sample."""
        last = min(first + frames, self.length)
        if last > self._done and not self.extend(pool, last):
            return interpolated(pool, self._places(first, last), self.placed.limit)
        return self._sound[first:last]

    def extend(self, pool: Samples, last: int) -> bool:
        """Compute the missing frames before `last`. Return False, without waiting, if another thread is doing that.

        The other thread may have a lower priority. Waiting for it would mean waiting for every other process.
        """
        if not self._lock.acquire(blocking=False):
            return False
        try:
            before, after = self._done, min(self.length, -(-last // _PIECE) * _PIECE)
            if after > len(self._sound):
                larger = np.zeros(min(self.length, max(after, 2 * len(self._sound))), np.float32)
                larger[:before] = self._sound[:before]
                self._sound = larger
            for start in range(before, after, _PIECE):
                end = min(after, start + _PIECE)
                self._sound[start:end] = interpolated(pool, self._places(start, end), self.placed.limit)
            self._done = max(before, after)
            return True
        finally:
            self._lock.release()

    @property
    def held(self) -> int:
        """The number of computed frames."""
        return len(self._sound)

    def place(self, frame: int) -> float:
        """Return the position in the pool at `frame`."""
        return float(self._places(frame, frame + 1)[0])

    def _places(self, start: int, end: int) -> npt.NDArray[np.float64]:
        places = self.placed.start + self.increment * np.arange(start, end)
        if self.placed.loop_length and places[-1] >= self.placed.loop_start + 1:
            # One sample later than the loop proper: the cubic looks one back, where the first turn may differ.
            first = self.placed.loop_start + 1
            turned = first + (places - first) % self.placed.loop_length
            return np.asarray(np.where(places < first, places, turned))
        return np.asarray(places)


class Readings:
    """All readings by sample and pitch. The cache is cleared if it gets too large; voices keep their readings."""

    def __init__(self, rate: int) -> None:
        self._longest = round(_LONGEST_SECONDS * rate)
        self._known: dict[tuple[Placed, float], Reading] = {}

    def of(self, placed: Placed, increment: float) -> Reading:
        """Return the reading of a sample at `increment` source samples per frame."""
        found = self._known.get((placed, increment))
        if found is None:
            if len(self._known) % 64 == 63 and sum(r.held for r in self._known.values()) > _MOST_FRAMES:
                self._known = {}
            found = self._known[placed, increment] = Reading(placed, increment, self._longest)
        return found


def interpolated(pool: Samples, places: npt.NDArray[np.float64], limit: npt.ArrayLike) -> Samples:
    """Return the pool at fractional `places`, by cubic interpolation. No sample after `limit` is read."""
    index = places.astype(np.int64)
    part = (places - index).astype(np.float32)
    np.minimum(index, limit, out=index)
    here = pool.take(index, mode="clip")
    after, later, before = (pool.take(index + offset, mode="clip") for offset in (1, 2, -1))
    slope = (after - before) * np.float32(0.5)
    drop = here - after
    weight = slope + drop
    cubic = (later - here) * np.float32(0.5)
    cubic += weight
    cubic += drop
    weight += cubic
    cubic *= part
    cubic -= weight
    cubic *= part
    cubic += slope
    cubic *= part
    cubic += here
    return np.asarray(cubic, np.float32)
