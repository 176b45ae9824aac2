"""Sounding notes of the built-in synthesizer: the state of all voices in columns, mixed together in numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jazzassist.playback.samples import FASTEST, FLOOR, Placed
from jazzassist.playback.soundfont import Samples

STEP = 64  # frames between two points of an envelope
_NEVER = 1 << 60
_KILL_SECONDS = 0.006  # a stolen voice fades this fast, so that it does not click
_GLIDE_SECONDS = 0.004  # how fast a volume or pan change is followed
_SPARE = 32  # slots for stolen voices that are still fading

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Envelope:
    """Delay, attack, hold in frames; decay and release in decibels per frame; sustain in decibels below full."""

    delay: float
    attack: float
    hold: float
    decay: float
    sustain: float
    release: float


_INTEGERS = ("age", "released", "killed", "channel", "key", "exclusive", "born")
_REALS = (
    "position",
    "increment",
    "step",
    "loop_start",
    "loop_length",
    "limit",
    "vibrato",
    "tremolo",
    "lfo",
    "lfo_wait",
)
_SHAPES = ("delay", "attack", "hold", "decay", "sustain", "release")


class Voices:
    """A fixed number of voices. Rows of the columns are voices; `active` says which sound."""

    def __init__(self, count: int, rate: int) -> None:
        size = count + _SPARE
        self.count, self.rate = count, rate
        self.active = np.zeros(size, bool)
        self.pedalled = np.zeros(size, bool)
        self.integers = {name: np.zeros(size, np.int64) for name in _INTEGERS}
        self.reals = {name: np.zeros(size) for name in (*_REALS, *_SHAPES)}
        self.gains = np.zeros((size, 3))  # left, right, reverb: as they are
        self.targets = np.zeros((size, 3))  # ... and as they shall be
        self.loudness = np.zeros(size)
        self.pan = np.zeros(size)
        self.reverb = np.zeros(size)
        self._born = 0

    def start(
        self, channel: int, key: int, exclusive: int, placed: Placed, increment: float, shape: Envelope, **mix: float
    ) -> int:
        """A new voice's row; the least missed voice gives way when all are taken.

        `mix`: loudness (amplitude), pan (-1 to 1), reverb (0 to 1), vibrato (cents), tremolo
        (decibels), lfo (turns per frame), lfo_wait (frames).
        """
        row = self._free_row()
        self._born += 1
        numbers = (0, _NEVER, _NEVER, channel, key, exclusive, self._born)
        for name, number in zip(_INTEGERS, numbers, strict=True):
            self.integers[name][row] = number
        step = min(increment, FASTEST)
        places = (placed.start, step, step, placed.loop_start, placed.loop_length, placed.limit)
        modulation = tuple(mix[name] for name in ("vibrato", "tremolo", "lfo", "lfo_wait"))
        for name, real in zip(_REALS, (*places, *modulation), strict=True):
            self.reals[name][row] = real
        for name in _SHAPES:
            self.reals[name][row] = getattr(shape, name)
        self.loudness[row], self.pan[row], self.reverb[row] = mix["loudness"], mix["pan"], mix["reverb"]
        self.active[row], self.pedalled[row] = True, False
        return row

    def rows(self, channel: int, key: int | None = None) -> Rows:
        """The voices of a channel (and key) that are neither released nor stolen, oldest first."""
        numbers = self.integers
        found = self.active & (numbers["channel"] == channel) & (numbers["released"] == _NEVER)
        found &= numbers["killed"] == _NEVER
        if key is not None:
            found &= numbers["key"] == key
        rows = np.flatnonzero(found)
        return rows[np.argsort(numbers["born"][rows])]

    def release(self, rows: Rows) -> None:
        """Let the voices ring out from now on."""
        self.integers["released"][rows] = np.minimum(self.integers["released"][rows], self.integers["age"][rows])
        self.pedalled[rows] = False

    def kill(self, rows: Rows) -> None:
        """Fade the voices out at once, without a click."""
        self.integers["killed"][rows] = np.minimum(self.integers["killed"][rows], self.integers["age"][rows])

    def kill_class(self, channel: int, exclusive: int) -> None:
        """Cut what sounds in the exclusive class: an open hi-hat when the closed one is struck."""
        numbers = self.integers
        same = self.active & (numbers["channel"] == channel) & (numbers["exclusive"] == exclusive)
        self.kill(np.flatnonzero(same))

    def mix(self, pool: Samples, frames: int, bends: Floats) -> npt.NDArray[np.float32]:
        """The next `frames` frames of all voices, as rows left, right, reverb.

        `bends`: cents, and depth of vibrato in cents, of each of the 16 channels (shape 16 x 2).
        """
        rows = np.flatnonzero(self.active)
        if not len(rows):
            return np.zeros((3, frames), np.float32)
        sound = self._read(pool, rows, frames, bends)
        sound *= self._levels(rows, frames)
        old, new = self._glided(rows, frames)
        mixed = old.T.astype(np.float32) @ sound
        change = (new - old).T.astype(np.float32)
        if np.any(change):
            mixed += change @ (sound * np.linspace(0, 1, frames, dtype=np.float32))
        self.integers["age"][rows] += frames
        self._retire(rows)
        return np.asarray(mixed, np.float32)

    def _read(self, pool: Samples, rows: Rows, frames: int, bends: Floats) -> Samples:
        """The voices' samples at their pitches, between samples by a cubic through four of them."""
        reals = self.reals
        position, before = reals["position"][rows], reals["step"][rows]
        after = np.minimum(reals["increment"][rows] * self._pitch(rows, bends), FASTEST)
        time = np.arange(frames + 1)
        places = position[:, None] + before[:, None] * time + ((after - before) / (2 * frames))[:, None] * time**2
        self._move(rows, places[:, -1], after)
        index = places[:, :-1].astype(np.int64)
        part = (places[:, :-1] - index).astype(np.float32)
        np.minimum(index, reals["limit"][rows].astype(np.int64)[:, None], out=index)
        before_, here, after_, later = (pool.take(index + offset, mode="clip") for offset in (-1, 0, 1, 2))
        slope = (after_ - before_) * np.float32(0.5)
        drop = here - after_
        weight = slope + drop
        cubic = weight + drop + (later - here) * np.float32(0.5)
        return np.asarray(((cubic * part - (weight + cubic)) * part + slope) * part + here, np.float32)

    def _move(self, rows: Rows, position: Floats, step: Floats) -> None:
        """Keep where the voices are now, those past their loop's end back by whole turns."""
        start, length = self.reals["loop_start"][rows], self.reals["loop_length"][rows]
        # One sample later than the loop proper: the cubic looks one back, where the first turn may differ.
        turns = np.floor((position - start - 1) / np.maximum(length, 1))
        self.reals["position"][rows] = position - np.where(length > 0, np.maximum(turns, 0) * length, 0)
        self.reals["step"][rows] = step

    def _pitch(self, rows: Rows, bends: Floats) -> Floats:
        channel = self.integers["channel"][rows]
        depth = self.reals["vibrato"][rows] + bends[channel, 1]
        cents = bends[channel, 0] + depth * self._wave(rows)
        return np.asarray(2 ** (cents / 1200))

    def _wave(self, rows: Rows) -> Floats:
        """The low-frequency oscillators, -1 to 1: triangles that begin at 0 after their delay."""
        turned = np.maximum(self.integers["age"][rows] - self.reals["lfo_wait"][rows], 0) * self.reals["lfo"][rows]
        return np.asarray(1 - 4 * np.abs((turned + 0.25) % 1 - 0.5))

    def _levels(self, rows: Rows, frames: int) -> Samples:
        """The volume envelopes, computed every STEP frames and straight in between."""
        points = -(-frames // STEP)
        levels = self._amplitude(rows, np.arange(points + 1) * STEP).astype(np.float32)
        rise = np.diff(levels, axis=1)[:, :, None] * (np.arange(STEP, dtype=np.float32) / np.float32(STEP))
        return np.asarray((levels[:, :-1, None] + rise).reshape(len(rows), -1)[:, :frames])

    def _amplitude(self, rows: Rows, later: npt.NDArray[np.int64]) -> Floats:
        """Amplitude of the volume envelopes `later` frames from now."""
        reals = {name: self.reals[name][rows][:, None] for name in _SHAPES}
        time = self.integers["age"][rows][:, None] + later
        released, killed = (self.integers[name][rows][:, None] for name in ("released", "killed"))
        held = np.minimum(time, released) - reals["delay"]
        rise = np.clip(held / reals["attack"], 0, 1)
        fall = np.clip((held - reals["attack"] - reals["hold"]) * reals["decay"], 0, reals["sustain"])
        fall += np.maximum(time - released, 0) * reals["release"]
        fall += np.maximum(time - killed, 0) * (FLOOR / (_KILL_SECONDS * self.rate))
        return np.asarray(np.where(fall < FLOOR, rise * 10 ** (-fall / 20), 0))

    def _glided(self, rows: Rows, frames: int) -> tuple[Floats, Floats]:
        old, target = self.gains[rows], self.targets[rows]
        tremolo = 10 ** (self.reals["tremolo"][rows] * self._wave(rows) / 20)
        fresh = self.integers["age"][rows] == 0
        old[fresh] = target[fresh]
        new = old + (target * tremolo[:, None] - old) * min(1.0, frames / (_GLIDE_SECONDS * self.rate))
        self.gains[rows] = new
        return old, new

    def _retire(self, rows: Rows) -> None:
        """Free the voices that have faded, or whose sample has ended."""
        over = self._amplitude(rows, np.zeros(1, np.int64))[:, 0] <= 0
        over &= self.integers["age"][rows] > self.reals["delay"][rows] + STEP
        over |= self.reals["position"][rows] >= self.reals["limit"][rows]
        self.active[rows[over]] = False

    def _free_row(self) -> int:
        """A free slot; beyond `count` sounding voices the quietest released or else the oldest is stolen."""
        numbers = self.integers
        sounding = np.flatnonzero(self.active & (numbers["killed"] == _NEVER))
        if len(sounding) >= self.count:
            released = sounding[numbers["released"][sounding] != _NEVER]
            levels = self._amplitude(released, np.zeros(1, np.int64))[:, 0] * self.loudness[released]
            oldest = sounding[np.argmin(numbers["born"][sounding])]
            self.kill(np.array([released[np.argmin(levels)] if len(released) else oldest]))
        free = np.flatnonzero(~self.active)
        return int(free[0]) if len(free) else int(np.argmax(numbers["age"] - numbers["killed"]))
