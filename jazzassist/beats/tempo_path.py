"""The most likely sequence of beats for given onsets: dynamic programming over beat times and periods.

This is a semi-Markov form of the bar-pointer models of audio beat tracking (Whiteley et al., ISMIR 2006; Krebs et al.,
ISMIR 2015) with exactly known onsets. A state is the time of a beat and the period that ended there. The score of a
period is that of its onsets, by their positions between the two beats; tempo changes have a cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FRAME = 0.010  # seconds
SLOWEST, FASTEST = 36.0, 300.0  # beats per minute
PERIODS = np.unique(np.round(np.geomspace(60 / FASTEST, 60 / SLOWEST, 72) / FRAME).astype(np.int64))
STIFFNESS = 60.0  # a change of the period costs STIFFNESS * 5 * log(ratio)**2
JUMP = 7  # maximum change of the period between beats, in steps of PERIODS
LEVEL, SPREAD = 105.0, 0.55  # prior of the tempo: most likely beats per minute, and standard deviation in octaves
EMPTY = 0.9  # cost of each beat, about the score of the onsets expected in it
BLUR = 0.012, 0.025  # standard deviation of onsets: seconds, and fraction of the beat
FLOOR = 0.12  # share of onsets at arbitrary positions


@dataclass(frozen=True)
class Path:
    """Beat times in seconds, and the score of the path in nats."""

    beats: Doubles
    score: float


def place_density(masses: Doubles, period: float, cells: int) -> Doubles:
    """Return (cells,): the density of onsets in each cell of a beat, with mean 1.

    `masses`: shares of onsets at equidistant positions in a beat. `period`: length of the beat in seconds.
    """
    spread = BLUR[0] / period + BLUR[1] * 0.5
    at = (np.arange(cells) + 0.5) / cells
    away = np.abs(at[:, None] - np.arange(len(masses) + 1)[None, :] / len(masses))
    peaks = np.exp(-0.5 * (away / spread) ** 2) @ np.append(masses, masses[0])
    return np.asarray(FLOOR + (1 - FLOOR) * peaks / peaks.mean())


def best_path(seconds: Doubles, chances: Doubles, masses: Doubles) -> Path:
    """Return the best beats for onsets at increasing `seconds`.

    `chances`: (onsets,), the probability of each onset to be on a beat. `masses`: as in `place_density`.
    """
    first = float(seconds[0]) - PERIODS[-1] * FRAME
    frames = int((seconds[-1] - first) / FRAME) + int(PERIODS[-1]) + 2
    observed = _observed((seconds - first) / FRAME, chances, masses, frames)
    observed += _prior()[None, :] - np.float32(EMPTY)
    score, origins = _forward(observed, frames)
    low = int((seconds[-1] - first) / FRAME)
    last = np.unravel_index(int(np.argmax(score[low:])), score[low:].shape)
    at, row = int(last[0]) + low, int(last[1])
    total, found = float(score[at, row]), [at]
    while at - PERIODS[row] >= 0:
        at -= int(PERIODS[row])
        found.append(at)
        if origins[at, row] < 0:
            break
        row = int(origins[at, row])
    return Path(np.asarray(found[::-1], np.float64) * FRAME + first, total)


def _observed(at: Doubles, chances: Doubles, masses: Doubles, frames: int) -> Floats:
    """Return (frames, periods): the score of the onsets between a beat at a frame and the next, one period later."""
    size = 1 << int(frames + PERIODS[-1]).bit_length()
    frame = np.round(at).astype(np.int64)
    mean = float(masses[0])
    signals = [np.ones(len(at)), np.log(chances / mean), np.log((1 - chances) / (1 - mean))]
    spectra = [np.fft.rfft(np.bincount(frame, signal, minlength=frames), size) for signal in signals]
    found = np.empty((frames, len(PERIODS)), np.float32)
    for row, period in enumerate(PERIODS.tolist()):
        density = place_density(masses, period * FRAME, period)
        onto = _on_beat(masses, period)
        logs = np.log(density)
        both = sum(
            spectrum * np.conj(np.fft.rfft(template, size))
            for spectrum, template in zip(spectra, (logs, onto, 1 - onto), strict=True)
        )
        found[:, row] = np.fft.irfft(both, size)[:frames]
    return found


def _prior() -> Floats:
    """Return (periods,): the log prior of each tempo in nats."""
    octaves = np.log2(60 / (PERIODS * FRAME) / LEVEL)
    return np.asarray(-0.25 * 0.5 * (octaves / SPREAD) ** 2, np.float32)


def _on_beat(masses: Doubles, period: int) -> Doubles:
    """Return (period,): the probability that an onset at each frame of a beat belongs to the beat itself."""
    only = np.zeros_like(masses)
    only[0] = masses[0]
    spread = BLUR[0] / (period * FRAME) + BLUR[1] * 0.5
    at = (np.arange(period) + 0.5) / period
    away = np.abs(at[:, None] - np.arange(len(masses) + 1)[None, :] / len(masses))
    shapes = np.exp(-0.5 * (away / spread) ** 2)
    return np.asarray(shapes @ np.append(only, only[0]) / (shapes @ np.append(masses, masses[0]) + 1e-3))


def _forward(observed: Floats, frames: int) -> tuple[Floats, npt.NDArray[np.int16]]:
    """Return the best score of a path to each (frame, period that ends there), and the preceding period.

    Periods are at least as long as a block, so that a block only depends on earlier blocks.
    """
    count, block = len(PERIODS), int(PERIODS[0])
    logs = np.log(PERIODS.astype(np.float64))
    score = np.zeros((frames, count), np.float32)  # a path may begin anywhere in the first period
    reach = np.zeros((frames, count), np.float32)
    origins = np.full((frames, count), -1, np.int16)
    steps = range(-JUMP, JUMP + 1)
    costs = np.full((len(steps), count), np.inf, np.float32)
    for number, step in enumerate(steps):
        rows = np.arange(max(0, -step), min(count, count - step))
        costs[number, rows] = STIFFNESS * 10 * (logs[rows + step] - logs[rows]) ** 2 / 2
    longest = int(PERIODS[-1])
    padded = np.full((block, count + 2 * JUMP), -np.inf, np.float32)
    for low in range(0, frames, block):
        high = min(frames, low + block)
        here = np.arange(low, high)[:, None] - PERIODS[None, :]
        known = here >= 0
        cells = np.maximum(here, 0), np.arange(count)[None, :]
        score[low:high] = np.where(known, observed[cells] + reach[cells], 0 if low < longest else -np.inf)
        padded[: high - low, JUMP : JUMP + count] = score[low:high]
        best = np.full((high - low, count), -np.inf, np.float32)
        origin = np.zeros((high - low, count), np.int16)
        for number, step in enumerate(steps):
            value = padded[: high - low, JUMP + step : JUMP + step + count] - costs[number]
            better = value > best
            best = np.where(better, value, best)
            origin = np.where(better, np.arange(count)[None, :] + step, origin)
        fresh = (low < longest) & (best <= 0)
        reach[low:high] = np.where(fresh, 0, best)
        origins[low:high] = np.where(fresh, -1, origin)
    return score, origins
