"""The window's side of the worker: starts the process, asks, cancels, and starts another when it dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from jazzassist.domain.suggestion import SuggestionRequest
from jazzassist.gui.suggestions.worker_watch import BEAT_S, TICK_MS, WorkerWatch
from jazzassist.paths import PACKAGE
from jazzassist.suggest import protocol

SHORT_LIVES = 3  # a worker that ends so often without ever having been ready is not started again

RESTARTED = "The process that makes suggestions ended unexpectedly and was started again."
HUNG = "The process that makes suggestions no longer answered and was started again."


class SuggestionClient(QObject):
    """Asks one request at a time; a new one cancels the one before. `state`: loading, ready, busy or failed.

    While it is busy, suggestions may arrive one by one; the whole answer follows.
    """

    ready = Signal(str)  # the checkpoint's name
    progress_changed = Signal(float)
    suggestion_arrived = Signal(object)  # a Suggestion, while others are still being written
    suggestions_arrived = Signal(list)  # of Suggestion: the whole answer, best first
    failed = Signal(str)
    noticed = Signal(str)  # something to know that answers no request
    state_changed = Signal(str)

    def __init__(self, checkpoint: str | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = "loading"
        self.checkpoint = ""
        self.wanted = checkpoint  # as `open_suggester` takes it
        self._last_id = 0
        self._waiting: SuggestionRequest | None = None
        self._closing = self._changing = False
        self._deaths = 0
        self._reason: str | None = None
        self._owed: set[int] = set()  # ids that the worker has to answer, cancelled ones too
        self._hung = False
        self.command = ["-m", "jazzassist.suggest.worker", "--beat", str(BEAT_S)]
        self.watch = WorkerWatch()
        self.ticking = QTimer(self, interval=TICK_MS)
        self.ticking.timeout.connect(self._tick)
        self._process = QProcess(self)
        self._process.setProcessEnvironment(_environment())
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)

    def start(self) -> None:
        """Starts the worker; `ready` follows when its network is loaded."""
        self._set_state("loading")
        named = ["--checkpoint", self.wanted] if self.wanted else []
        self._owed.clear()
        self._hung = False
        self.watch.start()
        self.ticking.start()
        self._process.start(sys.executable, [*self.command, *named])

    def use(self, checkpoint: str | None) -> None:
        """Goes on with another checkpoint in another process; `ready` follows when its network is loaded."""
        self.cancel()
        self.wanted, self.checkpoint = checkpoint, ""
        self._deaths, self._reason = 0, None
        if self._process.state() == QProcess.ProcessState.NotRunning:
            self.start()
        else:
            self._changing = True
            self._set_state("loading")
            self._process.kill()

    def ask(self, request: SuggestionRequest) -> None:
        """Asks for suggestions; they arrive by signal. While the worker loads, the request waits."""
        self.cancel()
        if self.state == "loading":
            self._waiting = request
        elif self.state == "failed":
            self.failed.emit(self._reason or "Suggestions are not available.")
        else:
            self._send_ask(request)

    def warm(self, requests: Sequence[SuggestionRequest]) -> None:
        """Has the music around a gap read, so that a request for it is answered sooner; only while nothing is asked."""
        if self.state == "ready":
            for request in requests:
                self._write(protocol.encode_warm(request))

    def cancel(self) -> None:
        """Gives up the request that is under way, if there is one."""
        self._waiting = None
        if self.state == "busy":
            self._write(protocol.encode_cancel(self._last_id))
            self._set_state("ready")
            self._last_id += 1  # whatever is still on its way is for nobody

    def close(self) -> None:
        """Ends the worker."""
        self._closing = True
        self.ticking.stop()
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.closeWriteChannel()
            if not self._process.waitForFinished(1000):
                self._process.kill()
                self._process.waitForFinished(1000)

    @property
    def process_id(self) -> int:
        """The worker's process."""
        return int(self._process.processId())

    def _send_ask(self, request: SuggestionRequest) -> None:
        self._last_id += 1
        self._write(protocol.encode_ask(self._last_id, request))
        if not self._owed:
            self.watch.expect()
        self._owed.add(self._last_id)
        self._set_state("busy")

    def _write(self, line: str) -> None:
        self._process.write(line.encode())

    def _read(self) -> None:
        while self._process.canReadLine() and not self._changing:
            self._take(bytes(self._process.readLine().data()))

    def _take(self, line: bytes) -> None:
        reply = protocol.decode_reply(line)
        self.watch.hear(not isinstance(reply, protocol.Alive))
        if isinstance(reply, protocol.Suggested | protocol.Failed) and reply.id is not None:
            self._owed.discard(reply.id)
        if isinstance(reply, protocol.Alive):
            return
        if isinstance(reply, protocol.Ready):
            self._on_ready(reply.checkpoint)
        elif isinstance(reply, protocol.Failed) and reply.id is None:
            self._reason = reply.reason
        elif reply.id != self._last_id or self.state != "busy":
            return
        elif isinstance(reply, protocol.Progressed):
            self.progress_changed.emit(reply.share)
        elif isinstance(reply, protocol.Completed):
            self.suggestion_arrived.emit(reply.suggestion)
        elif isinstance(reply, protocol.Failed):
            self._set_state("ready")
            self.failed.emit(reply.reason)
        else:
            self._set_state("ready")
            self.suggestions_arrived.emit(list(reply.suggestions))

    def _on_ready(self, checkpoint: str) -> None:
        self.checkpoint, self._deaths, self._reason = checkpoint, 0, None
        self._set_state("ready")
        self.ready.emit(checkpoint)
        if self._waiting is not None:
            request, self._waiting = self._waiting, None
            self._send_ask(request)

    def _tick(self) -> None:
        if self._process.state() == QProcess.ProcessState.Running:
            self._hung = self.watch.is_hung(bool(self._owed) or self.state == "loading") or self._hung
            if self._hung:
                self._process.kill()  # `_on_finished` starts another

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._give_up("The process that makes suggestions could not be started.")

    def _on_finished(self) -> None:
        if self._closing:
            return
        if self._changing:
            self._changing = False
            QTimer.singleShot(0, self, self.start)
            return
        if self._reason is not None:
            self._give_up(self._reason)
            return
        said = HUNG if self._hung else RESTARTED
        was_busy, self._deaths = self.state == "busy", self._deaths + 1
        if self._deaths > SHORT_LIVES:
            self._give_up("The process that makes suggestions ended again and again.")
            return
        self._set_state("loading")
        if was_busy:
            self.failed.emit(f"{said} Ask once more.")
        self.noticed.emit(said)
        QTimer.singleShot(0, self, self.start)

    def _give_up(self, reason: str) -> None:
        self.ticking.stop()
        self._reason, self._waiting = reason, None
        self._set_state("failed")
        self.failed.emit(reason)

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)


def _environment() -> QProcessEnvironment:
    """The worker finds the package wherever the window was started from."""
    environment = QProcessEnvironment.systemEnvironment()
    known = environment.value("PYTHONPATH", "")
    environment.insert("PYTHONPATH", os.pathsep.join(filter(None, (str(PACKAGE.parent), known))))
    return environment
