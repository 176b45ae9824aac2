"""A card says what would silence, bend or hold its notes, and makes it neutral in the gap where that is chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Passage
from jazzassist.domain.song import Event
from jazzassist.gui.suggestions.suggestion_card import Card
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.midi.files import read_song, write_song
from tests.gui.conftest import BAR, answered, band, sent

FULL, ZERO = b"\xb0\x0b\x7f", b"\xb0\x0b\x00"
FADED = Event(3 * BAR, ZERO)
Key = Qt.Key


@pytest.fixture
def faded(open_window: Callable[..., MainWindow], tmp_path: Path, qtbot: QtBot) -> MainWindow:
    """The band with the trumpet faded out by expression before its gap; suggestions for the gap are offered."""
    song, path = band(), tmp_path / "faded.mid"
    trumpet = song.tracks[1]
    write_song(song.with_track(1, replace(trumpet, events=(*trumpet.events, FADED))), path)
    window = open_window()
    window.session.document.open(path)
    window.tracks.setCurrentRow(1)
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: answered(window), timeout=60_000)
    return window


def box_of(card: Card) -> QCheckBox:
    found = card.findChild(QCheckBox)
    assert isinstance(found, QCheckBox)
    return found


def in_gap(window: MainWindow) -> list[bytes]:
    """What the trumpet's expression is set to, in order."""
    return [event.data for event in window.session.song.tracks[1].events if event.data[:2] == b"\xb0\x0b"]


def test_every_card_says_it_and_offers_to_neutralise_it(faded: MainWindow) -> None:
    for card in faded.panel.cards:
        texts = [label.text() for label in card.findChildren(QLabel)]
        assert "Expression is 0 here, so the notes are inaudible." in texts
        assert "expression is 0" in card.accessibleName().lower()
        assert not box_of(card).isChecked()


def test_unless_it_is_chosen_only_notes_are_inserted(faded: MainWindow, qtbot: QtBot) -> None:
    events = faded.session.song.tracks[1].events
    qtbot.keyClick(faded, Key.Key_Return)
    assert len(faded.session.document.history) == 1
    assert faded.session.song.tracks[1].events == events


def test_chosen_it_is_heard_inserted_as_one_step_saved_and_undone(
    faded: MainWindow, qtbot: QtBot, recording: Path
) -> None:
    before = faded.session.song
    box_of(faded.panel.cards[0]).click()
    assert all(box_of(card).isChecked() for card in faded.panel.cards)
    faded.suggesting.step(1)
    qtbot.keyClick(faded, Key.Key_Space)
    qtbot.waitUntil(lambda: FULL in sent(recording), timeout=60_000)
    assert faded.session.song is before, "hearing is not an edit"
    qtbot.keyClick(faded, Key.Key_Return)
    assert len(faded.session.document.history) == 1
    assert in_gap(faded) == [ZERO, FULL, ZERO]
    assert faded.files.save()
    assert faded.session.document.path is not None
    saved = read_song(faded.session.document.path).song.tracks[1]
    assert [e.tick for e in saved.events if e.data[:2] == b"\xb0\x0b"] == [3 * BAR, 4 * BAR, 8 * BAR]
    assert len(saved.notes.starting_in(4 * BAR, 8 * BAR))
    qtbot.keyClick(faded, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert faded.session.song is before


def test_in_the_file_the_value_is_back_before_the_note_that_follows(faded: MainWindow) -> None:
    faded.suggesting.set_neutral(True)
    faded.suggesting.insert()
    assert faded.files.save()
    assert faded.session.document.path is not None
    data = faded.session.document.path.read_bytes()
    following = faded.session.song.tracks[1].notes.starting_in(8 * BAR, 8 * BAR + 1)
    note_on = bytes((0x90, int(following.pitch[0]), int(following.velocity[0])))
    assert data.rindex(ZERO) < data.index(note_on, data.rindex(ZERO))
    assert data.index(note_on, data.rindex(ZERO)) - data.rindex(ZERO) == len(ZERO) + 1  # and the delta time between


def test_the_choice_ends_with_the_offer(faded: MainWindow, qtbot: QtBot) -> None:
    box_of(faded.panel.cards[0]).click()
    faded.suggesting.dismiss()
    faded.asking.ask_bridge()
    qtbot.waitUntil(lambda: answered(faded), timeout=60_000)
    assert not faded.session.offer.neutral
    assert not box_of(faded.panel.cards[0]).isChecked()


def test_the_original_is_heard_as_it_is(faded: MainWindow) -> None:
    faded.suggesting.set_neutral(True)
    faded.suggesting.toggle_original()
    assert faded.session.candidate is faded.session.song


def test_of_several_tracks_the_one_is_named(
    open_window: Callable[..., MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    song, path = band(), tmp_path / "held.mid"
    piano = song.tracks[2]
    write_song(song.with_track(2, replace(piano, events=(*piano.events, Event(0, b"\xb1\x40\x7f")))), path)
    window = open_window()
    window.session.document.open(path)
    window.tracks.setCurrentRow(1)
    window.session.mark(2)
    window.session.set_passage(Passage((1, 2), 4 * BAR, 6 * BAR))
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: answered(window), timeout=60_000)
    texts = [label.text() for label in window.panel.cards[0].findChildren(QLabel)]
    assert "Piano: the sustain pedal is down here, so the notes ring on." in texts


def test_where_nothing_disturbs_nothing_is_offered(window: MainWindow, qtbot: QtBot) -> None:
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: answered(window), timeout=60_000)
    assert window.panel.cards[0].findChild(QCheckBox) is None
