"""The end of a song: after the last note and the pedal that sustains it, and not hours later."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.playback.render import render_sound
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.sequencer import Sequencer
from tests.playback.songs import PPQ, line, song

CHORD = Notes.of([Note(0, PPQ, pitch, 100) for pitch in (48, 60, 67)])
DOWN, UP, HALF, RESET = b"\xb0\x40\x7f", b"\xb0\x40\x00", b"\xb0\x40\x20", b"\xb0\x79\x00"
HOURS = 100_000_000


def ended(*events: tuple[int, bytes], end: int = 0) -> Song:
    return song(Track("Piano", CHORD, tuple(Event(*event) for event in events), end=end))


@pytest.mark.parametrize(
    ("events", "end", "expected"),
    [
        ([], 0, PPQ),
        ([(0, DOWN), (8 * PPQ, UP)], 0, 8 * PPQ),
        ([(0, DOWN), (8 * PPQ, HALF)], 0, 8 * PPQ),
        ([(0, DOWN), (8 * PPQ, RESET)], 0, 8 * PPQ),
        ([(0, b"\xb0\x42\x7f"), (6 * PPQ, b"\xb0\x42\x00")], 0, 6 * PPQ),
        ([(PPQ, DOWN), (8 * PPQ, UP)], 0, 8 * PPQ),
        ([(PPQ + 1, DOWN), (8 * PPQ, UP)], 0, PPQ),
        ([(0, DOWN), (PPQ, UP)], 0, PPQ),
        ([(0, DOWN), (10, UP), (HOURS, UP)], HOURS, PPQ),
        ([(0, b"\xb1\x40\x7f"), (8 * PPQ, b"\xb1\x40\x00")], 0, PPQ),
        ([(0, DOWN), (HOURS, UP)], HOURS, PPQ + 60 * PPQ),
        ([(0, DOWN)], 4 * PPQ, 4 * PPQ),
        ([(0, DOWN)], HOURS, PPQ + 20 * PPQ),
    ],
)
def test_the_music_ends_when_nothing_is_held(events: list[tuple[int, bytes]], end: int, expected: int) -> None:
    assert ended(*events, end=end).music_end == expected


def test_a_controller_hours_after_the_music_is_no_part_of_the_song() -> None:
    assert ended((HOURS, UP)).end == PPQ
    assert ended(end=HOURS).end == PPQ
    assert ended((3 * PPQ, b"\xff\x06Coda"), end=4 * PPQ).end == 4 * PPQ
    assert Song(PPQ, (Track("Chords", events=(Event(HOURS, b"\xff\x06C7"),)),)).end == HOURS


def test_a_pedal_on_another_port_holds_nothing() -> None:
    other = Track(
        "B", events=(Event(0, b"\xff\x21\x01"), Event(0, DOWN), Event(8 * PPQ, UP)), notes=Notes.of([(0, 9, 60)])
    )
    first = Track("A", CHORD, (Event(0, b"\xff\x21\x00"),))
    assert song(first, other).music_end == 8 * PPQ
    assert song(first, Track("B", events=other.events)).music_end == PPQ


def sound_of(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        data = file.readframes(file.getnframes())
        return np.asarray(np.abs(np.frombuffer(data, "<i2").reshape(-1, 2).max(axis=1) / 32768))


def test_the_pedal_is_heard_to_its_release_in_a_sound_file(tmp_path: Path) -> None:
    render_sound(ended((0, DOWN), (8 * PPQ, UP)), tmp_path / "held.wav")
    render_sound(ended(), tmp_path / "plain.wav")
    held, plain = (sound_of(tmp_path / f"{name}.wav") for name in ("held", "plain"))
    assert held[int(3.5 * 44100) : int(3.9 * 44100)].max() > 0.004
    assert len(plain) < 3.5 * 44100 or plain[int(3.5 * 44100) :].max() < 0.001
    assert held[-200:].max() < 0.001, "it has faded"
    assert len(held) < 12 * 44100


def test_the_end_lets_the_last_notes_ring_before_anything_is_set_back() -> None:
    faded = song(line([60], events=(Event(100, b"\xb0\x07\x00"),)))
    sequencer = Sequencer()
    made = build_schedule(faded, 0, faded.music_end)
    sequencer.play(made, 0.0)
    sent = [data for _, data in sequencer.advance(made.length + 0.1)]
    assert not sequencer.playing
    assert sequencer.ringing
    assert b"\xb0\x07\x64" not in sent
    assert not [data for data in sent if data[0] == 0xB0 and data[1] in (120, 123)]
    late = sequencer.advance(sequencer.until_next() or 0.0)
    assert b"\xb0\x07\x64" in [data for _, data in late]
    assert not sequencer.ringing
    assert sequencer.until_next() is None
