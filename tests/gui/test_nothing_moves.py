"""Buttons do not move when bars are selected, or when messages or suggestions appear."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Passage
from jazzassist.gui.widgets.line_label import LineLabel
from jazzassist.gui.window.main_window import MainWindow
from tests.gui.conftest import BAR, answered

LONG = "A sentence that is long enough for several lines of the panel, since it names a track and says what is wrong. "


def places(window: MainWindow) -> dict[str, QRect]:
    """Where the parts that are clicked in are, in pixels of the window."""
    panel, bar = window.panel, window.transport_bar
    parts: dict[str, QWidget] = {
        "bridge": panel.bridge, "continue": panel.continuation, "bars": panel.bars, "adventurous": panel.adventurous,
        "more": panel.more.toggle, "answers": panel._answers, "view": window.roll.view, "ruler": window.roll.ruler,
        "keys": window.roll.keys, "tracks": window.tracks, "tempo": bar.tempo, "outputs": bar.outputs,
    }  # fmt: skip
    QApplication.processEvents()
    return {name: QRect(part.mapTo(window, QPoint(0, 0)), part.size()) for name, part in parts.items()}


def test_selecting_bars_moves_nothing(window: MainWindow) -> None:
    before = places(window)
    for passage in (Passage((1,), 4 * BAR, 8 * BAR), Passage((1,), 0, 3 * BAR + 7), None):
        window.session.set_passage(passage)
        assert places(window) == before
    for track in (1, 2, 3):
        window.session.mark(track)
    window.session.set_passage(Passage(window.session.tracks.targets, 0, 9 * BAR + 1))
    assert places(window) == before


def test_messages_move_nothing(window: MainWindow) -> None:
    before = places(window)
    for sentence in ("One.", LONG * 4, "x" * 5000):
        window.banner.tell(sentence, "details")
        assert places(window) == before
        assert window.banner.isVisible()
    for sentence in window.banner.sentences:
        window.banner.take_back(sentence)
    assert places(window) == before
    assert not window.banner.isVisible()


def test_asking_being_refused_and_being_answered_move_nothing(window: MainWindow, qtbot: QtBot) -> None:
    before = places(window)
    for sentence in ("", "No.", LONG * 3):
        window.suggesting.refuse(sentence)
        assert places(window) == before
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.asking.ask_bridge()
    assert places(window) == before
    qtbot.waitUntil(lambda: answered(window), timeout=30_000)
    assert places(window) == before
    window.suggesting.toggle_original()
    assert places(window) == before
    window.suggesting.dismiss()
    assert places(window) == before


def test_the_playhead_moves_nothing_else(window: MainWindow) -> None:
    before = places(window)
    for tick in (0, 9 * BAR, 99 * BAR + 1000):
        window.session.set_playhead(tick)
        assert places(window) == before


def test_long_messages_do_not_make_the_window_wider(window: MainWindow) -> None:
    size = window.minimumSizeHint()
    window.banner.tell("x" * 5000)
    window.status_text.setText("x" * 5000)
    window.suggesting.refuse("x" * 5000)
    window.panel.set_passage_text("x" * 5000)
    QApplication.processEvents()
    assert window.minimumSizeHint() == size


def test_a_message_lies_at_the_foot_of_the_notes_and_follows_their_size(window: MainWindow) -> None:
    window.banner.tell(LONG)
    for size in ((1300, 800), (1000, 560), (1100, 350)):
        window.resize(*size)
        QApplication.processEvents()
        ground = window.roll.view.viewport().rect()
        assert ground.contains(window.banner.geometry())
        assert ground.bottom() - window.banner.geometry().bottom() < 20


@pytest.mark.parametrize("text", ["Ready", LONG, "x" * 300, "🎷" * 200, "two\nlines", ""])
def test_a_label_shows_the_whole_text_or_ends_in_dots(qtbot: QtBot, text: str) -> None:
    label = LineLabel(2)
    qtbot.addWidget(label)
    label.resize(200, label.sizeHint().height())
    label.setText(text)
    label.show()
    label.repaint()
    lines = label.shown_lines
    assert len(lines) <= 2
    assert all(label.fontMetrics().horizontalAdvance(line.rstrip()) <= 200 for line in lines)
    whole = "".join(lines) == text.replace("\n", " ")
    assert whole or lines[-1].endswith("…")
    assert whole == (len(text) < 20)
