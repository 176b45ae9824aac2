"""Beat and chord annotations of recordings, and the place of a time in seconds on their grid.

Two layouts are read. POP909 (Wang et al., ISMIR 2020): a tar archive with a folder for each song, which holds
`beat_midi.txt` (seconds, downbeat of a half bar, downbeat of a bar) and `chord_midi.txt` (start, end, chord).
The Jazz Trio Database (Cheston et al., TISMIR 2024): beside each MIDI file a table `beats.csv` with a header, then
number, seconds, three columns that are not used here, and the beat's number in its bar, from 1.
"""

from __future__ import annotations

import csv
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from jazzassist.neural.encoding import GRID, Ints

Seconds = npt.NDArray[np.float64]

FEWEST_BEATS = 8
TEMPO_BEATS = 16
LEAD_BEATS = 4  # before the first annotated beat, so that an upbeat has a place at or after 0
_BEATS, _CHORDS = "beat_midi.txt", "chord_midi.txt"


@dataclass(frozen=True)
class BeatGrid:
    """`seconds`: the time of each beat, rising. `downbeats`: whether it begins a bar. `chords`: (seconds, symbol)."""

    seconds: Seconds
    downbeats: npt.NDArray[np.bool_]
    chords: tuple[tuple[float, str], ...] = ()

    def positions(self, seconds: npt.ArrayLike) -> Ints:
        """The grid positions, GRID to the beat, nearest to times in seconds; beyond the ends at the end's tempo."""
        return np.asarray(np.round(self.quarters(seconds) * GRID), np.int64)

    def quarters(self, seconds: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The places of times in seconds, in beats, not rounded; beyond the ends at the end's tempo."""
        beats = self.seconds
        lead = beats[0] - (beats[1] - beats[0]) * np.arange(LEAD_BEATS, 0, -1)
        more = beats[-1] + (beats[-1] - beats[-2]) * np.arange(1, LEAD_BEATS + 1)
        grid = np.concatenate([lead, beats, more])
        at = np.asarray(seconds, np.float64)
        index = np.clip(np.searchsorted(grid, at, side="right") - 1, 0, len(grid) - 2)
        within = (at - grid[index]) / (grid[index + 1] - grid[index])
        return np.asarray(index + within, np.float64)

    @property
    def meters(self) -> list[tuple[int, int, int]]:
        """(grid position, beats in a bar, 4) at the first downbeat and wherever the length of a bar changes."""
        downs = np.flatnonzero(self.downbeats)
        found: list[tuple[int, int, int]] = []
        for first, beats in zip(downs.tolist(), np.diff(downs).tolist(), strict=False):
            if not found or found[-1][1] != beats:
                found.append(((first + LEAD_BEATS) * GRID, beats, 4))
        return found or [(LEAD_BEATS * GRID, 4, 4)]

    @property
    def tempi(self) -> list[tuple[int, float]]:
        """(grid position, beats a minute) of each stretch of TEMPO_BEATS beats."""
        at = np.arange(0, max(1, len(self.seconds) - TEMPO_BEATS), TEMPO_BEATS)
        last = np.minimum(at + TEMPO_BEATS, len(self.seconds) - 1)
        tempi = 60 * (last - at) / (self.seconds[last] - self.seconds[at])
        return list(zip(((at + LEAD_BEATS) * GRID).tolist(), np.round(tempi, 1).tolist(), strict=True))

    @property
    def marks(self) -> list[tuple[int, str]]:
        """(grid position, symbol) of the chords."""
        at = self.positions([seconds for seconds, _ in self.chords]).tolist() if self.chords else []
        return [(place, symbol) for place, (_, symbol) in zip(at, self.chords, strict=True)]


def read_beat_table(path: Path) -> BeatGrid | None:
    """The grid in a table of the Jazz Trio Database; None where there is none with FEWEST_BEATS beats."""
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))[1:]
        beats = [(float(row[1]), round(float(row[5])) == 1) for row in rows if row]
    except (OSError, ValueError, IndexError):
        return None
    seconds = np.array([at for at, _ in beats], np.float64)
    rising = np.append(True, np.diff(seconds) > 0) if beats else np.zeros(0, np.bool_)
    if int(rising.sum()) < FEWEST_BEATS:
        return None
    return BeatGrid(seconds[rising], np.array([down for _, down in beats], np.bool_)[rising])


@cache
def read_beats(archive: Path) -> Mapping[str, BeatGrid]:
    """The grids of an archive by the names of their songs; a song with fewer than FEWEST_BEATS beats is left out."""
    texts: dict[str, dict[str, str]] = {}
    with tarfile.open(archive) as files:
        for member in files:
            path = PurePosixPath(member.name)
            stream = files.extractfile(member) if path.name in (_BEATS, _CHORDS) else None
            if stream is not None:
                texts.setdefault(path.parent.name, {})[path.name] = stream.read().decode("utf-8")
    grids = {song: _grid(found.get(_BEATS, ""), found.get(_CHORDS, "")) for song, found in texts.items()}
    return {song: grid for song, grid in grids.items() if len(grid.seconds) >= FEWEST_BEATS}


def _grid(beats: str, chords: str) -> BeatGrid:
    rows = [[float(word) for word in line.split()] for line in beats.splitlines() if line.strip()]
    seconds = np.array([row[0] for row in rows], np.float64)
    rising = np.append(True, np.diff(seconds) > 0) if len(seconds) else np.zeros(0, np.bool_)
    downbeats = np.array([row[2] > 0 for row in rows], np.bool_)
    words = [line.split() for line in chords.splitlines() if line.strip()]
    return BeatGrid(seconds[rising], downbeats[rising], tuple((float(word[0]), word[2]) for word in words))
