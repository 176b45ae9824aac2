"""The content of a request, and what is left out of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from jazzassist.domain import edits
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Event, Notes, Song, Track
from jazzassist.domain.suggestion import (
    Controls,
    Landing,
    NothingToSuggest,
    Part,
    Receipt,
    Suggestion,
    SuggestionRequest,
    bridge_request,
    continuation_request,
    landing_of,
)

BAR = 1920
QUARTERS = Notes.of([(beat * 480, 400, 60 + beat % 12) for beat in range(4 * 80)])
SONG = Song(480, (Track("Line", QUARTERS, program=65), Track("Bass", QUARTERS, program=32, channel=1)))
GAP = Gap((0,), 40 * BAR, 44 * BAR)


def bridge(song: Song = SONG, gap: Gap = GAP, **options: Any) -> SuggestionRequest:
    return bridge_request(song, gap, Controls(), **options)


def test_a_bridge_hears_both_sides_and_not_what_lay_in_the_gap() -> None:
    request = bridge()
    assert (request.start, request.end, request.targets) == (GAP.start, GAP.end, (0,))
    assert request.before.last_end <= GAP.start
    assert request.after.start[0] == GAP.end
    assert not len(request.lines[0].notes.starting_in(GAP.start, GAP.end))
    assert len(request.lines[1].notes.starting_in(GAP.start, GAP.end)) == 16


def test_a_continuation_does_not_hear_what_follows() -> None:
    request = continuation_request(SONG, GAP, 38 * BAR, Controls())
    assert len(request.before)
    assert not len(request.after)
    assert request.seed_start == 38 * BAR


def test_only_the_surroundings_are_sent_along() -> None:
    request = bridge()
    assert request.lines[0].notes.start[0] == 8 * BAR
    assert request.lines[1].notes.start[-1] < 61 * BAR


def test_a_seed_is_sent_as_a_whole_however_long_it_is() -> None:
    request = continuation_request(SONG, GAP, 0, Controls())
    assert request.before.start[0] == 0


def test_a_gap_at_either_end_of_the_song_has_one_side() -> None:
    assert not len(bridge(gap=Gap((0,), 0, BAR)).before)
    assert not len(bridge(gap=Gap((0,), 79 * BAR, 80 * BAR)).after)


def test_a_track_without_notes_around_the_gap_cannot_be_bridged() -> None:
    with pytest.raises(NothingToSuggest, match="track 1, Line, has no note"):
        bridge(Song(480, (Track("Line"),)))


def test_a_seed_without_a_note_cannot_be_continued() -> None:
    song = Song(480, (Track("Line", Notes.of([(0, 10, 60)])),))
    with pytest.raises(NothingToSuggest, match="no note in the selected seed"):
        continuation_request(song, Gap((0,), 2 * BAR, 3 * BAR), BAR, Controls())


def test_the_hash_tells_contexts_apart_and_not_wishes() -> None:
    request = bridge()
    assert bridge(alternatives=7, rng_seed=3).context_hash == request.context_hash
    assert dataclasses.replace(request, controls=Controls(90)).context_hash == request.context_hash
    other = SONG.with_track(1, dataclasses.replace(SONG.tracks[1], notes=QUARTERS.select(QUARTERS.start > 30 * BAR)))
    assert bridge(other).context_hash != request.context_hash
    assert bridge(gap=Gap((0,), GAP.start, GAP.end + 1)).context_hash != request.context_hash
    renamed = SONG.with_track(0, dataclasses.replace(SONG.tracks[0], name="Tune"))
    assert bridge(renamed).context_hash == request.context_hash


@pytest.mark.parametrize(
    "wish",
    [{"density": 0}, {"density": 25}, {"register": -1}, {"register": 128}, {"polyphony": 0.9}, {"polyphony": 17}],
)
def test_wishes_have_limits(wish: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"goes from|from 0 to 127"):
        Controls(**wish)  # type: ignore[arg-type]


def test_the_chords_of_the_song_are_sent_along_and_count_for_the_context() -> None:
    marks = tuple(Event(tick, b"\xff\x06" + text) for tick, text in ((0, b"Dm7"), (480, b"G7")))
    song = dataclasses.replace(SONG, tracks=(dataclasses.replace(SONG.tracks[0], events=marks), SONG.tracks[1]))
    assert bridge(song).chords == ((0, "Dm7"), (480, "G7"))
    assert bridge(song).context_hash != bridge().context_hash


@pytest.mark.parametrize("adventurous", [-1, 101])
def test_adventurousness_has_limits(adventurous: int) -> None:
    with pytest.raises(ValueError, match="0 to 100"):
        Controls(adventurous)


BOTH = Gap((1, 0), GAP.start, GAP.end)


def test_several_tracks_are_asked_for_in_their_order_and_none_of_their_gaps_is_heard() -> None:
    request = bridge(gap=BOTH)
    assert request.targets == (1, 0)
    assert [alone.target for alone in request.each()] == [1, 0]
    for line in request.lines:
        assert not len(line.notes.starting_in(GAP.start, GAP.end))
        assert len(line.notes.starting_in(GAP.end, GAP.end + BAR))
    for alone in request.each():
        assert alone.before.last_end <= GAP.start
        assert alone.after.start[0] == GAP.end
    with pytest.raises(ValueError, match="too many"):
        _ = request.target


def test_a_continuation_of_several_hears_nothing_of_them_behind_it() -> None:
    request = continuation_request(SONG, BOTH, 38 * BAR, Controls())
    assert all(line.notes.last_end <= GAP.start for line in request.lines)


def test_every_track_of_a_bridge_needs_a_note_beside_it() -> None:
    song = Song(480, (*SONG.tracks, Track("Horn")))
    with pytest.raises(NothingToSuggest, match=r"track 3, Horn, has no note before or after the gap"):
        bridge(song, Gap((0, 2), GAP.start, GAP.end))


def test_a_track_that_rests_in_the_seed_is_continued_beside_one_that_plays() -> None:
    early = dataclasses.replace(SONG.tracks[1], notes=QUARTERS.starting_in(0, 20 * BAR))
    song = SONG.with_track(1, early)
    assert continuation_request(song, BOTH, 38 * BAR, Controls()).targets == (1, 0)
    with pytest.raises(NothingToSuggest, match=r"track 2, Bass, has no note in the selected seed"):
        continuation_request(song, Gap((1,), GAP.start, GAP.end), 38 * BAR, Controls())
    with pytest.raises(NothingToSuggest, match="none of the tracks has a note in the selected seed"):
        continuation_request(song.with_track(0, early), BOTH, 38 * BAR, Controls())
    silent = SONG.with_track(1, dataclasses.replace(SONG.tracks[1], notes=QUARTERS.starting_in(GAP.end, 80 * BAR)))
    with pytest.raises(NothingToSuggest, match=r"track 2, Bass, has no note before the gap"):
        continuation_request(silent, BOTH, 38 * BAR, Controls())


def test_the_hash_covers_all_tracks_and_their_order() -> None:
    hashes = {bridge(gap=Gap(tracks, GAP.start, GAP.end)).context_hash for tracks in ((0,), (1,), (0, 1), (1, 0))}
    assert len(hashes) == 4


def test_wishes_are_for_all_tracks_or_for_each() -> None:
    low, high = Controls(register=40.0), Controls(register=70.0)
    each = bridge_request(SONG, BOTH, (low, high))
    assert [alone.controls for alone in each.each()] == [low, high]
    assert Receipt.of("test", each, 0).own_controls == (low, high)
    for wishes in (low, (low,), (low, low)):
        same = bridge_request(SONG, BOTH, wishes)
        assert [alone.controls for alone in same.each()] == [low, low]
        assert same == bridge_request(SONG, BOTH, low)
    with pytest.raises(ValueError, match="or for each"):
        bridge_request(SONG, BOTH, (low, high, high))


def test_a_suggestion_for_several_has_the_notes_of_all_and_the_mean_of_their_scores() -> None:
    receipt, exact = Receipt.of("test", bridge(gap=BOTH), 0), Landing(True, 0)
    first, second = Notes.of([(480, 10, 70)]), Notes.of([(0, 10, 40)])
    parts = (Part(1, first, {"a": 1.0, "b": 1.0}, exact), Part(0, second, {"a": 2.0}, exact))
    both = Suggestion(parts, receipt)
    assert both.notes == first.joined(second)
    assert both.scores == {"a": 1.5}
    assert Suggestion(parts[:1], receipt).part.notes == Suggestion(parts[:1], receipt).notes == first


def test_a_bridge_leads_to_what_is_tied_over_the_end_of_its_gap() -> None:
    tied = QUARTERS.starting_in(0, GAP.end - BAR).joined(Notes.of([(GAP.end - 240, 480 + 240, 70, 99)]))
    song = SONG.with_track(0, dataclasses.replace(SONG.tracks[0], notes=tied))
    request = bridge_request(song, GAP, Controls())
    assert list(request.after) == [(GAP.end, 480, 70, 99, 0)]
    assert landing_of(Notes.of([(GAP.start, 480, 60)]), request).interval == 10
    assert list(edits.replace(song, GAP, Notes.of([(GAP.start, 480, 60)])).tracks[0].notes)[-1:] == list(request.after)
    assert not len(continuation_request(song, GAP, GAP.start - BAR, Controls()).after)
