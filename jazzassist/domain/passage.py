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
        if not self.tracks or self.start < 0 or self.end <= self.start:
            raise ValueError("a passage has at least one track and a length above zero")

    @property
    def length(self) -> int:
        """Length in ticks."""
        return self.end - self.start


@dataclass(frozen=True)
class Gap:
    """The tick range [start, end) on one track that a suggestion fills, exactly."""

    track: int
    start: int
    end: int

    def __post_init__(self) -> None:
        if self.track < 0 or self.start < 0 or self.end <= self.start:
            raise ValueError("a gap has a length above zero")

    @property
    def length(self) -> int:
        """Length in ticks."""
        return self.end - self.start
