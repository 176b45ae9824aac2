"""How well the tracker finds known beats, beside the file's own grid."""

from __future__ import annotations

from collections.abc import Iterable

import mir_eval
import numpy as np
import numpy.typing as npt

from jazzassist.beats.grid import Grid
from jazzassist.beats.levels import places
from jazzassist.beats.model import BeatModel
from jazzassist.beats.own import own_beats
from jazzassist.beats.tracking import track
from jazzassist.domain.song import Song
from jazzassist.training.beat_data import Known
from jazzassist.training.evaluation.report import Cell, Sheet

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

PARTS = 24  # places in a beat on which notes are compared
TITLE = "Beats from notes"
HEADER = (
    "", "songs", "own grid kept", "beat F", "own", "downbeat F", "own", "at any level", "right 24th", "own",
    "certainty",
)  # fmt: skip
LEGEND = (
    "beat and downbeat F-measure within 70 ms (mir_eval), then the same for the file's own grid; at any level: the "
    "best of the beats, every other one, twice as many and those between; right 24th: notes at the same 24th of the "
    "beat as by the known beats; certainty: the tracker's own"
)


def sheet(songs: Iterable[Known], model: BeatModel | None = None) -> Sheet:
    """A line for each set and each thing that was done to its songs."""
    found: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    for known in songs:
        found.setdefault((known.set_name, known.case), []).append(score(known, track(known.song, model=model)))
    rows: list[tuple[Cell, ...]] = []
    for (name, case), values in found.items():
        means = np.mean(values, axis=0)
        rows.append((f"{name}, {case}", str(len(values)), f"{100 * means[0]:.0f} %", *map(_share, means[1:].tolist())))
    return Sheet(TITLE, HEADER, tuple(rows), LEGEND)


def _share(value: float) -> str:
    return f"{value:.2f}"


def score(known: Known, grid: Grid) -> tuple[float, ...]:
    """The columns of HEADER after the number of songs, for one."""
    clock = known.song.tempo_map
    wanted = clock.seconds_of(known.beats)
    own_ticks, own_downs = _own(known.song)
    beats, own = clock.seconds_of(grid.beats), clock.seconds_of(own_ticks)
    f = mir_eval.beat.f_measure
    return (
        float(grid.own),
        f(wanted, beats),
        f(wanted, own),
        f(wanted[known.downbeats], beats[grid.downbeats]),
        f(wanted[known.downbeats], own[own_downs]),
        max(f(wanted, other) for other in _levels(beats)),
        _right(known, grid.beats),
        _right(known, own_ticks),
        grid.certainty,
    )


def _own(song: Song) -> tuple[Doubles, Flags]:
    starts = np.concatenate([track.notes.start for track in song.tracks])
    return own_beats(song.meter_map, int(starts.min()), int(starts.max()) + 1)


def _levels(beats: Doubles) -> list[Doubles]:
    between = (beats[1:] + beats[:-1]) / 2
    return [beats, beats[::2], beats[1::2], between, np.sort(np.concatenate([beats, between]))]


def _right(known: Known, beats: Doubles) -> float:
    """The share of notes at the same 24th of the beat by both."""
    starts = np.concatenate([track.notes.start for track in known.song.tracks]).astype(np.float64)
    starts = starts[(starts >= known.beats[0]) & (starts <= known.beats[-1])]
    if len(beats) < 2 or not len(starts):
        return 0.0
    wanted, found = (np.round(places(starts, grid) * PARTS).astype(np.int64) % PARTS for grid in (known.beats, beats))
    return float((wanted == found).mean())
