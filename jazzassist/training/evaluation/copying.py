"""How much of a suggestion stands note for note in the training set: the longest shared runs.

Two runs are the same when each note lies as many semitones above the one before (for drums: hits the
same piece of the kit) and begins as many grid positions after it. So a run in another key is the same,
and one in another rhythm is not; durations and velocities do not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jazzassist.domain.song import Notes
from jazzassist.neural.encoding import DRUMS, GridLine
from jazzassist.training.arrays import COUNT, FIRST, INSTRUMENT, PART
from jazzassist.training.evaluation.collapse import Answered
from jazzassist.training.evaluation.tasks import ROLES, Task

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

MOST = 64  # notes: longer runs count as this long
VERBATIM = 12  # notes: a run of more than these is copied
BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2**64
INVERSE = np.uint64(pow(int(BASE), -1, 1 << 64))
LOW_BITS = np.uint64((1 << 20) - 1)
LONGEST_STEP = (1 << 20) - 1  # grid positions between two onsets


@dataclass(frozen=True)
class Runs:
    """Steps from note to note of many lines, prepared so that the hash of any run takes one subtraction.

    `sums[i]`: the sum of the mixed steps before i, each times its power of BASE. `unscale[i]`: the
    power of INVERSE that makes a run's hash not depend on where it stands. `room[i]`: how many steps
    there are from i to the end of its line.
    """

    sums: Hashes
    unscale: Hashes
    room: Ints

    @staticmethod
    def of(lines: list[Hashes]) -> Runs:
        """From the steps of all lines."""
        steps = np.concatenate([np.zeros(0, np.uint64), *lines])
        room = np.concatenate([np.zeros(0, np.int64), *(np.arange(len(line), 0, -1) for line in lines)])
        powers = _powers(BASE, len(steps))
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(_mixed(steps) * powers, dtype=np.uint64)])
        return Runs(sums, _powers(INVERSE, len(steps)), room)

    def hashes(self, length: int) -> tuple[Hashes, Ints]:
        """The hashes of all runs of `length` steps within a line, and where they begin."""
        at = np.nonzero(self.room >= length)[0]
        return (self.sums[at + length] - self.sums[at]) * self.unscale[at], at


def training_runs(corpus: Path, part: int = 0) -> Runs:
    """The runs of all lines of a built corpus in one part of the split (0: those trained on); seconds."""
    table = np.load(corpus / "table.npy")
    onset, pitch = (np.load(corpus / f"{name}.npy", mmap_mode="r") for name in ("onset", "pitch"))
    lines = []
    for row in table[table[:, PART] == part]:
        cut = slice(int(row[FIRST]), int(row[FIRST] + row[COUNT]))
        begins, heights = (np.asarray(column[cut], np.int64) for column in (onset, pitch))
        lines.append(steps_of(begins, heights, bool(row[INSTRUMENT] == DRUMS)))
    return Runs.of(lines)


def steps_of(onset: Ints, pitch: Ints, drums: bool) -> Hashes:
    """(notes - 1,): grid positions and semitones from each note to the next as one number; for drums its pitch."""
    ahead = np.minimum(np.diff(onset), LONGEST_STEP)
    height = pitch[1:] + 512 if drums else np.diff(pitch) + 128
    return np.asarray(ahead * 1024 + height, np.int64).astype(np.uint64)


def line_of(task: Task, notes: Notes) -> Hashes:
    """The steps of a fill of the task's gap on the corpus' grid."""
    fill = task.filled(notes)
    line = GridLine.of(fill.notes, fill.ppq, DRUMS if task.drums else 0)
    return steps_of(np.asarray(line.onset, np.int64), np.asarray(line.pitch, np.int64), task.drums)


def longest_shared(lines: list[Hashes], known: Runs) -> Ints:
    """For each line of steps the notes of its longest run that is known, at most MOST; 1 where no step is.

    Whoever shares a run shares all its parts, so each length is found by halving, for all lines together.
    """
    asked = Runs.of(lines)
    owner = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    low = np.zeros(len(lines), np.int64)
    high = np.array([min(len(line), MOST - 1) for line in lines], np.int64)
    while (low < high).any():
        middle = (low + high + 1) // 2
        for length in np.unique(middle[low < high]).tolist():
            these = (middle == length) & (low < high)
            shared = np.zeros(len(lines), np.bool_)
            hashes, at = asked.hashes(length)
            shared[owner[at[_known(hashes, known, length)]]] = True
            low = np.where(these & shared, length, low)
            high = np.where(these & ~shared, length - 1, high)
    return np.asarray(low + 1, np.int64)


def shared_runs(answered: list[Answered], known: Runs) -> dict[str, dict[str, float]]:
    """{role or "all": figures} of the suggestions and, as "real", of the bars that really stood there."""
    written = [(item.task, notes) for item in answered for notes in item.alternatives if len(notes)]
    real = [(item.task, item.task.removed) for item in answered]
    longest = longest_shared([line_of(task, notes) for task, notes in written + real], known)
    found: dict[str, dict[str, float]] = {}
    for role in ("all", *ROLES):
        ours = np.array([role in ("all", task.role) for task, _ in written], np.bool_)
        theirs = np.array([role in ("all", task.role) for task, _ in real], np.bool_)
        if ours.any():
            found[role] = {"suggestions": float(ours.sum()), **figures(longest[: len(written)][ours])}
            found[role] |= {f"real, {name}": value for name, value in figures(longest[len(written) :][theirs]).items()}
    return found


def figures(longest: Ints) -> dict[str, float]:
    """Mean, median and greatest of the longest shared runs in notes, and the share of those that are verbatim."""
    return {
        "mean": float(longest.mean()),
        "median": float(np.median(longest)),
        "longest": float(longest.max()),
        "verbatim": float((longest > VERBATIM).mean()),
    }


def _known(hashes: Hashes, known: Runs, length: int) -> npt.NDArray[np.bool_]:
    """Which of some hashes are among those of the known runs of that length."""
    wanted = np.unique(hashes)
    there, _ = known.hashes(length)
    marked = np.zeros(int(LOW_BITS) + 1, np.bool_)
    marked[wanted & LOW_BITS] = True
    there = there[marked[there & LOW_BITS]]  # most are sorted out by their low bits alone
    place = np.minimum(np.searchsorted(wanted, there), max(0, len(wanted) - 1))
    hit = np.zeros(len(wanted), np.bool_)
    if len(wanted):
        hit[place[wanted[place] == there]] = True
    return np.asarray(hit[np.searchsorted(wanted, hashes)], np.bool_)


def _mixed(steps: Hashes) -> Hashes:
    """Steps as numbers in which every bit looks random (splitmix64)."""
    mixed = (steps + np.uint64(1)) * BASE
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), np.uint64)


def _powers(base: np.uint64, count: int) -> Hashes:
    """(count,): base to the power of 0, 1, ..., modulo 2**64."""
    powers = np.full(max(1, count), base, np.uint64)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint64)[:count]
