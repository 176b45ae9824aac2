"""What the voices sound like: read at their pitches, shaped by their envelopes, added up. All voices at once in numpy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jazzassist.playback.readings import interpolated
from jazzassist.playback.samples import CHUNK, FASTEST
from jazzassist.playback.soundfont import Samples
from jazzassist.playback.voices import Floats, Rows, Voices

STEP = 64  # frames between two points of an envelope
BLOCK = 1024  # the most frames that are mixed in one go
_GLIDE_SECONDS = 0.004  # how fast a volume or pan change is followed
_PRODUCT = 1 << 18  # from this size on, the library for matrices may use threads, which have no business here
_RAMP = np.arange(STEP, dtype=np.float32) / np.float32(STEP)


def mix(voices: Voices, pool: Samples, frames: int, wheels: Floats) -> npt.NDArray[np.float32]:
    """The next `frames` frames (at most BLOCK) of all voices, as rows left, right, reverb, chorus.

    `wheels`: pitch bend in cents, and depth of vibrato in cents, of each channel.
    """
    rows = np.flatnonzero(voices.active)
    if not len(rows):
        return np.zeros((4, frames), np.float32)
    waits = np.maximum(-voices.integers["age"][rows], 0)
    sound = _sound(voices, pool, rows, frames, waits, wheels)
    levels = _shape(voices, rows, sound, frames)
    sound = sound[:, :frames]
    for i in np.flatnonzero(waits):  # what begins within the block; until here each voice had its own time
        wait = int(waits[i])
        sound[i, wait:] = sound[i, : frames - wait].copy()
        sound[i, :wait] = 0
    old, new = _glided(voices, rows, frames)
    mixed = _product(old.T.astype(np.float32), sound)
    changing = np.flatnonzero((new != old).any(axis=1))
    if len(changing):
        ramp = np.linspace(0, 1, frames, dtype=np.float32)
        mixed += _product((new - old)[changing].T.astype(np.float32), sound[changing] * ramp)
    voices.integers["age"][rows] += frames
    _retire(voices, rows, levels)
    return mixed


def _sound(voices: Voices, pool: Samples, rows: Rows, frames: int, waits: Rows, wheels: Floats) -> Samples:
    """The voices' samples, each from its own beginning: where it waits, what is after the block is in it too."""
    padded = -(-frames // STEP) * STEP
    sound = np.empty((len(rows), padded), np.float32)
    moved = (wheels != 0).any(axis=1)[voices.integers["channel"][rows]]
    moving: list[int] = []
    for i, row in enumerate(rows.tolist()):
        reading, age = voices.readings[row], max(0, int(voices.integers["age"][row]))
        if reading is not None and (moved[i] or (not reading.ends and age + padded > reading.length)):
            voices.reals["position"][row] = reading.place(age)
            reading = voices.readings[row] = None
        if reading is None:
            moving.append(i)
        else:
            part = reading.part(pool, age, padded)
            sound[i, : len(part)] = part
            sound[i, len(part) :] = 0
    if moving:
        which = np.array(moving)
        sound[which] = _moving(voices, pool, rows[which], padded, frames - waits[which], wheels)
    return sound


def _moving(voices: Voices, pool: Samples, rows: Rows, frames: int, lasts: Rows, wheels: Floats) -> Samples:
    """Samples of voices whose pitch moves; after `lasts` frames each is where it will be in the next block."""
    sound = np.zeros((len(rows), frames), np.float32)
    for start in range(0, frames, CHUNK):
        spans = np.clip(lasts - start, 0, CHUNK)
        if not spans.any():
            break
        length = min(CHUNK, frames - start)
        sound[:, start : start + length] = _bent(voices, pool, rows, length, start, spans, wheels)
    return sound


def _bent(
    voices: Voices, pool: Samples, rows: Rows, frames: int, start: int, spans: Rows, wheels: Floats
) -> Samples:
    """Frames `start` to `start + frames` of the block; the pitch gets there evenly over them."""
    reals, ages = voices.reals, np.maximum(voices.integers["age"][rows], 0)
    position, before = reals["position"][rows], reals["step"][rows]
    glide, bend = reals["glide"][rows], wheels[voices.integers["channel"][rows], 0]
    bend = bend + glide
    glide = np.sign(glide) * np.maximum(np.abs(glide) - reals["glide_rate"][rows] * spans, 0)
    reals["glide"][rows] = glide
    channels = voices.integers["channel"][rows]
    depth = reals["vibrato"][rows] + wheels[channels, 1]
    cents = wheels[channels, 0] + glide + depth * _wave(voices, rows, ages + start + spans)
    after = np.minimum(reals["increment"][rows] * 2 ** (cents / 1200), FASTEST)
    if start == 0:  # a note begins at its pitch and does not slide to it
        before = np.where(voices.integers["age"][rows] <= 0, reals["increment"][rows] * 2 ** (bend / 1200), before)
    rise = (after - before) / (2 * np.maximum(spans, 1))
    time = np.arange(frames)
    places = position[:, None] + before[:, None] * time + rise[:, None] * time**2
    _move(voices, rows, position + before * spans + rise * spans**2, after)
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


def _shape(voices: Voices, rows: Rows, sound: Samples, frames: int) -> Floats:
    """Bring the volume envelopes onto `sound`, computed every STEP frames and straight in between; their last points."""
    points = sound.shape[1] // STEP
    levels = voices.amplitude(rows, np.arange(points + 1) * STEP)
    low = levels.astype(np.float32)
    cells = sound.reshape(len(rows), points, STEP)
    changing = np.flatnonzero(low.min(axis=1) != low.max(axis=1))
    for part in np.array_split(changing, -(-len(changing) // 16)) if len(changing) else ():  # small, for the cache
        straight = np.diff(low[part], axis=1)[:, :, None] * _RAMP
        straight += low[part, :-1, None]
        cells[part] *= straight
    steady = np.flatnonzero((low.min(axis=1) == low.max(axis=1)) & (low[:, 0] != 1))
    if len(steady):
        sound[steady] *= low[steady, :1]
    return np.asarray(levels[:, -1])


def _glided(voices: Voices, rows: Rows, frames: int) -> tuple[Floats, Floats]:
    """The gains at the block's beginning and end."""
    old, target = voices.gains[rows], voices.targets[rows]
    tremolo = voices.reals["tremolo"][rows]
    ages = voices.integers["age"][rows]
    if tremolo.any():
        target = target * 10 ** (tremolo * _wave(voices, rows, np.maximum(ages, 0)) / 20)[:, None]
    fresh = ages <= 0
    old[fresh] = target[fresh]
    new = old + (target - old) * min(1.0, frames / (_GLIDE_SECONDS * voices.rate))
    new = np.where(np.abs(new - target) < 1e-7, target, new)
    voices.gains[rows] = new
    return old, new


def _product(gains: Samples, sound: Samples) -> Samples:
    """gains @ sound, in parts so small that no other threads are asked to help."""
    width = max(STEP, _PRODUCT // (gains.size + 1) // 2)
    if sound.shape[1] <= width:
        return gains @ sound
    return np.concatenate([gains @ sound[:, at : at + width] for at in range(0, sound.shape[1], width)], axis=1)


def _retire(voices: Voices, rows: Rows, levels: Floats) -> None:
    """Free the voices that have faded, or whose sample has ended."""
    ages = voices.integers["age"][rows]
    over = (levels <= 0) & (ages > voices.reals["delay"][rows] + STEP)
    limits = voices.reals["limit"][rows]
    for i, row in enumerate(rows.tolist()):
        reading = voices.readings[row]
        if reading is None:
            over[i] |= voices.reals["position"][row] >= limits[i]
        else:
            over[i] |= reading.ends and ages[i] >= reading.length
    voices.active[rows[over]] = False
    for row in rows[over].tolist():
        voices.readings[row] = None
