"""What edits of events promise, on random songs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jazzassist.domain import event_edits
from jazzassist.domain.event_data import bend_data, controller_data, key_data, meter_data, program_data, tempo_data
from jazzassist.domain.song import NEW, Event, Song, Track
from jazzassist.midi.files import song_bytes
from jazzassist.midi.findings import Findings
from jazzassist.midi.smf import read_smf
from jazzassist.midi.song_from_file import song_from
from tests.domain.test_edits import others
from tests.midi.strategies import songs, tried

quickly = settings(tried, max_examples=30)

TICK = st.integers(0, 6000)
BYTE = st.integers(0, 127)
DATA = st.one_of(
    st.builds(controller_data, st.just(0), BYTE, BYTE),
    st.builds(program_data, st.just(0), BYTE),
    st.builds(bend_data, st.just(0), st.integers(-8192, 8191)),
    st.builds(tempo_data, st.floats(4, 900)),
    st.builds(meter_data, st.integers(1, 32), st.sampled_from((1, 2, 4, 8, 16))),
    st.builds(key_data, st.integers(-7, 7), st.booleans()),
)
EVENTS = st.lists(st.builds(Event, TICK, DATA), max_size=5)


def opened_again(song: Song) -> Song:
    findings = Findings()
    return song_from(read_smf(song_bytes(song), findings), findings)


def held(events: tuple[Event, ...]) -> Counter[tuple[int, bytes]]:
    return Counter((event.tick, event.data) for event in events)


@st.composite
def chosen_events(draw: st.DrawFn) -> tuple[Song, list[int]]:
    """A song and places of some events in its first track."""
    song = draw(songs())
    count = len(song.tracks[0].events)
    return song, sorted(draw(st.sets(st.integers(0, count - 1)))) if count else []


@quickly
@given(songs(), EVENTS)
def test_inserted_events_are_in_order_and_nothing_else_changes(song: Song, added: list[Event]) -> None:
    edited = event_edits.insert_events(song, 0, added)
    before, after = song.tracks[0], edited.tracks[0]
    assert held(after.events) == held(before.events) + held(tuple(added))
    assert [event.tick for event in after.events] == sorted(event.tick for event in after.events)
    assert [event for event in after.events if event in before.events] == [*before.events] or any(
        event in before.events for event in added
    )
    assert after.notes is before.notes
    assert all(one is two for one, two in zip(others(song, 0), others(edited, 0), strict=True))


@quickly
@given(chosen_events())
def test_removed_events_are_gone_and_no_others(given_: tuple[Song, list[int]]) -> None:
    song, chosen = given_
    edited = event_edits.remove_events(song, 0, chosen)
    before = song.tracks[0].events
    assert edited.tracks[0].events == tuple(event for at, event in enumerate(before) if at not in chosen)
    assert chosen or edited is song


@quickly
@given(chosen_events(), st.integers(-900, 900))
def test_moved_events_keep_their_distances(given_: tuple[Song, list[int]], ticks: int) -> None:
    song, chosen = given_
    before = song.tracks[0].events
    edited = event_edits.move_events(song, 0, chosen, ticks)
    if not chosen:
        assert edited is song
        return
    ticks = max(ticks, -min(before[at].tick for at in chosen))
    moved = tuple(event._replace(tick=event.tick + ticks) if at in chosen else event for at, event in enumerate(before))
    assert held(edited.tracks[0].events) == held(moved)


@quickly
@given(chosen_events(), DATA)
def test_a_changed_event_stays_in_its_place(given_: tuple[Song, list[int]], data: bytes) -> None:
    song, chosen = given_
    for place in chosen:
        edited = event_edits.change_event(song, 0, place, data)
        before, after = song.tracks[0].events, edited.tracks[0].events
        assert after[place] == before[place]._replace(data=data)
        assert after[:place] + after[place + 1 :] == before[:place] + before[place + 1 :]
        assert event_edits.change_event(edited, 0, place, before[place].data) == song  # undo by value


@quickly
@given(songs(), TICK, st.floats(4, 900), st.integers(1, 32), st.sampled_from((1, 2, 4, 8, 16)))
def test_tempo_and_meter_are_in_force_from_their_tick(
    song: Song, tick: int, bpm: float, numerator: int, denominator: int
) -> None:
    edited = event_edits.set_meter(event_edits.set_tempo(song, tick, bpm), tick, numerator, denominator)
    assert edited.tempo_map.bpm_at(tick) == pytest.approx(bpm, rel=1e-4)
    assert edited.meter_map.meter_at(tick) == (numerator, denominator)
    again = opened_again(edited)
    assert again.tempo_map.bpm_at(tick) == edited.tempo_map.bpm_at(tick)
    assert again.meter_map.meter_at(tick) == (numerator, denominator)
    assert event_edits.set_tempo(edited, tick, bpm) == edited
    assert len(event_edits.set_tempo(edited, tick, 60).tempo_map.changes) == len(edited.tempo_map.changes)


def song_of(*events: Event) -> Song:
    return Song(480, (Track("Conductor"), Track("Line", events=events, end=960)))


def test_a_tempo_on_another_track_is_replaced_where_it_is() -> None:
    song = song_of(Event(0, tempo_data(120)), Event(480, tempo_data(90)))
    edited = event_edits.set_tempo(song, 480, 100)
    assert edited.tracks[1].events == (Event(0, tempo_data(120)), Event(480, tempo_data(100)))
    assert edited.tracks[0] is song.tracks[0]
    assert event_edits.set_tempo(song, 240, 100).tracks[0].events == (Event(240, tempo_data(100)),)


def test_markers_and_chord_symbols_at_one_tick_do_not_replace_each_other() -> None:
    song = event_edits.set_chord(event_edits.set_chord(song_of(), 0, "Cmaj7"), 480, "F#m7b5")
    song = event_edits.set_marker(song, 0, "Chorus")
    assert song.chord_symbols == ((0, "Cmaj7"), (480, "F#m7b5"))
    assert song.markers == ((0, "Cmaj7"), (0, "Chorus"), (480, "F#m7b5"))
    song = event_edits.set_marker(event_edits.set_chord(song, 0, "Dm7"), 0, "Verse")
    assert song.chord_symbols == ((0, "Dm7"), (480, "F#m7b5"))
    assert song.markers == ((0, "Dm7"), (0, "Verse"), (480, "F#m7b5"))
    assert opened_again(song).chord_symbols == song.chord_symbols


def test_a_chord_symbol_is_written_as_the_others_are() -> None:
    song = song_of(Event(0, b"\xff\x01Dm7"), Event(480, b"\xff\x01G7"))
    edited = event_edits.set_chord(event_edits.set_chord(song, 480, "Db7"), 960, "Cmaj7")
    assert edited.chord_symbols == ((0, "Dm7"), (480, "Db7"), (960, "Cmaj7"))
    assert edited.markers == ()


def test_a_key_signature_is_set_and_replaced() -> None:
    song = event_edits.set_key(event_edits.set_key(song_of(), 0, -3, minor=True), 0, 4)
    assert song.tracks[0].events == (Event(0, b"\xff\x59\x04\x00"),)
    assert key_data(-3, minor=True) == b"\xff\x59\xfd\x01"


def test_an_event_of_a_file_that_is_moved_leaves_the_bytes_of_the_others_alone() -> None:
    song = opened_again(song_of(*(Event(at * 100, controller_data(0, 7, at)) for at in range(4))))
    place = [event.tick for event in song.tracks[1].events].index(100)
    edited = event_edits.move_events(song, 1, [place], 250)
    assert edited.tracks[1].events[-1].origin == NEW
    assert [event.data[2] for event in opened_again(edited).tracks[1].events if event.data[0] == 0xB0] == [0, 2, 3, 1]
    back = event_edits.move_events(edited, 1, [len(edited.tracks[1].events) - 1], -250)
    assert song_bytes(back) == song_bytes(song)


REFUSED: list[Callable[[Song], object]] = [
    lambda song: event_edits.set_tempo(song, 0, 0),
    lambda song: event_edits.set_tempo(song, 0, float("nan")),
    lambda song: event_edits.set_tempo(song, -1, 120),
    lambda song: event_edits.set_tempo(Song(480, song.tracks, ticks_per_second=1000.0), 0, 120),
    lambda song: event_edits.set_meter(song, 0, 4, 3),
    lambda song: event_edits.set_meter(song, 0, 0, 4),
    lambda song: event_edits.set_meter(song, 0, 4, 0),
    lambda song: event_edits.set_key(song, 0, 8),
    lambda song: event_edits.set_chord(song, 0, "Hello there"),
    lambda song: event_edits.insert_events(song, 0, [Event(0, b"\xff\x2f")]),
    lambda song: event_edits.insert_events(song, 0, [Event(0, b"\x90\x3c\x40")]),
    lambda song: event_edits.insert_events(song, 0, [Event(0, b"\xb0\x07")]),
    lambda song: event_edits.insert_events(song, 0, [Event(0, b"\xb0\x07\x80")]),
    lambda song: event_edits.insert_events(song, 0, [Event(0, b"")]),
    lambda song: event_edits.change_event(song, 1, 0, b"\xc0"),
    lambda _: controller_data(16, 0, 0),
    lambda _: bend_data(0, 8192),
]


@pytest.mark.parametrize("edit", REFUSED)
def test_what_a_file_cannot_hold_is_refused(edit: Callable[[Song], object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        edit(song_of(Event(0, program_data(0, 1))))


def test_events_and_tracks_that_are_not_there_are_refused() -> None:
    song = song_of(Event(0, program_data(0, 1)))
    for track, place in ((1, 1), (1, -1), (0, 0), (2, 0), (-1, 0)):
        with pytest.raises(IndexError):
            event_edits.remove_events(song, track, [place])
        with pytest.raises(IndexError):
            event_edits.change_event(song, track, place, program_data(0, 2))
    with pytest.raises(IndexError):
        event_edits.set_tempo(Song(480), 0, 120)
