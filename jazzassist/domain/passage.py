"""Tick ranges on tracks: a passage that the composer selected, and a gap that a suggestion fills."""

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
            raise ValueError("a passage needs at least one track, and each track only once")
        if self.start < 0 or self.end <= self.start:
            raise ValueError("a passage begins at tick 0 or later and has a length of at least one tick")

    @property
    def length(self) -> int:
        """Length in ticks."""
        return self.end - self.start


@dataclass(frozen=True)
class Gap(Passage):
    """The tick range [start, end) that a suggestion fills. `tracks` are in the order in which they are written."""
