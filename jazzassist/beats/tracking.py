"""The grid of a song: the file's own where it fits, else the own one shifted, else beats that are tracked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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

FEWEST_ONSETS, FEWEST_BEATS = 16, 8  # with less the own grid stays
LONGEST = 20 * 60.0  # seconds that are tracked; what follows keeps the last tempo
EXACT = 0.5  # share of notes on 24ths, 32nds or halves of them, to a tick, above which the file was written on its grid
FITS = 0.1  # nats for each onset, above those of onsets anywhere, from which on a grid fits
CLOSE = 0.1  # of a beat: a grid that is shifted by less is the same grid, played early or late
BETTER_PHASE, BETTER_PATH = 0.25, 0.45  # nats by which another phase, or tracked beats, must fit better than the own
BETTER_THAN_SHIFT = 0.3
GOOD = 0.5  # nats for each onset at which the beats are certain
SURE = 0.97  # the chance from which on another reading of an own grid is taken
SHIFTS = 48  # phases of the own grid that are tried
CELLS = 480


@dataclass(frozen=True)
class _Heard:
    """What the search needs: the onsets, each one's chance to be on a beat, the model and the clock."""

    onsets: Onsets
    chances: Doubles
    model: BeatModel
    tempi: TempoMap

    def fit(self, beats: Doubles) -> float:
        """Nats for each onset by which beats in ticks explain them better than no beats, at the best level."""
        return max(float(self.each(reading).mean()) for reading in variants(beats))

    def each(self, beats: Doubles) -> Doubles:
        """The same for each onset, at this level."""
        seconds = self.tempi.seconds_of(beats)
        density = place_density(self.model.masses, float(np.median(np.diff(seconds))), CELLS)
        at = places(self.onsets.seconds, seconds) % 1
        return np.asarray(np.log(density)[(at * CELLS).astype(np.int64) % CELLS])

    def level(self, beats: Doubles) -> tuple[Doubles, float]:
        """Of the readings of a pulse the likeliest, and its chance."""
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
    """The grid of the notes that begin in [start, end) ticks of a song; of all of it without `end`."""
    return track_lines(song.tracks, song.tempo_map, song.meter_map, start, end, model)


def track_lines(
    lines: Sequence[Heard],
    tempi: TempoMap,
    meters: MeterMap,
    start: int = 0,
    end: int | None = None,
    model: BeatModel | None = None,
) -> Grid:
    """The grid of lines with the tempi and meters of their file; `start`, `end` as for `track`.

    A grid that fits is kept exactly. It is left for another only where that is clearly better.
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
        return _grid(heard, lines, meters.ppq, own, True, 1.0, 1.0)
    beats, certain = found
    chances = model.bar_chances(onsets, tempi.seconds_of(beats))
    downbeats, sure = bar_lines(chances)
    return _grid(heard, lines, meters.ppq, (beats, downbeats), False, certain, sure)


def _is_exact(lines: Sequence[Heard], ppq: int, low: int, high: int) -> bool:
    """Whether most notes stand on the grid to a tick, which no player does."""
    starts = np.concatenate([np.zeros(0, np.int64), *(line.notes.starting_in(low, high).start for line in lines)])
    if not len(starts):
        return False
    within = starts % ppq
    cells = np.union1d(np.arange(13) / 12, np.arange(17) / 16) * ppq
    away = np.abs(within[:, None] - cells[None, :]).min(1)
    chance = min(1.0, 3 * (len(cells) - 1) / ppq)
    return bool((away <= 0.5 + (ppq > 200)).mean() > EXACT + (1 - EXACT) * chance)


def _other_beats(heard: _Heard, own: Doubles, exact: bool) -> tuple[Doubles, float] | None:
    """Beats in ticks that are to replace the own grid, and how certain their level is; None where it stays."""
    if exact:
        return _other_level(heard, own)
    fits = [heard.fit(own + shift) for shift in _shifts(own)]
    best = int(np.argmax(fits))
    shifted = own + _shifts(own)[best]
    tracked = _tracked(heard)
    fit = heard.fit(tracked) if tracked is not None else -np.inf
    if fits[0] >= FITS and _near(fits) >= fits[best] - BETTER_PHASE and fit < max(fits) + BETTER_PATH:
        return _other_level(heard, own)
    if fits[best] >= FITS and fit < fits[best] + BETTER_THAN_SHIFT:
        return heard.level(_centred(heard, shifted))
    if tracked is None or fit < FITS:
        return None
    return heard.level(tracked)


def _shifts(own: Doubles) -> Doubles:
    """The phases that are tried, in ticks."""
    return np.asarray(np.arange(SHIFTS) / SHIFTS * np.median(np.diff(own)))


def _near(fits: list[float]) -> float:
    """The best fit of a shift so small that it is the same grid."""
    reach = int(CLOSE * SHIFTS)
    return max(fits[: reach + 1] + fits[-reach:])


def _centred(heard: _Heard, beats: Doubles) -> Doubles:
    """The beats shifted by what the onsets on them are late, the median."""
    seconds = heard.tempi.seconds_of(beats)
    at = places(heard.onsets.seconds, seconds)
    away = at * 4 - np.round(at * 4)
    return np.asarray(beats + np.median(away) / 4 * np.median(np.diff(beats)))


def _other_level(heard: _Heard, own: Doubles) -> tuple[Doubles, float] | None:
    """Another level of an own grid where it can hardly be the beat."""
    readings = variants(own)[:4]  # never the one between its beats
    chances = heard.level_chances(readings)
    best = int(chances.argmax())
    return (readings[best], float(chances[best])) if best and chances[best] >= SURE else None


def _tracked(heard: _Heard) -> Doubles | None:
    """Beats in ticks from the onsets alone."""
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
    """The grid with what is measured on it."""
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
    """For each beat how well the onsets of eight beats around it fit, as a share of what is certain."""
    each = heard.each(beats)
    beat = np.clip(np.round(places(heard.onsets.seconds, seconds)), 0, len(beats) - 1).astype(np.int64)
    window = np.ones(9)
    fit = np.convolve(np.bincount(beat, each, minlength=len(beats)), window, "full")[4:-4]
    count = np.convolve(np.bincount(beat, minlength=len(beats)), window, "full")[4:-4]
    return np.asarray(np.clip(fit / np.maximum(4, count) / GOOD, 0, 1))
