"""A window with a real document, a recording output and the Markov worker, and ways to drive it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QSettings
from PySide6.QtWidgets import QApplication, QComboBox, QMessageBox
from pytestqt.qtbot import QtBot

from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.gui.app import build_window
from jazzassist.gui.settings import Settings
from jazzassist.gui.theme import apply_theme
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.midi.files import write_song

BAR = 4 * 480


def band() -> Song:
    """Sixteen bars: a trumpet that rests in bars 5 to 8, a piano, a bass."""
    random = np.random.default_rng(5)
    tune = [Note(i * 240, 220, int(random.choice([60, 62, 64, 65, 67, 69, 71, 72])), 90, 0) for i in range(16 * 8)]
    tune = [note for note in tune if not 4 * BAR <= note.start < 8 * BAR]
    chords = [Note(bar * BAR, BAR - 20, pitch, 60, 1) for bar in range(16) for pitch in (52, 55, 59)]
    bass = [Note(beat * 480, 450, int(random.integers(36, 48)), 80, 2) for beat in range(64)]
    head = (Event(0, b"\xff\x03Band"), Event(0, b"\xff\x58\x04\x02\x18\x08"), Event(0, b"\xff\x51\x07\xa1\x20"))
    lines = [("Trumpet", 56, tune), ("Piano", 0, chords), ("Bass", 32, bass)]
    tracks = [
        Track(name, Notes.of(notes), (Event(0, bytes((0xC0 | channel, program))),), channel, program, 16 * BAR)
        for channel, (name, program, notes) in enumerate(lines)
    ]
    return Song(480, (Track("Band", events=head, end=16 * BAR), *tracks))


@pytest.fixture
def band_file(tmp_path: Path) -> Path:
    """The band's song in a file."""
    path = tmp_path / "band.mid"
    write_song(band(), path)
    return path


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Where the player writes what it sends."""
    return tmp_path / "sent.jsonl"


@pytest.fixture
def open_window(qtbot: QtBot, recording: Path, tmp_path: Path) -> Iterator[Callable[..., MainWindow]]:
    """Opens a window; closed, with player and worker ended, after the test."""
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    opened: list[MainWindow] = []

    def open_it(checkpoint: str | None = "markov", output: str | None = None) -> MainWindow:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply_theme(app, "light")
        window = build_window(Settings(), output=output or f"record:{recording}", checkpoint=checkpoint)
        opened.append(window)
        window.resize(1300, 800)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield open_it
    for window in opened:
        window.player.close()
        window.client.close()
        window.session.document.history.set_clean()
        window.close()
        window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(open_window: Callable[..., MainWindow], band_file: Path, qtbot: QtBot) -> MainWindow:
    """A window over the band, its worker ready, the trumpet current."""
    found = open_window()
    found.session.document.open(band_file)
    found.tracks.setCurrentRow(1)
    qtbot.waitUntil(lambda: found.client.state == "ready", timeout=30_000)
    return found


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sentences of message boxes, which are not shown."""
    sentences: list[str] = []

    def note(parent: object, title: str, text: str, *more: object) -> QMessageBox.StandardButton:
        sentences.append(text)
        return QMessageBox.StandardButton.Ok

    monkeypatch.setattr(QMessageBox, "warning", note)
    monkeypatch.setattr(QMessageBox, "critical", note)
    return sentences


def sent(path: Path) -> list[bytes]:
    """The messages that the player has sent so far."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [bytes.fromhex(json.loads(line)["data"]) for line in lines]


def answered(window: MainWindow) -> bool:
    """Whether suggestions are on offer and no more are being written."""
    return bool(window.panel.cards) and not window.session.is_busy


def choose(box: QComboBox, value: object) -> None:
    """Choose the item with this data."""
    index = box.findData(value)
    assert index >= 0, value
    box.setCurrentIndex(index)
