"""A small room: a feedback delay network in numpy, so that dry samples do not sound as in a box."""

from __future__ import annotations

import numpy as np

from jazzassist.playback.samples import CHUNK
from jazzassist.playback.soundfont import Samples

_SECONDS = (0.0249, 0.0277, 0.0311, 0.0347, 0.0379, 0.0421, 0.0473, 0.0523)  # no common measure, so no metallic ring
_DECAY_SECONDS = 1.1  # until 60 dB down
_DAMPING = 0.35  # how much of each turn's treble is lost: 0 none, 0.5 all


class Reverb:
    """Eight delay lines that feed each other. Runs in chunks shorter than the shortest line."""

    def __init__(self, rate: int) -> None:
        self._lengths = [max(CHUNK, round(seconds * rate)) for seconds in _SECONDS]
        self._lines = [np.zeros(length, np.float32) for length in self._lengths]
        self._at = [0] * len(self._lines)
        self._last = np.zeros((len(self._lines), 1), np.float32)
        pair = np.array([[1, 1], [1, -1]], np.float32)
        mixer = np.kron(np.kron(pair, pair), pair) / np.sqrt(8)
        loss = np.array([10 ** (-3 * length / (rate * _DECAY_SECONDS)) for length in self._lengths])
        self._feedback = (mixer * loss).astype(np.float32)
        self._quiet = True

    def process(self, send: Samples) -> Samples:
        """Rows left and right of the room's answer to at most CHUNK frames of `send`."""
        frames = len(send)
        if self._quiet and not np.any(send):
            return np.zeros((2, frames), np.float32)
        heard = np.stack([self._read(i, frames) for i in range(len(self._lines))])
        delayed = np.concatenate((self._last, heard[:, :-1]), axis=1)
        self._last = heard[:, -1:].copy()
        damped = heard * np.float32(1 - _DAMPING) + delayed * np.float32(_DAMPING)
        back = self._feedback @ damped + send
        for i, row in enumerate(back):
            self._write(i, row)
        self._quiet = bool(np.abs(back).max() < 1e-6) and not any(np.any(np.abs(line) > 1e-6) for line in self._lines)
        return np.stack((heard[::2].sum(0), heard[1::2].sum(0))) * np.float32(0.35)

    def _read(self, line: int, frames: int) -> Samples:
        buffer, at = self._lines[line], self._at[line]
        return np.concatenate((buffer[at : at + frames], buffer[: max(0, at + frames - len(buffer))]))

    def _write(self, line: int, row: Samples) -> None:
        buffer, at = self._lines[line], self._at[line]
        first = min(len(row), len(buffer) - at)
        buffer[at : at + first] = row[:first]
        buffer[: len(row) - first] = row[first:]
        self._at[line] = (at + len(row)) % len(buffer)
