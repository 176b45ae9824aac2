"""Asking for notes and getting them: the same request for a continuation and for a bridge."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from typing import Literal, Protocol, runtime_checkable

from jazzassist.domain.edits import outside
from jazzassist.domain.holding import pressed
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import DRUM_CHANNEL, EMPTY, Notes, Song

Kind = Literal["bridge", "continuation"]
MotifWish = Literal["repeat", "vary", "new"]
MOTIF_WISHES: tuple[MotifWish, ...] = ("repeat", "vary", "new")

BARS_BEFORE = 32  # how much of the song is sent along: enough for the network's longest context
BARS_AFTER = 16
MOST_ALTERNATIVES = 32  # that can be asked for in one request


class NothingToSuggest(Exception):
    """No suggestion can be made; the message says why in one sentence for the composer."""


@dataclass(frozen=True)
class Controls:
    """The composer's wishes. `adventurous`: 0 (safest) to 100, 50 is the network's own taste.

    The others are None where the network shall choose: `density` in notes per quarter note, `register`
    as the mean MIDI pitch, `polyphony` in notes that begin together (1 is a single voice), `left_hand` as the
    share of notes below middle C, `dynamics` as the standard deviation of velocities, `motifs`: whether to repeat
    the bars around, to vary them (their rhythm with other pitches), or to write something new.
    """

    adventurous: int = 50
    density: float | None = None
    register: float | None = None
    polyphony: float | None = None
    left_hand: float | None = None
    dynamics: float | None = None
    motifs: MotifWish | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.adventurous <= 100:
            raise ValueError("adventurous goes from 0 to 100")
        if self.density is not None and not 0 < self.density <= 24:
            raise ValueError("density goes from above 0 to 24 notes per quarter note")
        if self.register is not None and not 0 <= self.register <= 127:
            raise ValueError("register is a MIDI pitch from 0 to 127")
        if self.polyphony is not None and not 1 <= self.polyphony <= 16:
            raise ValueError("polyphony goes from 1 to 16 notes at once")
        if self.left_hand is not None and not 0 <= self.left_hand <= 1:
            raise ValueError("left_hand is a share of notes from 0 to 1")
        if self.dynamics is not None and not 0 <= self.dynamics <= 60:
            raise ValueError("dynamics goes from 0 to 60")
        if self.motifs is not None and self.motifs not in MOTIF_WISHES:
            raise ValueError(f"motifs is one of {', '.join(MOTIF_WISHES)}")

    @property
    def has_wishes(self) -> bool:
        """Whether anything but how adventurous it shall be is said."""
        wishes = (self.density, self.register, self.polyphony, self.left_hand, self.dynamics)
        return any(wish is not None for wish in wishes)


@dataclass(frozen=True)
class Line:
    """One track as the network hears it: its instrument and the notes around the gap, at song ticks.

    `drums` is that of the track: None where the channel decides. `pedals`: the ticks at which its sustain pedal goes
    down and up, in order.
    """

    name: str
    program: int
    channel: int
    notes: Notes
    drums: bool | None = None
    pedals: tuple[tuple[int, int], ...] = ()

    @property
    def is_drums(self) -> bool:
        """Whether its pitches are pieces of a drum kit; without `drums`, on channel 10 (9 here)."""
        return self.channel == DRUM_CHANNEL if self.drums is None else self.drums


@dataclass(frozen=True)
class SuggestionRequest:
    """Everything a suggestion depends on, and nothing else.

    The gap is [start, end) ticks on the lines whose indices are `targets`, in the order in which they
    are written: each hears those before it. What lay in it there is left out of the lines, but for given
    notes, which stay; of other notes that are tied over its end the part after it counts as a note that follows.
    `seed_start`: where the composer's own seed passage begins (continuation) or, for a bridge, the
    first tick of the excerpt. For a continuation the targets' notes from `end` on are left out, so
    the network really does not hear them.
    `meters` (tick, numerator, denominator) and `tempi` (tick, microseconds per quarter) as in the maps;
    `chords` (tick, symbol), each until the next; `confidences` of these, from 0 to 1, where they were estimated from
    the lines without the notes in the targets' gap, else empty. `controls` are for every target, unless there are
    `own_controls`, one for each: a register, say, is a line's own. ValueError when these are not as many.
    """

    kind: Kind
    ppq: int
    start: int
    end: int
    seed_start: int
    targets: tuple[int, ...]
    lines: tuple[Line, ...]
    meters: tuple[tuple[int, int, int], ...] = ()
    tempi: tuple[tuple[int, float], ...] = ()
    chords: tuple[tuple[int, str], ...] = ()
    controls: Controls = field(default_factory=Controls)
    alternatives: int = 4
    rng_seed: int = 0
    own_controls: tuple[Controls, ...] = ()
    confidences: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.own_controls) not in (0, len(self.targets)):
            raise ValueError("there are wishes for all targets together, or for each")
        if len(self.confidences) not in (0, len(self.chords)):
            raise ValueError("there is a confidence for each chord, or for none")

    def alone(self, index: int) -> SuggestionRequest:
        """The request for the target at `index` by itself, with its own wishes, and nothing yet in the others' gaps."""
        own = self.own_controls[index] if self.own_controls else self.controls
        return replace(self, targets=(self.targets[index],), controls=own, own_controls=())

    def each(self) -> list[SuggestionRequest]:
        """The requests for all targets by themselves."""
        return [self.alone(index) for index in range(len(self.targets))]

    @property
    def target(self) -> int:
        """The line that a request for one alone is about; ValueError where there are several."""
        (target,) = self.targets
        return target

    @cached_property
    def before(self) -> Notes:
        """The target's notes that begin before the gap."""
        line = self.lines[self.target].notes
        return line.starting_in(0, self.start)

    @cached_property
    def after(self) -> Notes:
        """The target's notes that begin at or after the gap's end; none for a continuation."""
        line = self.lines[self.target].notes
        return line.starting_in(self.end, line.last_end + 1)

    @cached_property
    def given(self) -> Notes:
        """The target's notes that begin in the gap and stay there; they are no part of an answer."""
        return self.lines[self.target].notes.starting_in(self.start, self.end)

    @property
    def is_for_drums(self) -> bool:
        """Whether the target's pitches are pieces of a drum kit: no interval between them means anything."""
        return self.lines[self.target].is_drums

    @cached_property
    def context_hash(self) -> str:
        """16 hex digits over all that is asked except alternatives, controls and random seed."""
        digest = hashlib.sha256()
        head = (self.kind, self.ppq, self.start, self.end, self.seed_start, *self.targets)
        maps = (self.meters, self.tempi, self.chords)
        digest.update(json.dumps([*head, *maps]).encode())
        for line in self.lines:
            drums = [] if line.drums is None else [line.drums]
            pedals = [line.pedals] if line.pedals else []
            digest.update(json.dumps([line.program, line.channel, *drums, *pedals]).encode())
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
    own_controls: tuple[Controls, ...] = ()

    @staticmethod
    def of(checkpoint: str, request: SuggestionRequest, index: int) -> Receipt:
        """The receipt for one of the answers to a request."""
        asked = (request.kind, request.context_hash, request.rng_seed, request.controls, request.alternatives)
        return Receipt(checkpoint, *asked, index, request.own_controls)


@dataclass(frozen=True)
class Part:
    """What a suggestion writes into the line of that index: notes at song ticks and on the line's channel."""

    line: int
    notes: Notes
    scores: dict[str, float]
    landing: Landing


@dataclass(frozen=True)
class Suggestion:
    """Candidate notes for the gap, a part for each target in the order of the targets; not yet in the song."""

    parts: tuple[Part, ...]
    receipt: Receipt

    @property
    def notes(self) -> Notes:
        """The notes of all parts."""
        return reduce(Notes.joined, (part.notes for part in self.parts))

    @property
    def part(self) -> Part:
        """The part of a suggestion for one line alone; ValueError where there are several."""
        (part,) = self.parts
        return part

    @property
    def scores(self) -> dict[str, float]:
        """Of each score that all parts have, the mean: every line counts alike, however many notes it has."""
        names = [name for name in self.parts[0].scores if all(name in part.scores for part in self.parts)]
        return {name: sum(part.scores[name] for part in self.parts) / len(self.parts) for name in names}


Progress = Callable[[float], None]  # called with 0.0 to 1.0
Cancelled = Callable[[], bool]
Complete = Callable[[Suggestion], None]  # called with each suggestion as soon as it is complete


class Suggester(Protocol):
    """Anything that answers a request: the LSTM, the Markov baseline, a test double."""

    def suggest(self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled) -> list[Suggestion]:
        """Candidates, unranked, at least `request.alternatives` where it can; none when cancelled.

        NothingToSuggest when none can be made.
        """
        ...


@runtime_checkable
class StreamingSuggester(Protocol):
    """A suggester that hands over each candidate as soon as it is complete, while others are still being written."""

    def stream(
        self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled, complete: Complete
    ) -> list[Suggestion]:
        """The same candidates as `suggest`. Before it returns, `complete` gets those that are complete early.

        These have all their notes, but may lack scores that need the other candidates. The same request
        hands over the same ones in the same order.
        """
        ...


@runtime_checkable
class WarmingSuggester(Protocol):
    """A suggester that can read the music around a gap before it is asked to fill it."""

    def warm(self, request: SuggestionRequest, cancelled: Cancelled) -> None:
        """Read and keeps what an answer to such a request has to read first. It changes no answer."""
        ...


Wishes = Controls | Sequence[Controls]  # for all tracks of a gap, or one for each


def bridge_request(
    song: Song, gap: Gap, controls: Wishes, alternatives: int = 4, rng_seed: int = 0, given: Sequence[Notes] = ()
) -> SuggestionRequest:
    """The request for a bridge over `gap`; NothingToSuggest when one of its tracks has no note on either side.

    `given`: for each track of the gap, those of its notes there that stay and are known in advance; none without it.
    """
    request = _request(song, "bridge", gap, None, controls, alternatives, rng_seed, given)
    for alone in request.each():
        if not len(alone.before) and not len(alone.after):
            raise NothingToSuggest(f"{_named(song, alone.target)} has no note before or after the gap to start from")
    return request


def continuation_request(
    song: Song,
    gap: Gap,
    seed_start: int,
    controls: Wishes,
    alternatives: int = 4,
    rng_seed: int = 0,
    given: Sequence[Notes] = (),
) -> SuggestionRequest:
    """The request for what comes after the seed [seed_start, gap.start); NothingToSuggest when no track has a seed.

    Of several tracks one may rest in the seed, but each needs notes before the gap. `given`: as for `bridge_request`.
    """
    if all(not len(song.tracks[track].notes.starting_in(seed_start, gap.start)) for track in gap.tracks):
        said = f"{_named(song, gap.tracks[0])} has no note" if len(gap.tracks) == 1 else "none of the tracks has a note"
        raise NothingToSuggest(f"{said} in the selected seed")
    request = _request(song, "continuation", gap, seed_start, controls, alternatives, rng_seed, given)
    for alone in request.each():
        if not len(alone.before):
            raise NothingToSuggest(f"{_named(song, alone.target)} has no note before the gap to start from")
    return request


def _named(song: Song, track: int) -> str:
    name = song.tracks[track].name
    return f"track {track + 1}, {name}," if name else f"track {track + 1}"


def _request(
    song: Song,
    kind: Kind,
    gap: Gap,
    seed_start: int | None,
    controls: Wishes,
    alternatives: int,
    rng_seed: int,
    given: Sequence[Notes],
) -> SuggestionRequest:
    meters = song.meter_map
    first = meters.bar_start(max(1, meters.bar_at(gap.start) - BARS_BEFORE))
    last = meters.bar_start(meters.bar_at(max(gap.start, gap.end - 1)) + 1 + BARS_AFTER)
    if seed_start is not None:
        first = min(first, seed_start)
    lines, stay = [], dict(zip(gap.tracks, given, strict=True)) if given else {}
    for index, track in enumerate(song.tracks):
        notes = track.notes
        if index in gap.tracks:
            notes = outside(song, index, gap, stay.get(index, EMPTY))
            notes = notes.starting_in(0, gap.end if index in stay else gap.start) if kind == "continuation" else notes
        notes = notes.starting_in(first, last)
        held = tuple((down, up) for down, up in pressed(track.messages) if up > first and down < last)
        lines.append(Line(track.name, track.program, track.channel, notes, track.drums, held))
    seed = first if seed_start is None else seed_start
    for_all, own = _for_all_or_each(controls)
    return SuggestionRequest(
        kind, song.ppq, gap.start, gap.end, seed, gap.tracks, tuple(lines),
        meters.changes, song.tempo_map.changes, song.chord_symbols, for_all, alternatives, rng_seed, own,
    )  # fmt: skip


def _for_all_or_each(wishes: Wishes) -> tuple[Controls, tuple[Controls, ...]]:
    """The wishes for all targets, and those for each where they are not the same."""
    if isinstance(wishes, Controls):
        return wishes, ()
    own = tuple(wishes)
    return (own[0], ()) if len(set(own)) == 1 else (Controls(own[0].adventurous), own)


def landing_of(notes: Notes, request: SuggestionRequest, seam: float | None = None) -> Landing:
    """How `notes` in the gap of `request` meet what follows it."""
    if not len(notes):
        return Landing(True, request.end - request.start, None, seam)
    exact = int(notes.start[0]) >= request.start and notes.last_end <= request.end
    if len(request.given):
        notes = notes.joined(request.given)
    last, after = notes.select(notes.start == notes.start[-1]), request.after
    interval = None
    if len(after):
        interval = int(after.pitch[after.start == after.start[0]].max()) - int(last.pitch.max())
    rest = request.end - notes.last_end
    return Landing(exact, max(0, rest) if len(request.given) else rest, interval, seam)
