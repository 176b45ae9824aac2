"""A suggestion for a line that is played with the pedal is heard, inserted and undone with a pedal of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Passage
from jazzassist.domain.song import Event, Song
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.midi.files import read_song, write_song
from tests.gui.conftest import BAR, answered, band

PEDAL = b"\xb0\x40"


def pedals(song: Song) -> list[tuple[int, int]]:
    """(tick, value) of the trumpet's pedal in the gap."""
    events = song.tracks[1].events
    return [(e.tick, e.data[2]) for e in events if e.data[:2] == PEDAL and 4 * BAR <= e.tick < 8 * BAR]


def test_the_pedal_comes_and_goes_with_the_notes(
    open_window: Callable[..., MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    song, path = band(), tmp_path / "pedal.mid"
    line = song.tracks[1]
    feet = [
        Event(bar * BAR + at, PEDAL + bytes((value,))) for bar in range(4) for at, value in ((9, 127), (BAR - 9, 0))
    ]
    events = tuple(sorted((*line.events, *feet), key=lambda event: event.tick))
    write_song(song.with_track(1, replace(line, events=events)), path)
    window = open_window()
    window.files.open_file(path)
    window.tracks.setCurrentRow(1)
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: answered(window), timeout=60_000)
    before = window.session.document.song
    heard = window.session.offer.in_song(before)
    assert pedals(heard) and not pedals(before)
    assert pedals(heard)[-1][1] == 0
    qtbot.keyClick(window, Qt.Key.Key_Return)
    assert len(window.session.document.history) == 1
    assert pedals(window.session.document.song) == pedals(heard)
    assert window.files.save()
    assert pedals(read_song(path).song) == pedals(heard)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.session.document.song is before
