"""Whose suggestions are heard: chosen in a menu, loaded in another process."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Passage
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.paths import default_checkpoint, shipped_checkpoints
from tests.gui.conftest import BAR
from tests.neural.requests import save_whole, tiny_network

OWN = "Choose checkpoint folder…"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The folder of a small checkpoint."""
    save_whole(tiny_network(), tmp_path / "mine", "mine")
    return tmp_path / "mine"


def entries(window: MainWindow) -> dict[str, QAction]:
    window.network_menu.aboutToShow.emit()
    return {action.text(): action for action in window.network_menu.actions() if action.text()}


def marked(window: MainWindow) -> list[str]:
    return [text for text, action in entries(window).items() if action.isChecked()]


def choose_own(window: MainWindow, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    entries(window)[OWN].trigger()


def test_what_is_shipped_is_listed_and_what_is_in_use_is_marked(window: MainWindow) -> None:
    names = [*shipped_checkpoints(), "Markov chain (no network)", OWN]
    assert list(entries(window)) == names
    assert names[0] == default_checkpoint().name
    assert marked(window) == ["Markov chain (no network)"]


def test_suggestions_come_from_the_one_that_was_chosen(
    window: MainWindow, own: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: bool(window.session.offer.suggestions), timeout=30_000)
    assert window.session.offer.suggestions[0].receipt.checkpoint == "markov"
    before = window.client.process_id
    noticed: list[str] = []
    window.client.noticed.connect(noticed.append)
    choose_own(window, own, monkeypatch)
    assert window.client.state == "loading" and window.client.checkpoint == ""
    window.asking.ask_bridge()  # waits until the other is loaded
    qtbot.waitUntil(lambda: bool(window.session.offer.suggestions), timeout=60_000)
    assert window.session.offer.suggestions[0].receipt.checkpoint == "mine"
    assert window.client.process_id != before
    assert "model mine ready" in window.status_text.text()
    assert marked(window) == [str(own)]
    assert noticed == []  # it did not end unexpectedly


def test_a_request_under_way_is_given_up_for_the_other(
    window: MainWindow, own: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.asking.ask_bridge()
    choose_own(window, own, monkeypatch)
    qtbot.waitUntil(lambda: window.client.state == "ready", timeout=60_000)
    qtbot.wait(200)
    assert not window.session.offer.suggestions and window.client.checkpoint == "mine"


def test_a_folder_that_is_no_checkpoint_is_named_and_another_can_be_chosen_then(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    (tmp_path / "empty").mkdir()
    choose_own(window, tmp_path / "empty", monkeypatch)
    qtbot.waitUntil(lambda: window.client.state == "failed", timeout=60_000)
    assert str(tmp_path / "empty") in window.panel.state.text()
    entries(window)["Markov chain (no network)"].trigger()
    qtbot.waitUntil(lambda: window.client.state == "ready", timeout=30_000)
    assert window.client.checkpoint == "markov"


def test_no_folder_changes_nothing(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    before = window.client.process_id
    entries(window)[OWN].trigger()
    assert window.client.state == "ready" and window.client.process_id == before
