"""What is shown of an answer before all of it is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from jazzassist.domain.song import EMPTY, Notes, Song, Track
from jazzassist.domain.suggestion import Cancelled, Complete, Progress, Suggestion, SuggestionRequest
from jazzassist.suggest.asking import answer, prepare
from jazzassist.suggest.early import Early
from tests.suggest.requests import GAP, bridge, candidate, trio


def line(*pitches: int) -> Notes:
    return Notes.of([(GAP.start + at * 240, 200, pitch) for at, pitch in enumerate(pitches)])


FIRST, SECOND, THIRD, NEAR = line(60, 62, 64, 65), line(70, 72, 74, 75), line(50, 52, 54, 55), line(60, 62, 64, 67)


@dataclass
class Streaming:
    """Hands over some of its candidates early, says what was heard of it by then, and gives all of them at the end."""

    early: list[Suggestion]
    late: list[Suggestion] = field(default_factory=list)
    warmed: list[SuggestionRequest] = field(default_factory=list)

    def suggest(self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled) -> list[Suggestion]:
        pytest.fail("it can be heard early")

    def stream(
        self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled, complete: Complete
    ) -> list[Suggestion]:
        for suggestion in self.early:
            complete(suggestion)
        return [*self.early, *self.late]

    def warm(self, request: SuggestionRequest, cancelled: Cancelled) -> None:
        self.warmed.append(request)


def shown(*candidates: Suggestion, request: SuggestionRequest | None = None) -> list[Suggestion]:
    found: list[Suggestion] = []
    early = Early(request or bridge(), found.append)
    for one in candidates:
        early.take(one)
    assert early.shown == found
    return found


def test_those_that_are_like_one_that_is_shown_wait() -> None:
    found = shown(*map(candidate, (FIRST, NEAR, FIRST, SECOND)))
    assert [suggestion.notes for suggestion in found] == [FIRST, SECOND]
    assert [suggestion.receipt.index for suggestion in found] == [0, 1]


def test_no_more_are_shown_than_are_asked_for() -> None:
    found = shown(*map(candidate, (FIRST, SECOND, THIRD)), request=bridge(alternatives=2))
    assert [suggestion.notes for suggestion in found] == [FIRST, SECOND]


def test_they_are_shown_as_they_can_be_played() -> None:
    held = Song(480, (Track("Line", Notes.of([(0, GAP.start + 300, 60), (GAP.end, 10, 67)])),))
    (found,) = shown(candidate(line(60)), candidate(line(60, 60, 62)), request=bridge(held))
    assert [tuple(note)[:3] for note in found.notes] == [(GAP.start + 480, 200, 62)]
    assert shown(candidate(EMPTY)) == []


def test_one_that_is_stuck_waits() -> None:
    assert shown(candidate(line(*[60] * 8))) == []
    drone = Song(480, (Track("Drone", Notes.of([(at * 240, 200, 60) for at in range(80)])),))
    assert len(shown(candidate(line(*[60] * 8)), request=bridge(drone))) == 1


def test_several_lines_are_compared_together() -> None:
    def joint(first: Notes, second: Notes) -> Suggestion:
        parts = tuple(replace(candidate(notes).part, line=at) for notes, at in ((first, 2), (second, 0)))
        return replace(candidate(first), parts=parts)

    found = shown(joint(FIRST, SECOND), joint(FIRST, THIRD), joint(FIRST, SECOND), request=trio())
    assert [suggestion.parts[1].notes for suggestion in found] == [SECOND, THIRD]


def test_the_answer_is_the_same_whether_anybody_listens() -> None:
    suggester = Streaming([candidate(FIRST, seam=1.4)], [candidate(SECOND, seam=1.0)])
    heard: list[Suggestion] = []
    request = bridge(alternatives=1)
    found = answer(suggester, request, lambda share: None, lambda: False, heard.append)
    assert found == answer(suggester, request, lambda share: None, lambda: False)
    assert [one.notes for one in heard] == [one.notes for one in found] == [FIRST]


def test_the_answer_is_ranked_whatever_came_first() -> None:
    suggester = Streaming([candidate(FIRST, seam=3.0), candidate(SECOND, seam=1.0)], [candidate(THIRD, seam=2.0)])
    found = answer(suggester, bridge(), lambda share: None, lambda: False)
    assert [one.notes for one in found] == [SECOND, THIRD, FIRST]


def test_a_suggester_reads_ahead_with_the_chords_that_it_will_hear() -> None:
    suggester = Streaming([candidate(FIRST)])
    prepare(suggester, bridge(), lambda: False)
    prepare(suggester, bridge(), lambda: True)
    (read,) = suggester.warmed
    asked: list[SuggestionRequest] = []
    recording = replace(suggester, early=[])
    recording.stream = lambda request, *others: asked.append(request) or [candidate(FIRST)]  # type: ignore
    answer(recording, bridge(), lambda share: None, lambda: False)
    assert asked == [read]
