"""Which track is current, which are written into, and which are heard."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jazzassist.domain.song import Song


@dataclass(frozen=True)
class TrackChoice:
    """The current track is among `targets`, the tracks that suggestions are written into, in the song's order.

    `current` is 0 and `targets` is empty where the song has no track.
    """

    current: int = 0
    targets: tuple[int, ...] = ()

    @staticmethod
    def first(song: Song) -> TrackChoice:
        """The first track that has notes."""
        if not song.tracks:
            return TrackChoice()
        first = next((index for index, track in enumerate(song.tracks) if len(track.notes)), 0)
        return TrackChoice(first, (first,))

    def with_current(self, index: int) -> TrackChoice:
        """Another current track; unless it is a target already, it is then the only one."""
        return TrackChoice(index, self.targets if index in self.targets else (index,))

    def marked(self, index: int) -> TrackChoice:
        """One more target, or one less; at least one stays, and the nearest becomes current where it was not."""
        if index not in self.targets:
            return replace(self, targets=tuple(sorted((*self.targets, index))))
        others = tuple(target for target in self.targets if target != index)
        if not others:
            return self
        nearest = min(others, key=lambda target: abs(target - index))
        return TrackChoice(nearest if index == self.current else self.current, others)

    def marked_to(self, index: int) -> TrackChoice:
        """All tracks from the current one to that one as targets, and no others."""
        first, last = sorted((self.current, index))
        return replace(self, targets=tuple(range(first, last + 1)))

    def within(self, count: int) -> TrackChoice:
        """The choice in a song of `count` tracks."""
        if not count:
            return TrackChoice()
        current = min(self.current, count - 1)
        targets = tuple(target for target in self.targets if target < count)
        return TrackChoice(current, targets if current in targets else (current,))


@dataclass(frozen=True)
class Heard:
    """Indices of tracks that are muted, and of those that alone are heard while there are any."""

    muted: frozenset[int] = frozenset()
    soloed: frozenset[int] = frozenset()

    def with_muted(self, index: int, on: bool) -> Heard:
        """The same with one track muted or not."""
        return replace(self, muted=self.muted | {index} if on else self.muted - {index})

    def with_soloed(self, index: int, on: bool) -> Heard:
        """The same with one track soloed or not."""
        return replace(self, soloed=self.soloed | {index} if on else self.soloed - {index})


def layout(song: Song) -> tuple[tuple[str, int, int], ...]:
    """Name, program and channel of every track: what makes tracks of two songs the same ones."""
    return tuple((track.name, track.program, track.channel) for track in song.tracks)
