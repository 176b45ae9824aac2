"""What a candidate lacks that the seed has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import DRUM_CHANNEL, EMPTY, Notes, Song, Track
from jazzassist.domain.suggestion import MOTIF_WISHES, Controls, Line, SuggestionRequest, bridge_request
from jazzassist.suggest.features import MOST, WEIGHTS, Manner
from jazzassist.suggest.features import cost as cost_by
from jazzassist.suggest.features import penalties as penalties_by
from jazzassist.suggest.ranking import choose, total
from tests.suggest.requests import AS_IT_COMES, bridge, candidate, few, requests

PPQ, BAR = 480, 1920
START = 8 * BAR  # of a gap of two bars
CHORDS = ((0, "C7"), (START, "F7"), (START + BAR, "C7"))


def penalties(notes: Notes, request: SuggestionRequest) -> dict[str, float]:
    """The features of notes for a request."""
    return penalties_by(notes, Manner.of(request))


def cost(notes: Notes, request: SuggestionRequest) -> float:
    """What they cost."""
    return cost_by(notes, Manner.of(request))


def notes_of(*rows: tuple[float, float, int, int]) -> Notes:
    """Notes from (start in quarters, length in quarters, pitch, velocity)."""
    return Notes.of(
        (round(start * PPQ), round(length * PPQ), pitch, velocity) for start, length, pitch, velocity in rows
    )


def request_with(seed: Notes, channel: int = 0, controls: Controls = AS_IT_COMES) -> SuggestionRequest:
    """A bridge of two bars after a seed, with known chords."""
    after = notes_of(*((40 + at, 1, 60, 80) for at in range(8)))
    song = Song(
        PPQ, (Track("line", seed.joined(after).changed(channel=np.full(len(seed) + 8, channel)), channel=channel),)
    )
    request = bridge_request(song, Gap((0,), START, START + 2 * BAR), controls)
    return replace(request, chords=CHORDS)


def in_gap(*rows: tuple[float, float, int, int]) -> Notes:
    """Notes at quarters from the gap's start."""
    return notes_of(*((32 + start, length, pitch, velocity) for start, length, pitch, velocity in rows))


PIANO = notes_of(
    *((at, 1, 36 if at % 4 == 0 else 64, 60 + 20 * (at % 3)) for at in range(32)),
    *((at + 0.5, 0.5, 70, 80) for at in range(32)),
)
GOOD = in_gap(
    *((at, 1, 41 if at == 0 else 36 if at == 4 else 64, 60 + 20 * (at % 3)) for at in range(8)), (1.5, 0.5, 70, 80)
)


def test_names_are_those_of_the_weights() -> None:
    assert list(penalties(GOOD, request_with(PIANO))) == list(WEIGHTS)
    assert all(weight >= 0 for weight in WEIGHTS.values())


def test_roots_that_the_seed_has_are_missed() -> None:
    without = in_gap(*((at, 1, 43, 60 + 20 * (at % 3)) for at in range(8)))
    assert penalties(GOOD, request_with(PIANO))["roots"] == 0
    assert penalties(without, request_with(PIANO))["roots"] == 1
    assert penalties(without, replace(request_with(PIANO), chords=()))["roots"] == 0


def test_a_left_hand_that_the_seed_has_is_missed() -> None:
    high = in_gap(*((at, 1, 72, 80) for at in range(8)))
    assert penalties(high, request_with(PIANO))["left hand"] == pytest.approx(0.25)
    flute = notes_of(*((at, 1, 72 + at % 5, 80) for at in range(32)))
    assert penalties(high, request_with(flute))["left hand"] == 0


def test_dynamics_and_register_are_as_wide_as_the_seeds() -> None:
    flat = in_gap(*((at, 1, 64, 80) for at in range(8)))
    found = penalties(flat, request_with(PIANO))
    assert found["dynamics"] == MOST and found["register"] == MOST
    even = notes_of(*((at, 1, 60 + at % 7, 80) for at in range(32)))
    assert penalties(flat, request_with(even))["dynamics"] == 0


def test_chord_tones_are_as_many_as_the_seeds() -> None:
    wrong = in_gap(*((at, 1, 66, 80) for at in range(8)))
    right = in_gap(*((at, 1, 69 if at < 4 else 67, 80) for at in range(8)))
    assert penalties(wrong, request_with(PIANO))["chord tones"] > 0.9
    assert penalties(right, request_with(PIANO))["chord tones"] == 0


def test_a_seed_that_repeats_itself_is_to_be_repeated() -> None:
    riff = notes_of(*((4 * bar + at, 0.5, 60 + at, 70 + at) for bar in range(8) for at in range(4)))
    again = in_gap(*((4 * bar + at, 0.5, 60 + at, 80) for bar in range(2) for at in range(4)))
    other = in_gap(*((4 * bar + at + 0.5, 0.5, 70 + at, 80) for bar in range(2) for at in range(4)))
    request = request_with(riff)
    assert penalties(again, request)["motifs"] == 0
    assert penalties(other, request)["motifs"] > 0.8
    late = again.changed(start=again.start + 20)
    assert penalties(late, request)["motifs"] == 0  # played a little late, it is still the riff


def test_drums_have_neither_roots_nor_register() -> None:
    kit = notes_of(*((at / 2, 0.1, 51 if at % 2 else 36, 60 + at % 40) for at in range(64)))
    found = penalties(in_gap(*((at, 0.1, 38, 80) for at in range(8))), request_with(kit, DRUM_CHANNEL))
    assert found["roots"] == found["left hand"] == found["register"] == found["chord tones"] == 0
    assert found["dynamics"] > 0


def test_where_the_seed_is_short_or_wishes_are_said_nothing_is_held_against_a_candidate() -> None:
    poor = in_gap((0, 1, 66, 80), (1, 1, 66, 80))
    assert set(penalties(poor, request_with(notes_of((0, 1, 60, 80)))).values()) == {0.0}
    assert cost(poor, request_with(PIANO, controls=Controls(register=70.0))) == 0
    assert cost(EMPTY, request_with(PIANO)) == 0


def test_what_is_missed_costs_as_much_as_it_weighs() -> None:
    poor = in_gap(*((at, 1, 66, 80) for at in range(8)))
    request = request_with(PIANO)
    assert cost(poor, request) == pytest.approx(
        sum(WEIGHTS[name] * lack for name, lack in penalties(poor, request).items())
    )
    assert cost(poor, request) > cost(GOOD, request)
    found = choose([candidate(poor), candidate(GOOD)], request)
    assert found[0].notes == GOOD
    assert total(candidate(GOOD).part, request) > total(candidate(poor).part, request)


@few
@given(requests())
def test_any_request_can_be_judged(request_: SuggestionRequest) -> None:
    for alone in request_.each():
        for notes in (alone.before, EMPTY, bridge().before):
            assert all(0 <= value <= MOST for value in penalties(notes, alone).values())


def test_wished_motifs_rank_repeats_variations_and_new_bars_apart() -> None:
    """The same bar again, its rhythm with other pitches, and another rhythm: each is best for its own wish."""
    bar = [(0, 60), (480, 64), (720, 67), (1440, 72)]
    before = [(at * BAR + tick, pitch) for at in range(8) for tick, pitch in bar]
    fills = {
        "repeat": bar,
        "vary": [(tick, pitch + 5) for tick, pitch in bar],
        "new": [(160, 61), (960, 66), (1120, 71), (1700, 58)],
    }
    line = notes_at(before)
    for wish in MOTIF_WISHES:
        request = SuggestionRequest(
            "bridge", PPQ, START, START + BAR, 0, (0,), (Line("", 0, 0, line),), controls=Controls(motifs=wish)
        )
        costs = {name: cost(notes_at([(START + at, key) for at, key in fill]), request) for name, fill in fills.items()}
        assert min(costs, key=lambda name: costs[name]) == wish, costs


def notes_at(places: list[tuple[int, int]]) -> Notes:
    count = len(places)
    starts, pitches = [at for at, _ in places], [pitch for _, pitch in places]
    return Notes.from_columns(starts, [200] * count, pitches, [80] * count, [0] * count)
