"""Candidates that are handed over as soon as they are complete, and how soon writing stops when nobody wants it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jazzassist.domain.passage import Gap
from jazzassist.domain.suggestion import (
    Controls,
    StreamingSuggester,
    Suggestion,
    SuggestionRequest,
    WarmingSuggester,
    bridge_request,
)
from jazzassist.neural import hearing
from jazzassist.neural import suggester as module
from jazzassist.neural.contexts import Contexts
from jazzassist.neural.generation import Writer
from jazzassist.neural.suggester import LstmSuggester
from jazzassist.suggest.asking import answer
from jazzassist.suggest.ranking import ALIKE, likeness, notes_of
from tests.neural.requests import band, never, no_progress, save_whole, tiny_network

START, END = 8 * 480, 16 * 480


@pytest.fixture(scope="module")
def suggester(tmp_path_factory: pytest.TempPathFactory) -> LstmSuggester:
    folder = tmp_path_factory.mktemp("checkpoint")
    save_whole(tiny_network(loudness=2.5), folder, "tiny")
    return LstmSuggester(folder)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many candidates were going on at each note that was written."""
    found: list[int] = []
    write_note = Writer.write_note

    def counted(writer: Writer) -> object:
        found.append(writer.stepper.count)
        return write_note(writer)

    monkeypatch.setattr(Writer, "write_note", counted)
    return found


def bridge(*tracks: int, **options: Any) -> SuggestionRequest:
    return bridge_request(band(), Gap(tracks, START, END), Controls(), **options)


def test_the_network_streams_and_warms(suggester: LstmSuggester) -> None:
    assert isinstance(suggester, StreamingSuggester)
    assert isinstance(suggester, WarmingSuggester)


@pytest.mark.parametrize("targets", [(0,), (1, 0), (0, 2, 1)])
def test_each_candidate_comes_when_its_last_line_ends(
    suggester: LstmSuggester, written: list[int], targets: tuple[int, ...]
) -> None:
    came: list[tuple[int, Suggestion]] = []
    found = suggester.stream(
        bridge(*targets), no_progress, never, lambda suggestion: came.append((len(written), suggestion))
    )
    assert [suggestion.receipt.index for _, suggestion in came] != list(range(len(found))), "the shortest comes first"
    assert {notes_of(suggestion) for _, suggestion in came} == {notes_of(suggestion) for suggestion in found}
    assert len(came) == len(found)
    assert came[0][0] < len(written), "others are still being written then"
    for _, suggestion in came:
        assert tuple(part.line for part in suggestion.parts) == targets
        assert "likelihood" in suggestion.scores


def test_it_hands_over_the_same_every_time_and_suggests_what_it_would_without(suggester: LstmSuggester) -> None:
    runs: list[list[Suggestion]] = [[], []]
    found = [suggester.stream(bridge(0, 1), no_progress, never, run.append) for run in runs]
    assert runs[0] == runs[1]
    assert found[0] == found[1] == suggester.suggest(bridge(0, 1), no_progress, never)


def test_what_is_shown_early_is_playable_differs_and_is_no_more_than_asked_for(suggester: LstmSuggester) -> None:
    for number in range(4):
        shown: list[Suggestion] = []
        request = bridge(0, alternatives=3, rng_seed=number)
        found = answer(suggester, request, no_progress, never, shown.append)
        assert 1 <= len(shown) <= 3
        assert [suggestion.receipt.index for suggestion in shown] == list(range(len(shown)))
        assert all(likeness(one, other) < ALIKE for one in shown for other in shown if one is not other)
        assert found == answer(suggester, request, no_progress, never), "whether anybody listens or not"


@pytest.mark.parametrize("number", [1, 4, 32])
def test_as_many_as_are_asked_for_are_written(suggester: LstmSuggester, written: list[int], number: int) -> None:
    found = suggester.suggest(bridge(0, alternatives=number), no_progress, never)
    assert len(found) >= number
    assert written[0] == max(8, number + 4)
    assert written == sorted(written, reverse=True), "those that are complete leave the batch"


@pytest.mark.parametrize("after", [1, 5])
@pytest.mark.parametrize("targets", [(0,), (0, 1)])
def test_not_one_more_note_is_written_once_it_is_cancelled(
    suggester: LstmSuggester, written: list[int], targets: tuple[int, ...], after: int
) -> None:
    cancelled = lambda: len(written) >= after  # noqa: E731
    assert suggester.suggest(bridge(*targets), no_progress, cancelled) == []
    assert len(written) == after


def test_a_cancel_between_two_lines_is_heard_before_the_second_is_read(
    suggester: LstmSuggester, written: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    suggester.suggest(bridge(0), no_progress, never)
    notes = len(written)
    written.clear()
    monkeypatch.setattr(module, "seam_nats", lambda *asked: pytest.fail("nobody wants to know"))
    assert suggester.suggest(bridge(0, 1), no_progress, lambda: len(written) >= notes) == []
    assert len(written) == notes


def test_a_cancel_while_reading_is_heard_before_the_first_note(
    suggester: LstmSuggester, written: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    suggester.contexts = Contexts()
    read: list[object] = []
    hear = hearing.hear_before

    def hear_before(network: object, scene: object) -> object:
        read.append(scene)
        return hear(network, scene)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "hear_before", hear_before)
    assert answer(suggester, bridge(0), no_progress, lambda: bool(read)) == []
    assert written == []
    read.clear()
    suggester.contexts = Contexts()
    assert answer(suggester, bridge(0), no_progress, lambda: True) == []
    assert not read


def test_one_that_never_ends_is_suggested_all_the_same(
    suggester: LstmSuggester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jazzassist.neural.generation.MOST_NOTES", 3)
    came: list[Suggestion] = []
    found = suggester.stream(replace(bridge(0), alternatives=4), no_progress, never, came.append)
    assert len(found) == 8
    assert {notes_of(suggestion) for suggestion in came} <= {notes_of(suggestion) for suggestion in found}
