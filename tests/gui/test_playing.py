"""Playing in the window: to the end wherever that moves, clicked notes, sounds of the place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.midi.files import write_song
from tests.gui.conftest import BAR, sent

PATIENCE = 30_000
QUARTER = 480


def short_song() -> Song:
    """A bar of piano that becomes an organ at its third beat, and a note of drums on channel 11."""
    events = (Event(0, b"\xff\x51\x07\xa1\x20"), Event(0, b"\xc0\x00"), Event(2 * QUARTER, b"\xc0\x10"))
    piano = Track("Piano", Notes.of([Note(beat * QUARTER, QUARTER, 60 + beat) for beat in range(4)]), events)
    kit = (Event(0, b"\xff\x03Kit"), Event(0, b"\xba\x00\x7f"), Event(0, b"\xca\x00"))
    return Song(QUARTER, (piano, Track("Kit", Notes.of([Note(0, QUARTER, 36, 80, 10)]), kit, 10)))


@pytest.fixture
def short(open_window: Callable[..., MainWindow], tmp_path: Path) -> MainWindow:
    """A window over the short song."""
    write_song(short_song(), tmp_path / "short.mid")
    window = open_window()
    window.session.document.open(tmp_path / "short.mid")
    window.tracks.setCurrentRow(0)
    return window


def ons(recording: Path) -> list[bytes]:
    return [data for data in sent(recording) if data[0] & 0xF0 == 0x90 and data[2]]


def test_notes_added_beyond_the_end_while_playing_are_reached(short: MainWindow, recording: Path, qtbot: QtBot) -> None:
    short.player.play_song(short.session.song, 0)
    qtbot.waitUntil(lambda: len(ons(recording)) >= 3, timeout=PATIENCE)
    song = short.session.song
    longer = song.tracks[0].notes.joined(Notes.of([Note(BAR + 2 * QUARTER, QUARTER, 99)]))
    short.session.document.apply("Paste", song.with_track(0, replace(song.tracks[0], notes=longer)))
    qtbot.waitUntil(lambda: any(data[1] == 99 for data in ons(recording)), timeout=PATIENCE)
    qtbot.waitUntil(lambda: not short.player.playing, timeout=PATIENCE)


def test_playing_ends_sooner_when_the_end_is_deleted(short: MainWindow, recording: Path, qtbot: QtBot) -> None:
    short.player.play_song(short.session.song, 0)
    qtbot.waitUntil(lambda: len(ons(recording)) >= 2, timeout=PATIENCE)
    song = short.session.song
    first = song.tracks[0].notes.starting_in(0, 1)
    short.session.document.apply("Delete", song.with_track(0, replace(song.tracks[0], notes=first)))
    qtbot.waitUntil(lambda: not short.player.playing, timeout=PATIENCE)
    assert short.player.position < 4 * QUARTER


@pytest.mark.parametrize(("note", "program"), [(0, 0), (3, 0x10)])
def test_a_clicked_note_has_the_instrument_of_its_place(
    short: MainWindow, recording: Path, qtbot: QtBot, note: int, program: int
) -> None:
    notes = short.session.song.tracks[0].notes
    short.roll.note_sounded.emit(60 + note, int(notes.start[note]), 0)
    qtbot.waitUntil(lambda: bool(ons(recording)), timeout=PATIENCE)
    messages = sent(recording)
    assert ons(recording) == [bytes((0x90, 60 + note, 90))]
    assert [data for data in messages if data[0] == 0xC0][-1] == bytes((0xC0, program))


def test_a_pressed_key_has_the_instrument_at_the_playhead(short: MainWindow, recording: Path, qtbot: QtBot) -> None:
    short.player.seek(3 * QUARTER)
    short.roll.keys.pressed.emit(72)
    qtbot.waitUntil(lambda: bool(ons(recording)), timeout=PATIENCE)
    assert [data for data in sent(recording) if data[0] == 0xC0][-1] == b"\xc0\x10"


def test_a_clicked_note_of_a_kit_sounds_on_its_channel_with_its_bank(
    short: MainWindow, recording: Path, qtbot: QtBot
) -> None:
    assert short.session.song.tracks[1].is_drums
    short.tracks.setCurrentRow(1)
    short.roll.select_next_note()
    qtbot.waitUntil(lambda: bool(ons(recording)), timeout=PATIENCE)
    assert ons(recording) == [b"\x9a\x24\x5a"]
    assert b"\xba\x00\x7f" in sent(recording)


def test_space_soon_after_a_click_plays_on(short: MainWindow, recording: Path, qtbot: QtBot) -> None:
    short.roll.note_sounded.emit(60, 0, 0)
    qtbot.waitUntil(lambda: bool(ons(recording)), timeout=PATIENCE)
    short.roll.view.setFocus()
    qtbot.keyClick(short.roll.view, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(ons(recording)) >= 5, timeout=PATIENCE)
    first = [data for data in sent(recording) if data[0] & 0xE0 == 0x80 and data[1] == 60]
    assert [data[0] for data in first[:4]] == [0x90, 0x80, 0x90, 0x80]


def test_playing_from_a_selection_after_the_last_note_does_not_begin_at_the_start(
    short: MainWindow, recording: Path, qtbot: QtBot
) -> None:
    short.player.play_song(short.session.song, 3 * BAR)
    qtbot.waitUntil(lambda: short.player.position > 3 * BAR, timeout=PATIENCE)
    assert not ons(recording)
    qtbot.waitUntil(lambda: not short.player.playing, timeout=PATIENCE)
    short.player.play_song(short.session.song)
    qtbot.waitUntil(lambda: bool(ons(recording)), timeout=PATIENCE)


def test_what_is_held_is_heard_in_an_audition(window: MainWindow, recording: Path, qtbot: QtBot) -> None:
    song = window.session.song
    pad = replace(song.tracks[2], notes=Notes.of([Note(0, 16 * BAR, 40, 55, 1)]))
    window.player.play_range(song.with_track(2, pad), 4 * BAR, 5 * BAR, True, 4 * BAR)
    qtbot.waitUntil(lambda: b"\x91\x28\x37" in ons(recording), timeout=PATIENCE)
    window.player.stop()
