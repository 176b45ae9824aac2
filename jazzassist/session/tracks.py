"""The current track, the target tracks, and mute and solo."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jazzassist.domain.song import Song


@dataclass(frozen=True)
class TrackChoice:
    """The current track is one of `targets`, the tracks that suggestions are written to, in the song's order.

    `current` is 0 and `targets` is empty if the song has no tracks.
    """

    current: int = 0
    targets: tuple[int, ...] = ()

    @staticmethod
    def first(song: Song) -> TrackChoice:
        """Return the choice of the first track that has notes."""
        if not song.tracks:
            return TrackChoice()
        first = next((index for index, track in enumerate(song.tracks) if len(track.notes)), 0)
        return TrackChoice(first, (first,))

    def with_current(self, index: int) -> TrackChoice:
        """Return the choice with another current track. It becomes the only target, unless it is a target already."""
        return TrackChoice(index, self.targets if index in self.targets else (index,))

    def marked(self, index: int) -> TrackChoice:
        """Add or remove a target; one always remains. If it was the current track, the nearest becomes current."""
        if index not in self.targets:
            return replace(self, targets=tuple(sorted((*self.targets, index))))
        others = tuple(target for target in self.targets if target != index)
        if not others:
            return self
        nearest = min(others, key=lambda target: abs(target - index))
        return TrackChoice(nearest if index == self.current else self.current, others)

    def marked_to(self, index: int) -> TrackChoice:
        """Return the choice with exactly the tracks from the current one to `index` as targets."""
        first, last = sorted((self.current, index))
        return replace(self, targets=tuple(range(first, last + 1)))

    def within(self, count: int) -> TrackChoice:
        """Limit the choice to a song of `count` tracks."""
        if not count:
            return TrackChoice()
        current = min(self.current, count - 1)
        targets = tuple(target for target in self.targets if target < count)
        return TrackChoice(current, targets if current in targets else (current,))


@dataclass(frozen=True)
class Heard:
    """Indices of the muted and the soloed tracks."""

    muted: frozenset[int] = frozenset()
    soloed: frozenset[int] = frozenset()

    def with_muted(self, index: int, on: bool) -> Heard:
        """Mute or unmute one track."""
        return replace(self, muted=self.muted | {index} if on else self.muted - {index})

    def with_soloed(self, index: int, on: bool) -> Heard:
        """Solo or unsolo one track."""
        return replace(self, soloed=self.soloed | {index} if on else self.soloed - {index})


def layout(song: Song) -> tuple[tuple[str, int, int], ...]:
    """Return name, program and channel of every track, which identify the tracks of a song."""
    return tuple((track.name, track.program, track.channel) for track in song.tracks)
