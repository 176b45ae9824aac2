"""Networks from the literature as suggesters, for the app and the command line.

The rhythm is that of the paper: words have no rhythm, so each begins half a quarter after the previous one, lasts
that long, and has the median velocity of the seed. Only agarwal2018 generates lengths. Only jiang2019 reads the
music after a gap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from jazzassist.domain.room import pitch_range
from jazzassist.domain.song import Note, Notes
from jazzassist.domain.suggestion import (
    Cancelled,
    NothingToSuggest,
    Part,
    Progress,
    Receipt,
    Suggestion,
    SuggestionRequest,
    landing_of,
)
from jazzassist.literature.checkpoint import Opened, open_checkpoint
from jazzassist.literature.network import Ending, TokenNetwork
from jazzassist.literature.notation import END, QUARTER, Sound, essential, readable, sounds_of
from jazzassist.literature.words import OTHER, pitches_of, top_notes, words_of
from jazzassist.literature.writing import Manner, Written, write
from jazzassist.neural.encoding import GridLine, Ints
from jazzassist.neural.sampling import seed_of_line, taste

FEWEST_CANDIDATES = 8
STEP = 0.5  # quarters from a word to the next
MOST_WORDS = 2000  # per gap
CHARACTERS = 8  # maximum for one sound of agarwal2018
INSTRUMENT = 0  # of lines that are only converted to words


class LiteratureSuggester:
    """Suggests with a checkpoint. The same request gives the same notes.

    `checkpoint`: a folder, or an opened checkpoint. `likeliest`: always choose the most likely token, which gives a
    single candidate regardless of the controls.
    """

    def __init__(self, checkpoint: Path | Opened, likeliest: bool = False) -> None:
        self.opened = open_checkpoint(checkpoint) if isinstance(checkpoint, Path) else checkpoint
        self.system = self.opened.network.system
        self.name, self.likeliest = self.opened.name, likeliest
        if self.system.kind == "raw text":
            raise ValueError(f"{self.name} writes whole sheets and cannot fill a gap")

    def suggest(self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled) -> list[Suggestion]:
        """Return unranked candidates, twice as many as requested and at least 8; [] if cancelled.

        Raises NothingToSuggest for drums, if no note precedes the gap, and for a bridge if the network cannot read
        the music after the gap. Each line is generated separately, because these networks do not read other lines.
        """
        count = 1 if self.likeliest else max(FEWEST_CANDIDATES, 2 * request.alternatives)
        parts: list[list[Part]] = []
        for number, alone in enumerate(request.each()):
            self._refuse(alone)
            parts.append(self._parts(alone, number, count, progress, cancelled))
            if cancelled():
                return []
        receipt = Receipt.of(self.name, request, 0)
        return [Suggestion(row, replace(receipt, index=index)) for index, row in enumerate(zip(*parts, strict=True))]

    def _parts(
        self, request: SuggestionRequest, number: int, count: int, progress: Progress, cancelled: Cancelled
    ) -> list[Part]:
        """Return `count` parts for one line. Every line has its own random numbers."""
        liking = taste(request.controls.adventurous)
        manner = Manner(self.likeliest, liking.pitch, liking.top_p)
        job = _Job(self.opened, request, number, manner, count, progress, cancelled)
        lines, nats = job.text() if self.system.kind == "text" else job.words()
        made = [_notes(request, sounds, length) for sounds, length in lines]
        return [self._part(request, notes, cost) for notes, cost in zip(made, nats, strict=True)]

    def _refuse(self, request: SuggestionRequest) -> None:
        if request.is_for_drums:
            raise NothingToSuggest(f"{self.name} cannot write drums")
        if request.kind == "bridge" and len(request.after) and not self.system.can_bridge:
            raise NothingToSuggest(f"{self.name} cannot read the music after a gap, so it can only continue")
        if not len(request.before):
            raise NothingToSuggest(f"{self.name} needs a note before the gap to start from")
        if request.end <= request.start:
            raise NothingToSuggest("the gap has no length")

    def _part(self, request: SuggestionRequest, notes: Notes, nats: float) -> Part:
        quarters = (request.end - request.start) / request.ppq
        before = request.before
        played = max(1.0, (int(before.start[-1]) - int(before.start[0])) / request.ppq + 1)
        scores = {"likelihood": -nats, "pitches": float(len(set(notes.pitch.tolist())))}
        scores |= {"density": len(notes) / quarters, "seed_density": len(before) / played}
        return Part(request.target, notes, scores, landing_of(notes, request))


Line = tuple[list[Sound], float]  # sounds, and the unit of their lengths in quarters


@dataclass(frozen=True)
class _Job:
    """One request to one network, for a single target line."""

    opened: Opened
    request: SuggestionRequest
    number: int
    manner: Manner
    count: int
    progress: Progress
    cancelled: Cancelled

    @property
    def network(self) -> TokenNetwork:
        return self.opened.network

    def words(self) -> tuple[list[Line], list[float]]:
        """Return lines of words in the paper's rhythm that fill the gap, and the mean nats of each."""
        most = min(MOST_WORDS, int(np.ceil((self.request.end - self.request.start) / self.request.ppq / STEP)))
        spell = words_of if self.network.system.kind == "words" else top_notes
        before = self._tokens(spell(self._line(self.request.before)))
        after = self._tokens(spell(self._line(self.request.after))) if self.network.system.can_bridge else before[:, :0]
        ending = Ending(after, most) if after.size else None
        numbers = self.opened.vocabulary.numbers
        forbidden = tuple(self._out_of_range()) + ((numbers[OTHER],) if OTHER in numbers else ())
        written = self._write(before, most, forbidden, ending, lambda tokens: tokens.shape[1] / most)
        entries = self.opened.vocabulary.entries
        rows = [[Sound(tuple(pitches_of(entries[token])), 1) for token in row] for row in written.tokens.tolist()]
        return [(row, STEP) for row in rows], written.nats.mean(1).tolist()

    def _out_of_range(self) -> list[int]:
        """Return the words that the line's instrument cannot play; [] if it cannot play any word."""
        low, high = pitch_range(self.request)
        entries = self.opened.vocabulary.entries
        found = [at for at, word in enumerate(entries) if any(not low <= pitch <= high for pitch in pitches_of(word))]
        return found if len(found) < len(entries) - 1 else []

    def text(self) -> tuple[list[Line], list[float]]:
        """Return lines of notation with their own lengths, long enough for the gap if possible, and their mean nats."""
        length = (self.request.end - self.request.start) / self.request.ppq * QUARTER
        seed = self._tokens([*essential(sounds_of(self._line(self.request.before)))])
        numbers = self.opened.vocabulary.numbers
        forbidden = (numbers[END],) if END in numbers else ()
        written = self._write(seed, MOST_WORDS * CHARACTERS, forbidden, None, lambda tokens: self._full(tokens, length))
        lines: list[Line] = [(self._sounds(row), 1 / QUARTER) for row in written.tokens.tolist()]
        return lines, written.nats.mean(1).tolist()

    def _full(self, tokens: Ints, length: float) -> float:
        """Return the share of the gap that the shortest candidate fills, updated every few characters."""
        if tokens.shape[1] % CHARACTERS:
            return 0.0
        lengths = [sum(sound.length for sound in self._sounds(row)) for row in tokens.tolist()]
        usual = tokens.shape[1] / (length * CHARACTERS)  # a candidate without valid notes must end too
        return float(max(usual, min(lengths) / length))

    def _write(
        self,
        seed: Ints,
        most: int,
        forbidden: tuple[int, ...],
        ending: Ending | None,
        share: Callable[[Ints], float],
    ) -> Written:
        if not seed.size:
            raise NothingToSuggest(f"{self.opened.name} has no word for any note before the gap")

        def go_on(tokens: Ints) -> bool:
            done = share(tokens)
            self.progress(min(1.0, done))
            return done < 1 and not self.cancelled()

        random = np.random.Generator(np.random.PCG64(seed_of_line(self.request.rng_seed, self.number)))
        return write(self.network, seed, most, self.manner, random, forbidden, ending, go_on, self.count)

    def _sounds(self, row: list[int]) -> list[Sound]:
        return readable("".join(self.opened.vocabulary.entries[token] for token in row))

    def _line(self, notes: Notes) -> GridLine:
        return GridLine.of(notes, self.request.ppq, INSTRUMENT)

    def _tokens(self, words: list[str]) -> Ints:
        """Return (1, words). Words that are not in the vocabulary are skipped."""
        numbers = self.opened.vocabulary.numbers
        known = [numbers.get(word, numbers.get(OTHER, -1)) for word in words]
        return np.array([[token for token in known if token >= 0]], np.int64)


def _notes(request: SuggestionRequest, sounds: list[Sound], unit: float) -> Notes:
    """Return consecutive sounds as notes in song ticks, from the start of the gap and cut at its end.

    `unit`: the unit of their lengths in quarters.
    """
    velocity = int(np.median(request.before.velocity))
    channel = request.lines[request.target].channel
    found: list[Note] = []
    at = 0.0
    for sound in sounds:
        start = request.start + round(at * unit * request.ppq)
        at += sound.length
        end = min(request.end, request.start + round(at * unit * request.ppq))
        if end <= start:
            break
        found += [Note(start, end - start, pitch, velocity, channel) for pitch in sorted(set(sound.pitches))]
    return Notes.of(found)
