"""Which candidates a composer gets to hear, in which order, and why, in words."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import groupby

from jazzassist.domain.song import Note, Notes
from jazzassist.domain.suggestion import NothingToSuggest, Suggestion, SuggestionRequest, landing_of

LIKELIHOOD_WEIGHT = 0.3
DENSITY_PENALTY = 0.5  # per doubling or halving of the notes per quarter that are wished, or else the seed's
LEAP, LEAP_PENALTY = 12, 1.0  # semitones into what follows, and nats for more than these
COLLAPSE_PENALTY = 2.0
FEWEST_PITCHES, LONGEST_RUN, ENOUGH_NOTES = 3, 6, 8
ALIKE = 0.7  # note F1 from which two candidates are the same idea


def choose(candidates: list[Suggestion], request: SuggestionRequest) -> list[Suggestion]:
    """The best `request.alternatives` that differ, best first, fewer where there are not so many.

    Alike ones come in only where too few others are left, and never the same notes twice. Each gets
    its `total` score, and in its receipt its place in this answer.
    """
    ranked = sorted((_scored(found, request) for found in candidates), key=lambda found: -found.scores["total"])
    chosen: list[Suggestion] = []
    for limit in (ALIKE, 1.0):
        for found in ranked:
            if len(chosen) < request.alternatives and all(
                similarity(found.notes, other.notes) < limit for other in chosen
            ):
                chosen.append(found)
    chosen.sort(key=lambda found: -found.scores["total"])
    return [replace(found, receipt=replace(found.receipt, index=index)) for index, found in enumerate(chosen)]


def playable(candidates: list[Suggestion], request: SuggestionRequest) -> list[Suggestion]:
    """The candidates as MIDI can hold them: no note while another of its pitch still sounds.

    Notes of the target that reach into the gap count too. NothingToSuggest when there were
    candidates and none has a note left.
    """
    found = [_playable(candidate, request) for candidate in candidates]
    kept = [candidate for candidate in found if len(candidate.notes)]
    if candidates and not kept:
        raise NothingToSuggest("no note was found that fits into this gap")
    return kept


def total(suggestion: Suggestion, request: SuggestionRequest) -> float:
    """How good a candidate is, in nats; scores that it lacks count nothing."""
    scores, interval = suggestion.scores, suggestion.landing.interval
    value = LIKELIHOOD_WEIGHT * scores.get("likelihood", 0.0) - scores.get("seam", 0.0)
    value -= DENSITY_PENALTY * abs(_doublings(suggestion, request.controls.density))
    if interval is not None and abs(interval) > LEAP and not request.is_for_drums:
        value -= LEAP_PENALTY
    if has_collapsed(suggestion.notes) and not has_collapsed(request.before):
        value -= COLLAPSE_PENALTY
    return value


def has_collapsed(notes: Notes) -> bool:
    """Whether notes are stuck: hardly any pitches, or one pitch again and again."""
    pitches = notes.pitch.tolist()
    longest = max((len(list(run)) for _, run in groupby(pitches)), default=0)
    return len(pitches) >= ENOUGH_NOTES and (len(set(pitches)) < FEWEST_PITCHES or longest > LONGEST_RUN)


def similarity(first: Notes, second: Notes) -> float:
    """The F1 of two sets of notes, by start and pitch: 1.0 for the same, 0.0 for none in common."""
    if not len(first) and not len(second):
        return 1.0
    sets = [Counter(zip(notes.start.tolist(), notes.pitch.tolist(), strict=True)) for notes in (first, second)]
    return 2 * (sets[0] & sets[1]).total() / (len(first) + len(second))


def reasons(suggestion: Suggestion, request: SuggestionRequest) -> list[str]:
    """What a composer may want to know before hearing it, in a few words each."""
    said = [_landing_in_words(suggestion, request), _rest_in_words(suggestion, request), _density_in_words(suggestion)]
    if has_collapsed(suggestion.notes):
        said.append("keeps to very few notes")
    return [words for words in said if words]


def _scored(found: Suggestion, request: SuggestionRequest) -> Suggestion:
    return replace(found, scores={**found.scores, "total": total(found, request)})


def _playable(candidate: Suggestion, request: SuggestionRequest) -> Suggestion:
    sounding = {(note.pitch, note.channel): note.start + note.duration for note in request.before}
    kept: dict[tuple[int, int], list[Note]] = {}
    for note in candidate.notes:
        line = kept.setdefault((note.pitch, note.channel), [])
        if note.start < sounding.get((note.pitch, note.channel), 0) or (line and line[-1].start == note.start):
            continue
        if line and line[-1].start + line[-1].duration > note.start:
            line[-1] = line[-1]._replace(duration=note.start - line[-1].start)
        line.append(note)
    notes = Notes.of(note for line in kept.values() for note in line)
    if notes == candidate.notes:
        return candidate
    return replace(candidate, notes=notes, landing=landing_of(notes, request, candidate.landing.seam))


def _doublings(suggestion: Suggestion, wished: float | None = None) -> float:
    """How often the notes per quarter are twice those wished, or else the seed's (negative: half)."""
    density, seed = (suggestion.scores.get(name, 0.0) for name in ("density", "seed_density"))
    wanted = seed if wished is None else wished
    return math.log2(density / wanted) if density > 0 and wanted > 0 else 0.0


def _landing_in_words(suggestion: Suggestion, request: SuggestionRequest) -> str:
    interval = suggestion.landing.interval
    if interval is None or request.is_for_drums:
        return ""
    if interval == 0:
        return "ends on the pitch that follows"
    way, size = "up" if interval > 0 else "down", abs(interval)
    if size > LEAP:
        return f"leaps {way} by {size} semitones into what follows"
    return f"leads {way} by {size} semitone{'s' if size > 1 else ''} into what follows"


def _rest_in_words(suggestion: Suggestion, request: SuggestionRequest) -> str:
    beats = suggestion.landing.rest / request.ppq
    return f"rests for {beats:.2g} quarters at the end" if beats >= 1 else "plays to the end"


def _density_in_words(suggestion: Suggestion) -> str:
    doublings = _doublings(suggestion)
    if not suggestion.scores.get("seed_density"):
        return ""
    if abs(doublings) < 0.4:
        return "about as busy as what is around it"
    return "busier than what is around it" if doublings > 0 else "calmer than what is around it"
