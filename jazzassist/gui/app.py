"""Starts the window: builds everything and connects it."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import signal
import sys
import time
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TextIO

from platformdirs import user_state_path
from PySide6.QtCore import QTimer, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QMessageBox

from jazzassist import __version__
from jazzassist.gui.files.background import in_background
from jazzassist.gui.settings import Settings
from jazzassist.gui.suggestions.suggestion_client import SuggestionClient
from jazzassist.gui.theme import apply_theme
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.playback.transport import BUILT_IN, Transport
from jazzassist.session import Session
from jazzassist.session.playback_control import PlaybackControl

log = logging.getLogger("jazzassist")
LONGEST_CRASH_LOG = 200_000  # bytes


def main(file: Path | None = None, checkpoint: str | None = None) -> int:
    """Shows the window, over `file` or the demo song; the program's exit status."""
    app = make_application()
    _log_to_file()
    settings = Settings()
    apply_theme(app, settings.theme)
    window = build_window(settings, checkpoint=checkpoint)
    window.theme.chosen.connect(lambda name: apply_theme(app, name))
    window.show()
    QTimer.singleShot(0, window, lambda: _begin(window, file))
    sys.excepthook = _error_reporter(window)
    signal.signal(signal.SIGINT, lambda *_: app.quit())
    ticking = QTimer(window, interval=200)  # lets Python see signals while Qt waits
    ticking.timeout.connect(lambda: None)
    ticking.start()
    status = app.exec()
    window.player.close()
    window.client.close()
    return status


def make_application() -> QApplication:
    """The one QApplication, named."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("JazzAssist")
    app.setDesktopFileName("jazzassist")
    return app


def build_window(settings: Settings, output: str | None = None, checkpoint: str | None = None) -> MainWindow:
    """The window with its session, its player and its worker, both started."""
    session = Session(in_background)
    player = PlaybackControl(session, Transport(output or settings.output or BUILT_IN))
    client = SuggestionClient(checkpoint)
    window = MainWindow(session, player, client, settings)
    client.setParent(window)
    QTimer.singleShot(0, client, client.start)
    return window


def _begin(window: MainWindow, file: Path | None) -> None:
    if file is not None:
        window.files.open_file(file)
    else:
        window.files.begin()
    window.settings.note_start()


def _log_to_file() -> None:
    """Python's errors and, where the process dies, its stack go to a file in the state folder."""
    folder = user_state_path("jazzassist")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(folder / "jazzassist.log", maxBytes=1_000_000, backupCount=2, encoding="utf-8")
    except OSError:
        return  # a home that cannot be written to is no reason not to start
    logging.getLogger().addHandler(handler)
    qInstallMessageHandler(lambda kind, context, text: log.warning("Qt: %s", text))
    with contextlib.suppress(OSError):
        faulthandler.enable(_crash_log(folder / "crash.log"))


def _crash_log(path: Path) -> TextIO:
    """The log of crashes, open to go on in; what earlier starts left in it stays until it is long."""
    if path.exists() and path.stat().st_size > LONGEST_CRASH_LOG:
        path.replace(path.with_name(f"{path.name}.1"))
    file = path.open("a", encoding="utf-8")
    file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} jazzassist {__version__} started\n")
    file.flush()
    return file


def _error_reporter(window: MainWindow) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    box = QMessageBox(QMessageBox.Icon.Critical, "JazzAssist", "", parent=window)

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.error("unexpected", exc_info=(kind, error, trace))
        where = user_state_path("jazzassist") / "jazzassist.log"
        box.setText(f"Unexpected error. Your song is still open. Details are in {where}.")
        box.open()  # one box, however often it happens, and the window stays usable

    return report
