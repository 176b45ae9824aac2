"""Names, drops and remembered states around files."""

from __future__ import annotations

import faulthandler
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from pytestqt.qtbot import QtBot

from jazzassist.gui import app
from jazzassist.gui.window.main_window import MainWindow
from tests.gui.test_files import change

PATIENCE_MS = 20_000
NO_KEY, LEFT, COPY = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
WEB = QUrl("https://example.org/song.mid")


def dragged(*urls: QUrl) -> QMimeData:
    data = QMimeData()
    data.setUrls(list(urls))
    return data


def is_taken(window: MainWindow, data: QMimeData) -> bool:
    event = QDragEnterEvent(QPoint(9, 9), COPY, data, LEFT, NO_KEY)
    event.ignore()
    window.dragEnterEvent(event)
    return event.isAccepted()


def test_a_link_into_the_web_is_refused_while_it_is_dragged(window: MainWindow, band_file: Path) -> None:
    assert not is_taken(window, dragged(WEB))
    assert is_taken(window, dragged(QUrl.fromLocalFile(str(band_file))))


@pytest.mark.parametrize("order", [1, -1])
def test_of_a_picture_a_link_and_a_song_the_song_is_opened(
    window: MainWindow, band_file: Path, tmp_path: Path, qtbot: QtBot, order: int
) -> None:
    picture, song = tmp_path / "photo.jpg", tmp_path / "song.mid"
    picture.write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    song.write_bytes(band_file.read_bytes())
    urls = [QUrl.fromLocalFile(str(picture)), QUrl.fromLocalFile(str(song)), WEB][::order]
    data = dragged(*urls)
    window.dropEvent(QDropEvent(QPointF(9, 9), COPY, data, LEFT, NO_KEY))
    qtbot.waitUntil(lambda: window.session.document.path == song, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: bool(window.banner.sentences), timeout=PATIENCE_MS)
    ignored = "Only MIDI files can be opened; ignored: photo.jpg, https://example.org/song.mid."
    assert window.banner.sentences == [ignored]


def test_a_dropped_picture_alone_is_named(window: MainWindow, tmp_path: Path, said: list[str]) -> None:
    picture = tmp_path / "photo.jpg"
    picture.write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    window.files.open_dropped([picture])
    assert len(said) == 1
    assert "photo.jpg" in said[0]
    assert window.banner.sentences == []


def test_recent_files_are_remembered_by_their_whole_path(
    window: MainWindow, band_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(band_file.parent)
    window.files.open_file(Path(band_file.name))
    assert window.session.document.path == band_file
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert window.settings.recent == [band_file]
    change(window)
    assert window.files.save()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_time_of_saving_is_that_of_the_song_shown(window: MainWindow, band_file: Path, tmp_path: Path) -> None:
    change(window)
    assert window.files.save()
    assert "saved" in window.status_text.text()
    other = tmp_path / "other.mid"
    other.write_bytes(band_file.read_bytes())
    window.files.open_file(other)
    assert "saved" not in window.status_text.text()


def test_a_checkpoint_is_ready_only_when_it_is(window: MainWindow, qtbot: QtBot) -> None:
    assert "model markov ready" in window.status_text.text()
    window.client._set_state("loading")
    assert "ready" not in window.status_text.text()
    window.client._set_state("ready")
    assert "model markov ready" in window.status_text.text()


def test_earlier_crashes_stay_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enabled: list[object] = []
    monkeypatch.setattr(faulthandler, "enable", lambda file: enabled.append(file))
    path = tmp_path / "crash.log"
    path.write_text("Fatal Python error: Segmentation fault\n")
    app._crash_log(path).close()
    assert path.read_text().startswith("Fatal Python error: Segmentation fault\n")
    assert path.read_text().endswith("started\n")
    path.write_text("x" * (app.LONGEST_CRASH_LOG + 1))
    app._crash_log(path).close()
    assert path.stat().st_size < 100
    assert path.with_name("crash.log.1").stat().st_size == app.LONGEST_CRASH_LOG + 1


@pytest.mark.parametrize("name", ["<b>bold.mid", "R&B.mid", "a\nb.mid", "\x1b[2J\x07.mid", "\u202edim.mid"])
def test_names_of_files_are_shown_as_plain_text(
    window: MainWindow, band_file: Path, said: list[str], name: str, qtbot: QtBot
) -> None:
    odd = band_file.with_name(name)
    odd.write_bytes(band_file.read_bytes())
    window.files.open_file(odd)
    window.recent_menu.fill()
    title, recent = window.windowTitle(), window.recent_menu.actions()[0].text()
    window.files.complain(f"{name} is odd.")
    for shown in (title, recent, said[-1]):
        assert not any(control in shown for control in "\n\x1b\x07\u202e")
    assert "<b>" not in said[-1]
    assert recent.startswith(("R&&B.mid", title.removesuffix(" - JazzAssist").rstrip(" *")))
