"""How often widgets are painted and texts are set: once for one change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Passage
from jazzassist.gui.roll.ruler import Ruler
from jazzassist.gui.roll.view import RollView
from jazzassist.gui.suggestions.suggestion_panel import SuggestionPanel
from jazzassist.gui.tracks.track_list import TrackList
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.gui.window.status_line import StatusLine
from tests.gui.conftest import BAR

COUNTED = (
    (RollView, "paintEvent", "roll painted"),
    (Ruler, "paintEvent", "ruler painted"),
    (StatusLine, "renew", "status"),
    (SuggestionPanel, "set_passage_text", "passage text"),
    (TrackList, "_show_song", "tracks"),
)


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each of these was done. The window must be made afterwards."""
    found: Counter[str] = Counter()

    def counted(work: Callable[..., object], name: str) -> Callable[..., object]:
        def do(*arguments: object) -> object:
            found[name] += 1
            return work(*arguments)

        return do

    for kind, method, name in COUNTED:
        monkeypatch.setattr(kind, method, counted(getattr(kind, method), name))
    return found


def quiet(window: MainWindow, counts: Counter[str], qtbot: QtBot) -> None:
    """Waits until nothing is painted any more, and counts from there."""
    del window
    qtbot.wait(300)
    counts.clear()


def test_one_transposition_is_painted_once_and_said_once(
    counts: Counter[str], window: MainWindow, qtbot: QtBot
) -> None:
    window.session.set_passage(Passage((1,), 0, 4 * BAR))
    window.session.select_notes([0, 1, 2])
    quiet(window, counts, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_Up)
    QApplication.processEvents()
    assert counts == {"roll painted": 1, "ruler painted": 1, "status": 1, "passage text": 1, "tracks": 1}


def test_opening_a_file_shows_everything_once(
    counts: Counter[str], window: MainWindow, band_file: Path, qtbot: QtBot
) -> None:
    quiet(window, counts, qtbot)
    window.session.document.open(band_file)
    QApplication.processEvents()
    assert counts == {"roll painted": 1, "ruler painted": 1, "status": 1, "passage text": 1, "tracks": 1}


def test_selecting_notes_touches_nothing_else(counts: Counter[str], window: MainWindow, qtbot: QtBot) -> None:
    quiet(window, counts, qtbot)
    window.session.select_notes([4])
    QApplication.processEvents()
    assert counts == {"roll painted": 1, "status": 1}
