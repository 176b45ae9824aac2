"""Given notes stay exactly as they are, and what is written between them leaves them their room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from jazzassist.domain import edits
from jazzassist.domain.keys import without_overlaps
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import EMPTY, Event, Notes, Song, Track
from jazzassist.domain.suggestion import (
    Controls,
    NothingToSuggest,
    Suggester,
    Suggestion,
    SuggestionRequest,
    bridge_request,
    continuation_request,
)
from jazzassist.neural.contexts import Contexts
from jazzassist.neural.encoding import EXTRAS, GRID
from jazzassist.neural.generation import generate
from jazzassist.neural.given import is_given
from jazzassist.neural.graphs import Graphs
from jazzassist.neural.hearing import hear_after, hear_before
from jazzassist.neural.inputs import Inputs
from jazzassist.neural.sampling import taste
from jazzassist.neural.scene import scene_of
from jazzassist.neural.seam import seam_nats
from jazzassist.neural.stepper import Stepper
from jazzassist.neural.steps import PEDAL, Previous, step_arrays
from jazzassist.neural.suggester import LstmSuggester
from jazzassist.neural.written import Written
from jazzassist.suggest.asking import answer
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.training.network.runner import TorchRunner
from tests.neural.requests import TINY, band, graphs_of, never, no_progress, tiny_graphs, tiny_network
from tests.neural.test_export import CLOSE, Both

TAKES = replace(TINY, extras=len(EXTRAS))
REQUESTS = 60


@cache
def taking_graphs() -> Graphs:
    """A tiny network that takes all inputs, as the program runs it."""
    return graphs_of(tiny_network(config=TAKES))


def suggester(graphs: Graphs) -> LstmSuggester:
    found = LstmSuggester.__new__(LstmSuggester)
    found.graphs, found.name, found.contexts, found.limits = graphs, "Tiny", Contexts(), {}
    return found


def piano(ppq: int, quarters: int, seed: int) -> Track:
    """Chords of three to four notes with a pedal's long notes, some of them tied over bar lines, off the grid."""
    random = np.random.default_rng(seed)
    rows = []
    for quarter in range(0, quarters, 2):
        late = int(random.integers(-ppq // 20, ppq // 20)) if quarter else 0
        for pitch in random.choice(np.arange(40, 76), random.integers(2, 5), replace=False):
            rows.append((quarter * ppq + late, int(random.integers(ppq, 3 * ppq)), int(pitch), 70, 2))
    notes = without_overlaps(Notes.of(rows))
    release = random.integers(1, 127, len(notes))
    return Track("Piano", notes.changed(release=release), channel=2)


def song_of(number: int) -> Song:
    meter = [(4, 4), (3, 4), (6, 8)][number % 3]
    ppq = [480, 96, 220, 24][number % 4]
    song = band(ppq, bars=8, meter=meter, seed=number)
    return replace(song, tracks=(*song.tracks, piano(ppq, 8 * meter[0] * 4 // meter[1], number)))


def some_given(random: np.random.Generator, song: Song, track: int, gap: Gap) -> Notes:
    """Single notes of a track in the gap, a run of them, one register, or all but one."""
    inside = song.tracks[track].notes.starting_in(gap.start, gap.end)
    count = len(inside)
    if not count:
        return EMPTY
    kind = random.integers(5)
    if kind == 0:
        return inside.select(random.random(count) < 0.3)
    if kind == 1:
        return inside.select(np.arange(count) < count // 2)
    if kind == 2:
        return inside.select(inside.pitch < np.median(inside.pitch))
    if kind == 3:
        return inside.select(np.arange(count) == count - 1)
    return inside.select(np.arange(count) != random.integers(count))


def random_request(number: int) -> tuple[Song, Gap, tuple[Notes, ...], SuggestionRequest]:
    """A bridge or continuation on one or two tracks with given notes."""
    random, song = np.random.default_rng(number), song_of(number)
    bar = song.meter_map.bar_start(2)
    start = bar * int(random.integers(1, 6)) + int(random.integers(0, 2)) * bar // 3
    tracks = tuple(random.permutation(4)[: random.integers(1, 3)].tolist())
    gap = Gap(tracks, start, start + bar * int(random.integers(1, 3)))
    given = tuple(some_given(random, song, track, gap) for track in tracks)
    wishes = [Controls(), Controls(density=2.0), Controls(left_hand=0.7, dynamics=12.0), Controls(polyphony=1.0)]
    controls = wishes[random.integers(4)]
    if random.random() < 0.6:
        return song, gap, given, bridge_request(song, gap, controls, 1, number, given)
    return song, gap, given, continuation_request(song, gap, 0, controls, 1, number, given)


def clashes(new: Notes, given: Notes) -> int:
    """Pairs of a new and a given note of one pitch that sound together."""
    together = (new.start[:, None] < given.end) & (given.start < new.end[:, None])
    return int((together & (new.pitch[:, None] == given.pitch)).sum())


def check(song: Song, gap: Gap, given: tuple[Notes, ...], found: Suggestion) -> None:
    """Given notes are the very same in the song afterwards, whole, and nothing new strikes or holds their keys."""
    edited = edits.replace(song, gap, *(part.notes for part in found.parts), given=given)
    for track, part, known in zip(gap.tracks, found.parts, given, strict=True):
        notes = edited.tracks[track].notes
        kept = notes.select(notes.places_of(known))
        assert len(kept) == len(known)
        for one, other in zip(kept.columns, known.columns, strict=True):
            assert np.array_equal(one, other)
        assert not clashes(part.notes, known)
        inside = notes.starting_in(gap.start, gap.end)
        assert len(inside) == len(known) + len(part.notes)
        assert part.notes.start.min() >= gap.start and part.notes.last_end <= gap.end


SUGGESTERS: dict[str, Callable[[], Suggester]] = {
    "network without the inputs": lambda: suggester(tiny_graphs()),
    "network with the inputs": lambda: suggester(taking_graphs()),
    "markov": MarkovSuggester,
}


@pytest.mark.parametrize("kind", SUGGESTERS)
def test_given_notes_stay_over_many_random_requests(kind: str) -> None:
    made = SUGGESTERS[kind]()
    answered = with_given = 0
    for number in range(REQUESTS):
        song, gap, given, request = random_request(number)
        try:
            found = answer(made, request, no_progress, never)
        except NothingToSuggest:
            continue
        answered += 1
        with_given += any(map(len, given))
        for suggestion in found:
            check(song, gap, given, suggestion)
    assert answered > REQUESTS * 0.8 and with_given > REQUESTS * 0.6


@pytest.mark.parametrize("track", [0, 1])
def test_a_single_voice_stays_one_around_given_notes(track: int) -> None:
    song = band(bars=12, seed=3)
    gap = Gap((track,), 4 * 1920, 6 * 1920)
    long = Notes.of(
        [(4 * 1920 + 700, 1200, 64 - 20 * track, 80, track), (5 * 1920 + 5, 700, 60 - 20 * track, 80, track)]
    )
    outside = edits.outside(song, track, gap)
    song = song.with_track(track, replace(song.tracks[track], notes=outside.joined(long)))
    for made in (suggester(taking_graphs()), MarkovSuggester()):
        for seed in range(6):
            request = bridge_request(song, gap, Controls(), 2, seed, (long,))
            for found in answer(made, request, no_progress, never):
                new = found.part.notes
                overlaps = (new.start[:, None] < long.end) & (long.start < new.end[:, None])
                assert not overlaps.any()


@pytest.mark.parametrize("number", range(24))
def test_candidates_come_to_each_given_note_in_turn(number: int) -> None:
    """So the network hears them as its own, and no candidate passes one or ends before the last."""
    *_, request = random_request(number)
    for index in range(len(request.targets)):
        scene = scene_of(request.alone(index))
        found = generate(taking_graphs(), scene, 3, taste(50), number, no_progress, never)
        for candidate in found:
            onset, pitch = np.array(candidate.onset), np.array(candidate.pitch)
            mine = is_given(scene, onset, pitch)
            assert onset[mine].tolist() == scene.given.onset.tolist()
            assert pitch[mine].tolist() == scene.given.pitch.tolist()
            assert candidate.done


def test_given_notes_change_what_a_network_writes_that_takes_them() -> None:
    song = band(bars=12)
    gap = Gap((0,), 4 * 1920, 6 * 1920)
    inside = song.tracks[0].notes.starting_in(gap.start, gap.end)
    last = inside.select(np.arange(len(inside)) == len(inside) - 1)
    higher = last.changed(pitch=last.pitch + 3)
    scenes = []
    for notes in (last, higher):
        changed = song.with_track(0, replace(song.tracks[0], notes=edits.outside(song, 0, gap).joined(notes)))
        scenes.append(scene_of(bridge_request(changed, gap, Controls(), given=(notes,))))
    first = [
        [generate(graphs, scene, 6, taste(50), 1, no_progress, never)[row].nats[:4] for row in range(6)]
        for graphs in (taking_graphs(),)
        for scene in scenes
    ]
    assert first[0] != first[1]


def test_a_request_without_given_notes_is_as_it_was() -> None:
    song = band(bars=12)
    gap = Gap((0, 1), 4 * 1920, 6 * 1920)
    plain = bridge_request(song, gap, Controls())
    assert bridge_request(song, gap, Controls(), given=(EMPTY, EMPTY)).context_hash == plain.context_hash
    known = song.tracks[0].notes.starting_in(gap.start, gap.start + 400)
    assert bridge_request(song, gap, Controls(), given=(known, EMPTY)).context_hash != plain.context_hash
    assert not len(plain.alone(0).given)


def test_a_far_given_note_is_reached_and_one_at_the_edge_too() -> None:
    """Further than one step can go; and so near to the end of the gap that the grid lies behind it."""
    song = band(bars=20)
    gap = Gap((0,), 4 * 1920, 12 * 1920)
    for start in (11 * 1920, 12 * 1920 - 1, 4 * 1920):
        note = Notes.of([(start, 4000, 70, 33, 0)])
        changed = song.with_track(0, replace(song.tracks[0], notes=edits.outside(song, 0, gap).joined(note)))
        request = bridge_request(changed, gap, Controls(density=0.4), 1, 0, (note,))
        scene = scene_of(request)
        assert scene.start <= scene.given.onset[0] < scene.end and scene.given.onset[0] % 1 == 0
        (found,) = answer(suggester(taking_graphs()), request, no_progress, never)
        check(changed, gap, (note,), found)
    assert GRID == 24


def test_exported_graphs_take_the_inputs_as_the_network_does() -> None:
    network = tiny_network(config=TAKES, loudness=2.0)
    graphs = graphs_of(network)
    both = Both(graphs, TorchRunner(network))
    for number in range(40):
        *_, request = random_request(number)
        for index in range(len(request.targets)):
            scene = scene_of(replace(request.alone(index), tempi=((0, 3e5 + 2e4 * number),)))
            found = generate(both, scene, 2, taste(50), number, no_progress, never)
            seam_nats(both, scene, found)
    assert both.worst < CLOSE
    assert min(both.runs.values()) > 0


@pytest.mark.parametrize("name", ["tempo", "left_hand", "dynamics", "given_pitch", "second_pitch"])
def test_each_input_reaches_the_step_of_the_exported_network(name: str) -> None:
    song = band(bars=12)
    gap = Gap((0,), 4 * 1920, 6 * 1920)
    given = song.tracks[0].notes.starting_in(gap.start + 1920, gap.start + 2880)
    controls = Controls(left_hand=0.5, dynamics=9.0)
    request = replace(bridge_request(song, gap, controls, given=(given,)), tempi=((0, 400_000.0),))
    scene = scene_of(request)
    columns = Inputs(scene, scene.start - 30).at(Written(1, Previous(scene.start - 30)))
    place = EXTRAS.index(name)
    assert columns["extra"][0, place] > 0
    first = []
    for value in (columns["extra"][0, place], 0):
        columns["extra"][0, place] = value
        before = hear_before(taking_graphs(), scene)
        following = hear_after(taking_graphs(), scene)
        stepper = Stepper(taking_graphs(), before.state, following, scene.instrument, 1, False)
        stepper.step(columns)
        first.append(stepper.logits(0).copy())
    assert not np.array_equal(first[0], first[1])


def test_the_pedal_of_the_target_is_known_before_the_gap() -> None:
    """From the controllers of the file, on the grid; other requests are as they were."""
    song = band(bars=12)
    events = (
        Event(1000, bytes([0xB0, 64, 127])),
        Event(4 * 1920 - 10, bytes([0xB0, 64, 0])),
        Event(9, b"\xb0\x40\x05"),
    )
    pedalled = song.with_track(0, replace(song.tracks[0], events=(*song.tracks[0].events, *events)))
    gap = Gap((0,), 4 * 1920, 5 * 1920)
    request = bridge_request(pedalled, gap, Controls())
    assert request.lines[0].pedals == ((1000, 4 * 1920 - 10),) and not request.lines[1].pedals
    assert request.context_hash != bridge_request(song, gap, Controls()).context_hash
    scene = scene_of(request)
    assert scene.around.pedals.tolist() == [[50, 384]]
    arrays = step_arrays(scene.before, Previous(0), scene.around, [])["extra"][:, PEDAL]
    inside = (scene.before.onset[:-1] + scene.before.length[:-1] >= 50) & (scene.before.onset[:-1] < 384 - 24)
    assert (arrays[1:][inside] > 1).all() and (arrays[1:][~inside] == 1).any()
    assert scene.pedal_before > 0
    columns = Inputs(scene, scene.start - 30).at(Written(1, Previous(scene.start - 30)))
    assert columns["extra"][0, PEDAL] == scene.pedal_before
