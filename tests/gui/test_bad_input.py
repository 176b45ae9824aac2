"""What goes wrong is said in one sentence, in a box or a strip above the roll, and nothing is lost."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from jazzassist.domain import edits
from jazzassist.domain.passage import Passage
from jazzassist.domain.song import Note, Notes
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.midi.files import read_song
from jazzassist.playback.transport import SILENT
from tests.gui.conftest import BAR, answered, sent

posix = pytest.mark.skipif(os.name != "posix", reason="this system has other permissions and signals")
PATIENCE_MS = 30_000


@contextmanager
def without_rights() -> Iterator[None]:
    """For a moment this process is a user to whom permissions apply, also where the administrator runs the tests."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """For a moment no file may become larger than `most` bytes, as on a disk that is nearly full."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def insert_many(window: MainWindow) -> None:
    notes = Notes.of([Note(at * 10, 5, 20) for at in range(3000)])
    window.session.document.apply("Insert", edits.insert(window.session.song, 1, notes))


@posix
def test_a_file_that_may_not_be_read(window: MainWindow, band_file: Path, said: list[str]) -> None:
    song = window.session.song
    band_file.chmod(0)
    with without_rights():
        window.files.open_file(band_file)
    assert said == [f"{band_file} cannot be opened: there is no permission."]
    assert window.session.song is song


@posix
def test_a_folder_that_may_not_be_written_to(window: MainWindow, band_file: Path, said: list[str]) -> None:
    insert_many(window)
    before = band_file.read_bytes()
    band_file.parent.chmod(0o555)
    with without_rights():
        assert not window.files.save()
    band_file.parent.chmod(0o755)
    assert len(said) == 1
    assert said[0].startswith(f"{band_file} was not saved: ")
    assert (window.session.document.dirty, band_file.read_bytes()) == (True, before)


@posix
def test_no_room_for_the_song_keeps_file_and_changes(window: MainWindow, band_file: Path, said: list[str]) -> None:
    insert_many(window)
    before = band_file.read_bytes()
    with small_files(len(before)):
        assert not window.files.save()
    assert len(said) == 1
    assert said[0].startswith(f"{band_file} was not saved: ")
    assert (window.session.document.dirty, band_file.read_bytes()) == (True, before)
    assert [path for path in band_file.parent.iterdir() if "band" in path.name] == [band_file]
    assert window.files.save()
    assert read_song(band_file).song.tracks[1].notes == window.session.song.tracks[1].notes


def test_an_output_that_is_not_there(open_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = open_window(output="Flugelhorn 7")
    qtbot.waitUntil(lambda: bool(window.banner.sentences), timeout=PATIENCE_MS)
    assert "Flugelhorn 7" in window.banner.sentences[0]
    assert window.transport_bar.outputs.currentText() == "Flugelhorn 7 (not connected)"
    window.transport_bar.output_chosen.emit(SILENT)
    assert window.player.transport.output == SILENT


def test_outputs_that_come_and_go_are_listed(window: MainWindow) -> None:
    outputs = window.transport_bar.outputs
    window.session.set_outputs(("Built-in synth", "Piano", SILENT), SILENT)
    assert "Piano" in [outputs.itemText(index) for index in range(outputs.count())]
    window.playing.choose_output("Piano")
    window.session.set_outputs(("Built-in synth", SILENT), "Piano")
    assert outputs.currentText() == "Piano (not connected)"
    window.session.set_outputs(("Built-in synth", "Piano", SILENT), "Piano")
    assert outputs.currentText() == "Piano"


@posix
def test_a_killed_player_is_told_silenced_and_replaced(window: MainWindow, qtbot: QtBot, recording: Path) -> None:
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(sent(recording)) > 20, timeout=PATIENCE_MS)
    before = window.player.transport.process_id
    assert before is not None
    os.kill(before, signal.SIGKILL)
    qtbot.waitUntil(lambda: bool(window.banner.sentences), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.player.playing, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.player.transport.process_id not in (None, before), timeout=PATIENCE_MS)
    assert len(window.banner.sentences) == 1
    qtbot.waitUntil(lambda: b"\xb0\x78\x00" in sent(recording)[-200:], timeout=PATIENCE_MS)


@posix
def test_a_killed_worker_is_told_and_replaced(window: MainWindow, qtbot: QtBot) -> None:
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    os.kill(window.client.process_id, signal.SIGSTOP)
    window.asking.ask_bridge()
    os.kill(window.client.process_id, signal.SIGKILL)
    qtbot.waitUntil(lambda: bool(window.banner.sentences), timeout=PATIENCE_MS)
    assert "Please try again." in window.panel.state.text()
    qtbot.waitUntil(lambda: window.client.state == "ready", timeout=PATIENCE_MS)
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: answered(window), timeout=PATIENCE_MS)


def of_another_version(folder: Path) -> Path:
    """A checkpoint as a later program would leave it."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"format": 99, "encoding_version": 99, "name": "later"}))
    return folder


@pytest.mark.parametrize("make", [lambda folder: folder, of_another_version], ids=["missing", "of another version"])
def test_without_its_checkpoint_all_but_suggesting_works(
    open_window: Callable[..., MainWindow], tmp_path: Path, band_file: Path, make: Callable[[Path], Path], qtbot: QtBot
) -> None:
    window = open_window(checkpoint=str(make(tmp_path / "later")))
    qtbot.waitUntil(lambda: window.client.state == "failed", timeout=60_000)
    sentence = window.panel.state.text()
    assert "later" in sentence
    assert "\n" not in sentence
    assert not window.panel.bridge.isEnabled()
    window.files.open_file(band_file)
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.asking.ask_bridge()
    assert window.panel.state.text() == sentence
    insert_many(window)
    assert window.files.save()


def test_a_continuation_of_no_length(window: MainWindow) -> None:
    window.session.set_passage(Passage((1,), 0, BAR))
    window.panel.bars.setValue(0)
    window.asking.ask_continuation()
    assert window.panel.state.text() == "Set a continuation length above zero."
    assert window.client.state == "ready"


def test_a_track_without_a_note_has_nothing_to_start_from(window: MainWindow) -> None:
    window.tracks.setCurrentRow(0)
    window.session.set_passage(Passage((0,), 0, BAR))
    window.asking.ask_bridge()
    assert window.panel.state.text().startswith("Nothing can be suggested: ")


def test_bars_beyond_the_end_of_the_song_can_be_written_on(window: MainWindow, qtbot: QtBot) -> None:
    window.session.set_passage(Passage((1,), 16 * BAR, 18 * BAR))
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: answered(window), timeout=PATIENCE_MS)
    window.suggesting.insert()
    assert window.session.song.tracks[1].notes.last_end > 16 * BAR


def test_a_refusal_while_the_network_is_loaded_is_not_lost(
    open_window: Callable[..., MainWindow], band_file: Path, qtbot: QtBot
) -> None:
    window = open_window()
    window.session.document.open(band_file)
    window.tracks.setCurrentRow(0)
    window.session.set_passage(Passage((0,), 0, BAR))
    assert window.client.state == "loading"
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: window.client.state == "ready", timeout=60_000)
    assert window.panel.state.text().startswith("Nothing can be suggested: ")
    window.tracks.setCurrentRow(1)
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: answered(window), timeout=PATIENCE_MS)
    window.suggesting.dismiss()
    assert window.panel.state.text() == "Ready"
