"""The main job off screen: `python -m jazzassist.gui.tour [FILE] [--to FOLDER]`.

Opens a song, selects empty bars, asks the worker for a bridge, inserts the first and saves; leaves
the bridged MIDI file, a WAV of it and a picture of the window, and prints where they are. The same
window does it that a composer sees.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import (
    QCoreApplication,
    QDeadlineTimer,
    QEventLoop,
    QMessageLogContext,
    QtMsgType,
    qInstallMessageHandler,
)

from jazzassist.domain.passage import Passage
from jazzassist.gui.app import build_window, make_application
from jazzassist.gui.files.demo import DEMO, empty_bars
from jazzassist.gui.roll.words import describe_passage
from jazzassist.gui.settings import Settings
from jazzassist.gui.theme import apply_theme
from jazzassist.gui.window.main_window import USUAL_SIZE, MainWindow
from jazzassist.midi.files import MidiFileError, read_song
from jazzassist.playback.render import render_sound
from jazzassist.playback.transport import SILENT
from jazzassist.session import Aspect

PATIENCE_MS = 120_000


def main(argv: list[str] | None = None) -> int:
    """Exit status 0 when the bridge was written, 3 for a file that cannot be read, 4 when nothing was suggested."""
    parser = argparse.ArgumentParser(prog="python -m jazzassist.gui.tour", description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=DEMO)
    parser.add_argument("--to", type=Path, help="the folder for what is written (default: a new temporary one)")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    arguments = parser.parse_args(argv)
    folder = arguments.to or Path(tempfile.mkdtemp(prefix="jazzassist-"))
    folder.mkdir(parents=True, exist_ok=True)
    qInstallMessageHandler(_tell_qt)
    app = make_application()
    apply_theme(app, arguments.theme)
    window = build_window(Settings(), output=SILENT)
    try:
        return _walk(window, arguments.file, folder)
    except MidiFileError as error:
        print(f"jazzassist: {error}", file=sys.stderr)
        return 3
    finally:
        window.player.close()
        window.client.close()


def _walk(window: MainWindow, file: Path, folder: Path) -> int:
    window.resize(USUAL_SIZE)  # the picture is the same on any screen
    window.show()
    session = window.session
    session.document.adopt(read_song(file), None)
    track, start, end = empty_bars(session.song)
    session.set_current(track)
    session.set_passage(Passage((track,), start, end))
    window.roll.show_around(start, end)
    reasons: list[str] = []
    session.observe(lambda changed: reasons.extend(filter(None, [session.refusal])), Aspect.WORKER)
    window.asking.ask_bridge()
    if not _wait(lambda: bool(window.panel.cards or reasons) and not session.is_busy) or reasons:
        print(f"jazzassist: {reasons[0] if reasons else 'no answer came'}", file=sys.stderr)
        return 4
    _settle()
    window.grab().save(str(folder / "window.png"))
    window.suggesting.insert()
    bridged, sound = folder / f"{file.stem} bridged.mid", folder / f"{file.stem} bridged.wav"
    session.document.save(bridged)
    render_sound(session.song, sound)
    print(f"A bridge over {describe_passage(session)} was written:")
    for path in (bridged, sound, folder / "window.png"):
        print(f"  {path}")
    return 0


def _tell_qt(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Passes Qt's warnings on, but for what every window says where there is no screen."""
    if "does not support propagateSizeHints" not in text:
        print(text, file=sys.stderr)


def _wait(arrived: Callable[[], bool]) -> bool:
    deadline = QDeadlineTimer(PATIENCE_MS)
    while not arrived() and not deadline.hasExpired():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
    return arrived()


def _settle() -> None:
    for _ in range(5):
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


if __name__ == "__main__":
    sys.exit(main())
