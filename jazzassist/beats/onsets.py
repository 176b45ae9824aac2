"""The onsets of all lines together. Notes that begin at the same time are one onset with one accent."""

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

TOGETHER = 0.035  # seconds within which notes make one onset
LOW = 50  # MIDI pitch up to which a lowest note counts as bass
LONG = 4.0  # seconds from which on a note counts as no longer
KICK, SNARE, CRASH = (35, 36), (37, 38, 39, 40), (49, 52, 55, 57)
CYMBALS = (42, 44, 46, 51, 53, 59)
NAMES = ("notes", "bass", "velocity", "length", "gap", "kick", "snare", "cymbal", "crash", "new bass", "new notes")
FEATURES = len(NAMES)


class Heard(Protocol):
    """A track, or the line of a request."""

    @property
    def notes(self) -> Notes:
        """Its notes, at song ticks."""
        ...

    @property
    def is_drums(self) -> bool:
        """Whether its pitches are pieces of a drum kit."""
        ...


@dataclass(frozen=True)
class Onsets:
    """`ticks`: where each onset is, rising (the mean of its notes). `seconds`: the same in seconds from the start.

    `accents`: (onsets, FEATURES), each from 0 to about 1, in the order of NAMES. `classes`: (onsets, 12), the notes of
    each pitch class. `counts`: the notes of each.
    """

    ticks: Doubles
    seconds: Doubles
    accents: Floats
    classes: Floats
    counts: Ints

    def __len__(self) -> int:
        return len(self.ticks)


def onsets_of(lines: Sequence[Heard], tempi: TempoMap, start: int = 0, end: int | None = None) -> Onsets:
    """The onsets in [start, end) ticks; all of them from `start` without `end`."""
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
    """The number of the onset that each of the sorted notes belongs to."""
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
    """For each onset the pitch under which a quarter of the 32 lowest notes around it lie."""
    known = np.flatnonzero(lowest < 999)
    floor = np.full(len(lowest), -1)
    if len(known) >= 8:
        blocks = np.array_split(known, max(1, len(known) // 32))
        for block in blocks:
            floor[block] = int(np.percentile(lowest[block], 25))
    return floor


def _changes(bass: Ints) -> npt.NDArray[np.bool_]:
    """Where the pitch class of the bass (below 0: no bass) is another than that of the bass note before."""
    changed = np.zeros(len(bass), np.bool_)
    known = np.flatnonzero(bass >= 0)
    changed[known] = np.append(True, np.diff(bass[known]) != 0)[: len(known)]
    return changed


def _new_classes(group: Ints, classes: Ints, count: int) -> Floats:
    """For each onset, the share of its pitch classes that none of the six onsets before it has."""
    has = np.zeros((count + 6, 12), np.bool_)
    has[group + 6, classes] = True
    before = np.zeros((count, 12), np.bool_)
    for back in range(6):
        before |= has[back : back + count]
    own = has[6:]
    return np.asarray((own & ~before).sum(1) / np.maximum(1, own.sum(1)), np.float32)
