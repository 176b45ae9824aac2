"""The main job in the real window with the shipped network: open, select, suggest, hear, insert, undo, redo, save."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from pytestqt.qtbot import QtBot

from jazzassist.cli import main
from jazzassist.gui.app import build_window
from jazzassist.gui.settings import Settings
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.paths import default_checkpoint, resources
from jazzassist.playback.recorder import read_recording
from jazzassist.suggest.protocol import suggestion_to_dict

pytestmark = pytest.mark.skipif(
    not (default_checkpoint() / "config.json").exists(), reason="no checkpoint is shipped here"
)
Key, LEFT, NONE = Qt.Key, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SAX = 1  # the track whose bars 13 to 16 are empty
PATIENCE_MS = 100_000


@pytest.fixture
def song_path(tmp_path: Path) -> Path:
    """A copy of the demo song."""
    return Path(shutil.copy(resources() / "songs" / "blue-lamp.mid", tmp_path / "tune.mid"))


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    """Where the recording output writes what it is sent."""
    return tmp_path / "sent.jsonl"


@pytest.fixture
def window(qtbot: QtBot, song_path: Path, tape: Path, tmp_path: Path) -> Iterator[MainWindow]:
    """The window as a composer has it, over the song, playing into the recording output."""
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    found = build_window(Settings(), output=f"record:{tape}")
    found.resize(1300, 800)
    found.show()
    qtbot.waitExposed(found)
    found.files.open_file(song_path)
    yield found
    found.session.document.history.set_clean()
    found.close()


def drag_bars(window: MainWindow, qtbot: QtBot, first: int, last: int) -> None:
    """Drags in the ruler over whole bars."""
    meters, geometry = window.session.song.meter_map, window.roll.view.geometry_now
    ends = [QPoint(round(geometry.x(meters.bar_start(bar) + 480)), 36) for bar in (first, last)]
    qtbot.mousePress(window.roll.ruler, LEFT, NONE, ends[0])
    qtbot.mouseMove(window.roll.ruler, ends[1])
    qtbot.mouseRelease(window.roll.ruler, LEFT, NONE, ends[1])


def chunks(path: Path) -> list[bytes]:
    """The tracks of a file, each with all its bytes."""
    data, found, at = path.read_bytes(), [], 14
    while at < len(data):
        size = 8 + int.from_bytes(data[at + 4 : at + 8], "big")
        found.append(data[at : at + size])
        at += size
    return found


def suggest(window: MainWindow, qtbot: QtBot) -> None:
    window.tracks.setCurrentRow(SAX)
    drag_bars(window, qtbot, 13, 16)
    qtbot.keyClick(window, Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: len(window.panel.cards) == 4 and not window.session.is_busy, timeout=PATIENCE_MS)


@pytest.mark.timeout(300)
def test_the_whole_way_from_an_empty_gap_to_a_saved_bridge(
    window: MainWindow, qtbot: QtBot, song_path: Path, tape: Path
) -> None:
    before, original = chunks(song_path), window.session.song
    suggest(window, qtbot)
    qtbot.keyClick(window, Key.Key_BracketRight)
    notes = window.session.offer.suggestions[1].notes
    start, end = (original.meter_map.bar_start(bar) for bar in (13, 17))
    assert start <= notes.start.min() <= notes.last_end <= end

    qtbot.keyClick(window, Key.Key_Space)
    wanted = [bytes((0x90 | note.channel, note.pitch, note.velocity)) for note in notes][:4]
    qtbot.waitUntil(lambda: set(wanted) <= set(heard(tape)), timeout=PATIENCE_MS)
    assert window.session.song is original

    qtbot.keyClick(window, Key.Key_Return)
    bridged = window.session.song
    assert bridged.tracks[SAX].notes.starting_in(start, end) == notes
    qtbot.keyClick(window, Key.Key_Z, CTRL)
    assert window.session.song is original
    qtbot.keyClick(window, Key.Key_Y, CTRL)
    assert window.session.song is bridged

    qtbot.keyClick(window, Key.Key_S, CTRL)
    same = [old == new for old, new in zip(before, chunks(song_path), strict=True)]
    assert [index for index, unchanged in enumerate(same) if not unchanged] == [SAX]


@pytest.mark.timeout(300)
def test_the_receipt_gives_the_same_notes_in_the_terminal(
    window: MainWindow, qtbot: QtBot, song_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    window.panel.adventurous.setValue(70)
    suggest(window, qtbot)
    shown = [suggestion_to_dict(suggestion) for suggestion in window.session.offer.suggestions]
    receipt = window.session.offer.suggestions[0].receipt
    asked = ["--rng-seed", str(receipt.rng_seed), "--adventurous", str(receipt.controls.adventurous), "--json"]
    assert main(["bridge", str(song_path), "--track", str(SAX + 1), "--from", "13", "--to", "17", *asked]) == 0
    assert json.loads(capsys.readouterr().out)["suggestions"] == json.loads(json.dumps(shown))


def heard(tape: Path) -> list[bytes]:
    """All messages that were sent so far."""
    return [data for _, data in read_recording(tape)] if tape.exists() else []
