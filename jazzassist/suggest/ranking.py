"""Which candidates are suggested, and in which order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from jazzassist.domain.room import around_given, beside, in_range, is_single_voice, taken_keys
from jazzassist.domain.song import Note, Notes
from jazzassist.domain.suggestion import Cancelled, NothingToSuggest, Part, Suggestion, SuggestionRequest, landing_of
from jazzassist.suggest.features import Manner, cost

LIKELIHOOD_WEIGHT = 0.3
DENSITY_PENALTY = 0.5  # per doubling or halving of the notes per quarter that are wished, or else the seed's
LEAP, LEAP_PENALTY = 12, 1.0  # semitones into what follows, and nats for more than these
COLLAPSE_PENALTY = 2.0
PLAIN_PENALTY = 1.0  # for fewer pitches or lengths than the seed has in as many bars, up to VARIED
STRETCH, VARIED = 16, (5, 3)  # quarters in which they are counted; more pitches and lengths are not asked for
FEWEST_PITCHES, LONGEST_RUN, ENOUGH_NOTES = 3, 6, 8
# Nats by which others must be better than a suggestion that was shown already to take its place: about one standard
# deviation of the totals of one request. On both demo songs, 4 alternatives: it costs the first one nothing and
# the mean 0.02 nats; three of four that were shown stay.
KEPT = 0.5
ALIKE = 0.7  # note F1 from which two candidates are the same idea


def choose(
    candidates: list[Suggestion], request: SuggestionRequest, shown: Sequence[Suggestion] = ()
) -> list[Suggestion]:
    """The best `request.alternatives` that differ, best first, fewer where there are not so many.

    Alike ones come in only where too few others are left, and never the same notes twice. Those that were
    `shown` already stay in the choice unless others are better by more than KEPT. Each part gets its `total`
    score, by whose mean suggestions are ranked, and each receipt the place in this answer.
    """
    seen, each = {notes_of(found) for found in shown}, request.each()
    manners = [Manner.of(alone) for alone in each]
    scored = [_scored(found, each, manners) for found in candidates]
    worth = {id(found): found.scores["total"] + KEPT * (notes_of(found) in seen) for found in scored}
    ranked = sorted(scored, key=lambda found: -worth[id(found)])
    chosen: list[Suggestion] = []
    for limit in (ALIKE, 1.0):
        for found in ranked:
            if len(chosen) < request.alternatives and all(likeness(found, other) < limit for other in chosen):
                chosen.append(found)
    chosen.sort(key=lambda found: -found.scores["total"])
    return [replace(found, receipt=replace(found.receipt, index=index)) for index, found in enumerate(chosen)]


def notes_of(suggestion: Suggestion) -> tuple[Notes, ...]:
    """What a suggestion is recognised by: the notes of each of its parts."""
    return tuple(part.notes for part in suggestion.parts)


def playable(
    candidates: list[Suggestion], request: SuggestionRequest, cancelled: Cancelled = lambda: False
) -> list[Suggestion]:
    """The candidates as an instrument and MIDI can play them, see `played`; [] when cancelled.

    NothingToSuggest when there were candidates and none can be played.
    """
    each, kept = request.each(), list[Suggestion]()
    for candidate in candidates:
        if cancelled():
            return []
        if (found := played(candidate, each)) is not None:
            kept.append(found)
    if candidates and not kept:
        raise NothingToSuggest("no notes fit into this gap")
    return kept


def played(candidate: Suggestion, each: list[SuggestionRequest]) -> Suggestion | None:
    """A candidate in its instruments' ranges, with no note while another of its pitch sounds; None if a part is empty.

    `each`: the requests for its lines by themselves. All lines on one channel count together: notes that are
    kept, and the parts written before.
    """
    parts: list[Part] = []
    for part, request in zip(candidate.parts, each, strict=True):
        parts.append(_playable(part, request, parts))
        if not len(parts[-1].notes):
            return None
    return replace(candidate, parts=tuple(parts))


def total(part: Part, request: SuggestionRequest, manner: Manner | None = None) -> float:
    """How good a part is for its request alone, in nats; scores that it lacks count nothing.

    `manner`: that of the request's seed, where it is known.
    """
    scores, interval = part.scores, part.landing.interval
    value = LIKELIHOOD_WEIGHT * scores.get("likelihood", 0.0) - scores.get("seam", 0.0)
    value -= DENSITY_PENALTY * abs(doublings(part, request.controls.density))
    notes = part.notes.joined(request.given) if len(request.given) else part.notes
    value -= cost(notes, manner or Manner.of(request))
    if interval is not None and abs(interval) > LEAP and not request.is_for_drums:
        value -= LEAP_PENALTY
    if has_collapsed(notes) and not has_collapsed(request.before):
        value -= COLLAPSE_PENALTY
    if not request.controls.has_wishes and is_plainer(notes, request):
        value -= PLAIN_PENALTY
    return value


def has_collapsed(notes: Notes) -> bool:
    """Whether notes are stuck: hardly any pitches, or one pitch again and again."""
    pitches = notes.pitch.tolist()
    longest = max((len(list(run)) for _, run in groupby(pitches)), default=0)
    return len(pitches) >= ENOUGH_NOTES and (len(set(pitches)) < FEWEST_PITCHES or longest > LONGEST_RUN)


def is_plainer(notes: Notes, request: SuggestionRequest) -> bool:
    """Whether notes for the gap have somewhere fewer pitches or lengths than the seed ever has, up to VARIED of each.

    Counted in stretches of STRETCH quarters, or of the gap where that is shorter; the seed in the last two before it.
    """
    size = min(STRETCH * request.ppq, request.end - request.start)
    before = [_variety(request.before, request.start - again * size, size, request.ppq) for again in (1, 2)]
    heard = [counts for counts in before if any(counts)]
    if not heard:
        return False
    asked = [min((*counts, most)) for counts, most in zip(zip(*heard, strict=True), VARIED, strict=True)]
    found = [_variety(notes, at, size, request.ppq) for at in range(request.start, request.end - size + 1, size)]
    return any(has < wanted for counts in found for has, wanted in zip(counts, asked, strict=True))


def _variety(notes: Notes, start: int, size: int, ppq: int) -> tuple[int, int]:
    """How many pitches, and lengths in twelfths of a quarter, begin in the ticks [start, start + size)."""
    inside = notes.select((notes.start >= start) & (notes.start < start + size))
    lengths = (12 * inside.duration + ppq // 2) // ppq
    return len(set(inside.pitch.tolist())), len(set(lengths.tolist()))


def likeness(first: Suggestion, second: Suggestion) -> float:
    """The mean similarity of the parts: a melody that is another one is heard, however many notes the drums share."""
    pairs = zip(first.parts, second.parts, strict=True)
    return sum(similarity(one.notes, other.notes) for one, other in pairs) / len(first.parts)


def similarity(first: Notes, second: Notes) -> float:
    """The F1 of two sets of notes, by start and pitch: 1.0 for the same, 0.0 for none in common."""
    if not len(first) and not len(second):
        return 1.0
    sets = [Counter(zip(notes.start.tolist(), notes.pitch.tolist(), strict=True)) for notes in (first, second)]
    return 2 * (sets[0] & sets[1]).total() / (len(first) + len(second))


def doublings(part: Part, wished: float | None = None) -> float:
    """Return how many doublings the notes per quarter are above the `wished` ones, or else the seed's.

    Negative if there are fewer notes.
    """
    density, seed = (part.scores.get(name, 0.0) for name in ("density", "seed_density"))
    wanted = seed if wished is None else wished
    return math.log2(density / wanted) if density > 0 and wanted > 0 else 0.0


def _scored(found: Suggestion, each: list[SuggestionRequest], manners: list[Manner]) -> Suggestion:
    parts = tuple(
        replace(part, scores={**part.scores, "total": total(part, alone, manner)})
        for part, alone, manner in zip(found.parts, each, manners, strict=True)
    )
    return replace(found, parts=parts)


def _playable(part: Part, request: SuggestionRequest, written: list[Part]) -> Part:
    notes = beside(_apart(in_range(part.notes, request)), taken_keys(request, written), request.ppq)
    if len(request.given) and is_single_voice(request):
        notes = around_given(notes, request.given)
    if notes == part.notes:
        return part
    return replace(part, notes=notes, landing=landing_of(notes, request, part.landing.seam))


def _apart(notes: Notes) -> Notes:
    """The notes without those that begin together on one pitch, cut where their pitch begins again."""
    kept: dict[tuple[int, int], list[Note]] = {}
    for note in notes:
        line = kept.setdefault((note.pitch, note.channel), [])
        if line and line[-1].start == note.start:
            continue
        if line and line[-1].start + line[-1].duration > note.start:
            line[-1] = line[-1]._replace(duration=note.start - line[-1].start)
        line.append(note)
    return Notes.of(note for line in kept.values() for note in line)
