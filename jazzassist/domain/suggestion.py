"""Asking for notes and getting them: the same request for a continuation and for a bridge."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Protocol

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import DRUM_CHANNEL, EMPTY, Notes, Song

Kind = Literal["bridge", "continuation"]

BARS_BEFORE = 32  # how much of the song is sent along: enough for the network's longest context
BARS_AFTER = 16


class NothingToSuggest(Exception):
    """No suggestion can be made; the message says why in one sentence for the composer."""


@dataclass(frozen=True)
class Controls:
    """The composer's wishes. `adventurous`: 0 (safest) to 100, 50 is the network's own taste.

    The others are None where the network shall choose: `density` in notes per quarter note, `register`
    as the mean MIDI pitch, `polyphony` in notes that begin together (1 is a single voice).
    """

    adventurous: int = 50
    density: float | None = None
    register: float | None = None
    polyphony: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.adventurous <= 100:
            raise ValueError("adventurous goes from 0 to 100")
        if self.density is not None and not 0 < self.density <= 24:
            raise ValueError("density goes from above 0 to 24 notes per quarter note")
        if self.register is not None and not 0 <= self.register <= 127:
            raise ValueError("register is a MIDI pitch from 0 to 127")
        if self.polyphony is not None and not 1 <= self.polyphony <= 16:
            raise ValueError("polyphony goes from 1 to 16 notes at once")


@dataclass(frozen=True)
class Line:
    """One track as the network hears it: its instrument and the notes around the gap, at song ticks."""

    name: str
    program: int
    channel: int
    notes: Notes


@dataclass(frozen=True)
class SuggestionRequest:
    """Everything a suggestion depends on, and nothing else.

    The gap is [start, end) ticks on `lines[target]`; what lay in it there is left out of the lines.
    `seed_start`: where the composer's own seed passage begins (continuation) or, for a bridge, the
    first tick of the excerpt. `after` is what follows: for a continuation the target's notes from
    `end` on are left out, so the network really does not hear them.
    `meters` (tick, numerator, denominator) and `tempi` (tick, microseconds per quarter) as in the maps;
    `chords` (tick, symbol), each until the next.
    """

    kind: Kind
    ppq: int
    start: int
    end: int
    seed_start: int
    target: int
    lines: tuple[Line, ...]
    meters: tuple[tuple[int, int, int], ...] = ()
    tempi: tuple[tuple[int, float], ...] = ()
    chords: tuple[tuple[int, str], ...] = ()
    controls: Controls = field(default_factory=Controls)
    alternatives: int = 4
    rng_seed: int = 0

    @property
    def before(self) -> Notes:
        """The target's notes that begin before the gap."""
        line = self.lines[self.target].notes
        return line.starting_in(0, self.start)

    @property
    def after(self) -> Notes:
        """The target's notes that begin at or after the gap's end; none for a continuation."""
        line = self.lines[self.target].notes
        return line.starting_in(self.end, line.last_end + 1)

    @property
    def is_for_drums(self) -> bool:
        """Whether the target's pitches are pieces of a drum kit: no interval between them means anything."""
        return self.lines[self.target].channel == DRUM_CHANNEL

    @cached_property
    def context_hash(self) -> str:
        """16 hex digits over all that is asked except alternatives, controls and random seed."""
        digest = hashlib.sha256()
        head = (self.kind, self.ppq, self.start, self.end, self.seed_start, self.target)
        maps = (self.meters, self.tempi, self.chords)
        digest.update(json.dumps([*head, *maps]).encode())
        for line in self.lines:
            digest.update(json.dumps([line.program, line.channel]).encode())
            for column in line.notes.columns[:5]:
                digest.update(column.astype("<i8").tobytes())
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Landing:
    """How a suggestion meets what follows it.

    `exact`: nothing sounds outside the gap. `rest`: ticks of silence between its last note and the
    gap's end. `interval`: semitones from its last top note to the first note after the gap, or None
    where nothing follows. `seam`: nats per note that the network gives to the first notes after the
    gap (lower is smoother), or None.
    """

    exact: bool
    rest: int
    interval: int | None = None
    seam: float | None = None


@dataclass(frozen=True)
class Receipt:
    """What makes the same notes again: the checkpoint, what it was asked, and which alternative this is."""

    checkpoint: str
    kind: Kind
    context_hash: str
    rng_seed: int
    controls: Controls
    alternatives: int
    index: int


@dataclass(frozen=True)
class Suggestion:
    """Candidate notes for the gap, at song ticks and on the target's channel; not yet in the song."""

    notes: Notes
    scores: dict[str, float]
    landing: Landing
    receipt: Receipt


Progress = Callable[[float], None]  # called with 0.0 to 1.0
Cancelled = Callable[[], bool]


class Suggester(Protocol):
    """Anything that answers a request: the LSTM, the Markov baseline, a test double."""

    def suggest(self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled) -> list[Suggestion]:
        """Candidates, unranked, at least `request.alternatives` where it can; none when cancelled.

        NothingToSuggest when none can be made.
        """
        ...


def bridge_request(
    song: Song, gap: Gap, controls: Controls, alternatives: int = 4, rng_seed: int = 0
) -> SuggestionRequest:
    """The request for a bridge over `gap`; NothingToSuggest when the track has no note on either side."""
    request = _request(song, "bridge", gap, None, controls, alternatives, rng_seed)
    if not len(request.before) and not len(request.after):
        raise NothingToSuggest(f"track {gap.track + 1} has no note before or after the gap to start from")
    return request


def continuation_request(
    song: Song, gap: Gap, seed_start: int, controls: Controls, alternatives: int = 4, rng_seed: int = 0
) -> SuggestionRequest:
    """The request for what comes after the seed [seed_start, gap.start); NothingToSuggest when the seed has no note."""
    seed = song.tracks[gap.track].notes.starting_in(seed_start, gap.start)
    if not len(seed):
        raise NothingToSuggest(f"track {gap.track + 1} has no note in the selected seed")
    return _request(song, "continuation", gap, seed_start, controls, alternatives, rng_seed)


def _request(
    song: Song, kind: Kind, gap: Gap, seed_start: int | None, controls: Controls, alternatives: int, rng_seed: int
) -> SuggestionRequest:
    meters = song.meter_map
    first = meters.bar_start(max(1, meters.bar_at(gap.start) - BARS_BEFORE))
    last = meters.bar_start(meters.bar_at(max(gap.start, gap.end - 1)) + 1 + BARS_AFTER)
    if seed_start is not None:
        first = min(first, seed_start)
    lines = []
    for index, track in enumerate(song.tracks):
        notes = track.notes.starting_in(first, last)
        if index == gap.track:
            after = EMPTY if kind == "continuation" else notes.starting_in(gap.end, last)
            notes = notes.starting_in(first, gap.start).joined(after)
        lines.append(Line(track.name, track.program, track.channel, notes))
    seed = first if seed_start is None else seed_start
    return SuggestionRequest(
        kind, song.ppq, gap.start, gap.end, seed, gap.track, tuple(lines),
        meters.changes, song.tempo_map.changes, song.chord_symbols, controls, alternatives, rng_seed,
    )  # fmt: skip


def landing_of(notes: Notes, request: SuggestionRequest, seam: float | None = None) -> Landing:
    """How `notes` in the gap of `request` meet what follows it."""
    if not len(notes):
        return Landing(True, request.end - request.start, None, seam)
    exact = int(notes.start[0]) >= request.start and notes.last_end <= request.end
    last, after = notes.select(notes.start == notes.start[-1]), request.after
    interval = None
    if len(after):
        interval = int(after.pitch[after.start == after.start[0]].max()) - int(last.pitch.max())
    return Landing(exact, request.end - notes.last_end, interval, seam)
