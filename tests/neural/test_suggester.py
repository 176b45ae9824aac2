"""Suggestions of a random network: exact gaps, one seed one answer, cancelling, and what the seed allows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jazzassist.domain.song import Notes, Song, Track
from jazzassist.domain.suggestion import Controls, Suggestion, SuggestionRequest
from jazzassist.neural.asked import wishes_now
from jazzassist.neural.encoding import DURATIONS, GRID, UNKNOWN, density_class, duration_class, polyphony_class
from jazzassist.neural.playing import to_song
from jazzassist.neural.scene import scene_of
from jazzassist.neural.suggester import LstmSuggester
from tests.neural.requests import (
    band,
    bridge,
    continuation,
    meter_event,
    never,
    no_progress,
    save_whole,
    tiny_network,
    walk,
)


@pytest.fixture(scope="module")
def suggester(tmp_path_factory: pytest.TempPathFactory) -> LstmSuggester:
    folder = tmp_path_factory.mktemp("checkpoint")
    save_whole(tiny_network(loudness=2.5), folder, "tiny")
    return LstmSuggester(folder)


def ask(suggester: LstmSuggester, request: SuggestionRequest) -> list[Suggestion]:
    return suggester.suggest(request, no_progress, never)


def assert_fits(request: SuggestionRequest, found: list[Suggestion]) -> None:
    """Every candidate lies in the gap to the tick, is playable and does not clash with held notes."""
    assert len(found) >= request.alternatives
    for suggestion in found:
        notes = suggestion.notes
        assert len(notes) > 0
        assert notes.start.min() >= request.start
        assert notes.end.max() <= request.end
        assert (notes.duration >= 1).all()
        assert (notes.channel == request.lines[request.target].channel).all()
        held = request.before.select(request.before.end > request.start)
        for note in notes:
            assert not any(h.pitch == note.pitch and h.start + h.duration > note.start for h in held)
        for pitch in np.unique(notes.pitch):
            same = notes.select(notes.pitch == pitch)
            assert (same.start[1:] >= same.end[:-1]).all()
        assert suggestion.part.landing.exact
        assert suggestion.part.landing.rest == request.end - notes.last_end


METERS = [(4, 4), (3, 4), (5, 4), (6, 8), (7, 8), (2, 2), (7, 16)]


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([24, 48, 96, 100, 120, 384, 480, 960, 1, 7, 15360]),
    st.sampled_from(METERS),
    st.integers(0, 2),
    st.floats(0, 0.8),
    st.floats(0.01, 0.5),
    st.booleans(),
    st.integers(0, 100),
)
def test_any_gap_is_kept_to_the_tick(
    suggester: LstmSuggester,
    ppq: int,
    meter: tuple[int, int],
    track: int,
    at: float,
    length: float,
    on: bool,
    adventurous: int,
) -> None:
    song = band(ppq, 6, meter) if ppq >= 8 else slow_song(ppq)
    track = min(track, len(song.tracks) - 1)
    end = song.last_note_end
    start = int(at * end)
    stop = start + max(1, int(length * end))
    if on and len(song.tracks[track].notes.starting_in(0, start)):
        request = continuation(song, track, start, stop)
    else:
        request = bridge(song, track, start, stop)
    request = replace(request, controls=Controls(adventurous))
    assert_fits(request, ask(suggester, request))


def slow_song(ppq: int) -> Song:
    """One line of a note every other quarter, which even one tick a quarter can hold."""
    notes = walk(ppq * 2, 24, per_quarter=1)
    return Song(ppq, (Track("Slow", notes.changed(duration=np.full(len(notes), ppq)), (meter_event(0, 4, 4),)),))


def test_same_seed_same_notes(suggester: LstmSuggester) -> None:
    request = bridge(band(), 0, 8 * 480, 16 * 480, rng_seed=5)
    first, second = ask(suggester, request), ask(suggester, request)
    assert [a.notes for a in first] == [b.notes for b in second]
    assert [a.scores for a in first] == [b.scores for b in second]
    other = ask(suggester, replace(request, rng_seed=6))
    assert [a.notes for a in first] != [b.notes for b in other]


def test_candidates_differ_and_carry_what_makes_them_again(suggester: LstmSuggester) -> None:
    request = bridge(band(), 0, 8 * 480, 16 * 480, alternatives=6, rng_seed=5)
    found = ask(suggester, request)
    assert len(found) == 10
    assert len({tuple(map(tuple, candidate.notes)) for candidate in found}) > 6
    receipt = found[3].receipt
    assert (receipt.checkpoint, receipt.kind, receipt.rng_seed) == ("tiny", "bridge", 5)
    assert (receipt.context_hash, receipt.alternatives, receipt.index) == (request.context_hash, 6, 3)


def test_cancelled_at_once_gives_nothing(suggester: LstmSuggester) -> None:
    request = bridge(band(), 0, 8 * 480, 16 * 480)
    assert suggester.suggest(request, no_progress, lambda: True) == []


def test_cancelled_while_writing_gives_nothing(suggester: LstmSuggester) -> None:
    calls = iter(range(1000))
    request = bridge(band(), 0, 8 * 480, 16 * 480)
    assert suggester.suggest(request, no_progress, lambda: next(calls) >= 3) == []
    assert next(calls) <= 6


def test_progress_rises_from_0_to_1(suggester: LstmSuggester) -> None:
    shares: list[float] = []
    suggester.suggest(bridge(band(), 0, 8 * 480, 16 * 480), shares.append, never)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert 0 <= shares[0] < 0.9
    assert len(shares) > 3


def test_continuation_never_hears_its_own_line_after_the_gap(suggester: LstmSuggester) -> None:
    song = band()
    sax = song.tracks[0]
    kept = sax.notes.select(sax.notes.start < 16 * 480)
    cut = song.with_track(0, replace(sax, notes=kept))
    whole, short = (ask(suggester, continuation(s, 0, 8 * 480, 16 * 480)) for s in (song, cut))
    assert [a.notes for a in whole] == [b.notes for b in short]
    assert all("seam" not in suggestion.scores for suggestion in whole)


def test_other_notes_after_the_gap_give_other_notes_in_it(suggester: LstmSuggester) -> None:
    song = band()
    sax = song.tracks[0]
    late = np.where(sax.notes.start >= 16 * 480, sax.notes.pitch[::-1], sax.notes.pitch)
    turned = song.with_track(0, replace(sax, notes=sax.notes.changed(pitch=late)))
    first, second = (ask(suggester, bridge(s, 0, 8 * 480, 16 * 480)) for s in (song, turned))
    assert [a.notes for a in first] != [b.notes for b in second]


def test_other_tracks_are_heard(suggester: LstmSuggester) -> None:
    song = band()
    alone = replace(song, tracks=song.tracks[:1])
    first, second = (ask(suggester, bridge(s, 0, 8 * 480, 16 * 480)) for s in (song, alone))
    assert [a.notes for a in first] != [b.notes for b in second]


def test_pitches_stay_near_the_seeds_register(suggester: LstmSuggester) -> None:
    request = bridge(band(), 0, 8 * 480, 16 * 480)
    used = request.before.joined(request.after).pitch
    for suggestion in ask(suggester, request):
        assert used.min() - 7 <= suggestion.notes.pitch.min()
        assert suggestion.notes.pitch.max() <= used.max() + 7


def test_drums_use_the_keys_of_the_seed(suggester: LstmSuggester) -> None:
    for suggestion in ask(suggester, bridge(band(), 2, 8 * 480, 16 * 480)):
        assert set(suggestion.notes.pitch.tolist()) <= {36, 38, 42, 51}


def test_one_voice_stays_one_voice(suggester: LstmSuggester) -> None:
    for suggestion in ask(suggester, bridge(band(), 0, 8 * 480, 16 * 480)):
        notes = suggestion.notes
        assert (notes.start[1:] >= notes.end[:-1]).all()


def test_gap_that_opens_the_song_has_only_a_right_side(suggester: LstmSuggester) -> None:
    request = bridge(band(), 0, 0, 8 * 480)
    assert_fits(request, ask(suggester, request))


def test_notes_held_into_the_gap_are_not_struck_again(suggester: LstmSuggester) -> None:
    song = band()
    sax = song.tracks[0]
    pedal = Notes.of([(7 * 480, 20 * 480, pitch, 80, 0) for pitch in range(40, 90, 2)])
    early = sax.notes.select(sax.notes.start < 7 * 480)
    held = song.with_track(0, replace(sax, notes=early.joined(pedal)))
    request = bridge(held, 0, 8 * 480, 12 * 480)
    assert_fits(request, ask(suggester, request))


def test_late_seed_gets_late_notes(suggester: LstmSuggester) -> None:
    """A seed that lags 11 ticks behind the grid is answered in the same feel."""
    song = band()
    sax = song.tracks[0]
    song = song.with_track(
        0, replace(sax, notes=sax.notes.changed(start=sax.notes.start + 11 - 11 * (sax.notes.start > 40 * 480)))
    )
    request = continuation(song, 0, 8 * 480, 16 * 480)
    for suggestion in ask(suggester, request):
        start = suggestion.notes.start
        # One that would lie before the gap begins with it.
        assert set((start[start > request.start] % 20).tolist()) == {11}


def test_notes_last_as_long_as_those_of_the_seed_that_are_written_alike() -> None:
    """Eighths that were played in two lengths come back in these, the latest first; others as they are written."""
    song = band()
    sax = song.tracks[0]
    played = np.where(np.arange(len(sax.notes)) % 2, 237, 233)  # of 240, all of one class
    request = continuation(song.with_track(0, replace(sax, notes=sax.notes.changed(duration=played))), 0, 1920, 3840)
    scene = scene_of(request)
    length = DURATIONS[duration_class(237 / 20)]
    fields = np.array([[length, 60 + number, 80] for number in range(4)] + [[3, 70, 80]])
    found = to_song(scene, scene.start + np.arange(5) * GRID // 2, fields)
    latest = request.before.duration[::-1][:4].tolist()
    assert set(latest) == {233, 237}
    assert found.duration.tolist() == [*latest, 60]


def test_chords_are_broken_as_those_of_the_seed() -> None:
    """A seed that strums up and down in turn, each time late by 4 ticks, answers with chords of any size like that."""
    rows = []
    for beat in range(32):
        spread = (0, 3, 5) if beat % 2 else (5, 3, 0)
        rows += [(beat * 480 + 4 + late, 400, 60 + 4 * key, 80, 0) for key, late in enumerate(spread)]
    song = Song(480, (Track("Keys", Notes.of(rows), (meter_event(0, 4, 4),)),))
    scene = scene_of(continuation(song, 0, 7680, 9600))
    onset = scene.start + GRID * np.array([0, 0, 0, 1, 1, 2, 3, 3, 3, 3])
    pitch = np.array([60, 65, 72, 60, 64, 62, 60, 64, 67, 72])
    found = to_song(scene, onset, np.stack([np.full(10, 20), pitch, np.full(10, 80)], 1))
    begins = {(start - 7680, key) for start, key in zip(found.start.tolist(), found.pitch.tolist(), strict=True)}
    up, down = {(4, 60), (7, 65), (9, 72)}, {(486, 60), (484, 64)}
    assert begins == up | down | {(964, 62)} | {(1444, 60), (1447, 64), (1449, 67), (1449, 72)}


def test_song_timed_by_frames_is_answered(suggester: LstmSuggester) -> None:
    song = replace(band(), ticks_per_second=1000.0)
    request = bridge(song, 0, 8 * 480, 16 * 480)
    assert_fits(request, ask(suggester, request))


def test_long_rest_before_the_gap(suggester: LstmSuggester) -> None:
    song = band(bars=40)
    sax = song.tracks[0]
    gone = sax.notes.select((sax.notes.start < 4 * 480) | (sax.notes.start > 120 * 480))
    request = bridge(song.with_track(0, replace(sax, notes=gone)), 0, 100 * 480, 104 * 480)
    assert_fits(request, ask(suggester, request))


def test_no_silence_is_longer_than_the_seed_knows_or_few_notes_are_wished(suggester: LstmSuggester) -> None:
    """The band rests for half a quarter at most, so no more than a bar may pass; the random network would rest more."""
    request, bar = bridge(band(bars=24), 0, 8 * 480, 72 * 480), 4 * 480
    for found in ask(suggester, request):
        onsets = np.concatenate([[request.start], found.notes.start, [request.end]])
        assert np.diff(onsets).max() <= bar + 480  # counted from quarter to quarter
    assert scene_of(request).most_rest == 96
    assert scene_of(with_controls(request, density=0.1)).most_rest == 480


def shuffled(song: Song, velocity: int) -> Song:
    """The sax in dotted eighths and 16ths, all in one velocity."""
    sax = song.tracks[0]
    start = np.where(sax.notes.start % 480 == 240, sax.notes.start + 120, sax.notes.start)
    even = np.full(len(sax.notes), velocity)
    length = np.full(len(sax.notes), 100)
    return song.with_track(0, replace(sax, notes=sax.notes.changed(start=start, duration=length, velocity=even)))


def test_shuffle_stays_a_shuffle_unless_adventure_is_asked_for(suggester: LstmSuggester) -> None:
    request = bridge(shuffled(band(), 100), 0, 8 * 480, 16 * 480)
    foreign = []
    for adventurous in (0, 50, 100):
        found = ask(suggester, replace(request, controls=Controls(adventurous)))
        start = np.concatenate([suggestion.notes.start for suggestion in found])
        foreign.append(float(np.mean(~np.isin(start % 480, (0, 360)))))
    assert foreign[0] <= foreign[1] < foreign[2]


def test_seed_in_one_velocity_is_answered_in_it(suggester: LstmSuggester) -> None:
    for suggestion in ask(suggester, bridge(shuffled(band(), 77), 0, 8 * 480, 16 * 480)):
        assert set(suggestion.notes.velocity.tolist()) == {77}


def test_velocities_stay_near_the_seeds(suggester: LstmSuggester) -> None:
    song = band()
    sax = song.tracks[0]
    soft = np.where(np.arange(len(sax.notes)) % 2, 30, 40)
    song = song.with_track(0, replace(sax, notes=sax.notes.changed(velocity=soft)))
    for suggestion in ask(suggester, bridge(song, 0, 8 * 480, 16 * 480)):
        assert 22 <= suggestion.notes.velocity.min() <= suggestion.notes.velocity.max() <= 48


def with_controls(request: SuggestionRequest, **wishes: float) -> SuggestionRequest:
    return replace(request, controls=Controls(**wishes))  # type: ignore[arg-type]


@pytest.mark.parametrize("polyphony", [1.0, 2.0])
def test_where_notes_at_once_are_wished_none_is_a_strum_beside_them(suggester: LstmSuggester, polyphony: float) -> None:
    """Onsets lie at least two 24ths of a quarter apart: nearer ones are heard as one."""
    for suggestion in ask(suggester, with_controls(bridge(band(), 0, 8 * 480, 24 * 480), polyphony=polyphony)):
        assert np.diff(np.unique(suggestion.notes.start)).min() >= 40


@pytest.mark.parametrize("polyphony", [2.0, 3.0])
def test_chords_are_as_thick_as_wished(suggester: LstmSuggester, polyphony: float) -> None:
    found = ask(suggester, with_controls(bridge(band(), 0, 8 * 480, 24 * 480), polyphony=polyphony))
    thickness = [len(suggestion.notes) / len(np.unique(suggestion.notes.start)) for suggestion in found]
    assert abs(np.mean(thickness) - polyphony) < 0.35


def test_wish_is_of_what_is_missing() -> None:
    """8 quarters, of which 4 are left: 16 notes are wished, and two that begin together."""
    scene = scene_of(with_controls(bridge(band(), 0, 8 * 480, 16 * 480), density=2.0, polyphony=2.0))
    written, onsets, left = np.array([0, 8, 14, 20]), np.array([0, 4, 14, 10]), np.full(4, 4 * GRID)
    found = wishes_now(scene, written, onsets, left)
    assert found["density"].tolist() == density_class([16, 8, 2, 0], 4).tolist()
    assert found["polyphony"].tolist() == polyphony_class([2, 2, 3, 2]).tolist()
    assert found["register"].tolist() == [UNKNOWN] * 4


def test_another_register_is_written_in_when_it_is_wished(suggester: LstmSuggester) -> None:
    request = with_controls(bridge(band(), 0, 8 * 480, 16 * 480), register=70.0)
    reach = max(7, int(np.ptp(request.before.joined(request.after).pitch)) // 2)
    for suggestion in ask(suggester, request):
        assert abs(suggestion.notes.pitch - 70).max() <= reach


def test_single_line_can_be_wished_of_chords_and_chords_of_a_single_line(suggester: LstmSuggester) -> None:
    song = band()
    sax = song.tracks[0]
    chords = song.with_track(0, replace(sax, notes=sax.notes.joined(sax.notes.changed(pitch=sax.notes.pitch + 5))))
    lone = with_controls(bridge(chords, 0, 8 * 480, 16 * 480), polyphony=1.0)
    for suggestion in ask(suggester, lone):
        assert (suggestion.notes.start[1:] >= suggestion.notes.end[:-1]).all()
    together = with_controls(bridge(song, 0, 8 * 480, 16 * 480), polyphony=3.0)
    found = [np.unique(suggestion.notes.start, return_counts=True)[1].max() for suggestion in ask(suggester, together)]
    assert 1 < max(found) <= 4


def test_wishes_and_chords_are_heard(suggester: LstmSuggester) -> None:
    """Each alone changes what a network of strong opinions writes."""
    request = bridge(band(), 0, 8 * 480, 16 * 480)
    plain = [suggestion.notes for suggestion in ask(suggester, request)]
    for other in (with_controls(request, density=4.0), replace(request, chords=((0, "Dm7"), (9 * 480, "G7")))):
        assert [suggestion.notes for suggestion in ask(suggester, other)] != plain
