"""Mixing of voices: their samples are read at their pitches, shaped by their envelopes and added up."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from jazzassist.playback.readings import interpolated
from jazzassist.playback.samples import CHUNK, FASTEST
from jazzassist.playback.soundfont import Samples
from jazzassist.playback.voices import Change, Floats, Rows, Voices

STEP = 64  # frames between two points of an envelope
BLOCK = 1024  # frames mixed at once during playback
_GLIDE_SECONDS = 0.004  # time constant of volume and pan changes
_REACHED = 1e-6  # a gain this close to its target has reached it
Wheels = list[tuple[int, Floats]]
"""(frame of the block, array (channels, 2)): pitch bend and vibrato depth in cents from that frame on."""
_RAMP = np.arange(STEP, dtype=np.float32) / np.float32(STEP)


def mix(voices: Voices, pool: Samples, frames: int, wheels: Wheels) -> npt.NDArray[np.float32]:
    """Render the next `frames` frames of all voices as rows left, right, reverb, chorus: (4, frames)."""
    rows = np.flatnonzero(voices.active)
    if not len(rows):
        return np.zeros((4, frames), np.float32)
    ages = voices.integers["age"][rows]
    waits = np.maximum(-ages, 0)
    sound = _sound(voices, pool, rows, frames, waits, wheels)
    cells = sound.shape[1] // STEP
    levels = voices.amplitude(rows, np.arange(cells + 1) * STEP)
    last = levels[:, -1].copy()
    for i in np.flatnonzero(waits):  # voices that begin within the block; up to here each voice had its own time
        _delay(sound[i], levels[i], int(waits[i]))
        levels[i] = 1
    mixed = _added(sound, levels, _glided(voices, rows, ages, frames, cells))
    voices.integers["age"][rows] = ages + frames
    _retire(voices, rows, last)
    return mixed[:, :frames]


def _sound(voices: Voices, pool: Samples, rows: Rows, frames: int, waits: Rows, wheels: Wheels) -> Samples:
    """Return the samples of the voices, each from its own start, up to the end of the last envelope cell."""
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
    """Apply a voice's envelope to its sound, and delay it by `wait` frames."""
    kept = len(sound) - wait
    sound[wait:] = sound[:kept] * np.interp(np.arange(kept), np.arange(len(levels)) * STEP, levels)
    sound[:wait] = 0


def _added(sound: Samples, levels: Floats, gains: Floats) -> Samples:
    """Return the sum of all voices at their levels and gains, which are linear between cells + 1 points.

    A linear gain times the sound is (start * sound) + (rise * sound * ramp), and the ramp is the same for all
    voices. Two matrix products per cell therefore mix all voices.
    """
    cells = levels.shape[1] - 1
    points = (levels.T[:, None, :] * gains).astype(np.float32)  # (cells + 1) x 4 x voices
    both = np.concatenate((points[:-1], np.diff(points, axis=0)), axis=1)
    parts = np.matmul(both, sound.reshape(len(sound), cells, STEP).transpose(1, 0, 2))
    mixed = parts[:, :4] + parts[:, 4:] * _RAMP
    return np.ascontiguousarray(mixed.transpose(1, 0, 2)).reshape(4, -1)


def _moving(voices: Voices, pool: Samples, rows: Rows, wait: int, frames: int, wheels: Wheels) -> Samples:
    """Return the samples of voices with a varying pitch, from frame `wait` of the block to its end."""
    bounds = {*range(wait, frames, CHUNK), *(at for at, _ in wheels if wait < at < frames), frames}
    parts: list[Samples] = []
    for first, last in pairwise(sorted(bounds)):
        table = next(table for at, table in reversed(wheels) if at <= first)
        parts.append(_bent(voices, pool, rows, first - wait, last - first, table))
    return np.concatenate(parts, axis=1)


def _bent(voices: Voices, pool: Samples, rows: Rows, done: int, frames: int, wheels: Floats) -> Samples:
    """Read `frames` frames from frame `done` of the block on, while the pitch moves linearly to its new value."""
    reals, ages = voices.reals, voices.integers["age"][rows]
    bend, depth = wheels[voices.integers["channel"][rows]].T
    position, before, glide = reals["position"][rows], reals["step"][rows], reals["glide"][rows]
    if done == 0:  # a note starts at its pitch and does not slide to it
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
    """Store the new positions of the voices. Those past the end of their loop are moved back by whole loops."""
    start, length = voices.reals["loop_start"][rows], voices.reals["loop_length"][rows]
    # One sample later than the loop proper: the cubic looks one back, where the first turn may differ.
    turns = np.floor((position - start - 1) / np.maximum(length, 1))
    voices.reals["position"][rows] = position - np.where(length > 0, np.maximum(turns, 0) * length, 0)
    voices.reals["step"][rows] = step


def _wave(voices: Voices, rows: Rows, ages: Rows) -> Floats:
    """Return the values of the low-frequency oscillators, -1 to 1: triangles that start at 0 after their delay."""
    turned = np.maximum(ages - voices.reals["lfo_wait"][rows], 0) * voices.reals["lfo"][rows]
    return np.asarray(1 - 4 * np.abs((turned + 0.25) % 1 - 0.5))


def _glided(voices: Voices, rows: Rows, ages: Rows, frames: int, cells: int) -> Floats:
    """Return the gains at the cell boundaries of a block: (cells + 1, 4, voices), or (1, 4, voices) if constant."""
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
    """Return the gains at the cell boundaries while they approach their targets, which `changes` move."""
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
    """Free the voices that have faded out or whose sample has ended."""
    ages = voices.integers["age"][rows]
    over = (levels <= 0) & (ages > voices.reals["delay"][rows] + STEP)
    over |= (voices.reals["position"][rows] >= voices.reals["limit"][rows]) | (ages >= voices.integers["ends"][rows])
    for row in rows[over].tolist():
        voices.active[row], voices.readings[row] = False, None
