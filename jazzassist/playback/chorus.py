"""A chorus effect: copies of the sound with a modulated delay."""

from __future__ import annotations

import numpy as np

from jazzassist.playback.soundfont import Samples

_DELAY_SECONDS, _DEPTH_SECONDS = 0.012, 0.004
_TURNS_PER_SECOND = 0.4
_PHASES = np.array([[0.0], [0.5]])  # of the left and the right copy, in cycles
_LEVEL = 1.0


class Chorus:
    """One delayed copy on each side. Processes blocks of any size."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._past = np.zeros(round((_DELAY_SECONDS + _DEPTH_SECONDS) * rate) + 3, np.float32)
        self._done = 0
        self._quiet = len(self._past)  # frames since the last input

    def process(self, send: Samples) -> Samples:
        """Return the copies of the mono input `send` (frames,) as rows left and right (2, frames)."""
        frames = len(send)
        begin, self._done = self._done, self._done + frames
        sent = bool(np.any(send))
        self._quiet = 0 if sent else self._quiet + frames
        if not sent and self._quiet - frames >= len(self._past):
            return np.zeros((2, frames), np.float32)
        line = np.concatenate((self._past, send))
        self._past = line[frames:]
        # The delay changes linearly within a block, which is short compared with the modulation period.
        turns = np.array([begin, begin + frames]) / self._rate * _TURNS_PER_SECOND + _PHASES
        first, last = np.split((_DELAY_SECONDS + _DEPTH_SECONDS * np.sin(2 * np.pi * turns)) * self._rate, 2, axis=1)
        steps = np.arange(frames)
        places = len(self._past) - first + steps - (last - first) * (steps / frames)
        index = places.astype(np.int64)
        part = (places - index).astype(np.float32)
        here = line.take(index)
        return np.asarray((here + (line.take(index + 1) - here) * part) * np.float32(_LEVEL), np.float32)
