"""Which candidates are chosen, and in which order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, reject

from jazzassist.domain.song import EMPTY, Notes, Song, Track
from jazzassist.domain.suggestion import Controls, NothingToSuggest, Part, Suggestion, SuggestionRequest
from jazzassist.suggest import features
from jazzassist.suggest.asking import answer
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.suggest.features import Manner, cost
from jazzassist.suggest.ranking import (
    KEPT,
    PLAIN_PENALTY,
    choose,
    has_collapsed,
    is_plainer,
    likeness,
    playable,
    similarity,
    total,
)
from tests.suggest.requests import BAR, GAP, bridge, candidate, few, requests, trio


def line(*pitches: int) -> Notes:
    return Notes.of([(GAP.start + at * 240, 200, pitch) for at, pitch in enumerate(pitches)])


def part(found: Notes, **about: float) -> Part:
    return candidate(found, **about).part  # type: ignore[arg-type]


FIRST, SECOND, THIRD = line(60, 62, 64, 65), line(70, 72, 74, 75), line(50, 52, 54, 55)


def test_the_smoothest_seam_comes_first() -> None:
    found = choose([candidate(FIRST, seam=3.0), candidate(SECOND, seam=1.0), candidate(THIRD, seam=2.0)], bridge())
    assert [suggestion.notes for suggestion in found] == [SECOND, THIRD, FIRST]
    assert [suggestion.receipt.index for suggestion in found] == [0, 1, 2]
    # The tune has more pitches than any, and what else it has that they lack costs them something too.
    totals = [one.scores["total"] + PLAIN_PENALTY + cost(one.notes, Manner.of(bridge())) for one in found]
    assert totals == pytest.approx([-1.0, -2.0, -3.0])


def test_without_a_seam_the_likeliest_comes_first() -> None:
    found = choose([candidate(FIRST, likelihood=-3.0), candidate(SECOND, likelihood=-1.0)], bridge())
    assert [suggestion.notes for suggestion in found] == [SECOND, FIRST]


def test_candidates_without_any_score_are_taken_as_they_come() -> None:
    assert [s.notes for s in choose([candidate(FIRST), candidate(SECOND)], bridge())] == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        (candidate(FIRST, density=8.0, seed_density=2.0), candidate(FIRST, density=2.0, seed_density=2.0)),
        (candidate(FIRST, density=0.5, seed_density=2.0), candidate(FIRST, density=1.0, seed_density=2.0)),
        (candidate(FIRST, interval=-13), candidate(FIRST, interval=12)),
        (candidate(line(*[60] * 8)), candidate(line(60, 62, 64, 65, 67, 65, 64, 62))),
        (candidate(FIRST, likelihood=-4.0), candidate(FIRST, likelihood=-3.0)),
    ],
    ids=["much denser", "much sparser", "a leap into what follows", "collapse", "unlikely"],
)
def test_what_counts_against_a_candidate(worse: object, better: object) -> None:
    assert total(worse.part, bridge()) < total(better.part, bridge())  # type: ignore[attr-defined]


def test_a_seed_that_repeats_one_note_may_be_answered_in_kind() -> None:
    drone = Notes.of([(at * 240, 200, 60) for at in range(80)])
    stuck = candidate(line(*[60] * 16))
    assert total(stuck.part, bridge(Song(480, (Track("Drone", drone),)))) == 0.0


def test_a_plainer_one_than_the_seed_counts_less_unless_something_is_wished() -> None:
    """The seed has five pitches and three lengths in its bars; with fewer notes wished, few may be all there are."""
    pitches, lengths = (60, 62, 64, 65, 67, 65, 64, 62), (200, 100, 60, 200, 200, 100, 60, 200)
    seed = Notes.of([(GAP.start - 4 * 480 + at * 240, lengths[at], pitch) for at, pitch in enumerate(pitches)])
    request = bridge(Song(480, (Track("Tune", seed),)))
    varied = seed.changed(start=seed.start + 4 * 480)
    for plain in (varied.changed(pitch=np.minimum(varied.pitch, 64)), varied.changed(duration=np.full(8, 200))):
        assert is_plainer(plain, request) and not is_plainer(varied, request)
        assert total(part(plain), request) < total(part(varied), request)
        wished = replace(request, controls=Controls(density=1.0))
        assert total(part(plain), wished) == total(part(varied), wished)


def test_one_that_is_like_a_better_one_makes_room() -> None:
    alike = line(60, 62, 64, 67)
    found = choose(
        [candidate(FIRST, seam=1.0), candidate(alike, seam=1.5), candidate(SECOND, seam=2.0)], bridge(alternatives=2)
    )
    assert [suggestion.notes for suggestion in found] == [FIRST, SECOND]


@pytest.fixture
def no_features(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranks by likelihood and seam alone."""
    monkeypatch.setattr(features, "WEIGHTS", dict.fromkeys(features.WEIGHTS, 0.0))


@pytest.mark.usefixtures("no_features")
@pytest.mark.parametrize(("worse", "stays"), [(KEPT - 0.1, True), (KEPT + 0.1, False)])
def test_one_that_was_shown_stays_unless_another_is_clearly_better(worse: float, stays: bool) -> None:
    shown, other = candidate(FIRST, seam=1.0 + worse), candidate(SECOND, seam=1.0)
    (found,) = choose([other, shown], bridge(alternatives=1), [candidate(FIRST)])
    assert (found.notes == FIRST) is stays


def test_one_that_was_shown_stays_for_a_better_one_like_it() -> None:
    alike = line(60, 62, 64, 67)
    candidates = [candidate(alike, seam=1.0), candidate(FIRST, seam=1.2), candidate(SECOND, seam=2.0)]
    found = choose(candidates, bridge(alternatives=2), [candidate(FIRST)])
    assert [suggestion.notes for suggestion in found] == [FIRST, SECOND]


@pytest.mark.usefixtures("no_features")
def test_those_that_were_shown_are_ranked_by_what_they_are() -> None:
    candidates = [candidate(FIRST, seam=2.0), candidate(SECOND, seam=1.8), candidate(THIRD, seam=1.9)]
    found = choose(candidates, bridge(alternatives=2), [candidate(FIRST), candidate(THIRD)])
    assert [suggestion.notes for suggestion in found] == [THIRD, FIRST]
    assert [suggestion.receipt.index for suggestion in found] == [0, 1]


def test_a_cancel_while_it_is_found_out_what_is_playable_gives_nothing() -> None:
    looks = iter(range(100))
    assert playable([candidate(FIRST)] * 32, bridge(), lambda: next(looks) >= 2) == []
    assert next(looks) == 3


def test_alike_ones_fill_up_and_the_same_never_comes_twice() -> None:
    alike = line(60, 62, 64, 67)
    candidates = [candidate(FIRST, seam=1.0), candidate(FIRST, seam=1.1), candidate(alike, seam=1.5)]
    found = choose([*candidates, candidate(SECOND, seam=2.0)], bridge())
    assert [suggestion.notes for suggestion in found] == [FIRST, alike, SECOND]
    assert [suggestion.receipt.index for suggestion in found] == [0, 1, 2]


def test_similarity_goes_from_nothing_in_common_to_the_same() -> None:
    assert similarity(FIRST, SECOND) == 0.0
    assert similarity(FIRST, line(60, 62)) == pytest.approx(2 / 3)
    assert similarity(FIRST, FIRST) == similarity(EMPTY, EMPTY) == 1.0


@pytest.mark.parametrize(
    ("pitches", "stuck"),
    [((60,) * 8, True), ((60, 61) * 4, True), ((60, 62, 64, *(65,) * 7), True), ((60,) * 7, False), (range(8), False)],
)
def test_collapse_is_noticed(pitches: tuple[int, ...], stuck: bool) -> None:
    assert has_collapsed(line(*pitches)) is stuck


@few
@given(requests())
def test_what_is_suggested_can_be_written_and_read_again(request_: SuggestionRequest) -> None:
    try:
        found = answer(MarkovSuggester(), request_, lambda share: None, lambda: False)
    except NothingToSuggest:  # the one pitch that there is sounds through the whole gap
        reject()
    for suggestion in found:
        ends = {(n.pitch, n.channel): n.start + n.duration for n in request_.before}
        for note in suggestion.notes:
            assert request_.start <= note.start < note.start + note.duration <= request_.end
            assert note.start >= ends.get((note.pitch, note.channel), 0)
            ends[note.pitch, note.channel] = note.start + note.duration


def test_a_note_that_already_sounds_is_not_begun_again() -> None:
    held = Song(480, (Track("Line", Notes.of([(0, GAP.start + 300, 60), (GAP.end, 10, 67)])),))
    (found,) = playable([candidate(line(60, 60, 62))], bridge(held))
    assert [tuple(note)[:3] for note in found.notes] == [(GAP.start + 480, 200, 62)]
    assert found.part.landing.rest == 2 * BAR - 680
    assert found.part.landing.interval == 5


def test_a_note_ends_where_its_pitch_begins_again() -> None:
    doubled = Notes.of([(GAP.start, 960, 60), (GAP.start, 100, 60), (GAP.start + 480, 480, 60)])
    (found,) = playable([candidate(doubled)], bridge())
    assert found.notes.duration.tolist() in ([480, 480], [100, 480])


def test_when_every_note_already_sounds_nothing_can_be_suggested() -> None:
    held = Song(480, (Track("Line", Notes.of([(0, 40 * BAR, 60)])),))
    with pytest.raises(NothingToSuggest):
        playable([candidate(line(60))], bridge(held))


def test_a_leap_costs_drums_nothing() -> None:
    kit = Song(480, (Track("Drums", Notes.of([(at * 240, 100, 36 + at % 3, 80, 9) for at in range(200)]), channel=9),))
    assert total(part(FIRST, interval=14), bridge(kit)) == total(part(FIRST, interval=1), bridge(kit))


def test_an_answer_is_cancelled_like_a_suggestion() -> None:
    assert answer(MarkovSuggester(), bridge(), lambda share: None, lambda: True) == []


def test_an_answer_has_as_many_as_were_asked_for() -> None:
    found = answer(MarkovSuggester(), bridge(alternatives=3, adventurous=100), lambda share: None, lambda: False)
    assert [suggestion.receipt.index for suggestion in found] == [0, 1, 2]


def joint(first: Notes, second: Notes, **scores: tuple[float, float]) -> Suggestion:
    """Both lines of a suggestion for two, with the scores of each."""
    lines = [
        part(notes, **{name: pair[at] for name, pair in scores.items()}) for at, notes in enumerate((first, second))
    ]
    return replace(candidate(first), parts=(replace(lines[0], line=2), lines[1]))


def test_several_lines_are_ranked_by_the_mean_of_what_each_is_ranked_by() -> None:
    good, fair = joint(FIRST, SECOND, seam=(1.0, 3.0)), joint(SECOND, THIRD, seam=(2.5, 2.0))
    found = choose([fair, good], trio())
    alone = trio().each()
    expected = [[-1.0, -3.0], [-2.5, -2.0]]
    for suggestion, seams in zip(found, expected, strict=True):
        totals = [part.scores["total"] for part in suggestion.parts]
        lacks = [cost(part.notes, Manner.of(request)) for part, request in zip(suggestion.parts, alone, strict=True)]
        assert [one + PLAIN_PENALTY + lack for one, lack in zip(totals, lacks, strict=True)] == pytest.approx(seams)
        assert suggestion.scores["total"] == pytest.approx(sum(totals) / 2)


def test_each_line_is_ranked_by_its_own_wishes() -> None:
    """The same notes are what one of two wishes asks for and twice what the other does."""
    scores = {"density": (4.0, 4.0), "seed_density": (4.0, 4.0)}
    wishes = [Controls(density=4.0), Controls(density=2.0)]
    (found,) = choose([joint(FIRST, SECOND, **scores)], trio(wishes=wishes))
    assert [part.scores["total"] for part in found.parts] == [0.0, -0.5]


def test_another_melody_over_the_same_drums_is_another_suggestion() -> None:
    busy = Notes.of([(GAP.start + at * 60, 30, 36 + at % 3) for at in range(60)])
    same, other, near = joint(FIRST, busy), joint(SECOND, busy), joint(line(60, 62, 64, 67), busy)
    assert likeness(same, same) == 1.0
    assert likeness(same, other) == 0.5
    assert likeness(same, near) == pytest.approx(0.875)
    best = joint(FIRST, busy, likelihood=(10.0, 10.0))
    found = choose([best, near, other], trio(alternatives=2))
    assert [suggestion.parts[0].notes for suggestion in found] == [FIRST, SECOND]


def test_a_suggestion_that_has_lost_a_line_is_given_up() -> None:
    assert playable([joint(FIRST, EMPTY), joint(FIRST, SECOND)], trio()) == [joint(FIRST, SECOND)]
    with pytest.raises(NothingToSuggest):
        playable([joint(EMPTY, FIRST)], trio())
