"""A chorus: copies of the sound that come a little later, by a time that swings."""

from __future__ import annotations

import numpy as np

from jazzassist.playback.soundfont import Samples

_DELAY_SECONDS, _DEPTH_SECONDS = 0.012, 0.004
_TURNS_PER_SECOND = 0.4
_PHASES = np.array([[0.0], [0.5]])  # of the copies on the left and on the right, in turns
_LEVEL = 1.0


class Chorus:
    """A copy on each side. Takes blocks of any size."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._past = np.zeros(round((_DELAY_SECONDS + _DEPTH_SECONDS) * rate) + 3, np.float32)
        self._done = 0
        self._quiet = len(self._past)  # frames since anything was sent

    def process(self, send: Samples) -> Samples:
        """Rows left and right of the copies."""
        frames = len(send)
        begin, self._done = self._done, self._done + frames
        sent = bool(np.any(send))
        self._quiet = 0 if sent else self._quiet + frames
        if not sent and self._quiet - frames >= len(self._past):
            return np.zeros((2, frames), np.float32)
        line = np.concatenate((self._past, send))
        self._past = line[frames:]
        # The delay moves evenly within a block, which is short beside the swing.
        turns = np.array([begin, begin + frames]) / self._rate * _TURNS_PER_SECOND + _PHASES
        first, last = np.split((_DELAY_SECONDS + _DEPTH_SECONDS * np.sin(2 * np.pi * turns)) * self._rate, 2, axis=1)
        steps = np.arange(frames)
        places = len(self._past) - first + steps - (last - first) * (steps / frames)
        index = places.astype(np.int64)
        part = (places - index).astype(np.float32)
        here = line.take(index)
        return np.asarray((here + (line.take(index + 1) - here) * part) * np.float32(_LEVEL), np.float32)
