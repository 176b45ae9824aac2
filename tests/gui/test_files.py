"""Opening, saving, leaving: what is asked, what is said, and that no file is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QDialog, QFileDialog, QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from jazzassist.domain import edits
from jazzassist.domain.song import Note, Notes
from jazzassist.gui.files.background import in_background
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.midi.files import read_song

PATIENCE_MS = 20_000


def meet_dialog(answer: Callable[[QDialog], None]) -> list[str]:
    """Answers the next modal dialog when it is there; what it said. One that stays open is closed after a while."""
    said: list[str] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QDialog):
            QTimer.singleShot(20, look)
            return
        said.append(dialog.text() if isinstance(dialog, QMessageBox) else dialog.windowTitle())
        watchdog = QTimer(dialog, singleShot=True, interval=PATIENCE_MS)
        watchdog.timeout.connect(lambda: give_up(dialog))
        watchdog.start()
        answer(dialog)
        watchdog.stop()

    def give_up(dialog: QDialog) -> None:
        said.append("was not answered")
        for open_one in (QApplication.activeModalWidget(), dialog):
            if open_one is not None:
                open_one.close()

    QTimer.singleShot(0, look)
    return said


def press(button: QMessageBox.StandardButton) -> Callable[[QDialog], None]:
    def answer(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        dialog.button(button).click()

    return answer


def choose(path: Path) -> Callable[[QDialog], None]:
    def answer(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        line = dialog.findChild(QLineEdit, "fileNameEdit")
        assert isinstance(line, QLineEdit)
        line.setText(str(path))
        for view in dialog.findChildren(QAbstractItemView):  # what the list selects meanwhile would win over the name
            view.clearSelection()
        dialog.accept()

    return answer


def change(window: MainWindow) -> None:
    note = Notes.of([Note(0, 100, 60)])
    window.session.document.apply("Insert", edits.insert(window.session.song, 1, note))


@pytest.fixture
def dialogs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Qt's own file dialog, which a test can fill in."""
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)


def test_closing_asks_about_changes_and_may_be_cancelled(window: MainWindow) -> None:
    change(window)
    said = meet_dialog(press(QMessageBox.StandardButton.Cancel))
    assert not window.close()
    assert said == ["Save changes to band.mid?"]
    assert window.isVisible()


def test_closing_saves_when_told_to(window: MainWindow, band_file: Path) -> None:
    change(window)
    meet_dialog(press(QMessageBox.StandardButton.Save))
    assert window.close()
    assert read_song(band_file).song.tracks[1].notes == window.session.song.tracks[1].notes


def test_opening_another_song_discards_changes_only_when_told_to(
    window: MainWindow, band_file: Path, tmp_path: Path
) -> None:
    other, before = tmp_path / "other.mid", band_file.read_bytes()
    other.write_bytes(before)
    change(window)
    meet_dialog(press(QMessageBox.StandardButton.Cancel))
    window.files.open_file(other)
    assert window.session.document.path == band_file
    meet_dialog(press(QMessageBox.StandardButton.Discard))
    window.files.open_file(other)
    assert window.session.document.path == other
    assert band_file.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"", b"This is a letter.", b"MThd", b"RIFF\x04\x00\x00\x00WAVE"], ids=["empty", "text", "cut", "wave"]
)
def test_a_wrong_file_is_named_in_one_sentence_and_changes_nothing(
    window: MainWindow, tmp_path: Path, said: list[str], content: bytes
) -> None:
    wrong, song = tmp_path / "wrong.mid", window.session.song
    wrong.write_bytes(content)
    window.files.open_file(wrong)
    assert len(said) == 1
    assert "wrong.mid" in said[0]
    assert "\n" not in said[0]
    assert window.session.song is song


def test_a_folder_and_a_file_that_is_not_there_are_refused(window: MainWindow, tmp_path: Path, said: list[str]) -> None:
    window.files.open_file(tmp_path)
    window.files.open_file(tmp_path / "nowhere.mid")
    assert [name in sentence for name, sentence in zip((tmp_path.name, "nowhere.mid"), said, strict=True)] == [True] * 2


def test_a_damaged_file_is_shown_and_not_overwritten(
    window: MainWindow, band_file: Path, tmp_path: Path, dialogs: None, qtbot: QtBot
) -> None:
    damaged = tmp_path / "damaged.mid"
    damaged.write_bytes(band_file.read_bytes()[:-60])
    before = damaged.read_bytes()
    window.files.open_file(damaged)
    assert [sentence for sentence in window.banner.sentences if "damaged.mid is damaged" in sentence]
    change(window)
    shown: list[str] = []

    def answer(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        shown.extend(dialog.selectedFiles())
        dialog.accept()

    assert meet_dialog(answer) == []
    assert window.files.save()
    assert damaged.read_bytes() == before
    assert window.session.document.path == tmp_path / "damaged repaired.mid" == Path(shown[0])
    repaired = read_song(window.session.document.path)
    assert repaired.song.tracks[1].notes == window.session.song.tracks[1].notes
    assert not repaired.damaged


def test_a_name_without_an_ending_gets_one(window: MainWindow, tmp_path: Path, dialogs: None) -> None:
    meet_dialog(choose(tmp_path / "mine"))
    assert window.files.save_as()
    assert window.session.document.path == tmp_path / "mine.mid"


def test_a_failed_save_is_said_and_keeps_the_changes(window: MainWindow, tmp_path: Path, said: list[str]) -> None:
    change(window)
    window.session.document.path = tmp_path / "no such folder" / "band.mid"
    assert not window.files.save()
    assert len(said) == 1
    assert window.session.document.dirty


def test_the_next_song_has_no_message_of_the_last(window: MainWindow, band_file: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.mid"
    damaged.write_bytes(band_file.read_bytes()[:-60])
    window.files.open_file(damaged)
    window.banner.tell("No sound device.")
    window.files.open_file(band_file)
    assert window.banner.sentences == ["No sound device."]


def test_recent_files_are_listed_newest_first(window: MainWindow, band_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mid"
    other.write_bytes(band_file.read_bytes())
    window.files.open_file(band_file)
    window.files.open_file(other)
    window.recent_menu.fill()
    names = [action.text().split()[0] for action in window.recent_menu.actions()]
    assert names == ["other.mid", "band.mid"]
    window.recent_menu.actions()[1].trigger()
    assert window.session.document.path == band_file


def test_the_first_start_shows_the_demo_and_a_later_one_the_last_file(
    open_window: Callable[..., MainWindow], band_file: Path
) -> None:
    window = open_window()
    window.files.begin()
    assert window.session.document.path is None
    assert window.session.passage is not None
    assert "Press Ctrl+Enter" in window.banner.sentences[-1]
    gap = window.session.song.tracks[window.session.current].notes.starting_in(
        window.session.passage.start, window.session.passage.end
    )
    assert len(gap) == 0
    window.settings.note_start()
    window.settings.add_recent(band_file)
    window.files.begin()
    assert window.session.document.path == band_file


def test_a_file_that_is_dropped_in_is_opened(window: MainWindow, tmp_path: Path, band_file: Path, qtbot: QtBot) -> None:
    other, data = tmp_path / "dropped.mid", QMimeData()
    other.write_bytes(band_file.read_bytes())
    data.setUrls([QUrl.fromLocalFile(str(other))])
    none = Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(QPoint(9, 9)), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none)
    window.dropEvent(event)
    qtbot.waitUntil(lambda: window.session.document.path == other, timeout=10_000)
    assert not any("at a time" in sentence for sentence in window.banner.sentences)


def test_of_several_that_are_dropped_the_first_is_opened_and_the_others_are_named(
    window: MainWindow, tmp_path: Path, band_file: Path
) -> None:
    paths = [tmp_path / name for name in ("one.mid", "two.mid", "three.mid")]
    for path in paths:
        path.write_bytes(band_file.read_bytes())
    window.files.open_dropped(paths)
    assert window.session.document.path == paths[0]
    assert window.banner.sentences[-1] == "Only one file can be open at a time; not opened: two.mid, three.mid."


def test_a_real_file_is_opened_whole(window: MainWindow, realworld: Path) -> None:
    path = realworld / "tracks18_sysex_saltybreeze.mid"
    window.files.open_file(path)
    assert window.tracks.count() == len(read_song(path).song.tracks)
    assert window.session.document.name in window.windowTitle()


def test_work_beside_the_window_leaves_its_timers_running(qapp: QApplication) -> None:
    beats: list[int] = []
    timer = QTimer(interval=1)
    timer.timeout.connect(lambda: beats.append(1))
    timer.start()

    def work() -> str:
        while len(beats) < 3:
            pass
        return "done"

    assert in_background(work) == "done"


def test_an_error_beside_the_window_comes_back(qapp: QApplication) -> None:
    def work() -> None:
        raise ValueError("as it was")

    with pytest.raises(ValueError, match="as it was"):
        in_background(work)
