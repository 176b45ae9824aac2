"""The grid of a song: the file's own grid if it fits, otherwise a shifted version of it, otherwise tracked beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from jazzassist.beats.bars import bar_lines
from jazzassist.beats.feel import feel_of, swing_of
from jazzassist.beats.grid import Feel, Grid
from jazzassist.beats.levels import places, variants
from jazzassist.beats.model import BeatModel, shipped_model
from jazzassist.beats.onsets import Heard, Onsets, onsets_of
from jazzassist.beats.own import own_beats
from jazzassist.beats.refining import refined
from jazzassist.beats.tempo_path import best_path, place_density
from jazzassist.domain.song import Song
from jazzassist.domain.timing import MeterMap, TempoMap

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FEWEST_ONSETS, FEWEST_BEATS = 16, 8  # with fewer, the file's own grid is kept
LONGEST = 20 * 60.0  # maximum tracked length in seconds; the last tempo continues after that
EXACT = 0.5  # share of notes exactly on 24ths, 32nds or halves of them above which a file counts as quantised
FITS = 0.1  # a grid fits if it gains this many nats per onset over onsets at random positions
CLOSE, CLOSE_SECONDS = 0.1, 0.045  # beats, seconds: a grid shifted by less is the same grid, played early or late
BETTER_PHASE = 0.25  # nats per onset that another phase must gain over that of a quantised file
CONTRAST = 0.25  # mean gain in nats per onset over other phases of notes played to the file's grid
GOOD = 0.5  # nats per onset at which the beats are certain
SURE = 0.95  # probability above which the offbeats of the file's grid are taken as the beats
STEADY = 0.6  # minimum agreement of the phases of tracked beats relative to the file's grid; 1 is perfect
TRUST = 5.0  # prior odds of the file's own tempo against its double or half
SHIFTS = 48  # number of phases of the file's grid to try
CELLS = 480


@dataclass(frozen=True)
class _Heard:
    """The input of the search: the onsets, their probabilities to be on a beat, the model and the tempo map."""

    onsets: Onsets
    chances: Doubles
    model: BeatModel
    tempi: TempoMap
    densities: dict[float, Doubles] = field(default_factory=dict)  # cache by period

    def fit(self, beats: Doubles) -> float:
        """Return the gain in nats per onset of beats (in ticks) over no beats, at the best level."""
        return max(float(self.each(reading).mean()) for reading in variants(beats))

    def each(self, beats: Doubles) -> Doubles:
        """Return the gain in nats of each onset for beats at this level."""
        seconds = self.tempi.seconds_of(beats)
        density = self._density(float(np.median(np.diff(seconds))))
        at = places(self.onsets.seconds, seconds) % 1
        return np.asarray(np.log(density)[(at * CELLS).astype(np.int64) % CELLS])

    def _density(self, period: float) -> Doubles:
        """Return `place_density` for a period in seconds, cached with rounding."""
        key = round(period, 6)
        if key not in self.densities:
            self.densities[key] = place_density(self.model.masses, key, CELLS)
        return self.densities[key]

    def seconds_per_beat(self, beats: Doubles) -> float:
        """Return the median length of a beat in seconds."""
        return max(1e-3, float(np.median(np.diff(self.tempi.seconds_of(beats)))))

    def level(self, beats: Doubles) -> tuple[Doubles, float]:
        """Return the most likely metrical level of a pulse, and its probability."""
        found = beats
        for _ in range(2):
            readings = variants(found)
            chances = self.level_chances(readings)
            best = int(chances.argmax())
            if best == 0:
                return found, float(chances[0])
            found = readings[best]
        return found, float(self.level_chances(variants(found))[0])

    def level_chances(self, readings: list[Doubles]) -> Doubles:
        seconds = [self.tempi.seconds_of(reading) for reading in readings]
        return self.model.level_chances(self.onsets, self.chances, seconds)


def track(song: Song, start: int = 0, end: int | None = None, model: BeatModel | None = None) -> Grid:
    """Return the grid of the notes that begin in [start, end) ticks of a song. `end` None: to its end."""
    return track_lines(song.tracks, song.tempo_map, song.meter_map, start, end, model)


def track_lines(
    lines: Sequence[Heard],
    tempi: TempoMap,
    meters: MeterMap,
    start: int = 0,
    end: int | None = None,
    model: BeatModel | None = None,
) -> Grid:
    """Return the grid of lines. `tempi`, `meters`: of their file. `start`, `end`: as for `track`.

    The file's own grid is kept exactly if it fits. It is replaced only by a grid that fits clearly better.
    """
    model = model or shipped_model()
    onsets = onsets_of(lines, tempi, start, end)
    low, high = (int(onsets.ticks[0]), int(onsets.ticks[-1]) + 1) if len(onsets) else (start, start)
    own = own_beats(meters, low, high)
    heard = _Heard(onsets, model.on_beat(onsets), model, tempi)
    found = None
    if len(onsets) >= FEWEST_ONSETS and len(own[0]) >= FEWEST_BEATS:
        found = _other_beats(heard, own[0], _is_exact(lines, meters.ppq, low, high))
    if found is None:
        felt, certain = _felt(heard, own[0])
        return replace(_grid(heard, lines, meters.ppq, own, True, certain, 1.0), felt=felt)
    beats, certain = found
    chances = model.bar_chances(onsets, tempi.seconds_of(beats))
    downbeats, sure = bar_lines(chances)
    return _grid(heard, lines, meters.ppq, (beats, downbeats), False, certain, sure)


def _felt(heard: _Heard, own: Doubles) -> tuple[float, float]:
    """Return the number of perceived beats per beat of the file's grid, and the confidence in that level."""
    if len(heard.onsets) < FEWEST_ONSETS or len(own) < FEWEST_BEATS:
        return 1.0, 1.0
    _, first, second, twice = heard.level_chances(variants(own)[:4]).tolist()
    if twice >= SURE:
        return 2.0, 1 - twice
    return (0.5 if first + second >= SURE else 1.0), 1 - first - second - twice


def _is_exact(lines: Sequence[Heard], ppq: int, low: int, high: int) -> bool:
    """Return True if most notes are exactly on the grid, which a performance never is."""
    starts = np.concatenate([np.zeros(0, np.int64), *(line.notes.starting_in(low, high).start for line in lines)])
    if not len(starts):
        return False
    within = starts % ppq
    cells = np.union1d(np.arange(13) / 12, np.arange(17) / 16) * ppq
    away = np.abs(within[:, None] - cells[None, :]).min(1)
    chance = min(1.0, 3 * (len(cells) - 1) / ppq)
    return bool((away <= 0.5 + (ppq > 200)).mean() > EXACT + (1 - EXACT) * chance)


def _other_beats(heard: _Heard, own: Doubles, exact: bool) -> tuple[Doubles, float] | None:
    """Return beats in ticks that replace the file's grid, and the confidence in their level; None to keep it."""
    fits = np.array([heard.fit(own + shift) for shift in _shifts(own)])
    best = float(fits.max())
    if exact and fits[0] >= max(FITS, best - BETTER_PHASE):
        return None
    tracked = _tracked(heard)
    phase, steady = _phase(own, tracked) if tracked is not None else (0.0, False)
    close = min(CLOSE, CLOSE_SECONDS / heard.seconds_per_beat(own))
    near = _near(fits, close)
    contrast = near - float(fits.mean())
    if (contrast >= CONTRAST and near >= best - CONTRAST / 2) or (steady and abs(phase) <= close):
        return _other_half(heard, own, phase if steady and abs(phase) <= close else 0.0)
    if best >= FITS and (steady or contrast >= CONTRAST):
        return _own_tempo(heard, _centred(heard, own + _shifts(own)[int(fits.argmax())]))
    if tracked is None or heard.fit(tracked) < FITS:
        return None
    return heard.level(tracked)


def _phase(own: Doubles, tracked: Doubles) -> tuple[float, bool]:
    """Return the delay of tracked beats relative to the file's grid, in beats, and whether it is constant.

    Notes played to the file's click have a constant phase, even if the tracker mistakes two thirds or three quarters
    of a beat for a beat.
    """
    at = np.interp(tracked, own, np.arange(len(own)))
    for parts in (2, 3, 4):
        turned = np.exp(2j * np.pi * parts * at).mean()
        if np.abs(turned) >= STEADY:
            return float(np.angle(turned) / (2 * np.pi * parts)), True
    return 0.0, False


def _other_half(heard: _Heard, own: Doubles, phase: float) -> tuple[Doubles, float] | None:
    """Return the beats half a beat after those of the file's grid if they almost certainly are the beats."""
    step = float(np.median(np.diff(own)))
    *_, between = readings = variants(own + phase * step)
    sure = heard.level_chances(readings)[-1] >= SURE
    return _own_tempo(heard, _centred(heard, between)) if sure else None


def _own_tempo(heard: _Heard, beats: Doubles) -> tuple[Doubles, float]:
    """Return the most likely level of beats at the file's tempo, which has a higher prior, and its probability."""
    readings = variants(beats)
    chances = heard.level_chances(readings) * np.where(
        [len(r) in (len(beats), len(beats) - 1) for r in readings], TRUST, 1
    )
    best = int(chances.argmax())
    return readings[best], float(chances[best] / chances.sum())


def _shifts(own: Doubles) -> Doubles:
    """Return the phases to try, in ticks."""
    return np.asarray(np.arange(SHIFTS) / SHIFTS * np.median(np.diff(own)))


def _near(fits: Doubles, close: float) -> float:
    """Return the best fit among shifts that are small enough to count as the same grid."""
    reach = int(close * SHIFTS)
    return float(np.roll(fits, reach)[: 2 * reach + 1].max())


def _centred(heard: _Heard, beats: Doubles) -> Doubles:
    """Return the beats shifted by the median delay of the onsets on them."""
    seconds = heard.tempi.seconds_of(beats)
    at = places(heard.onsets.seconds, seconds)
    away = at * 4 - np.round(at * 4)
    return np.asarray(beats + np.median(away) / 4 * np.median(np.diff(beats)))


def _tracked(heard: _Heard) -> Doubles | None:
    """Track beats from the onsets alone. Return them in ticks, or None if there are too few."""
    onsets = heard.onsets
    inside = onsets.seconds <= onsets.seconds[0] + LONGEST
    seconds, chances = onsets.seconds[inside], heard.chances[inside]
    beats = best_path(seconds, chances, heard.model.masses).beats
    if len(beats) < FEWEST_BEATS:
        return None
    fine = refined(seconds, chances, beats)
    return np.array([heard.tempi.tick_at(at) for at in fine.tolist()])


def _grid(
    heard: _Heard,
    lines: Sequence[Heard],
    ppq: int,
    beats: tuple[Doubles, Flags],
    own: bool,
    level: float,
    bars: float,
) -> Grid:
    """Return the grid with its swing ratio and the feel of each line."""
    at, downbeats = beats
    if len(at) < 2 or not len(heard.onsets):
        none: tuple[Feel | None, ...] = (None,) * len(lines)
        return Grid(ppq, own, at, downbeats, np.zeros(len(at)), level, bars, None, none, heard.tempi)
    seconds = heard.tempi.seconds_of(at)
    swing = swing_of(places(heard.onsets.seconds, seconds))
    feel = tuple(_feel(heard, line, at, seconds, swing) for line in lines)
    return Grid(ppq, own, at, downbeats, _confidence(heard, at, seconds), level, bars, swing, feel, heard.tempi)


def _feel(heard: _Heard, line: Heard, beats: Doubles, seconds: Doubles, swing: float | None) -> Feel | None:
    low, high = heard.onsets.ticks[0] - 1, heard.onsets.ticks[-1] + 1
    starts = line.notes.start[(line.notes.start >= low) & (line.notes.start <= high)]
    at = places(heard.tempi.seconds_of(starts), seconds)
    lengths = np.diff(seconds)
    here = lengths[np.clip(np.floor(at).astype(np.int64), 0, len(lengths) - 1)]
    return feel_of(at, here * 1000, swing)


def _confidence(heard: _Heard, beats: Doubles, seconds: Doubles) -> Doubles:
    """Return the confidence of each beat, 0 to 1: how well the onsets of the eight surrounding beats fit."""
    if len(heard.onsets) < FEWEST_ONSETS:
        return np.zeros(len(beats))  # too few to judge
    each = heard.each(beats)
    beat = np.clip(np.round(places(heard.onsets.seconds, seconds)), 0, len(beats) - 1).astype(np.int64)
    window = np.ones(9)
    fit = np.convolve(np.bincount(beat, each, minlength=len(beats)), window, "full")[4:-4]
    count = np.convolve(np.bincount(beat, minlength=len(beats)), window, "full")[4:-4]
    return np.asarray(np.clip(fit / np.maximum(4, count) / GOOD, 0, 1))
