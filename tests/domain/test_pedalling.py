"""A suggestion for a line that is played with the pedal brings its own pedal, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain import edits, pedalling
from jazzassist.domain.neutralise import InForce, Kind
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Event, Notes, Song, Track
from jazzassist.midi.files import read_song, write_song

Q = 480
BAR = 4 * Q
GAP = Gap((0,), 8 * BAR, 10 * BAR)


def pedal(tick: int, value: int, channel: int = 0) -> Event:
    return Event(tick, bytes((0xB0 | channel, 64, value)))


def chords(bars: range, each: int = 2, channel: int = 0) -> Notes:
    """Chords on beats, `each` in a bar, low note first, held until the next."""
    length = BAR // each
    rows = []
    for bar in bars:
        for at in range(bar * BAR, (bar + 1) * BAR, length):
            rows += [(at, length - 60, pitch + bar % 3, 80, channel) for pitch in (43, 60, 64)]
    return Notes.of(rows)


def legato(bars: range, each: int = 2, down: int = 127, up: int = 0, late: int = 40, channel: int = 0) -> list[Event]:
    """A pedal that is changed a moment after each chord, and up at the end."""
    length, found = BAR // each, []
    for at in range(bars.start * BAR, bars.stop * BAR, length):
        found += [pedal(at + 5, up, channel), pedal(at + late, down, channel)]
    return [*found[1:], pedal(bars.stop * BAR + 5, up, channel)]


def piano(events: list[Event], bars: range = range(16), **fields: object) -> Song:
    track = Track("Piano", chords(bars), tuple(sorted(events)), end=16 * BAR)
    return Song(Q, (replace(track, **fields),))  # type: ignore[arg-type]


def steps(song: Song, low: int = GAP.start, high: int = GAP.end, track: int = 0) -> list[tuple[int, int]]:
    found = InForce(song).steps(track, 0)[Kind.PEDAL]
    return [(tick, value) for tick, value in zip(found.ticks, found.values, strict=True) if low <= tick < high]


def value_at(song: Song, tick: int) -> int:
    return InForce(song).steps(0, 0)[Kind.PEDAL].at(tick)


NEW = chords(range(8, 10))


def test_the_pedal_is_changed_at_the_chords_as_before_the_gap() -> None:
    empty = edits.replace(piano(legato(range(8)) + legato(range(10, 16))), GAP, Notes.of([]))
    found = steps(pedalling.fill(empty, GAP, NEW))
    assert [tick for tick, value in found if value == 127] == [at + 40 for at in range(8 * BAR, 10 * BAR, BAR // 2)]
    assert [value for _, value in found][-1] == 0


@pytest.mark.parametrize("each", [1, 2, 4])
def test_it_is_changed_as_often_as_there(each: int) -> None:
    song = piano(legato(range(16), each))
    song = song.with_track(0, replace(song.tracks[0], notes=chords(range(16), 4)))
    found = steps(pedalling.fill(song, GAP, chords(range(8, 10), 4)))
    assert sum(value >= 64 for _, value in found) == 2 * each


def test_a_pedal_that_is_only_down_for_a_while_is_so_in_the_gap() -> None:
    events = [pedal(bar * BAR + at, value) for bar in range(16) for at, value in ((0, 127), (Q, 0))]
    found = steps(pedalling.fill(piano(events), GAP, NEW))
    assert found == [(bar * BAR + at, value) for bar in (8, 9) for at, value in ((0, 127), (Q, 0))]


def test_half_pedals_and_slow_feet_stay_what_they_are() -> None:
    ramp = [(0, 0), (20, 30), (40, 70), (60, 90), (BAR - 60, 80), (BAR - 40, 40), (BAR - 20, 0)]
    events = [pedal(bar * BAR + at, value) for bar in range(16) for at, value in ramp]
    assert {value for _, value in steps(pedalling.fill(piano(events), GAP, NEW))} == {0, 30, 40, 70, 80, 90}
    light = [event._replace(data=event.data[:2] + bytes((event.data[2] // 2,))) for event in events]
    assert max(value for _, value in steps(pedalling.fill(piano(light), GAP, NEW))) == 45


def test_where_there_is_no_pedal_none_comes() -> None:
    for events in ([], [pedal(0, 127)], [pedal(0, 0)], [pedal(8 * BAR, 127), pedal(10 * BAR, 0)]):
        song = piano(events)
        assert pedalling.fill(song, GAP, NEW) == edits.replace(song, GAP, NEW)


def test_a_pedal_long_before_the_gap_is_none() -> None:
    late = Gap((0,), 40 * BAR, 42 * BAR)
    song = piano(legato(range(8)), range(60))
    assert pedalling.pedalled(song, late) == []


@pytest.mark.parametrize("tail", [[], [pedal(12 * BAR, 0)], [pedal(16 * BAR, 0)]])
def test_a_pedal_that_was_down_before_the_gap_never_hangs_through_it(tail: list[Event]) -> None:
    events = [*legato(range(8))[:-1], *tail]  # the last press before the gap is never followed by a lift in it
    filled = pedalling.fill(piano(events), GAP, NEW)
    assert value_at(filled, GAP.start - 1) == 127
    assert any(value == 0 and tick < GAP.start + Q for tick, value in steps(filled))
    assert value_at(filled, GAP.end - 1) == 0


def test_what_follows_keeps_the_pedal_that_it_was_played_with() -> None:
    held = [*legato(range(8)), pedal(9 * BAR + 30, 127), pedal(12 * BAR, 0), *legato(range(12, 16))]
    filled = pedalling.fill(piano(held), GAP, NEW)
    assert (value_at(filled, GAP.end - 1), value_at(filled, GAP.end)) == (0, 127)
    assert steps(filled, GAP.end + 1, 16 * BAR) == steps(piano(held), GAP.end + 1, 16 * BAR)


def test_a_continuation_ends_with_the_pedal_up() -> None:
    song = piano(legato(range(8))[:-1], range(8))
    filled = pedalling.fill(song, GAP, NEW)
    assert steps(filled)
    assert value_at(filled, 100 * BAR) == 0


def test_the_pedal_of_another_hand_in_the_gap_stays() -> None:
    left = Track("Left", chords(range(16)), tuple(legato(range(16))), end=16 * BAR)
    right = Track("Right", chords(range(16)).changed(pitch=chords(range(16)).pitch + 24), end=16 * BAR)
    song = Song(Q, (right, left))
    assert pedalling.fill(song, GAP, NEW) == edits.replace(song, GAP, NEW)
    both = Gap((0, 1), GAP.start, GAP.end)
    new = pedalling.fill(song, both, NEW.changed(pitch=NEW.pitch + 24), NEW)
    assert new.tracks[0].events == ()
    assert [value for _, value in steps(new)] == [*(value for _, value in steps(song)), 0]


def test_a_pedal_in_a_track_of_its_own_is_made_there() -> None:
    feet = Track("Pedal", events=tuple(legato(range(16))), end=16 * BAR)
    song = Song(Q, (Track("Piano", chords(range(16)), end=16 * BAR), feet))
    filled = pedalling.fill(song, GAP, chords(range(8, 10), 1))
    assert filled.tracks[0].events == ()
    assert filled.tracks[1].events != feet.events


def test_the_pedal_of_another_channel_is_not_touched() -> None:
    other = legato(range(16), channel=5)
    song = piano(legato(range(16)) + other)
    filled = pedalling.fill(song, GAP, chords(range(8, 10), 1))
    assert [event for event in filled.tracks[0].events if event.channel == 5] == sorted(other)


def test_events_outside_the_gap_and_other_controllers_in_it_stay(tmp_path: Path) -> None:
    others = [Event(at * Q, bytes((0xB0, 1, at % 128))) for at in range(64)]
    song = piano(legato(range(16)) + others)
    write_song(song, tmp_path / "before.mid")
    read = read_song(tmp_path / "before.mid").song
    filled = pedalling.fill(read, GAP, chords(range(8, 10), 1))
    write_song(filled, tmp_path / "after.mid")
    again = read_song(tmp_path / "after.mid").song.tracks[0]

    def left(track: Track) -> list[tuple[int, bytes]]:
        return [
            (event.tick, event.data)
            for event in track.events
            if event.data[:2] != b"\xb0\x40" or not GAP.start <= event.tick < GAP.end
        ]

    assert left(again) == left(read.tracks[0])
    assert again.notes == filled.tracks[0].notes


def test_every_moment_lies_in_the_gap_in_order_and_ends_up() -> None:
    random = np.random.default_rng(3)
    for _ in range(200):
        ticks = np.unique(random.integers(0, 16 * BAR, random.integers(6, 80)))
        values = random.choice([0, 0, 20, 64, 90, 127], len(ticks))
        song = piano([pedal(int(tick), int(value)) for tick, value in zip(ticks, values, strict=True)])
        starts = random.integers(GAP.start, GAP.end, random.integers(0, 30))
        rows = {(int(at), 50 + int(at) % 20): (int(at), 100, 50 + int(at) % 20, 80, 0) for at in starts}
        notes = Notes.of(rows.values())
        if not pedalling.pedalled(song, GAP):
            continue
        filled = pedalling.fill(song, GAP, notes)
        moments = [tick for tick, _ in steps(filled)]
        assert moments == sorted(set(moments))
        assert value_at(filled, GAP.end - 1) < 64
        assert steps(filled, GAP.end + 1, 16 * BAR) == steps(song, GAP.end + 1, 16 * BAR)
        assert steps(filled, 0, GAP.start) == steps(song, 0, GAP.start)
        assert filled == pedalling.fill(song, GAP, notes)


def test_a_pedal_that_the_suggestion_replaces_spoils_nothing() -> None:
    song = piano([event for event in legato(range(16)) if not GAP.start <= event.tick < GAP.end])
    in_force = InForce(song)
    found = in_force.disturbances(GAP, NEW)
    assert [one.kind for one in found] == [Kind.PEDAL]
    assert pedalling.undisturbed(song, GAP, found, in_force) == ()
    down = piano([pedal(0, 127)])
    in_force = InForce(down)
    found = in_force.disturbances(GAP, NEW)
    assert pedalling.undisturbed(down, GAP, found, in_force) == found != ()
