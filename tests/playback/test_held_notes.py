"""Notes that begin before the start of playback are restarted if they are long enough to be heard."""

from __future__ import annotations

import pytest

from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.sequencer import Sequencer
from tests.playback.songs import PPQ, begins, line, song, sounding

BAR = 4 * PPQ


def pad(channel: int = 0, **more: object) -> Song:
    """A fifth over eight bars under a line of quarters."""
    notes = [Note(0, 8 * BAR, pitch, 77, channel) for pitch in (48, 55)]
    return song(Track("Pad", Notes.of(notes), channel=channel, **more), line(range(60, 92), channel=5))  # type: ignore[arg-type]


def played(sequencer: Sequencer, seconds: float) -> list[bytes]:
    return [data for _, data in sequencer.advance(seconds)]


@pytest.mark.parametrize("way", ["play", "seek", "loop", "schedule", "output"])
def test_a_pad_sounds_wherever_playing_begins_inside_it(way: str) -> None:
    whole = build_schedule(pad(), 0, 8 * BAR)
    sequencer, at = Sequencer(), whole.seconds_at(3 * BAR + 7)
    if way == "play":
        sent = sequencer.play(whole, at)
    elif way == "seek":
        sequencer.play(whole, 0.0)
        sent = sequencer.seek(at)
    elif way == "output":
        sequencer.play(whole, 0.0)
        played(sequencer, at)
        sequencer.tracker.forget(is_known=False)
        sent = sequencer.resend()
    else:
        part = build_schedule(pad(), 3 * BAR, 4 * BAR, loop=way == "loop")
        sent = sequencer.play(part, 0.0) + played(sequencer, 0.01)
    assert {b"\x90\x30\x4d", b"\x90\x37\x4d"} <= set(begins(sent))
    assert not sounding(sent + played(sequencer, 100.0) + sequencer.stop())


def test_every_turn_of_a_loop_begins_the_pad_again_and_never_twice_at_once() -> None:
    sequencer = Sequencer()
    made = build_schedule(pad(), BAR, 2 * BAR, loop=True)
    sent = sequencer.play(made, 0.0) + played(sequencer, 3 * made.length - 0.01)
    assert begins(sent).count(b"\x90\x30\x4d") == 3
    for end in range(len(sent)):
        assert max(sounding(sent[:end]).values(), default=0) <= 1


def test_playing_begun_in_a_loop_sounds_what_is_held_there() -> None:
    sequencer = Sequencer()
    made = build_schedule(pad(), BAR, 2 * BAR, loop=True)
    assert b"\x90\x30\x4d" in sequencer.play(made, made.length / 2)


def test_drums_are_not_begun_again() -> None:
    kits = (pad(9), pad(10, drums=True))
    for channel, kit in zip((9, 10), kits, strict=True):
        made = build_schedule(kit, 0, 8 * BAR)
        sent = Sequencer().play(made, made.seconds_at(BAR)) + list(build_schedule(kit, BAR, 2 * BAR).messages)
        assert not [data for data in begins(sent) if data[0] & 15 == channel]
    melodic = build_schedule(pad(9, drums=False), 0, 8 * BAR)
    assert [data for data in Sequencer().play(melodic, 4.0) if data[0] == 0x99]


def test_a_note_that_ends_at_once_is_not_begun_again_and_does_not_end_another() -> None:
    notes = Notes.of([Note(0, PPQ + 10, 60), Note(PPQ + 5, PPQ, 60, 50)])
    made = build_schedule(song(Track("A", notes)), 0, 4 * PPQ)
    sequencer = Sequencer()
    sent = sequencer.play(made, made.seconds_at(PPQ))
    assert not begins(sent)
    found = sequencer.advance(10.0)
    ends = [(time, data) for time, data in found if data[0] == 0x80]
    assert begins(data for _, data in found) == [b"\x90\x3c\x32"]
    assert [time for time, _ in ends] == pytest.approx([made.seconds_at(2 * PPQ + 5) - made.seconds_at(PPQ)])


def test_the_velocity_of_the_newest_note_of_a_key_is_taken() -> None:
    notes = Notes.of([Note(0, PPQ, 60, 11), Note(PPQ, 4 * PPQ, 60, 22)])
    made = build_schedule(song(Track("A", notes)), 0, 8 * PPQ)
    assert begins(Sequencer().play(made, made.seconds_at(2 * PPQ))) == [b"\x90\x3c\x16"]


def test_a_pad_that_is_no_longer_muted_sounds_at_once_and_one_that_plays_on_is_left() -> None:
    sequencer = Sequencer()
    sequencer.play(build_schedule(pad(), 0, 8 * BAR, muted=frozenset({1})), 2.0)
    played(sequencer, 1.1)
    whole = build_schedule(pad(), 0, 8 * BAR)
    assert begins(sequencer.update(whole)) == [b"\x90\x30\x4d", b"\x90\x37\x4d"]
    assert not sequencer.update(whole)


def test_a_program_at_the_place_itself_is_in_force_for_the_note_begun_again() -> None:
    changed = pad(events=(Event(0, b"\xc0\x01"), Event(2 * BAR, b"\xc0\x02")))
    messages = list(build_schedule(changed, 2 * BAR, 3 * BAR).messages)
    assert messages.index(b"\xc0\x02") < messages.index(b"\x90\x30\x4d")
