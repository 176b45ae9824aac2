"""Open, select, suggest, hear, insert, undo, redo, save: through the widgets, with mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Passage
from jazzassist.domain.suggestion import Controls
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.midi.files import read_song
from jazzassist.session import Aspect
from tests.gui.conftest import BAR, answered, sent

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def drag_bars(window: MainWindow, qtbot: QtBot, first: int, last: int) -> None:
    """Drags in the ruler from the middle of one bar to the middle of another."""
    geometry = window.roll.view.geometry_now
    places = [QPoint(round(geometry.x((bar - 0.5) * BAR)), 36) for bar in (first, last)]
    ruler = window.roll.ruler
    qtbot.mousePress(ruler, LEFT, NONE, places[0])
    qtbot.mouseMove(ruler, (places[0] + places[1]) / 2)
    qtbot.mouseMove(ruler, places[1])
    qtbot.mouseRelease(ruler, LEFT, NONE, places[1])


def ask(window: MainWindow, qtbot: QtBot) -> None:
    window.roll.view.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: answered(window), timeout=30_000)


def chunks(path: Path) -> list[bytes]:
    """The tracks of a file, each with all its bytes."""
    data, found, at = path.read_bytes(), [], 14
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        found.append(data[at : at + 8 + size])
        at += 8 + size
    return found


def test_a_drag_in_the_ruler_selects_whole_bars(window: MainWindow, qtbot: QtBot) -> None:
    drag_bars(window, qtbot, 5, 8)
    assert window.session.passage == Passage((1,), 4 * BAR, 8 * BAR)
    assert window.panel.passage.text() == "bars 5-8 of Trumpet, no notes"


def test_a_bridge_is_offered_heard_inserted_undone_redone_and_saved(
    window: MainWindow, qtbot: QtBot, recording: Path, band_file: Path
) -> None:
    before, original = chunks(band_file), window.session.song
    drag_bars(window, qtbot, 5, 8)
    ask(window, qtbot)
    assert len(window.panel.cards) == 4
    assert window.session.song is original

    qtbot.keyClick(window, Qt.Key.Key_BracketRight)
    assert window.session.offer.index == 1
    wanted = window.session.offer.suggestions[1].notes
    qtbot.keyClick(window, Qt.Key.Key_Space)
    first = wanted.select(wanted.start == wanted.start[0])
    on = bytes((0x90, int(first.pitch[0]), int(first.velocity[0])))
    qtbot.waitUntil(lambda: on in sent(recording), timeout=20_000)
    assert window.session.song is original, "hearing is not an edit"

    qtbot.keyClick(window, Qt.Key.Key_Return)
    after = window.session.song
    assert after.tracks[1].notes.starting_in(4 * BAR, 8 * BAR) == wanted
    assert len(window.session.document.history) == 1
    assert len(window.session.selected) == len(wanted)
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert window.session.song is original
    qtbot.keyClick(window, Qt.Key.Key_Y, CTRL)
    assert window.session.song is after

    qtbot.keyClick(window, Qt.Key.Key_S, CTRL)
    saved = chunks(band_file)
    assert [old == new for old, new in zip(before, saved, strict=True)] == [True, False, True, True]
    assert read_song(band_file).song.tracks[1].notes == after.tracks[1].notes
    assert not window.session.document.dirty


def test_the_shipped_network_bridges_the_same_gap(
    open_window: Callable[..., MainWindow], band_file: Path, qtbot: QtBot
) -> None:
    window = open_window(checkpoint=None)
    window.session.document.open(band_file)
    window.tracks.setCurrentRow(1)
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.asking.ask_bridge()  # asked while the network is still being loaded: it waits
    qtbot.waitUntil(lambda: answered(window), timeout=100_000)
    assert window.client.checkpoint == "jazz-8"
    for suggestion in window.session.offer.suggestions:
        assert suggestion.notes.start.min() >= 4 * BAR
        assert suggestion.notes.end.max() <= 8 * BAR


def test_a_continuation_begins_where_the_selection_ends(window: MainWindow, qtbot: QtBot) -> None:
    window.session.set_passage(Passage((1,), 2 * BAR, 4 * BAR))
    window.panel.bars.setValue(2)
    window.panel.beats.setValue(1)
    window.asking.ask_continuation()
    qtbot.waitUntil(lambda: answered(window), timeout=30_000)
    gap = window.session.offer.gap
    assert gap is not None
    assert (gap.start, gap.end) == (4 * BAR, 6 * BAR + 480)


def test_what_lay_there_can_be_compared_at_the_same_playhead(window: MainWindow, qtbot: QtBot) -> None:
    drag_bars(window, qtbot, 5, 8)
    ask(window, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_QuoteLeft)
    assert window.session.candidate is window.session.song
    qtbot.keyClick(window, Qt.Key.Key_QuoteLeft)
    assert window.session.candidate is not window.session.song


def test_enter_does_not_insert_a_suggestion_that_is_not_shown(window: MainWindow, qtbot: QtBot) -> None:
    drag_bars(window, qtbot, 5, 8)
    ask(window, qtbot)
    song = window.session.song
    qtbot.keyClick(window, Qt.Key.Key_BracketRight)
    qtbot.keyClick(window, Qt.Key.Key_A)
    assert window.session.offer.original
    qtbot.keyClick(window, Qt.Key.Key_Return)  # shows it again
    assert window.session.song is song
    assert (window.session.offer.index, window.session.offer.original) == (1, False)
    assert "Enter to insert" in window.panel.state.text()
    assert window.session.suggested is not None
    wanted = window.session.offer.suggestions[1].notes
    qtbot.keyClick(window, Qt.Key.Key_Return)
    assert window.session.song.tracks[1].notes.starting_in(4 * BAR, 8 * BAR) == wanted


def test_a_cards_button_inserts_its_suggestion_also_while_the_original_is_shown(
    window: MainWindow, qtbot: QtBot
) -> None:
    drag_bars(window, qtbot, 5, 8)
    ask(window, qtbot)
    wanted = window.session.offer.suggestions[2].notes
    window.suggesting.toggle_original()
    window.panel.card_inserted.emit(2)
    assert window.session.song.tracks[1].notes.starting_in(4 * BAR, 8 * BAR) == wanted


def test_playing_from_a_selection_after_the_last_note_begins_there(window: MainWindow, qtbot: QtBot) -> None:
    window.session.set_passage(Passage((1,), 20 * BAR, 22 * BAR))
    places: list[int] = []
    window.session.observe(lambda changed: places.append(window.session.playhead), Aspect.PLAYHEAD)
    qtbot.keyClick(window, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: len(places) > 3, timeout=20_000)
    assert min(places) >= 20 * BAR


def test_escape_goes_down_its_ladder_and_never_closes(window: MainWindow, qtbot: QtBot) -> None:
    drag_bars(window, qtbot, 5, 8)
    window.suggesting.ask_bridge(window.session.passage, window_controls(window), 8, 1)
    assert window.client.state == "busy"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.client.state == "ready"
    ask(window, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.panel.cards
    assert window.session.passage is not None
    qtbot.keyClick(window, Qt.Key.Key_A, CTRL)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not len(window.session.selected)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.session.passage is None
    assert window.isVisible()


def window_controls(window: MainWindow) -> Controls:
    return Controls(window.panel.adventurous.value())


def test_asking_without_a_selection_says_what_to_do(window: MainWindow) -> None:
    window.session.set_passage(None)
    window.asking.ask_bridge()
    assert "Select the bars" in window.panel.state.text()


def test_a_seed_without_a_note_is_refused_in_a_sentence(window: MainWindow) -> None:
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.asking.ask_continuation()
    assert "no note in the selected seed" in window.panel.state.text()


@pytest.mark.parametrize("key", [Qt.Key.Key_Up, Qt.Key.Key_Delete])
def test_editing_keys_are_one_undo_step_each(window: MainWindow, qtbot: QtBot, key: Qt.Key) -> None:
    original = window.session.song
    qtbot.keyClick(window, Qt.Key.Key_A, CTRL)
    qtbot.keyClick(window, key)
    assert window.session.song is not original
    assert len(window.session.document.history) == 1
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert window.session.song is original


def test_saving_unedited_keeps_every_byte(window: MainWindow, band_file: Path, tmp_path: Path) -> None:
    window.session.document.save(tmp_path / "copy.mid")
    assert (tmp_path / "copy.mid").read_bytes() == band_file.read_bytes()
