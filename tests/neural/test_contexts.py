"""Readings that are kept: the same notes as without, for any sequence of requests, and only what is heard counts."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import EMPTY, Notes, Song
from jazzassist.domain.suggestion import Controls, Suggestion, SuggestionRequest, bridge_request, continuation_request
from jazzassist.neural import hearing
from jazzassist.neural import suggester as module
from jazzassist.neural.contexts import Contexts, key_before
from jazzassist.neural.scene import scene_of
from jazzassist.neural.suggester import LstmSuggester
from tests.neural.requests import band, bridge, meter_event, never, no_progress, save_whole, tiny_network

BEAT = 480
START, END = 8 * BEAT, 16 * BEAT


@pytest.fixture(scope="module")
def suggesters(tmp_path_factory: pytest.TempPathFactory) -> tuple[LstmSuggester, LstmSuggester]:
    """Two with the same network."""
    folder = tmp_path_factory.mktemp("checkpoint")
    save_whole(tiny_network(loudness=2.5), folder, "tiny")
    return LstmSuggester(folder), LstmSuggester(folder)


@pytest.fixture
def suggester(suggesters: tuple[LstmSuggester, LstmSuggester]) -> LstmSuggester:
    """One that has read nothing yet."""
    suggesters[0].contexts = Contexts()
    return suggesters[0]


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The scenes before whose gaps the network has read."""
    found: list[object] = []
    hear = hearing.hear_before

    def hear_before(network: object, scene: object) -> object:
        found.append(scene)
        return hear(network, scene)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "hear_before", hear_before)
    return found


def ask(suggester: LstmSuggester, request: SuggestionRequest) -> list[Suggestion]:
    return suggester.suggest(request, no_progress, never)


def key(request: SuggestionRequest) -> bytes:
    found = key_before(scene_of(request))
    assert found is not None
    return found


def moved(song: Song, track: int, note: int, **changes: int) -> Song:
    """The song with one note of a track changed."""
    notes = song.tracks[track].notes
    columns = {name: getattr(notes, name).copy() for name in changes}
    for name, value in changes.items():
        columns[name][note] = value
    return song.with_track(track, replace(song.tracks[track], notes=notes.changed(**columns)))


def edit(song: Song, dice: random.Random) -> Song:
    """The song with something changed anywhere: a note of any line, a meter, or nothing."""
    track = dice.randrange(3)
    kind = dice.randrange(4)
    if kind == 0:
        return song
    if kind == 1:
        head = song.tracks[0]
        return song.with_track(0, replace(head, events=(meter_event(0, dice.choice((3, 4, 5)), 4),)))
    note = dice.randrange(len(song.tracks[track].notes))
    low = 36 if track == 2 else 50
    return moved(song, track, note, **{("pitch", "velocity")[kind - 2]: low + dice.randrange(12)})


def any_request(song: Song, dice: random.Random) -> SuggestionRequest:
    """A bridge or a continuation on one line or two, with any wishes, seed and chords."""
    targets = dice.choice([(0,), (1,), (2,), (0, 1), (1, 2)])
    start = dice.choice((4, 8)) * BEAT
    gap = Gap(targets, start, start + dice.choice((2, 4)) * BEAT)
    wish = Controls(dice.randrange(101), density=dice.choice((None, 1.0)), register=dice.choice((None, 60.0)))
    options: dict[str, Any] = {"alternatives": dice.choice((1, 4, 6)), "rng_seed": dice.randrange(2)}
    if dice.random() < 0.5:
        request = bridge_request(song, gap, wish, **options)
    else:
        request = continuation_request(song, gap, 0, wish, **options)
    return replace(request, chords=dice.choice([(), ((0, "Dm7"),), ((0, "Dm7"), (6 * BEAT, "G7"))]))


@pytest.mark.parametrize("number", range(4))
def test_what_is_kept_changes_no_note(suggesters: tuple[LstmSuggester, LstmSuggester], number: int) -> None:
    keeping, fresh = suggesters
    keeping.contexts = Contexts(most=4)  # so that some are given up on the way
    dice, song, found = random.Random(number), band(), set[bytes]()
    for _ in range(12):
        song = edit(song, dice)
        request = any_request(song, dice)
        found.add(key(request.alone(0)))
        fresh.contexts = Contexts()
        assert ask(keeping, request) == ask(fresh, request)
    assert len(found) > 1


def test_another_wish_seed_or_number_needs_no_reading(suggester: LstmSuggester, readings: list[object]) -> None:
    request = bridge(band(), 0, START, END)
    for changes in (
        {},
        {"controls": Controls(90, density=1.0)},
        {"rng_seed": 5},
        {"alternatives": 9},
        {"end": END - BEAT},
        {"kind": "continuation"},
    ):
        ask(suggester, replace(request, **changes))
    assert len(readings) == 1


def test_warming_reads_what_the_request_needs_and_changes_no_note(
    suggesters: tuple[LstmSuggester, LstmSuggester], suggester: LstmSuggester, readings: list[object]
) -> None:
    request = bridge_request(band(), Gap((0, 1), START, END), Controls())
    suggester.warm(request, never)
    assert len(readings) == 1
    warmed = ask(suggester, replace(request, controls=Controls(20)))
    assert len(readings) == 2, "the second line hears what each candidate has written into the first"
    suggester.warm(request, lambda: True)
    assert len(readings) == 2
    suggesters[1].contexts = Contexts()
    assert warmed == ask(suggesters[1], replace(request, controls=Controls(20)))


def at_end(song: Song, track: int) -> Song:
    """The song with the last note of a track changed, long after all that is heard before the gap."""
    return moved(song, track, len(song.tracks[track].notes) - 1, pitch=41)


def with_meter(song: Song) -> Song:
    """The song in bars of three."""
    return song.with_track(0, replace(song.tracks[0], events=(meter_event(0, 3, 4),)))


@pytest.mark.parametrize(
    "change",
    [
        lambda song: moved(song, 0, 3, pitch=40),
        lambda song: moved(song, 0, 3, velocity=127),
        lambda song: moved(song, 0, 3, duration=BEAT),
        lambda song: moved(song, 1, 5, pitch=60),
        lambda song: moved(song, 1, 8, pitch=61),
        lambda song: song.with_track(0, replace(song.tracks[0], program=0)),
        lambda song: song.with_track(1, replace(song.tracks[1], notes=EMPTY)),
        with_meter,
    ],
    ids=["a pitch", "a velocity", "a length", "the bass", "the bass in the gap", "instrument", "no bass", "meter"],
)
def test_whatever_is_heard_leads_to_another_reading(change: Callable[[Song], Song]) -> None:
    song = band()
    assert key(bridge(change(song), 0, START, END)) != key(bridge(song, 0, START, END))


def test_chords_that_are_heard_lead_to_another_reading() -> None:
    request = bridge(band(), 0, START, END)
    keys = {key(replace(request, chords=chords)) for chords in ((), ((0, "Dm7"),), ((0, "Dm7"), (4 * BEAT, "G7")))}
    assert len(keys) == 3


@pytest.mark.parametrize(
    "change",
    [lambda song: song, lambda song: at_end(song, 0), lambda song: at_end(song, 1), lambda song: at_end(song, 2)],
    ids=["nothing", "the line", "the bass", "the drums"],
)
def test_what_is_not_heard_before_the_gap_leads_to_the_same_reading(change: Callable[[Song], Song]) -> None:
    song = band()
    assert key(bridge(change(song), 0, START, END)) == key(bridge(song, 0, START, END))


def test_a_song_that_was_opened_again_is_the_same_song() -> None:
    assert key(bridge(band(), 0, START, END)) == key(bridge(band(), 0, START, END))


def test_nothing_before_the_gap_is_another_reading_for_another_start(suggester: LstmSuggester) -> None:
    late = band().tracks[0].notes
    song = band().with_track(0, replace(band().tracks[0], notes=late.select(late.start >= END)))
    first, second = (bridge(song, 0, start, END) for start in (0, 4 * BEAT))
    assert key(first) != key(second)
    assert ask(suggester, first)


def test_candidates_that_hear_different_things_share_no_reading() -> None:
    request = bridge_request(band(), Gap((0, 1), START, END), Controls())
    line = Notes.of([(START, BEAT, 70)])
    part = replace(ask_one(request), notes=line)
    assert key_before(scene_of(request.alone(1), [(part,), (part,)])) is None


def ask_one(request: SuggestionRequest):  # type: ignore[no-untyped-def]
    from jazzassist.suggest.baseline import MarkovSuggester

    return MarkovSuggester().suggest(request.alone(0), no_progress, never)[0].part


def test_the_latest_are_kept_by_number() -> None:
    kept, made = Contexts(most=2), list[str]()
    for name in "abacab":  # b was given up for c
        kept.get(name.encode(), lambda name=name: made.append(name) or name)  # type: ignore[misc]
    assert made == ["a", "b", "c", "b"]
    assert len(kept) == 2


def test_the_latest_are_kept_by_bytes_however_deep_they_lie() -> None:
    kept = Contexts(most_bytes=2000)
    for number in range(5):
        kept.get(bytes([number]), lambda: {"state": (np.zeros(100), [np.zeros(10)])})
    assert len(kept) == 2
    assert kept.bytes == 2 * 880
    kept.get(b"large", lambda: np.zeros(10_000))
    assert (len(kept), kept.bytes) == (1, 80_000)


def test_a_reading_that_fails_is_not_kept() -> None:
    kept = Contexts()

    def fail() -> None:
        raise RuntimeError

    for _ in range(2):
        with pytest.raises(RuntimeError):
            kept.get(b"key", fail)
    assert len(kept) == 0


def test_nobody_can_change_what_is_kept() -> None:
    array = Contexts().get(b"key", lambda: np.zeros(3))
    with pytest.raises(ValueError):
        array += 1
