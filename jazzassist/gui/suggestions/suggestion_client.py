"""Client of the worker process: starts it, sends and cancels requests, restarts it if it dies or hangs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from jazzassist.domain.suggestion import SuggestionRequest
from jazzassist.gui.suggestions.worker_watch import BEAT_S, TICK_MS, WorkerWatch
from jazzassist.paths import PACKAGE
from jazzassist.suggest import protocol

SHORT_LIVES = 3  # a worker that ended more often than this without being ready is not restarted

RESTARTED = "The suggestion engine stopped unexpectedly and was restarted."
HUNG = "The suggestion engine stopped responding and was restarted."


class SuggestionClient(QObject):
    """Sends one request at a time; a new request cancels the previous one. `state`: loading, ready, busy or failed.

    While it is busy, suggestions may arrive one by one before the whole answer.
    """

    ready = Signal(str)  # the checkpoint's name
    progress_changed = Signal(float)
    suggestion_arrived = Signal(object)  # a Suggestion, while others are still being written
    suggestions_arrived = Signal(list)  # of Suggestion: the whole answer, best first
    failed = Signal(str)
    noticed = Signal(str)  # a message unrelated to a request
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
        self._owed: set[int] = set()  # ids of unanswered requests, including cancelled ones
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
        """Start the worker. `ready` is emitted when its model is loaded."""
        self._set_state("loading")
        named = ["--checkpoint", self.wanted] if self.wanted else []
        self._owed.clear()
        self._hung = False
        self.watch.start()
        self.ticking.start()
        self._process.start(sys.executable, [*self.command, *named])

    def use(self, checkpoint: str | None) -> None:
        """Switch to another checkpoint in a new process. `ready` is emitted when its model is loaded."""
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
        """Request suggestions, which arrive by signal. The request waits while the worker loads."""
        self.cancel()
        if self.state == "loading":
            self._waiting = request
        elif self.state == "failed":
            self.failed.emit(self._reason or "Suggestions are unavailable.")
        else:
            self._send_ask(request)

    def warm(self, requests: Sequence[SuggestionRequest]) -> None:
        """Let the worker process the music around a gap in advance. Does nothing while a request is pending."""
        if self.state == "ready":
            for request in requests:
                self._write(protocol.encode_warm(request))

    def cancel(self) -> None:
        """Cancel the pending request, if any."""
        self._waiting = None
        if self.state == "busy":
            self._write(protocol.encode_cancel(self._last_id))
            self._set_state("ready")
            self._last_id += 1  # replies still under way are ignored

    def close(self) -> None:
        """End the worker process."""
        self._closing = True
        self.ticking.stop()
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.closeWriteChannel()
            if not self._process.waitForFinished(1000):
                self._process.kill()
                self._process.waitForFinished(1000)

    @property
    def process_id(self) -> int:
        """The id of the worker process."""
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
                self._process.kill()  # `_on_finished` starts a new one

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._give_up("The suggestion engine could not be started.")

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
        sentence = HUNG if self._hung else RESTARTED
        was_busy, self._deaths = self.state == "busy", self._deaths + 1
        if self._deaths > SHORT_LIVES:
            self._give_up("The suggestion engine stopped repeatedly and was not restarted.")
            return
        self._set_state("loading")
        if was_busy:
            self.failed.emit(f"{sentence} Please try again.")
        self.noticed.emit(sentence)
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
    """Return an environment in which the worker finds the package from any working directory."""
    environment = QProcessEnvironment.systemEnvironment()
    known = environment.value("PYTHONPATH", "")
    environment.insert("PYTHONPATH", os.pathsep.join(filter(None, (str(PACKAGE.parent), known))))
    return environment
