"""The inputs of the steps in a gap, looked up in tables that are made once for a request."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jazzassist.neural.asked import whole_wishes_of, wishes_now
from jazzassist.neural.encoding import (
    DRUMS,
    EXTRAS,
    GIVEN,
    GIVEN_KNOWN,
    GRID,
    NO_PITCH,
    QUARTERS_AHEAD,
    QUARTERS_HERE,
    Floats,
    Ints,
    bar_numbers,
    place_in_bar,
)
from jazzassist.neural.scene import Scene
from jazzassist.neural.steps import PEDAL, TEMPO, Arrays, aim, countdown, given_columns
from jazzassist.neural.written import Written


class Inputs:
    """Of a scene's gap, for candidates whose note before lies at grid position `first` or later."""

    def __init__(self, scene: Scene, first: int) -> None:
        self.scene, self.first = scene, first
        self._places = _by_onset(scene, first)
        self._aims = aim(np.arange(NO_PITCH + 1), scene.target)
        self._heard = Heard(scene, first // GRID)
        self._extra = np.zeros(len(EXTRAS), np.int64)
        self._extra[TEMPO] = scene.around.tempo
        for name, kind in whole_wishes_of(scene).items():
            self._extra[EXTRAS.index(name)] = kind

    def at(self, written: Written) -> Arrays:
        """What the step before the next note takes, by the names of `step_arrays`."""
        previous, scene = written.previous, self.scene
        onset = previous["onset"]
        arrays: Arrays = {f"previous_{name}": column for name, column in previous.items() if name != "onset"}
        index = onset - self.first
        arrays |= {name: column.take(index, mode="clip") for name, column in self._places.items()}
        arrays |= {name: column[previous["pitch"]] for name, column in self._aims.items()}
        arrays["heard_ahead"] = self._heard.ahead(onset // GRID, written.rows)
        arrays["extra"] = self._extras(written)
        left = scene.end - np.maximum(onset, scene.start)
        return arrays | wishes_now(scene, np.full(len(onset), written.notes), written.onsets, left)

    def _extras(self, written: Written) -> Ints:
        """(rows, EXTRAS)."""
        given, previous = self.scene.given, written.previous
        found = np.repeat(self._extra[None], len(written), axis=0)
        if not written.begun:
            found[:, PEDAL] = self.scene.pedal_before
        if len(given):
            first = self.scene.given_next(previous["onset"], previous["pitch"], written.begun)
            notes, drums = (given.onset, given.pitch), self.scene.instrument == DRUMS
            columns = given_columns(previous["onset"], previous["pitch"], notes, first, drums)
            found[:, : GIVEN_KNOWN * len(GIVEN)] = columns
        return found

    def here(self, onset: Ints, written: Written) -> Floats:
        """(rows, heard): what is heard at the onsets that were chosen."""
        return self._heard.here(onset // GRID, written.rows)


def _by_onset(scene: Scene, first: int) -> dict[str, Ints]:
    """Inputs that follow from the onset of the note before, for each position from `first` to the end of the gap."""
    around, onset = scene.around, np.arange(first, max(first + 1, scene.end))
    quarter, bar = place_in_bar(around.meters, onset)
    start, end = np.full(len(onset), scene.start), np.full(len(onset), scene.end)
    return {
        "previous_sub": onset % GRID,
        "quarter": quarter,
        "bar_length": bar,
        "bar": around.bars_before + bar_numbers(around.meters, onset),
        "counting": np.ones(len(onset), np.int64),
        **countdown(onset, start, end),
    }


class Heard:
    """What is heard beside the line from the quarter `first` on: one row for each quarter, of it and those after it.

    Shared by all candidates, or for each of them. Quarters outside the table hold nothing.
    """

    def __init__(self, scene: Scene, first: int) -> None:
        table = scene.around.heard if scene.around.heard.ndim == 3 else scene.around.heard[None]
        self.first, self.count, self.shared = first, max(1, scene.end // GRID + 1 - first), len(table) == 1
        padded = np.zeros((len(table), self.count + QUARTERS_AHEAD - 1, table.shape[2]), np.float32)
        begin = first - scene.around.first_quarter
        low, high = max(0, begin), min(table.shape[1], begin + padded.shape[1])
        if low < high:
            padded[:, low - begin : high - begin] = table[:, low:high]
        self._ahead, self._here = (_windows(padded, quarters) for quarters in (QUARTERS_AHEAD, QUARTERS_HERE))

    def ahead(self, quarter: Ints, rows: Ints) -> Floats:
        """(rows, QUARTERS_AHEAD * HEARD): from a quarter on for each of the candidates with numbers `rows`."""
        return self._of(self._ahead, quarter, rows)

    def here(self, quarter: Ints, rows: Ints) -> Floats:
        """(rows, QUARTERS_HERE * HEARD): the same for fewer quarters."""
        return self._of(self._here, quarter, rows)

    def _of(self, windows: Floats, quarter: Ints, rows: Ints) -> Floats:
        index = np.minimum(quarter - self.first, self.count - 1)
        return np.asarray(windows[0 if self.shared else rows, index])


def _windows(padded: Floats, quarters: int) -> Floats:
    """(tables, quarters, quarters of a window * HEARD): a view of the rows from each quarter on, side by side."""
    flat, width = padded.reshape(len(padded), -1), padded.shape[2]
    found: npt.NDArray[np.float32] = np.lib.stride_tricks.sliding_window_view(flat, quarters * width, axis=1)
    return found[:, ::width]
