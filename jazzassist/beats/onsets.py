"""The onsets of all lines. Notes that begin together form one onset with one set of accents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from jazzassist.domain.song import Notes
from jazzassist.domain.timing import TempoMap

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TOGETHER = 0.035  # seconds within which notes form one onset
LOW = 50  # highest MIDI pitch that counts as bass
LONG = 4.0  # maximum length of a note in seconds; longer ones count as this long
KICK, SNARE, CRASH = (35, 36), (37, 38, 39, 40), (49, 52, 55, 57)
CYMBALS = (42, 44, 46, 51, 53, 59)
NAMES = ("notes", "bass", "velocity", "length", "gap", "kick", "snare", "cymbal", "crash", "new bass", "new notes")
FEATURES = len(NAMES)


class Heard(Protocol):
    """A track of a song, or a line of a request."""

    @property
    def notes(self) -> Notes:
        """The notes, in song ticks."""
        ...

    @property
    def is_drums(self) -> bool:
        """Whether pitches name pieces of a drum kit."""
        ...


@dataclass(frozen=True)
class Onsets:
    """The onsets of a song in columns.

    `ticks`: (onsets,), increasing, the mean of the notes of each onset. `seconds`: the same in seconds.
    `accents`: (onsets, FEATURES), each from 0 to about 1, in the order of NAMES. `classes`: (onsets, 12), notes per
    pitch class. `counts`: (onsets,), number of notes.
    """

    ticks: Doubles
    seconds: Doubles
    accents: Floats
    classes: Floats
    counts: Ints

    def __len__(self) -> int:
        return len(self.ticks)


def onsets_of(lines: Sequence[Heard], tempi: TempoMap, start: int = 0, end: int | None = None) -> Onsets:
    """Return the onsets in [start, end) ticks. `end` None: to the end of the lines."""
    notes = [line.notes.starting_in(start, line.notes.last_end + 1 if end is None else end) for line in lines]
    empty = np.zeros(0)
    ticks = np.concatenate([empty, *(n.start for n in notes)])
    order = np.argsort(ticks, kind="stable")
    drums = np.concatenate([empty, *(np.full(len(n), line.is_drums) for n, line in zip(notes, lines, strict=True))])
    ends = np.concatenate([empty, *(n.end for n in notes)])[order]
    pitch = np.concatenate([empty, *(n.pitch for n in notes)])[order].astype(np.int64)
    velocity = np.concatenate([empty, *(n.velocity for n in notes)])[order]
    ticks, drums = ticks[order], drums[order] > 0
    seconds = tempi.seconds_of(ticks)
    group = _groups(seconds)
    counts = np.bincount(group)
    at = np.bincount(group, seconds) / np.maximum(1, counts)
    middle = np.bincount(group, ticks) / np.maximum(1, counts)
    lengths = tempi.seconds_of(ends) - seconds
    accents = _accents(group, at, pitch, velocity, lengths, drums)
    classes = np.zeros((len(counts), 12), np.float32)
    np.add.at(classes, (group[~drums], pitch[~drums] % 12), 1)
    return Onsets(middle, at, accents, classes, counts.astype(np.int64))


def _groups(seconds: Doubles) -> Ints:
    """Return the index of the onset to which each of the sorted notes belongs."""
    group, number, first = np.zeros(len(seconds), np.int64), -1, -np.inf
    for index, at in enumerate(seconds.tolist()):
        if at - first > TOGETHER:
            number, first = number + 1, at
        group[index] = number
    return group


def _accents(
    group: Ints, seconds: Doubles, pitch: Ints, velocity: Doubles, lengths: Doubles, drums: npt.NDArray[np.bool_]
) -> Floats:
    count = len(seconds)
    found = np.zeros((count, FEATURES), np.float32)
    if not count:
        return found
    pitched = ~drums
    found[:, 0] = np.log1p(np.bincount(group[pitched], minlength=count)) / np.log(8)
    lowest = np.full(count, 999)
    np.minimum.at(lowest, group[pitched], pitch[pitched])
    bass = (lowest <= LOW) | (lowest <= _running_floor(lowest))
    found[:, 1] = bass & (lowest < 999)
    loudest = np.zeros(count)
    np.maximum.at(loudest, group, velocity)
    found[:, 2] = np.clip((loudest - np.median(loudest)) / 40, -1, 1)
    longest = np.zeros(count)
    np.maximum.at(longest, group[pitched], lengths[pitched])
    found[:, 3] = np.log1p(np.minimum(longest, LONG) * 8) / np.log(33)
    found[:, 4] = np.log1p(np.minimum(np.append(np.diff(seconds), 1.0), 2.0) * 8) / np.log(17)
    for column, keys in ((5, KICK), (6, SNARE), (7, CYMBALS), (8, CRASH)):
        found[group[drums & np.isin(pitch, keys)], column] = 1
    found[:, 9] = _changes(np.where(found[:, 1] > 0, lowest % 12, -1))
    found[:, 10] = _new_classes(group[pitched], pitch[pitched] % 12, count)
    return found


def _running_floor(lowest: Ints) -> Ints:
    """Return for each onset the lower quartile of the lowest pitches in its block of about 32 onsets; -1 if unknown."""
    known = np.flatnonzero(lowest < 999)
    floor = np.full(len(lowest), -1)
    if len(known) >= 8:
        blocks = np.array_split(known, max(1, len(known) // 32))
        for block in blocks:
            floor[block] = int(np.percentile(lowest[block], 25))
    return floor


def _changes(bass: Ints) -> npt.NDArray[np.bool_]:
    """Return a mask of the onsets whose bass differs in pitch class from the preceding bass. Negative: no bass."""
    changed = np.zeros(len(bass), np.bool_)
    known = np.flatnonzero(bass >= 0)
    changed[known] = np.append(True, np.diff(bass[known]) != 0)[: len(known)]
    return changed


def _new_classes(group: Ints, classes: Ints, count: int) -> Floats:
    """Return for each onset the share of its pitch classes that do not occur in the six preceding onsets."""
    has = np.zeros((count + 6, 12), np.bool_)
    has[group + 6, classes] = True
    before = np.zeros((count, 12), np.bool_)
    for back in range(6):
        before |= has[back : back + count]
    own = has[6:]
    return np.asarray((own & ~before).sum(1) / np.maximum(1, own.sum(1)), np.float32)
