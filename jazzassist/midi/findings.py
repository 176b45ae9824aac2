"""Oddities and damage found while a file is read, as values. `wording` turns them into sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


class Oddity(Enum):
    """Everything that may be reported about a file. The fields of `Finding.facts` are given in brackets."""

    BYTES_BEFORE_HEADER = auto()  # (size)
    UNUSUAL_RIFF = auto()
    RIFF_SIZE = auto()  # (size)
    HEADER_LENGTH = auto()  # (stated, actual)
    TRACK_COUNT = auto()  # (stated, actual)
    UNKNOWN_FORMAT = auto()  # (format)
    FORMAT_2 = auto()
    FORMAT_0_WITH_TRACKS = auto()  # (tracks)
    NO_DIVISION = auto()
    CHUNK_LENGTH = auto()  # (stated, actual)
    TRACK_HEADER = auto()
    BYTES_OUTSIDE_CHUNKS = auto()  # (size)
    SEQUENCER_CHUNK = auto()
    TRACK_LENGTH = auto()  # (stated, actual)
    EARLY_END_OF_TRACK = auto()
    TRACK_CUT_SHORT = auto()  # (size)
    NO_END_OF_TRACK = auto()
    BYTES_AFTER_END_OF_TRACK = auto()  # (size)
    LONG_DELTA_TIME = auto()
    DATA_BYTE_ABOVE_127 = auto()
    NO_STATUS_BYTE = auto()
    RUNNING_STATUS_INTERRUPTED = auto()
    STATUS_BYTE = auto()  # (status, size): a status byte that files must not contain, and its data bytes
    SYSEX_WITHOUT_END = auto()
    SYSEX_DATA_ABOVE_127 = auto()
    META_SIZE = auto()  # (name, size)
    META_VALUE = auto()  # (name, value)
    HANGING_NOTE = auto()


@dataclass(frozen=True)
class Finding:
    """One oddity of a file.

    `offset`: bytes from the start of the file to the first occurrence. `track`: from 1; 0 outside all tracks.
    `facts`: the values that the sentence about it mentions. `count`: the number of occurrences in the track.
    """

    oddity: Oddity
    offset: int
    track: int = 0
    facts: Mapping[str, int | str] = field(default_factory=dict)
    count: int = 1


@dataclass
class Findings:
    """Collects findings while a file is read. Equal findings in one track are counted as one.

    `damaged`: reading had to guess. The file may then contain more than was understood, and must not be
    overwritten without asking.
    """

    damaged: bool = False
    _found: dict[tuple[int, Oddity, str], Finding] = field(default_factory=dict)

    def note(self, oddity: Oddity, offset: int, track: int = 0, *, count: int = 1, **facts: int | str) -> None:
        """Add an oddity that is kept as it is."""
        # Wrong sizes or values of one kind of meta event are counted together, whatever they are.
        alike = str(facts["name"] if "name" in facts else sorted(facts.items()))
        key = (track, oddity, alike)
        known = self._found.get(key)
        if known is None:
            self._found[key] = Finding(oddity, offset, track, facts, count)
        else:
            self._found[key] = Finding(oddity, known.offset, track, known.facts, known.count + count)

    def repair(self, oddity: Oddity, offset: int, track: int = 0, *, count: int = 1, **facts: int | str) -> None:
        """Add damage that was repaired in memory, and sets `damaged`."""
        self.damaged = True
        self.note(oddity, offset, track, count=count, **facts)

    @property
    def all(self) -> tuple[Finding, ...]:
        """All findings in the order in which they were first made."""
        return tuple(self._found.values())
