"""Several tracks in one request: marked in the list, asked for, heard, inserted and undone together."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Passage
from jazzassist.gui.roll.words import describe_passage
from jazzassist.gui.suggestions.suggestion_card import Card
from jazzassist.gui.window.main_window import MainWindow
from tests.gui.conftest import BAR, choose
from tests.gui.test_main_job import ask, drag_bars

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
TRUMPET, PIANO, BASS = 1, 2, 3


def click(window: MainWindow, qtbot: QtBot, track: int, keys: Qt.KeyboardModifier = NONE) -> None:
    place = window.tracks.visualItemRect(window.tracks.item(track)).center()
    qtbot.mouseClick(window.tracks.viewport(), LEFT, keys, place)


def marks(window: MainWindow) -> str:
    return "".join(row.target.text() for row in window.tracks.rows)


def texts(card: Card) -> list[str]:
    return [label.text() for label in card.findChildren(QLabel)]


def ask_for_all(window: MainWindow, qtbot: QtBot) -> None:
    click(window, qtbot, PIANO, CTRL)
    click(window, qtbot, BASS, CTRL)
    drag_bars(window, qtbot, 9, 12)
    ask(window, qtbot)


def test_ctrl_click_marks_a_further_track_and_unmarks_it(window: MainWindow, qtbot: QtBot) -> None:
    assert marks(window) == "○●○○"
    click(window, qtbot, BASS, CTRL)
    assert marks(window) == "○●○●"
    assert window.session.current == TRUMPET, "the roll stays where it is"
    click(window, qtbot, BASS, CTRL)
    assert marks(window) == "○●○○"
    click(window, qtbot, TRUMPET, CTRL)
    assert marks(window) == "○●○○", "one track is always written into"


def test_the_circle_marks_and_unmarks_a_track(window: MainWindow, qtbot: QtBot) -> None:
    circles = [row.target for row in window.tracks.rows]
    qtbot.mouseClick(circles[PIANO], LEFT)
    assert window.session.tracks.targets == (TRUMPET, PIANO)
    assert [circle.isChecked() for circle in circles] == [False, True, True, False]
    qtbot.mouseClick(circles[TRUMPET], LEFT)
    assert list(window.session.tracks.targets) == [PIANO]
    assert window.session.current == PIANO, "the current track is always one of those"
    qtbot.mouseClick(circles[PIANO], LEFT)
    assert circles[PIANO].isChecked()


def test_shift_click_marks_all_from_the_current_track(window: MainWindow, qtbot: QtBot) -> None:
    click(window, qtbot, BASS, SHIFT)
    assert window.session.tracks.targets == (TRUMPET, PIANO, BASS)
    click(window, qtbot, PIANO, SHIFT)
    assert list(window.session.tracks.targets) == [TRUMPET, PIANO]
    assert window.session.current == TRUMPET


def test_a_click_on_a_marked_track_keeps_the_marks_and_on_another_gives_them_up(
    window: MainWindow, qtbot: QtBot
) -> None:
    click(window, qtbot, BASS, CTRL)
    click(window, qtbot, BASS)
    assert (window.session.current, window.session.tracks.targets) == (BASS, (TRUMPET, BASS))
    click(window, qtbot, PIANO)
    assert (window.session.current, window.session.tracks.targets) == (PIANO, (PIANO,))


def test_the_selection_is_on_all_marked_tracks(window: MainWindow, qtbot: QtBot) -> None:
    drag_bars(window, qtbot, 9, 12)
    click(window, qtbot, PIANO, CTRL)
    assert window.session.passage == Passage((TRUMPET, PIANO), 8 * BAR, 12 * BAR)
    drag_bars(window, qtbot, 5, 8)
    assert window.session.passage == Passage((TRUMPET, PIANO), 4 * BAR, 8 * BAR)
    click(window, qtbot, BASS, CTRL)
    assert window.panel.passage.text() == "bars 5-8 of Trumpet, Piano and Bass, 28 notes"
    assert describe_passage(window.session) == window.panel.passage.text()
    assert window.status_text.text().startswith(window.panel.passage.text())


def test_all_are_offered_heard_inserted_and_undone_together(window: MainWindow, qtbot: QtBot) -> None:
    original = window.session.song
    ask_for_all(window, qtbot)
    request = window.session.offer.request
    assert request is not None
    assert request.targets == (TRUMPET, PIANO, BASS)
    qtbot.keyClick(window, Qt.Key.Key_BracketRight)
    chosen = window.session.offer.suggestions[1]
    heard = window.session.candidate
    for part in chosen.parts:
        assert heard.tracks[part.line].notes.starting_in(8 * BAR, 12 * BAR) == part.notes
    assert window.session.song is original

    qtbot.keyClick(window, Qt.Key.Key_Return)
    assert window.session.song.tracks[1:] == heard.tracks[1:]
    assert len(window.session.document.history) == 1
    assert window.session.document.history.undo_text == "Insert bridge"
    assert len(window.session.selected) == len(chosen.parts[0].notes)
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert window.session.song is original


def test_what_plays_has_the_notes_of_all_parts(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_for_all(window, qtbot)
    played: list[object] = []
    monkeypatch.setattr(window.player, "play_range", lambda song, *others: played.append(song))
    window.suggesting.hear(2)
    (song,) = played
    for part in window.session.offer.suggestions[2].parts:
        assert song.tracks[part.line].notes.starting_in(8 * BAR, 12 * BAR) == part.notes  # type: ignore[attr-defined]


def test_each_track_shows_its_own_part_when_it_becomes_the_current_one(window: MainWindow, qtbot: QtBot) -> None:
    ask_for_all(window, qtbot)
    parts = window.session.offer.suggestions[0].parts
    assert window.session.suggested == parts[0].notes
    assert window.session.candidate.tracks[BASS].notes.starting_in(8 * BAR, 12 * BAR) == parts[2].notes
    click(window, qtbot, BASS)
    assert window.session.suggested == parts[2].notes
    assert window.panel.cards, "they stay on offer"
    qtbot.keyClick(window, Qt.Key.Key_QuoteLeft)
    click(window, qtbot, PIANO)
    assert window.session.suggested is None, "what is there now is shown on every track"
    assert window.session.candidate is window.session.song
    qtbot.keyClick(window, Qt.Key.Key_QuoteLeft)
    assert window.session.suggested == parts[1].notes


@pytest.mark.parametrize("keys", [CTRL, NONE])
def test_suggestions_are_dismissed_when_other_tracks_are_marked(
    window: MainWindow, qtbot: QtBot, keys: Qt.KeyboardModifier
) -> None:
    click(window, qtbot, PIANO, CTRL)
    drag_bars(window, qtbot, 9, 12)
    ask(window, qtbot)
    click(window, qtbot, BASS, keys)
    assert not window.panel.cards
    assert window.session.offer.gap is None


def test_cards_name_each_track_and_count_the_notes_of_all(window: MainWindow, qtbot: QtBot) -> None:
    ask_for_all(window, qtbot)
    title, words = texts(window.panel.cards[0])
    assert f"{len(window.session.offer.suggestions[0].notes)} notes" in title
    assert [line.split(":")[0] for line in words.split("\n")] == ["Trumpet", "Piano", "Bass"]


def test_wishes_are_against_what_each_track_plays(window: MainWindow, qtbot: QtBot) -> None:
    """Before the gap the trumpet plays two notes a quarter, the bass one, more than an octave lower."""
    choose(window.panel.more.density, 1.5)
    choose(window.panel.more.register, 12.0)
    click(window, qtbot, BASS, CTRL)
    drag_bars(window, qtbot, 13, 14)
    window.asking.ask_bridge()
    request = window.session.offer.request
    assert request is not None
    trumpet, bass = request.own_controls
    assert trumpet.density == pytest.approx(3.0, rel=0.05)
    assert bass.density == pytest.approx(1.5, rel=0.05)
    assert trumpet.register is not None
    assert bass.register is not None
    assert trumpet.register > 70 > 60 > bass.register


def test_a_track_with_nothing_to_start_from_is_named(window: MainWindow, qtbot: QtBot) -> None:
    click(window, qtbot, 0, CTRL)
    drag_bars(window, qtbot, 9, 12)
    window.asking.ask_bridge()
    assert "track 1, Band, has no note before or after the gap" in window.panel.state.text()
