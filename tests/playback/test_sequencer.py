"""The sequencer: due messages, and no notes left sounding."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jazzassist.domain.song import Event, Note, Notes, Track
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.sequencer import NoteTracker, Sequencer
from tests.playback.songs import PPQ, begins, chord_song, line, song, sounding

BAR = 4 * PPQ


def played(sequencer: Sequencer, *steps: float) -> list[bytes]:
    return [data for step in steps for _, data in sequencer.advance(step)]


@given(st.lists(st.floats(0.001, 1.5), max_size=20))
def test_all_is_played_once_however_time_is_cut(steps: list[float]) -> None:
    made = build_schedule(chord_song(), 0, 4 * BAR)
    sequencer = Sequencer()
    sequencer.play(made, 0.0)
    found: list[tuple[float, bytes]] = []
    passed = 0.0
    for step in (*steps, made.length):
        found += [(passed + after, data) for after, data in sequencer.advance(step)]
        passed += step
    assert [data for _, data in found[: len(made.messages)]] == list(made.messages)
    assert [time for time, _ in found[: len(made.messages)]] == pytest.approx(made.seconds.tolist())
    assert not sequencer.playing
    assert not sounding(data for _, data in found)


@given(st.lists(st.sampled_from(["advance", "stop", "seek", "play", "update", "short", "click"]), max_size=25))
def test_nothing_sounds_after_stop_whatever_was_done(actions: list[str]) -> None:
    whole = build_schedule(chord_song(), 0, 4 * BAR, loop=True)
    short = build_schedule(chord_song(), BAR // 2, 3 * BAR // 2, muted=frozenset({1}))
    sequencer = Sequencer()
    heard: list[bytes] = []
    for action in actions:
        if action == "click":
            sequencer.tracker.follow(b"\x95\x40\x40")
            heard.append(b"\x95\x40\x40")
            continue
        steps: dict[str, Callable[[], list[bytes]]] = {
            "advance": lambda: played(sequencer, 0.7),
            "stop": sequencer.stop,
            "seek": lambda: sequencer.seek(1.3),
            "play": lambda: sequencer.play(whole, 0.4),
            "update": lambda: sequencer.update(whole),
            "short": lambda: sequencer.update(short),
        }
        heard += steps[action]()
    heard += sequencer.stop()
    assert not sounding(heard)


def test_stop_ends_notes_pedal_and_bend() -> None:
    sequencer = Sequencer()
    sequencer.play(build_schedule(chord_song(), 0, BAR), 0.0)
    played(sequencer, 0.1)
    ended = sequencer.stop()
    assert {
        b"\x80\x3c\x40",
        b"\x80\x40\x40",
        b"\x80\x43\x40",
        b"\xb0\x40\x00",
        b"\xb0\x7b\x00",
        b"\xb0\x78\x00",
    } <= set(ended)
    assert b"\xe0\x00\x40" in ended
    assert played(sequencer, 5.0) == []


def test_loop_wraps_exactly_and_sets_controllers_back() -> None:
    track = line(range(60, 68), events=(Event(0, b"\xb0\x07\x50"), Event(PPQ, b"\xb0\x07\x20")))
    made = build_schedule(song(track), PPQ // 2, BAR, loop=True)
    sequencer = Sequencer()
    sequencer.play(made, 0.0)
    found = sequencer.advance(3 * made.length)
    ons = [(time, data[1]) for time, data in found if data[0] & 0xF0 == 0x90]
    assert [pitch for _, pitch in ons] == [61, 62, 63] * 3
    assert [time for time, _ in ons[3:6]] == pytest.approx([time + made.length for time, _ in ons[:3]])
    assert [data for _, data in found].count(b"\xb0\x07\x50") == 3
    assert sequencer.playing


def test_loop_ends_what_was_clicked_at_the_wrap() -> None:
    made = build_schedule(song(line([60])), 0, BAR, loop=True)
    sequencer = Sequencer()
    sequencer.play(made, 0.0)
    sequencer.tracker.follow(b"\x90\x50\x40")
    assert b"\x80\x50\x40" in played(sequencer, made.length + 0.01)


def test_empty_loop_stops_instead_of_turning_for_ever() -> None:
    sequencer = Sequencer()
    sequencer.play(build_schedule(chord_song(), BAR, BAR, loop=True), 0.0)
    sequencer.advance(1.0)
    assert not sequencer.playing


def test_seek_chases_and_plays_on_from_there() -> None:
    track = line(range(60, 68), events=(Event(0, b"\xc0\x10"), Event(PPQ, b"\xb0\x07\x20")))
    made = build_schedule(song(track), 0, 2 * BAR)
    sequencer = Sequencer()
    sequencer.play(made, 0.0)
    played(sequencer, 0.1)
    sent = sequencer.seek(made.seconds_at(BAR))
    assert b"\x80\x3c\x40" in sent
    assert b"\xb0\x07\x20" in sent
    assert b"\xc0\x10" not in sent, "it is in force already"
    assert begins(played(sequencer, 0.01)) == [b"\x90\x40\x5a"]


def test_update_keeps_what_sounds_in_both_and_ends_the_rest() -> None:
    both = song(Track("A", Notes.of([Note(0, BAR, 60)])), Track("B", Notes.of([Note(0, BAR, 72)])))
    sequencer = Sequencer()
    sequencer.play(build_schedule(both, 0, BAR), 0.0)
    played(sequencer, 0.5)
    changed = sequencer.update(build_schedule(both, 0, BAR, muted=frozenset({2})))
    assert changed == [b"\x80\x48\x40"]
    assert [d for d in played(sequencer, 5.0) if d[0] == 0x80] == [b"\x80\x3c\x40"]


def test_update_stays_at_the_same_tick_in_another_tempo() -> None:
    sequencer = Sequencer()
    sequencer.play(build_schedule(chord_song(), 0, 4 * BAR), 1.0)
    slow = build_schedule(song(line(range(60, 76)), tempo=1_000_000), 0, 4 * BAR)
    sequencer.update(slow)
    assert slow.tick_at(sequencer.position) == pytest.approx(2 * PPQ)


def test_update_sends_a_changed_program() -> None:
    sequencer = Sequencer()
    sequencer.play(build_schedule(song(line([60], program=3)), 0, BAR), 0.0)
    played(sequencer, 0.1)
    assert b"\xc0\x07" in sequencer.update(build_schedule(song(line([60], program=7)), 0, BAR))


def test_tracker_silences_every_channel_when_asked() -> None:
    tracker = NoteTracker()
    tracker.follow(b"\x93\x40\x40")
    sent = tracker.silence(range(16))
    assert sent[0] == b"\x83\x40\x40"
    assert len(sent) == 1 + 16 * 4
    assert tracker.silence() == [d for d in sent[1:] if d[0] & 0x0F == 3]
