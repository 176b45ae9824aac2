"""A file that another program changes or deletes is noticed, and never overwritten or created again unasked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QDialog, QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from jazzassist.gui.files.changed_file import Choice
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.midi.files import read_song, write_song
from tests.gui.conftest import band
from tests.gui.test_files import change, choose, dialogs, meet_dialog, press  # noqa: F401

PATIENCE_MS = 20_000
OTHERS = b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\4\0\xff\x2f\0"


def click(choice: Choice) -> Callable[[QDialog], None]:
    def answer(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        next(button for button in dialog.buttons() if button.text() == choice.value).click()

    return answer


def written_over(path: Path) -> None:
    path.write_bytes(OTHERS)


def replaced(path: Path) -> None:
    """As editors save: a new file takes the name."""
    new = path.with_name("new")
    new.write_bytes(OTHERS)
    new.replace(path)


def moved_away_and_back(path: Path) -> None:
    """As other editors save: the old file is kept under another name."""
    path.rename(path.with_name("band.mid~"))
    path.write_bytes(OTHERS)


def same_size_and_time(path: Path) -> None:
    before, data = path.stat(), path.read_bytes()
    path.write_bytes(data[:-5] + bytes((data[-5] ^ 1,)) + data[-4:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES = [written_over, replaced, moved_away_and_back, same_size_and_time]


@pytest.mark.parametrize("happens", CHANGES, ids=lambda happens: happens.__name__)
def test_a_changed_file_is_asked_about_and_kept_on_cancel(
    window: MainWindow, band_file: Path, happens: Callable[[Path], None]
) -> None:
    change(window)
    happens(band_file)
    theirs = band_file.read_bytes()
    said = meet_dialog(press(QMessageBox.StandardButton.Cancel))
    assert not window.files.save()
    assert said == ["band.mid was changed by another program; reloading discards your unsaved changes."]
    assert band_file.read_bytes() == theirs
    assert window.session.document.dirty


def test_reloading_shows_the_other_program_s_song(window: MainWindow, band_file: Path) -> None:
    change(window)
    written_over(band_file)
    meet_dialog(click(Choice.RELOAD))
    assert not window.files.save()
    assert len(window.session.song.tracks) == 1
    assert not window.session.document.dirty
    assert band_file.read_bytes() == OTHERS
    assert window.files.save()


def test_overwriting_when_told_to(window: MainWindow, band_file: Path) -> None:
    change(window)
    written_over(band_file)
    meet_dialog(click(Choice.OVERWRITE))
    assert window.files.save()
    assert read_song(band_file).song.tracks[1].notes == window.session.song.tracks[1].notes
    change(window)
    assert window.files.save()


def test_a_copy_leaves_the_changed_file(
    window: MainWindow,
    band_file: Path,
    dialogs: None,  # noqa: F811
) -> None:
    change(window)
    written_over(band_file)
    shown: list[str] = []

    def copy(dialog: QDialog) -> None:
        click(Choice.COPY)(dialog)

    def accept(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        shown.extend(dialog.selectedFiles())
        dialog.accept()

    def first(dialog: QDialog) -> None:
        meet_dialog(accept)
        copy(dialog)

    meet_dialog(first)
    assert window.files.save()
    assert window.session.document.path == band_file.with_name("band copy.mid") == Path(shown[0])
    assert band_file.read_bytes() == OTHERS


def test_a_deleted_file_is_not_created_again_unasked(window: MainWindow, band_file: Path) -> None:
    change(window)
    band_file.unlink()
    said = meet_dialog(press(QMessageBox.StandardButton.Cancel))
    assert not window.files.save()
    assert said == ["band.mid was deleted by another program."]
    assert not band_file.exists()
    meet_dialog(click(Choice.CREATE))
    assert window.files.save()
    assert read_song(band_file).song.tracks[1].notes == window.session.song.tracks[1].notes


def test_a_change_is_noticed_while_the_song_is_open(window: MainWindow, band_file: Path, qtbot: QtBot) -> None:
    for number, happens in enumerate((written_over, replaced, moved_away_and_back)):
        window.session.document.open(band_file)
        band_file.write_bytes(OTHERS + bytes(number + 1))
        qtbot.waitUntil(lambda: bool(window.banner.sentences), timeout=PATIENCE_MS)
        assert window.banner.sentences == ["band.mid was changed by another program."]
        write_song(band(), band_file)
        window.session.document.open(band_file)
        assert window.banner.sentences == []
        happens(band_file)
        qtbot.waitUntil(lambda: bool(window.banner.sentences), timeout=PATIENCE_MS)


def test_a_deleted_file_is_noticed_and_the_song_counts_as_unsaved(
    window: MainWindow, band_file: Path, qtbot: QtBot
) -> None:
    data = band_file.read_bytes()
    band_file.unlink()
    qtbot.waitUntil(lambda: bool(window.banner.sentences), timeout=PATIENCE_MS)
    assert window.banner.sentences == ["band.mid was deleted by another program."]
    assert window.session.document.dirty
    assert "*" in window.windowTitle()
    band_file.write_bytes(data)
    qtbot.waitUntil(lambda: not window.banner.sentences, timeout=PATIENCE_MS)
    assert not window.session.document.dirty


def test_a_disk_that_sends_no_signs_is_looked_at(window: MainWindow, band_file: Path, qtbot: QtBot) -> None:
    watch = window.files.watch
    watch._watcher.removePaths([*watch._watcher.files(), *watch._watcher.directories()])
    written_over(band_file)
    with qtbot.waitSignal(watch.changed, timeout=PATIENCE_MS):
        watch.look()


def test_the_banner_offers_to_reload(window: MainWindow, band_file: Path, qtbot: QtBot) -> None:
    replaced(band_file)
    qtbot.waitUntil(lambda: bool(window.banner.lines), timeout=PATIENCE_MS)
    button = next(b for b in window.banner.lines[0].findChildren(QPushButton) if b.text() == Choice.RELOAD.value)
    assert isinstance(button, QAbstractButton)
    button.click()
    assert len(window.session.song.tracks) == 1
    assert window.banner.sentences == []


def test_our_own_saving_is_no_change(
    window: MainWindow,
    band_file: Path,
    tmp_path: Path,
    dialogs: None,  # noqa: F811
    qtbot: QtBot,
) -> None:
    seen: list[bool] = []
    window.files.watch.changed.connect(seen.append)
    for _ in range(5):
        change(window)
        assert window.files.save()
        window.files.watch.look()
        qtbot.wait(150)
    meet_dialog(choose(tmp_path / "other.mid"))
    assert window.files.save_as()
    qtbot.wait(600)
    assert seen == []
    assert window.banner.sentences == []


def test_a_file_that_is_only_touched_is_no_change(window: MainWindow, band_file: Path, qtbot: QtBot) -> None:
    seen: list[bool] = []
    window.files.watch.changed.connect(seen.append)
    os.utime(band_file, (0, 0))
    qtbot.wait(800)
    change(window)
    assert window.files.save()
    assert seen == []


@pytest.mark.parametrize("spelled", ["link.mid", "sub/../damaged.mid", "hard.mid"])
def test_a_damaged_file_is_recognised_however_its_path_is_spelled(
    window: MainWindow, band_file: Path, tmp_path: Path, spelled: str
) -> None:
    from jazzassist.midi.files import MidiFileError

    damaged = tmp_path / "damaged.mid"
    damaged.write_bytes(band_file.read_bytes()[:-60])
    before = damaged.read_bytes()
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.mid").symlink_to(damaged)
    (tmp_path / "hard.mid").hardlink_to(damaged)
    window.session.document.open(damaged)
    with pytest.raises(MidiFileError, match="was damaged"):
        window.session.document.save(tmp_path / spelled)
    assert damaged.read_bytes() == before


def reload_button(window: MainWindow) -> QPushButton:
    buttons = window.banner.lines[0].findChildren(QPushButton)
    return next(button for button in buttons if button.text() == Choice.RELOAD.value)


def test_reloading_from_the_banner_asks_about_edits_made_since(
    window: MainWindow, band_file: Path, qtbot: QtBot
) -> None:
    written_over(band_file)
    qtbot.waitUntil(lambda: bool(window.banner.lines), timeout=PATIENCE_MS)
    change(window)
    song = window.session.song
    said = meet_dialog(press(QMessageBox.StandardButton.Cancel))
    reload_button(window).click()
    assert said == ["band.mid was changed by another program; reloading discards your unsaved changes."]
    assert window.session.song is song


def test_the_same_change_after_a_save_is_noticed_again(window: MainWindow, band_file: Path, qtbot: QtBot) -> None:
    for _ in range(2):
        written_over(band_file)
        qtbot.waitUntil(lambda: bool(window.banner.lines), timeout=PATIENCE_MS)
        change(window)
        meet_dialog(click(Choice.OVERWRITE))
        assert window.files.save()
        assert window.banner.lines == []
