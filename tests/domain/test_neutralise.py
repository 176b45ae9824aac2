"""Controllers that would spoil new notes in a gap are neutralised there and unchanged everywhere else."""

from __future__ import annotations

import numpy as np
import pytest

from jazzassist.domain.neutralise import Disturbance, InForce, Kind, neutralised
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Event, Note, Notes, Song, Track

BAR = 4 * 480
GAP = Gap((0,), 4 * BAR, 8 * BAR)
NEW = Notes.of([Note(4 * BAR + i * 480, 480, 60 + i) for i in range(16)])


def cc(tick: int, number: int, value: int, channel: int = 0) -> Event:
    return Event(tick, bytes((0xB0 | channel, number, value)))


def bend(tick: int, value: int, channel: int = 0) -> Event:
    return Event(tick, bytes((0xE0 | channel, value & 0x7F, value >> 7)))


def song_of(*tracks: tuple[Event, ...]) -> Song:
    notes = Notes.of([Note(0, 480, 60), Note(8 * BAR, 480, 62)])
    return Song(480, tuple(Track(f"{i}", notes, events, end=12 * BAR) for i, events in enumerate(tracks)))


def value_at(song: Song, kind: Kind, tick: int, channel: int = 0) -> int:
    """The values in force at a tick, found by sending all messages in schedule order."""
    value = kind.rest
    for event in sorted((e for track in song.tracks for e in track.events), key=lambda event: event.tick):
        if event.tick > tick or event.channel != channel:
            continue
        if event.data[0] & 0xF0 == 0xE0 and kind is Kind.BEND:
            value = event.data[1] | event.data[2] << 7
        elif event.data[0] & 0xF0 == 0xB0 and event.data[1] == kind.controller:
            value = event.data[2]
        elif event.data[0] & 0xF0 == 0xB0 and event.data[1] == 121 and kind is not Kind.VOLUME:
            value = kind.rest
    return value


BEFORE = {
    "expression": (Kind.EXPRESSION, 0, (cc(0, 11, 90), cc(3 * BAR, 11, 0))),
    "nearly no expression": (Kind.EXPRESSION, 5, (cc(3 * BAR, 11, 5),)),
    "volume": (Kind.VOLUME, 0, (cc(0, 7, 80), cc(4 * BAR, 7, 0))),
    "bend up": (Kind.BEND, 16383, (bend(3 * BAR, 16383),)),
    "bend down": (Kind.BEND, 0, (bend(4 * BAR, 0),)),
    "pedal": (Kind.PEDAL, 127, (cc(3 * BAR, 64, 127),)),
    "fade in the gap": (Kind.EXPRESSION, 0, tuple(cc(4 * BAR + i * 480, 11, 120 - 8 * i) for i in range(16))),
    "bends in the gap": (Kind.BEND, 9000, (bend(5 * BAR, 9000), bend(5 * BAR + 100, 8192))),
    "on another track": (Kind.VOLUME, 0, ()),
}


def with_before(name: str) -> tuple[Song, Kind, int]:
    kind, value, events = BEFORE[name]
    others = (cc(2 * BAR, 7, 0),) if name == "on another track" else ()
    return song_of(events, others), kind, value


@pytest.mark.parametrize("name", list(BEFORE))
def test_what_spoils_the_notes_is_found(name: str) -> None:
    song, kind, value = with_before(name)
    assert InForce(song).disturbances(GAP, NEW) == (Disturbance(0, 0, kind, value),)


@pytest.mark.parametrize("name", list(BEFORE))
def test_it_is_neutral_in_the_gap_and_the_same_elsewhere(name: str) -> None:
    song, kind, _ = with_before(name)
    after = neutralised(song, GAP, InForce(song).disturbances(GAP, NEW))
    assert InForce(after).disturbances(GAP, NEW) == ()
    ticks = [*range(0, 4 * BAR, 120), 4 * BAR - 1, *range(8 * BAR, 12 * BAR, 120)]
    assert [value_at(after, kind, tick) for tick in ticks] == [value_at(song, kind, tick) for tick in ticks]
    for other in set(Kind) - {kind}:
        everywhere = range(0, 12 * BAR, 60)
        assert [value_at(after, other, t) for t in everywhere] == [value_at(song, other, t) for t in everywhere]
    assert [track.notes for track in after.tracks] == [track.notes for track in song.tracks]


HARMLESS = {
    "nothing set": (),
    "soft but heard": (cc(0, 11, 30), cc(0, 7, 40)),
    "silent before": (cc(0, 7, 0), cc(4 * BAR, 7, 90)),
    "silent after": (cc(8 * BAR, 11, 0),),
    "silent between notes": (cc(4 * BAR + 100, 11, 0), cc(4 * BAR + 400, 11, 127)),
    "a bend that is over": (bend(0, 16000), bend(4 * BAR, 8192)),
    "a bend nobody hears": (bend(0, 8200),),
    "pedalling": tuple(cc(bar * BAR + at, 64, down) for bar in range(12) for at, down in ((10, 0), (30, 127))),
    "a pedal half down": (cc(0, 64, 63),),
    "reset": (cc(0, 11, 0), bend(0, 0), cc(0, 64, 127), cc(3 * BAR, 121, 0)),
    "another channel": (cc(0, 7, 0, 5), bend(0, 0, 5), cc(0, 64, 127, 5)),
    "broken data": (Event(0, b"\xb0\x07"), Event(0, b"\xe0\x00"), Event(0, b"\xb0\x07\xff")),
}


@pytest.mark.parametrize("name", list(HARMLESS))
def test_what_does_no_harm_is_not_mentioned(name: str) -> None:
    song = song_of(HARMLESS[name])
    found = InForce(song).disturbances(GAP, NEW)
    assert found == ()
    assert neutralised(song, GAP, found) is song


def test_a_reset_does_not_bring_the_volume_back() -> None:
    song = song_of((cc(0, 7, 0), cc(3 * BAR, 121, 0)))
    assert [one.kind for one in InForce(song).disturbances(GAP, NEW)] == [Kind.VOLUME]


def test_volume_goes_to_the_channels_own_level() -> None:
    song = song_of((cc(0, 7, 64), cc(3 * BAR, 7, 0)))
    after = neutralised(song, GAP, InForce(song).disturbances(GAP, NEW))
    assert value_at(after, Kind.VOLUME, 4 * BAR) == 64


def test_several_at_once_on_two_tracks_of_one_channel_are_each_set_once() -> None:
    song = song_of((cc(0, 7, 0), bend(0, 3)), (cc(0, 64, 127),))
    gap = Gap((0, 1), 4 * BAR, 8 * BAR)
    after = neutralised(song, gap, InForce(song).disturbances(gap, NEW, NEW))
    assert InForce(after).disturbances(gap, NEW, NEW) == ()
    assert sum(len(track.events) for track in after.tracks) == 3 + 2 * 3


def test_an_event_at_the_end_of_the_gap_is_left_to_set_it() -> None:
    song = song_of((cc(0, 7, 0), cc(8 * BAR, 7, 90)))
    after = neutralised(song, GAP, InForce(song).disturbances(GAP, NEW))
    assert [event.tick for event in after.tracks[0].events] == [0, 4 * BAR, 8 * BAR]


def test_another_port_is_another_channel() -> None:
    port = Event(0, b"\xff\x21\x01")
    song = song_of((), (port, cc(0, 7, 0)))
    assert InForce(song).disturbances(GAP, NEW) == ()


def test_kept_events_keep_their_origins_and_untouched_tracks_are_shared() -> None:
    events = (Event(0, b"\xc0\x05", 0), Event(0, b"\xb0\x07\x00", 1), Event(5 * BAR, b"\xb0\x0a\x40", 2))
    song = song_of(events, (cc(0, 7, 50, 3),))
    after = neutralised(song, GAP, InForce(song).disturbances(GAP, NEW))
    assert set(events) <= set(after.tracks[0].events)
    assert after.tracks[1] is song.tracks[1]


def test_behind_the_end_of_the_track_it_lasts_longer() -> None:
    song = Song(480, (Track("", Notes.of([Note(0, 480, 60)]), (cc(0, 7, 0),), end=BAR),))
    after = neutralised(song, GAP, InForce(song).disturbances(GAP, NEW))
    assert after.tracks[0].end == 8 * BAR


def test_random_controllers_are_the_same_outside_the_gap() -> None:
    random = np.random.default_rng(3)
    numbers = [(7, None), (11, None), (64, None), (121, None), (None, 0)]
    for _ in range(60):
        events: list[list[Event]] = [[], []]
        for tick in sorted(random.integers(0, 12, 30).tolist()):
            number, _unused = numbers[int(random.integers(len(numbers)))]
            value = int(random.choice([0, 5, 64, 127]))
            made = bend(tick * BAR, value * 129) if number is None else cc(tick * BAR, number, value)
            events[int(random.integers(2))].append(made)
        song = song_of(*map(tuple, events))
        after = neutralised(song, GAP, InForce(song).disturbances(GAP, NEW))
        for kind in Kind:
            for bar in (*range(4), *range(8, 12)):
                assert value_at(after, kind, bar * BAR + 1) == value_at(song, kind, bar * BAR + 1)
        left = {one.kind for one in InForce(after).disturbances(GAP, NEW)}
        assert left == set()
