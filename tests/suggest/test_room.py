"""What every suggester keeps to: the instrument's range, one key once on a channel, the seed's places and silences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Notes, Song, Track
from jazzassist.domain.suggestion import (
    Controls,
    Suggester,
    Suggestion,
    SuggestionRequest,
    bridge_request,
    continuation_request,
)
from jazzassist.neural.suggester import LstmSuggester
from jazzassist.suggest.asking import answer
from jazzassist.suggest.baseline import MarkovSuggester
from tests.neural.requests import save_whole, tiny_network

BAR = 1920
GAP = Gap((0,), 6 * BAR, 8 * BAR)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> LstmSuggester:
    folder = tmp_path_factory.mktemp("checkpoint")
    save_whole(tiny_network(loudness=2.5), folder, "tiny")
    return LstmSuggester(folder)


@pytest.fixture(params=["network", "markov"])
def suggester(request: pytest.FixtureRequest, network: LstmSuggester) -> Suggester:
    return network if request.param == "network" else MarkovSuggester()


def found(suggester: Suggester, request: SuggestionRequest) -> list[Suggestion]:
    return answer(suggester, request, lambda share: None, lambda: False)


def line(low: int, reach: int, *, late: int = 240, bars: int = 12, channel: int = 0) -> Notes:
    """Two notes a quarter, the second `late` ticks after the first, that touch each other."""
    start = np.arange(8 * bars) // 2 * 480 + np.arange(8 * bars) % 2 * late
    pitch = low + np.random.default_rng(3).integers(0, reach, len(start))
    length = np.diff(start, append=start[-1] + 240)
    return Notes.from_columns(start, length, pitch, np.full(len(start), 80), np.full(len(start), channel))


def bridged(song: Song, gap: Gap = GAP, **options: Any) -> SuggestionRequest:
    return bridge_request(song, gap, Controls(), 8, **options)


@pytest.mark.parametrize(
    ("program", "low", "high"),
    [(66, 44, 76), (24, 40, 84), (27, 40, 88), (40, 55, 103), (32, 28, 67), (56, 54, 86), (73, 60, 98)],
)
def test_suggestion_stays_within_the_instrument(suggester: Suggester, program: int, low: int, high: int) -> None:
    for bottom, reach in ((low, 14), (high - 13, 14)):
        song = Song(480, (Track("Line", line(bottom, reach), program=program),))
        for suggestion in found(suggester, bridged(song)):
            assert low <= suggestion.notes.pitch.min() <= suggestion.notes.pitch.max() <= high


def test_suggestion_may_go_where_the_seed_goes(suggester: Suggester) -> None:
    song = Song(480, (Track("Line", line(30, 5), program=66),))
    for suggestion in found(suggester, bridged(song)):
        assert suggestion.notes.pitch.min() >= 30


@pytest.mark.parametrize("wished", [100.0, 10.0])
def test_wished_register_is_kept_to_as_far_as_the_instrument_goes(network: LstmSuggester, wished: float) -> None:
    song = Song(480, (Track("Line", line(50, 12), program=66),))
    request = replace(bridged(song), controls=Controls(register=wished))
    for suggestion in found(network, request):
        assert 44 <= suggestion.notes.pitch.min() <= suggestion.notes.pitch.max() <= 76
        assert abs(suggestion.notes.pitch.mean() - (76 if wished > 76 else 44)) < 8


def overlaps(first: Notes, second: Notes) -> bool:
    same = (first.pitch[:, None] == second.pitch) & (first.channel[:, None] == second.channel)
    return bool((same & (first.start[:, None] < second.end) & (second.start < first.end[:, None])).any())


def staves(channel: int = 0) -> Song:
    """Two staves in the same register on one channel, and a third line in unison with the first on another one."""
    first = line(58, 8, channel=channel)
    second = line(58, 8, late=120, channel=channel)
    other = first.changed(channel=np.full(len(first), channel + 1))
    return Song(
        480,
        (
            Track("Right", first, channel=channel),
            Track("Left", second, channel=channel),
            Track("Else", other, channel=channel + 1),
        ),
    )


@pytest.mark.parametrize("tracks", [(0,), (1,), (0, 1), (1, 0), (0, 2, 1)])
def test_one_key_is_down_once_on_a_channel(suggester: Suggester, tracks: tuple[int, ...]) -> None:
    song = staves()
    request = bridged(song, Gap(tracks, GAP.start, GAP.end))
    kept = [line.notes for line in request.lines]
    for suggestion in found(suggester, request):
        parts = [part.notes for part in suggestion.parts]
        assert not any(overlaps(one, other) for one, other in combinations(parts, 2))
        assert not any(overlaps(one, other) for one in parts for other in kept)


@pytest.mark.parametrize("late", [360, 278, 298, 320, 240, 275])
def test_positions_in_the_quarter_stay_the_seeds(network: LstmSuggester, late: int) -> None:
    """Even a random network, which has its own taste, writes on each of them."""
    song = Song(480, (Track("Line", line(55, 12, late=late)),))
    for request in (bridged(song), continued(song)):
        start = np.concatenate([suggestion.notes.start for suggestion in found(network, request)])
        assert np.isin(start % 480, (0, late)).all()
        assert 0.25 < np.mean(start % 480 == 0) < 0.75


def continued(song: Song, **options: Any) -> SuggestionRequest:
    return continuation_request(song, GAP, 0, Controls(), 8, **options)


def pads() -> Song:
    """Chords of two bars that follow each other without a rest."""
    rows = [(2 * BAR * at, 2 * BAR, 48 + 4 * key + at % 5, 70, 0) for at in range(8) for key in range(4)]
    return Song(480, (Track("Pads", Notes.of(rows), program=89),))


def staccato() -> Song:
    """Quarter notes that sound for a quarter of that."""
    return Song(480, (Track("Short", line(55, 12, late=480).changed(duration=np.full(96, 120))),))


@pytest.mark.parametrize(
    ("make", "longest"), [(pads, 0), (staccato, 360), (lambda: Song(480, (Track("", line(55, 9)),)), 0)]
)
@pytest.mark.parametrize("ask", [bridged, continued])
def test_no_suggestion_begins_with_more_silence_than_the_seed_has(
    network: LstmSuggester, make: Callable[[], Song], longest: int, ask: Callable[..., SuggestionRequest]
) -> None:
    for rng_seed in range(2):
        for suggestion in found(network, ask(make(), rng_seed=rng_seed)):
            assert suggestion.notes.start[0] - GAP.start <= longest


def test_what_is_held_into_the_gap_is_no_silence(network: LstmSuggester) -> None:
    """Pads that change in the middle of the gap's first bars: nothing need begin before they end."""
    song = pads()
    late = song.with_track(0, replace(song.tracks[0], notes=song.tracks[0].notes.shifted(BAR)))
    firsts = [s.notes.start[0] - GAP.start for seed in range(3) for s in found(network, bridged(late, rng_seed=seed))]
    assert max(firsts) <= BAR
    assert max(firsts) > 0
