"""The voices of the built-in synthesizer: their state in columns, and voice stealing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jazzassist.playback.readings import Reading
from jazzassist.playback.samples import FASTEST, FLOOR, Placed

NEVER = 1 << 60
_KILL_SECONDS = 0.006  # fade-out of a stolen voice, to avoid a click
_SPARE = 32  # slots for stolen voices that are still fading
_AGEING = 2.0  # decibels per second by which older held voices lose priority
_OLDEST_SECONDS = 10.0

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Change = tuple[int, Rows, Floats]  # (frame of the block, voices, their target gains from there on)


@dataclass(frozen=True)
class Envelope:
    """Delay, attack, hold in frames; decay and release in decibels per frame; sustain in decibels below full."""

    delay: float
    attack: float
    hold: float
    decay: float
    sustain: float
    release: float


@dataclass(frozen=True)
class Sounding:
    """Constant parameters of a voice: level, pan, effect sends and modulation.

    `loudness`: amplitude. `pan`: -1 to 1. `reverb`, `chorus`: 0 to 1. `vibrato`: cents. `tremolo`: decibels.
    `lfo`: cycles per frame. `lfo_wait`: frames. `glide`: start of the portamento in cents relative to the pitch.
    `glide_rate`: cents per frame.
    """

    loudness: float
    pan: float = 0.0
    reverb: float = 0.0
    chorus: float = 0.0
    vibrato: float = 0.0
    tremolo: float = 0.0
    lfo: float = 0.0
    lfo_wait: float = 0.0
    glide: float = 0.0
    glide_rate: float = 0.0


_INTEGERS = ("age", "released", "killed", "channel", "key", "exclusive", "note", "ends", "born")
_PLACES = ("position", "increment", "step", "loop_start", "loop_length", "limit")
_SOUNDING = tuple(Sounding.__dataclass_fields__)
SHAPES = tuple(Envelope.__dataclass_fields__)


class Voices:
    """A fixed number of voices. Rows of the columns are voices; `active` marks those that sound.

    `now`: the frame of the next block at which the current messages take effect.
    """

    def __init__(self, count: int, rate: int) -> None:
        size = count + _SPARE
        self.count, self.rate, self.now = count, rate, 0
        self.active = np.zeros(size, bool)
        self.pedalled = np.zeros(size, bool)  # the key is released, but a pedal holds the note
        self.sostenuto = np.zeros(size, bool)  # sounded when the sostenuto pedal was pressed
        self.drums = np.zeros(size, bool)
        self.readings: list[Reading | None] = [None] * size
        self.integers = {name: np.zeros(size, np.int64) for name in _INTEGERS}
        self.reals = {name: np.zeros(size) for name in (*_PLACES, *_SOUNDING, *SHAPES)}
        self.gains = np.zeros((size, 4))  # left, right, reverb, chorus: current values
        self.aims = np.zeros((size, 4))  # ... targets at the start of the block
        self.targets = np.zeros((size, 4))  # ... targets at the end of the block, after all changes
        self._changes: list[Change] = []
        self.note = 0  # number of the note-on whose voices are being started
        self._born = self._mixed = 0  # number of voices started, in total and before this block

    def start(
        self,
        channel: int,
        key: int,
        exclusive: int,
        placed: Placed,
        increment: float,
        shape: Envelope,
        sounding: Sounding,
        *,
        reading: Reading | None = None,
        drums: bool = False,
    ) -> int:
        """Start a voice and return its row. If all rows are in use, the least important voice is stolen.

        `reading`: a cached reading, used until the pitch of the voice changes.
        """
        row = self._free_row()
        self._born += 1
        ends = reading.length if reading is not None and reading.ends else NEVER
        numbers = (-self.now, NEVER, NEVER, channel, key, exclusive, self.note, ends, self._born)
        for name, number in zip(_INTEGERS, numbers, strict=True):
            self.integers[name][row] = number
        step = min(increment, FASTEST)
        places = (placed.start, step, step, placed.loop_start, placed.loop_length, placed.limit)
        for name, real in zip(_PLACES, places, strict=True):
            self.reals[name][row] = real
        for name in _SOUNDING:
            self.reals[name][row] = getattr(sounding, name)
        for name in SHAPES:
            self.reals[name][row] = getattr(shape, name)
        self.targets[row] = self.aims[row] = sounding.loudness
        self.readings[row], self.drums[row] = reading, drums
        self.active[row], self.pedalled[row], self.sostenuto[row] = True, False, False
        return row

    def aim(self, rows: Rows, gains: Floats) -> None:
        """Set target gains from the current frame on. A voice that starts at this frame starts with these gains."""
        begin = (self.integers["age"][rows] == -self.now) & (self.integers["born"][rows] > self._mixed)
        self.targets[rows] = gains
        if self.now == 0:
            self.aims[rows] = gains
            return
        self.aims[rows[begin]] = gains[begin]
        if not begin.all():
            self._changes.append((self.now, rows[~begin], gains[~begin]))

    def taken_changes(self) -> list[Change]:
        """Return the gain changes of this block in order, and clear them. The next block starts after them."""
        changes, self._changes = self._changes, []
        self.aims[:] = self.targets
        self._mixed = self._born
        return changes

    def rows(self, channel: int | None = None, key: int | None = None) -> Rows:
        """Return the voices (of a channel, of a key) that are neither released nor stolen, oldest first."""
        numbers = self.integers
        found = self.active & (numbers["released"] == NEVER) & (numbers["killed"] == NEVER)
        if channel is not None:
            found &= numbers["channel"] == channel
        if key is not None:
            found &= numbers["key"] == key
        rows = np.flatnonzero(found)
        return rows[np.argsort(numbers["born"][rows])]

    def follow_pitch(self, row: int) -> None:
        """Switch a voice from its cached reading at constant pitch to reading at a variable pitch."""
        reading = self.readings[row]
        if reading is not None:
            self.reals["position"][row] = reading.place(max(0, int(self.integers["age"][row])))
            self.integers["ends"][row] = NEVER
            self.readings[row] = None

    def of_channel(self, channel: int) -> Rows:
        """Return all audible voices of a channel, including released ones."""
        return np.flatnonzero(self.active & (self.integers["channel"] == channel))

    def release(self, rows: Rows) -> None:
        """Start the release phase of the voices."""
        numbers = self.integers
        numbers["released"][rows] = np.minimum(numbers["released"][rows], numbers["age"][rows] + self.now)
        self.pedalled[rows] = False
        self.sostenuto[rows] = False

    def kill(self, rows: Rows) -> None:
        """Fade the voices out quickly, without a click."""
        numbers = self.integers
        numbers["killed"][rows] = np.minimum(numbers["killed"][rows], numbers["age"][rows] + self.now)

    def kill_class(self, channel: int, exclusive: int) -> None:
        """End the voices of an exclusive class, such as an open hi-hat when the closed one is struck."""
        rows = self.of_channel(channel)
        self.kill(rows[self.integers["exclusive"][rows] == exclusive])

    def amplitude(self, rows: Rows, later: npt.NDArray[np.int64]) -> Floats:
        """Return the amplitudes of the volume envelopes `later` frames after the ages of the voices (a column each)."""
        shapes = [self.reals[name][rows][:, None] for name in SHAPES]
        delay, attack, hold, decay, sustain, release = shapes
        numbers = self.integers
        time = np.maximum(numbers["age"][rows], 0)[:, None] + later
        released, killed = numbers["released"][rows], numbers["killed"][rows]
        held = np.minimum(time, released[:, None]) - delay
        fall = np.minimum(np.maximum((held - (attack + hold)) * decay, 0), sustain)
        ending = np.flatnonzero((released != NEVER) | (killed != NEVER))
        if len(ending):
            fall[ending] += np.maximum(time[ending] - released[ending, None], 0) * release[ending]
            sudden = FLOOR / (_KILL_SECONDS * self.rate)
            fall[ending] += np.maximum(time[ending] - killed[ending, None], 0) * sudden
        level = np.exp(fall * -_NEPERS)
        level *= fall < FLOOR
        rising = np.flatnonzero(held[:, 0] < attack[:, 0])
        if len(rising):
            level[rising] *= np.minimum(np.maximum(held[rising] / attack[rising], 0), 1)
        return np.asarray(level)

    def _free_row(self) -> int:
        """Return a free row. If `count` voices sound, the least important one is stolen."""
        numbers = self.integers
        sounding = np.flatnonzero(self.active & (numbers["killed"] == NEVER))
        if len(sounding) >= self.count:
            self.kill(self._least_missed(sounding))
        free = np.flatnonzero(~self.active)
        return int(free[0]) if len(free) else int(np.argmax(numbers["age"] - numbers["killed"]))

    def _least_missed(self, sounding: Rows) -> Rows:
        """Return the least important voice: released before pedalled before held ones, then the quietest.

        The lowest note that is held, by its key or a pedal, is only stolen if there is no other voice.
        """
        numbers = self.integers
        released = numbers["released"][sounding] != NEVER
        pedalled = self.pedalled[sounding]
        level = self.amplitude(sounding, np.array([self.now]))[:, 0] * self.targets[sounding, :2].max(axis=1)
        # A voice in its attack phase is judged by its level after the attack.
        young = numbers["age"][sounding] + self.now < self.reals["attack"][sounding] + self.reals["delay"][sounding]
        level = np.where(young, self.targets[sounding, :2].max(axis=1), level)
        seconds = (numbers["age"][sounding] + self.now) / self.rate
        missed = 20 * np.log10(np.maximum(level, 1e-9)) - _AGEING * np.minimum(seconds, _OLDEST_SECONDS)
        missed += np.where(released, 0.0, np.where(pedalled, 1000.0, 2000.0))
        keys = numbers["key"][sounding]
        for kept in (~released, ~released & ~pedalled):
            melodic = kept & ~self.drums[sounding]
            if melodic.any():
                missed[melodic & (keys == keys[melodic].min())] += 10000.0
        return sounding[[np.argmin(missed)]]


_NEPERS = np.log(10) / 20  # nepers per decibel
