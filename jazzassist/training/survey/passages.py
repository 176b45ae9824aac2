"""Passages of songs for comparison: some bars of one line, with lead-in and lead-out."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jazzassist.domain import edits
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Notes, Song
from jazzassist.domain.suggestion import (
    Controls,
    Kind,
    NothingToSuggest,
    SuggestionRequest,
    bridge_request,
    continuation_request,
)
from jazzassist.midi.files import MidiFileError, read_song
from jazzassist.training.evaluation.tasks import CONTEXT_BARS, folder_sources, possible_gaps, role_of, shuffled

FOREGROUND = ("melody", "comping")  # preferred roles, because they are heard best
ROUNDS = 4  # maximum number of passages per song
LONGEST_SECONDS = 60  # maximum duration of a sound


@dataclass(frozen=True)
class Wanted:
    """The desired passages: bars to fill, and bars heard before and after them."""

    kind: Kind = "bridge"
    bars: int = 4
    lead_bars: int = 2


@dataclass(frozen=True)
class Passage:
    """Bars of one line of a song to fill. The ticks [start, end) are heard."""

    path: Path
    song: Song
    gap: Gap
    request: SuggestionRequest
    start: int
    end: int

    def filled(self, notes: Notes | None) -> Song:
        """Return the song with `notes` in the gap; unchanged, with the human's notes, for None."""
        return self.song if notes is None else edits.replace(self.song, self.gap, notes)

    @property
    def marked_seconds(self) -> tuple[float, float]:
        """Return start and end of the gap in seconds of the sound."""
        begin, first, last = self.song.tempo_map.seconds_of([self.start, self.gap.start, self.gap.end]).tolist()
        return first - begin, last - begin


def passages(folder: Path, wanted: Wanted, seed: int) -> Iterator[Passage]:
    """Yield passages of the songs of a folder in random order, in rounds of one passage per song."""
    sources, used = shuffled(folder_sources(folder), seed), set[tuple[Path, Gap]]()
    for number in range(ROUNDS):
        for source in sources:
            try:
                song = read_song(source.path).song
            except MidiFileError:
                continue
            random = np.random.default_rng([seed, number, zlib.crc32(source.path.name.encode())])
            gap = _gap(song, wanted, random)
            if gap is None or (source.path, gap) in used:
                continue
            used.add((source.path, gap))
            passage = _passage(source.path, song, gap, wanted, int(random.integers(1 << 31)))
            if passage is not None:
                yield passage


def _gap(song: Song, wanted: Wanted, random: np.random.Generator) -> Gap | None:
    """Return a gap in a random foreground line, or else in another; None if no line has music in and around it."""
    lines = [index for index in random.permutation(len(song.tracks)).tolist() if len(song.tracks[index].notes)]
    lines.sort(key=lambda index: role_of(song.tracks[index], song.ppq) not in FOREGROUND)
    for line in lines:
        gaps = possible_gaps(song, line, wanted.bars, wanted.kind == "bridge")
        if len(gaps):
            start, end = gaps[int(random.integers(len(gaps)))].tolist()
            return Gap((line,), start, end)
    return None


def _passage(path: Path, song: Song, gap: Gap, wanted: Wanted, rng_seed: int) -> Passage | None:
    meters = song.meter_map
    first = meters.bar_at(gap.start)
    start = meters.bar_start(max(1, first - wanted.lead_bars))
    after = wanted.lead_bars if wanted.kind == "bridge" else 0
    end = meters.bar_start(meters.bar_at(gap.end - 1) + 1 + after)
    if song.tempo_map.seconds_at(end) - song.tempo_map.seconds_at(start) > LONGEST_SECONDS:
        return None
    try:
        if wanted.kind == "bridge":
            request = bridge_request(song, gap, Controls(), rng_seed=rng_seed)
        else:
            seed_start = meters.bar_start(max(1, first - CONTEXT_BARS))
            request = continuation_request(song, gap, seed_start, Controls(), rng_seed=rng_seed)
    except NothingToSuggest:
        return None
    return Passage(path, song, gap, request, start, end)
