"""What the voices sound like: read at their pitches, shaped by their envelopes, added up."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from jazzassist.playback.readings import interpolated
from jazzassist.playback.samples import CHUNK, FASTEST
from jazzassist.playback.soundfont import Samples
from jazzassist.playback.voices import Change, Floats, Rows, Voices

STEP = 64  # frames between two points of an envelope
BLOCK = 1024  # frames that are mixed in one go while playing
_GLIDE_SECONDS = 0.004  # in which two thirds of a volume or pan change are followed
_REACHED = 1e-6  # a gain so close to its aim is there
Wheels = list[tuple[int, Floats]]
"""From which frame of the block on: pitch bend in cents, and depth of vibrato in cents, of each channel."""
_RAMP = np.arange(STEP, dtype=np.float32) / np.float32(STEP)


def mix(voices: Voices, pool: Samples, frames: int, wheels: Wheels) -> npt.NDArray[np.float32]:
    """The next `frames` frames of all voices, as rows left, right, reverb, chorus."""
    rows = np.flatnonzero(voices.active)
    if not len(rows):
        return np.zeros((4, frames), np.float32)
    ages = voices.integers["age"][rows]
    waits = np.maximum(-ages, 0)
    sound = _sound(voices, pool, rows, frames, waits, wheels)
    cells = sound.shape[1] // STEP
    levels = voices.amplitude(rows, np.arange(cells + 1) * STEP)
    last = levels[:, -1].copy()
    for i in np.flatnonzero(waits):  # what begins within the block; until here each voice had its own time
        _delay(sound[i], levels[i], int(waits[i]))
        levels[i] = 1
    mixed = _added(sound, levels, _glided(voices, rows, ages, frames, cells))
    voices.integers["age"][rows] = ages + frames
    _retire(voices, rows, last)
    return mixed[:, :frames]


def _sound(voices: Voices, pool: Samples, rows: Rows, frames: int, waits: Rows, wheels: Wheels) -> Samples:
    """The voices' samples, each from its own beginning, to the end of the last envelope cell."""
    padded = -(-frames // STEP) * STEP
    sound = np.empty((len(rows), padded), np.float32)
    bent = np.any([table.any(axis=1) for _, table in wheels], axis=0)
    moved = bent[voices.integers["channel"][rows]].tolist()
    ages = np.maximum(voices.integers["age"][rows], 0).tolist()
    moving: list[int] = []
    for i, row in enumerate(rows.tolist()):
        reading, age = voices.readings[row], ages[i]
        if reading is None or moved[i] or (not reading.ends and age + padded > reading.length):
            voices.follow_pitch(row)
            moving.append(i)
            continue
        part = reading.part(pool, age, padded)
        if len(part) == padded:
            sound[i] = part
        else:
            sound[i, : len(part)] = part
            sound[i, len(part) :] = 0
    for wait in {int(waits[i]) for i in moving}:
        which = np.array([i for i in moving if waits[i] == wait])
        sound[which, : frames - wait] = _moving(voices, pool, rows[which], wait, frames, wheels)
        sound[which, frames - wait :] = 0
    return sound


def _delay(sound: Samples, levels: Floats, wait: int) -> None:
    """Bring its envelope onto a voice's sound, and let it begin `wait` frames later."""
    kept = len(sound) - wait
    sound[wait:] = sound[:kept] * np.interp(np.arange(kept), np.arange(len(levels)) * STEP, levels)
    sound[:wait] = 0


def _added(sound: Samples, levels: Floats, gains: Floats) -> Samples:
    """Everything at its level and gains (cells + 1 points of each), which are straight between the points.

    A straight line times the sound is its start times the sound, and its rise times the sound times
    a ramp, and the ramp is common to all voices: so one product of matrices a cell does it all.
    """
    cells = levels.shape[1] - 1
    points = (levels.T[:, None, :] * gains).astype(np.float32)  # (cells + 1) x 4 x voices
    both = np.concatenate((points[:-1], np.diff(points, axis=0)), axis=1)
    parts = np.matmul(both, sound.reshape(len(sound), cells, STEP).transpose(1, 0, 2))
    mixed = parts[:, :4] + parts[:, 4:] * _RAMP
    return np.ascontiguousarray(mixed.transpose(1, 0, 2)).reshape(4, -1)


def _moving(voices: Voices, pool: Samples, rows: Rows, wait: int, frames: int, wheels: Wheels) -> Samples:
    """The samples, from frame `wait` of the block to its end, of voices whose pitch moves."""
    bounds = {*range(wait, frames, CHUNK), *(at for at, _ in wheels if wait < at < frames), frames}
    parts: list[Samples] = []
    for first, last in pairwise(sorted(bounds)):
        table = next(table for at, table in reversed(wheels) if at <= first)
        parts.append(_bent(voices, pool, rows, first - wait, last - first, table))
    return np.concatenate(parts, axis=1)


def _bent(voices: Voices, pool: Samples, rows: Rows, done: int, frames: int, wheels: Floats) -> Samples:
    """Read on for `frames` frames, in which the pitch moves evenly to its new place, `done` frames into the block."""
    reals, ages = voices.reals, voices.integers["age"][rows]
    bend, depth = wheels[voices.integers["channel"][rows]].T
    position, before, glide = reals["position"][rows], reals["step"][rows], reals["glide"][rows]
    if done == 0:  # a note begins at its pitch and does not slide to it
        before = np.where(ages <= 0, reals["increment"][rows] * 2 ** ((bend + glide) / 1200), before)
        before = np.minimum(before, FASTEST)
    glide = np.sign(glide) * np.maximum(np.abs(glide) - reals["glide_rate"][rows] * frames, 0)
    reals["glide"][rows] = glide
    wave = _wave(voices, rows, np.maximum(ages, 0) + (done + frames))
    cents = bend + glide + (reals["vibrato"][rows] + depth) * wave
    after = np.minimum(reals["increment"][rows] * 2 ** (cents / 1200), FASTEST)
    rise = (after - before) / (2 * frames)
    time = np.arange(frames)
    places = position[:, None] + before[:, None] * time + rise[:, None] * time**2
    _move(voices, rows, position + before * frames + rise * frames**2, after)
    return interpolated(pool, places, reals["limit"][rows].astype(np.int64)[:, None])


def _move(voices: Voices, rows: Rows, position: Floats, step: Floats) -> None:
    """Keep where the voices are now, those past their loop's end back by whole turns."""
    start, length = voices.reals["loop_start"][rows], voices.reals["loop_length"][rows]
    # One sample later than the loop proper: the cubic looks one back, where the first turn may differ.
    turns = np.floor((position - start - 1) / np.maximum(length, 1))
    voices.reals["position"][rows] = position - np.where(length > 0, np.maximum(turns, 0) * length, 0)
    voices.reals["step"][rows] = step


def _wave(voices: Voices, rows: Rows, ages: Rows) -> Floats:
    """The low-frequency oscillators, -1 to 1: triangles that begin at 0 after their delay."""
    turned = np.maximum(ages - voices.reals["lfo_wait"][rows], 0) * voices.reals["lfo"][rows]
    return np.asarray(1 - 4 * np.abs((turned + 0.25) % 1 - 0.5))


def _glided(voices: Voices, rows: Rows, ages: Rows, frames: int, cells: int) -> Floats:
    """The gains at the points around the cells of a block: cells + 1 x 4 x voices, or 1 x 4 x voices at rest."""
    gains, aims = voices.gains[rows], voices.aims[rows]
    fresh = ages <= 0
    gains[fresh] = aims[fresh]
    changes = voices.taken_changes()
    points = gains.T[None]
    if changes or not np.array_equal(gains, aims):
        points = _followed(voices, rows, gains, aims, changes, cells)
        share = frames / STEP - (cells - 1)
        gains = (points[-2] + (points[-1] - points[-2]) * share).T
        targets = voices.targets[rows]
        gains = np.where(np.abs(gains - targets) < _REACHED, targets, gains)
    voices.gains[rows] = gains
    tremolo = voices.reals["tremolo"][rows]
    if tremolo.any():
        times = np.maximum(ages, 0) + (np.arange(cells + 1) * STEP)[:, None]
        points = points * 10 ** (tremolo * _wave(voices, rows, times) / 20)[:, None, :]
    return np.asarray(points)


def _followed(voices: Voices, rows: Rows, gains: Floats, aims: Floats, changes: list[Change], cells: int) -> Floats:
    """The gains at the points while they run after their aims, which `changes` move."""
    share = min(1.0, STEP / (_GLIDE_SECONDS * voices.rate))
    places = np.full(len(voices.active), -1)
    places[rows] = np.arange(len(rows))
    points = np.empty((cells + 1, 4, len(rows)))
    points[0] = gains.T
    for cell in range(cells):
        while changes and changes[0][0] < (cell + 1) * STEP:
            _, changed, aim = changes.pop(0)
            aims[places[changed]] = aim
        points[cell + 1] = points[cell] + (aims.T - points[cell]) * share
    return points


def _retire(voices: Voices, rows: Rows, levels: Floats) -> None:
    """Free the voices that have faded, or whose sample has ended."""
    ages = voices.integers["age"][rows]
    over = (levels <= 0) & (ages > voices.reals["delay"][rows] + STEP)
    over |= (voices.reals["position"][rows] >= voices.reals["limit"][rows]) | (ages >= voices.integers["ends"][rows])
    for row in rows[over].tolist():
        voices.active[row], voices.readings[row] = False, None
