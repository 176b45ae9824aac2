"""Tasks made of songs: bars taken out of a line, to be written by whoever is judged."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, zip_longest
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Notes, Song, Track
from jazzassist.domain.suggestion import Controls, Kind, SuggestionRequest, bridge_request, continuation_request
from jazzassist.domain.timing import MeterMap
from jazzassist.midi.files import MidiFileError, read_song
from jazzassist.neural.familiarity import LOW, SOUNDING, TOGETHER, Role
from jazzassist.training.config import Recipe
from jazzassist.training.corpus import files_of, part_of, tune_of
from jazzassist.training.evaluation.stretch import Stretch

ROLES: tuple[Role, ...] = ("melody", "bass", "comping", "drums")
GAP_BARS = (1, 2, 4, 8)
CONTEXT_BARS = 8  # on each side of a gap that a fill is compared with
FEWEST_AROUND = 8  # notes on each side within CONTEXT_BARS
FEWEST_IN_BAR = 2  # notes in the gap, on average
ROUNDS = 4  # gaps of one length in one song at most, where there are few songs
BASS_FAMILY = 4  # General MIDI programs 32-39
ENDINGS = (".mid", ".midi")


@dataclass(frozen=True)
class Source:
    """A MIDI file to make tasks of. `first_line_only`: its other lines are not worth imitating.

    `song`: what it holds, where that is known already; otherwise it is read when it is needed.
    """

    path: Path
    group: str
    first_line_only: bool = False
    song: Song | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Task:
    """One request, and the notes that really stood in its gap. `bars`: the gap's length."""

    song: str
    role: Role
    bars: int
    request: SuggestionRequest
    removed: Notes

    @property
    def drums(self) -> bool:
        """Whether pitches name instruments of the kit."""
        return self.request.is_for_drums

    @cached_property
    def meters(self) -> MeterMap:
        """Ticks to bars."""
        return MeterMap(self.request.ppq, self.request.meters)

    def filled(self, notes: Notes) -> Stretch:
        """Notes as a fill of the gap: what begins outside it is left out, what reaches behind it is cut."""
        return Stretch.of(notes, self.meters, self.request.start, self.request.end, self.drums)

    @cached_property
    def past(self) -> Stretch:
        """The last CONTEXT_BARS before the gap."""
        first = self.meters.bar_start(max(1, self.meters.bar_at(self.request.start) - CONTEXT_BARS))
        return Stretch.of(self.request.before, self.meters, first, self.request.start, self.drums)

    @cached_property
    def future(self) -> Stretch:
        """The first CONTEXT_BARS after the gap; without notes for a continuation."""
        last = self.meters.bar_start(self.meters.bar_at(self.request.end) + CONTEXT_BARS)
        return Stretch.of(self.request.after, self.meters, self.request.end, last, self.drums)


def held_out_sources(recipe: Recipe, data: Path, part: int) -> list[Source]:
    """The MIDI files of the recipe's sets in the folder `data` whose tune lies in one part of the split."""
    return [
        Source(path, item.name, first_line_only=not any(item.role_shares.values()))
        for item in recipe.sets
        for path in files_of(item, data)
        if path.suffix.lower() in ENDINGS and part_of(tune_of(path, item.tune_from), recipe.test_tunes) == part
    ]


def folder_sources(folder: Path) -> list[Source]:
    """All MIDI files in a folder and the folders in it, sorted."""
    return [Source(path, "") for path in sorted(folder.rglob("*")) if path.suffix.lower() in ENDINGS]


def role_of(track: Track, ppq: int) -> Role:
    """What a line does in a band, by its channel, program, register and chords."""
    if track.is_drums:
        return "drums"
    chordal = is_chordal(track.notes, ppq)
    low = len(track.notes) > 0 and float(np.median(track.notes.pitch)) < LOW
    if track.program // 8 == BASS_FAMILY or (low and not chordal):
        return "bass"
    return "comping" if chordal else "melody"


def is_chordal(notes: Notes, ppq: int) -> bool:
    """Whether several notes mostly begin, or (strummed, or played by hand) sound, at once."""
    if not len(notes):
        return False
    soon = notes.start + ppq // 8
    sounding = np.searchsorted(notes.start, soon, "right") - np.searchsorted(np.sort(notes.end), soon, "right")
    return bool(len(notes) / len(np.unique(notes.start)) > TOGETHER or sounding.mean() > SOUNDING)


def make_tasks(
    sources: list[Source],
    lengths: Iterable[int] = GAP_BARS,
    each: int = 10,
    kind: Kind = "bridge",
    seed: int = 0,
    alternatives: int = 4,
) -> list[Task]:
    """Up to `each` tasks for every gap length in bars and every role: the same for the same seed.

    A song gives a second task of one kind only when every other song has given one.
    """
    songs = _Songs()
    found: list[Task] = []
    for length in lengths:
        order = shuffled(sources, seed + length)
        for role in ROLES:
            gaps = _gaps(order, songs, role, length, kind, seed)
            tasks = (
                _task(source, song, gap, kind, role, length, alternatives, number)
                for number, (source, song, gap) in enumerate(gaps)
            )
            found += islice(tasks, each)
    return found


def shuffled(sources: list[Source], seed: int) -> list[Source]:
    """The sources in a random order in which their groups take turns, so that no large one drowns the others."""
    random = np.random.default_rng(seed)
    groups: dict[str, list[Source]] = {}
    for index in random.permutation(len(sources)).tolist():
        groups.setdefault(sources[index].group, []).append(sources[index])
    turns = zip_longest(*(groups[name] for name in sorted(groups)))
    return [source for turn in turns for source in turn if source is not None]


def possible_gaps(song: Song, track: int, bars: int, after_too: bool) -> npt.NDArray[np.int64]:
    """(n, 2): first and last tick of the gaps of so many bars that have music inside and around them."""
    starts = _bar_starts(song)
    count = np.searchsorted(song.tracks[track].notes.start, starts)
    first = np.arange(1, len(starts) - bars)
    if not len(first):
        return np.zeros((0, 2), np.int64)
    last = first + bars
    inside = count[last] - count[first]
    before = count[first] - count[np.maximum(0, first - CONTEXT_BARS)]
    after = count[np.minimum(len(starts) - 1, last + CONTEXT_BARS)] - count[last]
    good = (inside >= FEWEST_IN_BAR * bars) & (before >= FEWEST_AROUND)
    good &= (after >= FEWEST_AROUND) | (not after_too)
    return np.stack([starts[first], starts[last]], 1)[good]


class _Songs:
    """Songs by path, read once each; None where a file cannot be read."""

    def __init__(self) -> None:
        self.found: dict[Path, Song | None] = {}

    def get(self, source: Source) -> Song | None:
        path = source.path
        if source.song is not None:
            return source.song
        if path not in self.found:
            try:
                self.found[path] = read_song(path).song
            except MidiFileError:
                self.found[path] = None
        return self.found[path]


def _gaps(
    order: list[Source], songs: _Songs, role: Role, bars: int, kind: Kind, seed: int
) -> Iterator[tuple[Source, Song, Gap]]:
    seen: set[tuple[Path, Gap]] = set()
    for number in range(ROUNDS):
        for source in order:
            song = songs.get(source)
            random = np.random.default_rng([seed, zlib.crc32(source.path.name.encode()), bars, number])
            gap = None if song is None else _choose_gap(song, source, role, bars, kind, random)
            if song is not None and gap is not None and (source.path, gap) not in seen:
                seen.add((source.path, gap))
                yield source, song, gap


def _choose_gap(
    song: Song, source: Source, role: Role, bars: int, kind: Kind, random: np.random.Generator
) -> Gap | None:
    played = [index for index, track in enumerate(song.tracks) if len(track.notes)]
    usable = played[:1] if source.first_line_only else played
    tracks = [index for index in usable if role_of(song.tracks[index], song.ppq) == role]
    for track in random.permutation(tracks).tolist():
        gaps = possible_gaps(song, int(track), bars, kind == "bridge")
        if len(gaps):
            start, end = gaps[int(random.integers(len(gaps)))].tolist()
            return Gap((int(track),), start, end)
    return None


def _task(
    source: Source, song: Song, gap: Gap, kind: Kind, role: Role, bars: int, alternatives: int, number: int
) -> Task:
    if kind == "bridge":
        request = bridge_request(song, gap, Controls(), alternatives, number)
    else:
        meters = song.meter_map
        seed_start = meters.bar_start(max(1, meters.bar_at(gap.start) - CONTEXT_BARS))
        request = continuation_request(song, gap, seed_start, Controls(), alternatives, number)
    return Task(source.path.stem, role, bars, request, song.tracks[gap.tracks[0]].notes.starting_in(gap.start, gap.end))


def _bar_starts(song: Song) -> npt.NDArray[np.int64]:
    """The ticks of all bars that hold notes or stand before one that does, and the end of the last."""
    end = song.last_note_end
    starts = song.meter_map.bars(0, end)
    after = song.meter_map.bar_start(len(starts) + 1)
    return np.array([*starts, after], np.int64)
