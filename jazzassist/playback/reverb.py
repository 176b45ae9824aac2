"""A reverb effect for a small room: a feedback delay network in numpy."""

from __future__ import annotations

import numpy as np

from jazzassist.playback.soundfont import Samples

_SECONDS = (0.0249, 0.0277, 0.0311, 0.0347, 0.0379, 0.0421, 0.0473, 0.0523)  # incommensurable, to avoid a metallic ring
_DECAY_SECONDS = 1.1  # time to decay by 60 dB
_DAMPING = 0.35  # loss of treble per pass: 0 none, 0.5 all
_ROOM = 1 << 15  # frames written before the newest are moved back to the front


class Reverb:
    """Eight delay lines that feed each other."""

    def __init__(self, rate: int) -> None:
        lengths = np.array([max(64, round(seconds * rate)) for seconds in _SECONDS])
        self._shortest, self._longest = int(lengths.min()), int(lengths.max())
        # All lines are written at one position. Each is read at a distance of its own length before it.
        self._lines = np.zeros((len(lengths), self._longest + _ROOM), np.float32)
        self._at = self._longest
        self._first = np.arange(len(lengths)) * self._lines.shape[1] - lengths
        self._last = np.zeros((len(lengths), 1), np.float32)
        pair = np.array([[1, 1], [1, -1]], np.float32)
        mixer = np.kron(np.kron(pair, pair), pair) / np.sqrt(8)
        loss = np.array([10 ** (-3 * length / (rate * _DECAY_SECONDS)) for length in lengths])
        self._feedback = (mixer * loss).astype(np.float32)
        self._quiet = self._longest  # frames since the last audible input

    def process(self, send: Samples) -> Samples:
        """Return the reverberation of the mono input `send` (frames,) as rows left and right (2, frames)."""
        if self._quiet >= self._longest and not np.any(send):
            return np.zeros((2, len(send)), np.float32)
        step = self._shortest  # a step must not read what it writes
        parts = [self._step(send[at : at + step]) for at in range(0, len(send), step)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _step(self, send: Samples) -> Samples:
        frames = len(send)
        if self._at + frames > self._lines.shape[1]:
            self._lines[:, : self._longest] = self._lines[:, self._at - self._longest : self._at].copy()
            self._at = self._longest
        heard = self._lines.ravel().take((self._first + self._at)[:, None] + np.arange(frames))
        damped = heard * np.float32(1 - _DAMPING)
        damped[:, 1:] += heard[:, :-1] * np.float32(_DAMPING)
        damped[:, :1] += self._last * np.float32(_DAMPING)
        self._last = heard[:, -1:].copy()
        back = self._feedback @ damped
        back += send
        self._lines[:, self._at : self._at + frames] = back
        self._at += frames
        self._quiet = self._quiet + frames if max(back.max(), -back.min()) < 1e-6 else 0
        return np.stack((heard[::2].sum(0), heard[1::2].sum(0))) * np.float32(0.35)
