"""What the Markov suggester promises for any request, and that it learns."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import EMPTY, Notes, Song, Track
from jazzassist.domain.suggestion import Line, NothingToSuggest, Suggestion, SuggestionRequest
from jazzassist.suggest.baseline import MarkovSuggester
from tests.suggest.requests import BAR, GAP, SONG, TUNE, bridge, continuation, few, requests, trio


def suggest(request: SuggestionRequest) -> list[Suggestion]:
    return MarkovSuggester().suggest(request, lambda share: None, lambda: False)


def test_not_a_note_is_written_after_a_cancel() -> None:
    """A gap of 2000 bars, in which a candidate alone has thousands of notes."""
    looks: list[int] = []
    came: list[Suggestion] = []
    request = bridge(gap=Gap((0,), GAP.start, GAP.start + 2000 * BAR))

    def cancelled() -> bool:
        looks.append(1)
        return len(looks) > 50

    assert MarkovSuggester().stream(request, lambda share: None, cancelled, came.append) == []
    assert not came
    assert len(looks) == 52, "once by the note, and once by the candidate"


def test_candidates_come_one_after_another() -> None:
    came: list[Suggestion] = []
    shares: list[tuple[float, int]] = []
    found = MarkovSuggester().stream(
        bridge(), lambda share: shares.append((share, len(came))), lambda: False, came.append
    )
    assert came == found == suggest(bridge())
    assert [number for _, number in shares] == list(range(1, len(found) + 1))


@few
@given(requests())
def test_every_candidate_lies_in_the_gap(request_: SuggestionRequest) -> None:
    found = suggest(request_)
    assert len(found) >= request_.alternatives
    for suggestion in found:
        notes = suggestion.notes
        assert len(notes)
        assert notes.start[0] >= request_.start
        assert notes.last_end <= request_.end
        assert set(notes.channel.tolist()) == {request_.lines[0].channel}
        assert suggestion.part.landing.exact
        assert suggestion.part.landing.rest == request_.end - notes.last_end
        assert all(np.isfinite(list(suggestion.scores.values())))


def test_the_same_request_gives_the_same_notes_and_another_seed_gives_others() -> None:
    first, again, other = ([s.notes for s in suggest(request)] for request in (bridge(), bridge(), bridge(rng_seed=1)))
    assert first == again
    assert first != other


def test_steps_are_those_of_the_seed() -> None:
    for suggestion in suggest(continuation()):
        assert set(np.diff(suggestion.notes.start).tolist()) == {240}
        assert set(suggestion.notes.duration.tolist()) == {200}
        assert abs(np.diff(suggestion.notes.pitch)).max() <= 12


def test_a_bridge_knows_how_it_meets_what_follows_and_a_continuation_cannot() -> None:
    assert all("seam" in s.scores and s.part.landing.interval is not None for s in suggest(bridge()))
    assert all("seam" not in s.scores and s.part.landing.interval is None for s in suggest(continuation()))


def test_a_smooth_seam_scores_better_than_a_rough_one() -> None:
    after = TUNE.starting_in(GAP.end, TUNE.last_end)
    shuffled = after.changed(pitch=np.random.default_rng(1).permutation(after.pitch))
    rough = dataclasses.replace(SONG.tracks[0], notes=TUNE.starting_in(0, GAP.end).joined(shuffled))
    smooth_seam, rough_seam = (
        min(s.scores["seam"] for s in suggest(bridge(song))) for song in (SONG, SONG.with_track(0, rough))
    )
    assert smooth_seam < rough_seam


def test_what_follows_is_enough_to_start_from() -> None:
    song = Song(480, (Track("Tune", TUNE.starting_in(GAP.end, TUNE.last_end), channel=2),))
    assert all(len(suggestion.notes) for suggestion in suggest(bridge(song)))


def test_the_most_adventurous_strays_further_than_the_safest() -> None:
    uneven = Notes.of([(at * 240, 200, 60 + (at % 13 == 0) + (at % 29 == 0) * 2) for at in range(8 * 10)])
    song = Song(480, (Track("Tune", uneven),))
    safest, wildest = (
        float(np.mean([s.scores["likelihood"] for s in suggest(bridge(song, adventurous=wish))])) for wish in (0, 100)
    )
    assert wildest < safest


def test_drums_keep_to_the_pieces_of_the_kit_that_were_played() -> None:
    beat = Notes.of([(at * 240, 60, (36, 42, 38, 42)[at % 4], 90, 9) for at in range(80)])
    for suggestion in suggest(bridge(Song(480, (Track("Drums", beat, channel=9),)))):
        assert set(suggestion.notes.pitch.tolist()) <= {36, 38, 42}


def test_a_cancel_ends_it() -> None:
    shares: list[float] = []
    assert MarkovSuggester().suggest(bridge(), shares.append, lambda: len(shares) >= 2) == []
    assert len(shares) == 2


def test_progress_reaches_the_end() -> None:
    shares: list[float] = []
    MarkovSuggester().suggest(bridge(), shares.append, lambda: False)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_without_a_note_nothing_can_be_suggested() -> None:
    empty = dataclasses.replace(bridge(), lines=(Line("Tune", 0, 0, EMPTY),))
    with pytest.raises(NothingToSuggest, match="no note"):
        suggest(empty)


def test_one_chord_does_not_stand_still() -> None:
    chord = Notes.of([(0, 480, pitch) for pitch in (60, 64, 67)])
    for suggestion in suggest(bridge(Song(480, (Track("Piano", chord),)))):
        assert len(set(suggestion.notes.start.tolist())) > 4
        assert suggestion.notes.last_end <= GAP.start + 2 * BAR


def test_several_lines_are_each_written_into_the_gap_and_not_alike() -> None:
    request = trio()
    for suggestion in suggest(request):
        assert [part.line for part in suggestion.parts] == [2, 0]
        for part in suggestion.parts:
            assert part.landing.exact
            assert set(part.notes.channel.tolist()) == {part.line}
    alike = Song(480, (Track("a", TUNE), Track("b", TUNE)))
    twins = suggest(bridge(alike, Gap((0, 1), GAP.start, GAP.end), adventurous=100))
    assert any(one.parts[0].notes != one.parts[1].notes for one in twins)


def test_the_first_line_of_several_is_what_it_would_be_alone() -> None:
    request = trio()
    alone = [suggestion.part.notes for suggestion in suggest(request.alone(0))]
    assert [suggestion.parts[0].notes for suggestion in suggest(request)] == alone


def test_one_line_without_a_note_is_named() -> None:
    request = bridge()
    lines = (*request.lines[:1], Line("Horn", 0, 3, EMPTY))
    with pytest.raises(NothingToSuggest, match="track 2 has no note"):
        suggest(dataclasses.replace(request, lines=lines, targets=(0, 1)))
