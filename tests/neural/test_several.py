"""Several lines in one request: written one after another, each hearing those before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import EMPTY, Notes, Song, Track
from jazzassist.domain.suggestion import (
    Controls,
    Landing,
    NothingToSuggest,
    Part,
    Suggestion,
    SuggestionRequest,
    Wishes,
    bridge_request,
    continuation_request,
)
from jazzassist.neural.encoding import rows_from
from jazzassist.neural.generation import generate
from jazzassist.neural.graphs import Values
from jazzassist.neural.hearing import hear_before
from jazzassist.neural.sampling import seed_of_line
from jazzassist.neural.scene import scene_of
from jazzassist.neural.suggester import LstmSuggester
from jazzassist.suggest.asking import answer
from tests.neural.requests import band, never, no_progress, save_whole, tiny_graphs, tiny_network, walk

START, END = 8 * 480, 16 * 480
AS_IT_COMES = Controls()


@pytest.fixture(scope="module")
def suggester(tmp_path_factory: pytest.TempPathFactory) -> LstmSuggester:
    folder = tmp_path_factory.mktemp("checkpoint")
    save_whole(tiny_network(loudness=2.5), folder, "tiny")
    return LstmSuggester(folder)


def bridge(
    *tracks: int, song: Song | None = None, wishes: Wishes = AS_IT_COMES, rng_seed: int = 5
) -> SuggestionRequest:
    return bridge_request(song or band(), Gap(tracks, START, END), wishes, rng_seed=rng_seed)


def ask(suggester: LstmSuggester, request: SuggestionRequest) -> list[Suggestion]:
    return suggester.suggest(request, no_progress, never)


def lines(found: list[Suggestion], index: int) -> list[Notes]:
    return [suggestion.parts[index].notes for suggestion in found]


@pytest.mark.parametrize("targets", [(0, 1, 2), (2, 0), (1, 2, 0)])
def test_every_line_is_written_into_the_gap_to_the_tick(suggester: LstmSuggester, targets: tuple[int, ...]) -> None:
    request = bridge(*targets)
    found = answer(suggester, request, no_progress, never)
    assert len(found) == request.alternatives
    for suggestion in found:
        assert tuple(part.line for part in suggestion.parts) == targets
        for part in suggestion.parts:
            assert START <= part.notes.start.min() < part.notes.last_end <= END
            assert set(part.notes.channel.tolist()) == {request.lines[part.line].channel}
            assert part.landing.exact
            assert part.landing.rest == END - part.notes.last_end
            assert {"likelihood", "density", "seed_density", "seam", "total"} <= set(part.scores)


def test_the_first_line_is_what_it_would_be_alone_beside_the_same_gaps(suggester: LstmSuggester) -> None:
    request = bridge(0, 1)
    assert lines(ask(suggester, request), 0) == lines(ask(suggester, request.alone(0)), 0)


def test_the_second_line_hears_the_first(suggester: LstmSuggester) -> None:
    """The bass is another one when the sax before it, and nothing else, was drawn anew."""
    request = bridge(0, 1)
    deaf = ask(suggester, replace(request.alone(1), rng_seed=seed_of_line(request.rng_seed, 1)))
    hearing = ask(suggester, request)
    assert lines(hearing, 1) != lines(deaf, 0)


def test_each_candidate_hears_its_own_first_line() -> None:
    request = bridge(0, 1).alone(1)
    exact = Landing(True, 0)
    high, none = Notes.of([(START, 480, 90), (START + 480, 480, 91)]), EMPTY
    scene = scene_of(request, [(Part(0, notes, {}, exact),) for notes in (high, none)])
    played = rows_from(scene.around.heard, np.full(2, START // 480), 1)
    assert played[0, 90 % 12] > 0
    assert not played[1, :12].any()
    assert scene.of_rows([1]).around.heard.shape[0] == 1


def test_what_lies_before_the_gap_is_read_by_each_candidate_as_it_hears_it() -> None:
    """What is played in the gap is heard by the last steps before it already."""
    graphs, exact = tiny_graphs(), Landing(True, 0)
    request = bridge(0, 1).alone(1)
    parts = [Part(0, Notes.of([(START, 480, pitch)]), {}, exact) for pitch in (90, 85)]
    last, both, *_ = hear_before(graphs, scene_of(request, [(part,) for part in parts]))
    for row, part in enumerate(parts):
        joined = replace(request.lines[0], notes=request.lines[0].notes.joined(part.notes))
        again, one, *_ = hear_before(graphs, scene_of(replace(request, lines=(joined, *request.lines[1:]))))
        assert again == last
        for name in ("hidden", "cell"):
            np.testing.assert_allclose(getattr(both, name)[:, row], getattr(one, name)[:, 0], atol=1e-5)
        np.testing.assert_allclose(both.keys[row], one.keys[0], atol=1e-5)


def test_what_candidates_hear_alike_is_read_once(suggester: LstmSuggester) -> None:
    """Only the last steps before the gap hear what stands in it."""
    request, exact = bridge(0, 1).alone(1), Landing(True, 0)
    parts = [Part(0, Notes.of([(START, 480, pitch)]), {}, exact) for pitch in range(80, 92)]
    sizes: list[tuple[int, int]] = []

    class Counting:
        sizes = suggester.graphs.sizes

        def run(self, name: str, feeds: Mapping[str, Values]) -> dict[str, Values]:
            sizes.append(feeds["columns"].shape[:2])
            return suggester.graphs.run(name, feeds)

    hear_before(Counting(), scene_of(request, [(part,) for part in parts]))
    (once, shared), (rows, rest) = sizes
    assert (once, rows) == (1, 12)
    assert 0 < rest < shared


def test_the_same_request_gives_the_same_notes_and_another_seed_others(suggester: LstmSuggester) -> None:
    first, again, other = (ask(suggester, bridge(0, 1, 2, rng_seed=seed)) for seed in (5, 5, 6))
    assert first == again
    assert [suggestion.notes for suggestion in first] != [suggestion.notes for suggestion in other]


def test_two_lines_alike_do_not_draw_the_same_notes(suggester: LstmSuggester) -> None:
    twin = Track("Twin", walk(480, 48, 1), channel=3, program=66)
    found = ask(suggester, bridge(0, 1, song=Song(480, (replace(twin, channel=4), twin))))
    for suggestion in found:
        assert suggestion.parts[0].notes.pitch.tolist() != suggestion.parts[1].notes.pitch.tolist()


def test_each_line_is_written_in_the_register_that_is_wished_of_it(suggester: LstmSuggester) -> None:
    wishes = [Controls(register=84.0), Controls(density=2.0, register=24.0)]
    for suggestion in ask(suggester, bridge(0, 1, wishes=wishes)):
        high, low = suggestion.parts
        assert high.notes.pitch.min() > low.notes.pitch.max()


def test_a_continuation_of_several_never_hears_them_after_the_gap(suggester: LstmSuggester) -> None:
    song = band()
    cut = replace(song, tracks=(*(replace(track, notes=track.notes.starting_in(0, END)) for track in song.tracks[:2]),
                                song.tracks[2]))  # fmt: skip
    whole, short = (
        ask(suggester, continuation_request(some, Gap((0, 1), START, END), 0, Controls())) for some in (song, cut)
    )
    assert [suggestion.notes for suggestion in whole] == [suggestion.notes for suggestion in short]


def test_progress_rises_through_all_lines_and_a_cancel_is_heard_in_the_second(suggester: LstmSuggester) -> None:
    shares: list[float] = []
    ask_for = bridge(0, 1)
    suggester.suggest(ask_for, shares.append, never)
    assert shares == sorted(shares)
    assert 0.5 in shares
    assert shares[-1] == 1.0
    heard: list[float] = []
    assert suggester.suggest(ask_for, heard.append, lambda: bool(heard) and heard[-1] > 0.6) == []
    assert heard[-1] < 0.9


def test_a_line_into_which_nothing_can_be_written_is_named(
    suggester: LstmSuggester, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_for_the_bass(network, scene, *others):  # type: ignore[no-untyped-def]
        found = generate(network, scene, *others)
        for candidate in found if scene.request.target == 1 else []:
            candidate.onset.clear()
        return found

    monkeypatch.setattr("jazzassist.neural.suggester.generate", nothing_for_the_bass)
    with pytest.raises(NothingToSuggest, match="track 2"):
        ask(suggester, bridge(0, 1))
