"""The statistics of a file and of a whole folder: only counts, no notes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from jazzassist.training.analysing.divisions import DIVISIONS

Count = Counter[str]
RARE = 10  # occurrences below this are rare


@dataclass(frozen=True)
class PartFacts:
    """One part: its division, General MIDI instrument, name in the file, and counts of notes and chords."""

    division: str
    instrument: str
    name: str
    notes: Count
    chords: Count


@dataclass(frozen=True)
class Facts:
    """One file. `quarters`, `seconds`: its length. `signatures`: stated keys. `key`: the detected key."""

    parts: list[PartFacts]
    quarters: float
    seconds: float
    meters: list[str]
    signatures: list[str]
    key: str


@dataclass
class Instrument:
    """The counts of one instrument in all files."""

    division: str
    files: int = 0
    parts: int = 0
    notes: Count = field(default_factory=Counter)
    chords: Count = field(default_factory=Counter)


@dataclass
class Corpus:
    """The counts of a whole folder. Its memory grows with the number of different items, hardly with that of files."""

    instruments: dict[str, Instrument] = field(default_factory=dict)
    names: Count = field(default_factory=Counter)
    parts_in_file: Counter[int] = field(default_factory=Counter)
    quarters: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    keys: Count = field(default_factory=Counter)
    signatures: Count = field(default_factory=Counter)
    meters: Count = field(default_factory=Counter)
    unread: dict[str, str] = field(default_factory=dict)

    def add(self, path: Path, found: Facts | str) -> None:
        """Add the counts of a file, or the reason why it could not be read."""
        if isinstance(found, str):
            self.unread[str(path)] = found
            return
        for name in {part.instrument for part in found.parts}:
            first = next(part for part in found.parts if part.instrument == name)
            self.instruments.setdefault(name, Instrument(first.division)).files += 1
        for part in found.parts:
            whole = self.instruments[part.instrument]
            whole.parts += 1
            whole.notes.update(part.notes)
            whole.chords.update(part.chords)
            self.names[part.name] += 1
        self.parts_in_file[len(found.parts)] += 1
        self.quarters.append(found.quarters)
        self.seconds.append(found.seconds)
        self.keys[found.key or "none heard"] += 1
        self.signatures.update(found.signatures or ["none stated"])
        self.meters.update(found.meters or ["none stated"])

    @property
    def files(self) -> int:
        """The number of files that could be read."""
        return len(self.seconds)

    def divided(self) -> dict[str, Instrument]:
        """Return the instruments merged by division, in the order of DIVISIONS; their `files` are not counted."""
        found = {division: Instrument(division) for division in DIVISIONS}
        for instrument in self.instruments.values():
            whole = found[instrument.division]
            whole.parts += instrument.parts
            whole.notes.update(instrument.notes)
            whole.chords.update(instrument.chords)
        return found


def rare_share(count: Count) -> float:
    """Return the share of different items that occur less than RARE times; NaN if there are none."""
    return sum(1 for times in count.values() if times < RARE) / len(count) if count else float("nan")
