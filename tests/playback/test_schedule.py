"""Schedules: nothing outside the range, nothing left sounding, the right state at the start."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.playback.schedule import Schedule, build_schedule, with_loop
from tests.playback.songs import PPQ, begins, chord_song, is_note, line, song, sounding

LEAST = 58  # ticks at 120 bpm; held notes with less left are not restarted

notes = st.builds(
    Note,
    start=st.integers(0, 4000),
    duration=st.integers(0, 2000),
    pitch=st.integers(40, 45),
    velocity=st.integers(1, 127),
    channel=st.integers(0, 2),
)
tracks = st.lists(st.lists(notes, max_size=12).map(lambda n: Track("T", Notes.of(n))), min_size=1, max_size=3)
ranges = st.tuples(st.integers(0, 4500), st.integers(0, 4500)).map(lambda pair: (min(pair), max(pair)))


@given(tracks, ranges, st.booleans())
def test_every_note_ends_and_none_is_outside_the_range(lines: list[Track], span: tuple[int, int], held: bool) -> None:
    start, end = span
    made = build_schedule(song(*lines), start, end, retrigger_held=held)
    assert not sounding(made.messages)
    assert sum(data[0] & 0xF0 == 0x80 for data in made.messages) == len(begins(made.messages))
    assert np.all(np.diff(made.seconds) >= 0)
    if len(made.seconds):
        assert made.seconds[0] >= 0
        assert made.seconds[-1] <= made.length
    wanted = [
        n
        for t in lines
        for n in t.notes
        if start <= n.start < end or (held and n.start < start and min(end, n.start + n.duration) >= start + LEAST)
    ]
    assert len(begins(made.messages)) == len(wanted)


@given(tracks, ranges)
def test_note_ons_are_strictly_before_the_end(lines: list[Track], span: tuple[int, int]) -> None:
    made = build_schedule(song(*lines), *span)
    for second, data in zip(made.seconds, made.messages, strict=True):
        if data[0] & 0xF0 == 0x90:
            assert made.tick_at(second) < span[1]


@given(tracks, st.sets(st.integers(0, 3)), st.sets(st.integers(0, 3)))
def test_muted_and_not_soloed_tracks_never_sound(lines: list[Track], muted: set[int], soloed: set[int]) -> None:
    whole = song(*lines)
    made = build_schedule(whole, 0, whole.end + 1, muted=frozenset(muted), soloed=frozenset(soloed))
    heard = [i for i in range(len(whole.tracks)) if i not in muted and (not soloed or i in soloed)]
    assert len(begins(made.messages)) == sum(len(whole.tracks[i].notes) for i in heard)


@given(tracks, ranges)
def test_bytes_round_trip(lines: list[Track], span: tuple[int, int]) -> None:
    made = build_schedule(song(*lines), *span, loop=True)
    again = Schedule.from_bytes(made.to_bytes())
    assert (again.start, again.end, again.loop, again.messages, again.chase) == (*span, True, made.messages, made.chase)
    assert np.array_equal(again.seconds, made.seconds)
    assert np.array_equal(again.knot_seconds, made.knot_seconds)


def test_bytes_of_something_else_are_refused() -> None:
    with pytest.raises((ValueError, OSError, EOFError)):
        Schedule.from_bytes(b"something else")


def test_loop_over_one_bar_leaves_out_the_first_note_of_the_next() -> None:
    made = build_schedule(song(line(range(60, 68))), 0, 4 * PPQ, loop=True)
    assert [data[1] for data in begins(made.messages)] == [60, 61, 62, 63]
    assert made.loop
    assert not with_loop(made, False).loop


def test_note_off_comes_before_the_note_on_of_the_same_pitch_and_tick() -> None:
    made = build_schedule(song(line([60, 60], length=PPQ)), 0, 2 * PPQ)
    assert [data[0] for data in made.messages if is_note(data)] == [0x90, 0x80, 0x90, 0x80]


def test_note_without_length_ends_after_it_began() -> None:
    made = build_schedule(song(line([60], length=0)), 0, PPQ)
    assert [data[0] for data in made.messages] == [0x90, 0x80]


def test_controllers_come_between_ends_and_beginnings() -> None:
    track = line([60, 61], length=PPQ, events=(Event(PPQ, b"\xb0\x07\x30"),))
    made = build_schedule(song(track), 0, 2 * PPQ)
    assert [data[0] for data in made.messages] == [0x90, 0x80, 0xB0, 0x90, 0x80]


def test_tempo_changes_move_what_comes_after_them() -> None:
    slow = Event(PPQ, b"\xff\x51" + (1_000_000).to_bytes(3, "big"))
    made = build_schedule(song(line([60, 61, 62], events=(slow,))), 0, 3 * PPQ)
    ons = [s for s, data in zip(made.seconds, made.messages, strict=True) if data[0] & 0xF0 == 0x90]
    assert ons == pytest.approx([0.0, 0.5, 1.5])
    assert made.seconds_at(2 * PPQ) == pytest.approx(1.5)
    assert made.tick_at(1.0) == pytest.approx(1.5 * PPQ)
    assert made.length == pytest.approx(2.5)


def test_times_count_from_the_start_of_the_range() -> None:
    made = build_schedule(song(line([60, 61, 62])), PPQ, 3 * PPQ)
    assert made.seconds[0] == 0.0
    assert made.messages[0] == b"\x90\x3d\x5a"


def test_chase_sends_what_is_in_force_at_the_start() -> None:
    events = (Event(0, b"\xb0\x07\x50"), Event(0, b"\xc0\x20"), Event(10, b"\xb0\x40\x7f"), Event(900, b"\xb0\x07\x10"))
    made = build_schedule(song(line([60, 61, 62], events=events)), PPQ, 3 * PPQ)
    assert set(made.chase) == {b"\xc0\x20", b"\xb0\x07\x50", b"\xb0\x40\x7f"}
    assert b"\xb0\x07\x10" in made.messages


def test_chase_sets_back_what_is_only_used_later() -> None:
    events = (Event(2 * PPQ, b"\xb0\x40\x7f"), Event(2 * PPQ, b"\xe0\x00\x10"), Event(2 * PPQ, b"\xc0\x09"))
    made = build_schedule(song(line([60, 61, 62], events=events)), 0, PPQ)
    assert made.chase == (b"\xc0\x00", b"\xb0\x40\x00", b"\xe0\x00\x40")


def test_track_without_a_program_change_gets_its_own_program() -> None:
    made = build_schedule(song(line([60], channel=3, program=33)), 0, PPQ)
    assert made.chase == (b"\xc3\x21",)


def test_held_notes_begin_again_unless_that_is_not_wanted() -> None:
    whole = chord_song()
    without = build_schedule(whole, PPQ, 2 * PPQ, retrigger_held=False)
    assert not [d for d in begins(without.messages) if d[0] == 0x90]
    again = build_schedule(whole, PPQ, 2 * PPQ)
    assert [d[1] for d in begins(again.messages) if d[0] == 0x90] == [60, 64, 67]


def test_muting_a_track_leaves_the_others_on_its_channel_and_its_controllers() -> None:
    loud, soft = line([60, 62], events=(Event(0, b"\xb0\x0a\x20"),)), line([70, 72])
    made = build_schedule(song(loud, soft), 0, 2 * PPQ, muted=frozenset({1}))
    assert [data[1] for data in begins(made.messages)] == [70, 72]
    assert b"\xb0\x0a\x20" in made.messages


def test_system_exclusive_is_passed_on_whole_even_from_packets() -> None:
    events = (Event(0, b"\xf0\x7e\x7f\x09\x01\xf7"), Event(5, b"\xf0\x43\x10"), Event(9, b"\xf7\x4c\x00\xf7"))
    made = build_schedule(song(line([60], events=events)), 0, PPQ)
    assert [d for d in made.messages if d[0] == 0xF0] == [b"\xf0\x7e\x7f\x09\x01\xf7", b"\xf0\x43\x10\x4c\x00\xf7"]


def test_damaged_events_are_not_sent() -> None:
    events = (Event(0, b"\xb0\x07"), Event(0, b"\xb0\x07\xff"), Event(0, b"\xf0\x43\x90\xf7"), Event(0, b"\xf7\x01"))
    made = build_schedule(song(Track("T", events=events)), 0, PPQ)
    assert made.messages == ()


def test_empty_range_and_empty_song_give_an_empty_schedule() -> None:
    assert build_schedule(chord_song(), PPQ, PPQ).messages == ()
    assert build_schedule(Song(PPQ), 0, 0).length == 0.0
    assert build_schedule(chord_song(), PPQ, 0).length == 0.0


def test_state_within_the_schedule_counts_its_own_messages() -> None:
    events = (Event(0, b"\xc0\x05"), Event(PPQ, b"\xb0\x07\x20"), Event(2 * PPQ, b"\xb0\x07\x30"))
    made = build_schedule(song(line(range(60, 64), events=events)), 0, 4 * PPQ)
    assert b"\xb0\x07\x20" in made.setup_at(made.seconds_at(PPQ) + 0.01).messages()
    assert b"\xb0\x07\x30" in made.setup_at(made.seconds_at(3 * PPQ)).messages()


def test_hundred_thousand_notes_are_scheduled_without_a_loop_over_them() -> None:
    random = np.random.default_rng(0)
    count = 100_000
    column = [random.integers(low, high, count) for low, high in ((0, 900_000), (1, 500), (0, 128), (1, 128), (0, 16))]
    whole = song(Track("Many", Notes.from_columns(*column)))
    made = build_schedule(whole, 0, whole.end)
    assert len(made.messages) == 2 * count
    assert not made.sounding_before(len(made.messages)).any()
