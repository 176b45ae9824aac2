"""What the composer points at: a passage on one or more tracks, and the gap a bridge fills."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Passage:
    """The tick range [start, end) on the tracks with the given indices (from 0)."""

    tracks: tuple[int, ...]
    start: int
    end: int

    def __post_init__(self) -> None:
        if not self.tracks or min(self.tracks) < 0 or len(set(self.tracks)) < len(self.tracks):
            raise ValueError("it has at least one track, and none twice")
        if self.start < 0 or self.end <= self.start:
            raise ValueError("it begins at tick 0 or later and has a length above zero")

    @property
    def length(self) -> int:
        """Length in ticks."""
        return self.end - self.start


@dataclass(frozen=True)
class Gap(Passage):
    """The tick range [start, end) that a suggestion fills, exactly, on its tracks, in the order they are written in."""
