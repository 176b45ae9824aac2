"""The interface of outputs, and the output for MIDI ports with its timing thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from jazzassist.playback.ported import split
from jazzassist.playback.priority import hurry
from jazzassist.playback.sequencer import TAIL_SECONDS, Sequencer
from jazzassist.playback.system import GM_ON

_SPIN_SECONDS = 0.0015  # busy-wait for this long before a message, because sleeping is not exact enough
_SPIN_SHARE = 0.25  # maximum share of a core for busy-waiting
_IDLE_SECONDS = 1.0
_STALL_SECONDS = 0.1  # lateness up to this is caught up
_BATCH, _BATCH_PAUSE_SECONDS = 128, 0.004
_RESET_SECONDS = 0.05  # time for an instrument to reset itself (GM 1 requires 100 ms between two resets)


class Port(Protocol):
    """Accepts one MIDI message at a time."""

    name: str

    def send(self, data: bytes) -> None:
        """Send one message now."""

    def close(self) -> None:
        """Close the port."""


class Output(Protocol):
    """Plays the sequencer by its own clock until it is closed."""

    is_known: bool  # whether every channel is at its defaults when the output is opened

    def send(self, messages: Iterable[bytes]) -> None:
        """Send messages immediately. The caller holds the sequencer's lock."""

    def prepare(self, messages: Callable[[], Iterable[bytes]]) -> None:
        """Prepare for sending these messages later. May be slow. `messages` is called only if there is work to do."""

    def begin(self) -> None:
        """Restart the clock after the sequencer was started or moved. The caller holds the lock."""

    def recount(self) -> None:
        """Continue the clock after the sequencer changed its schedule. The caller holds the lock."""

    def position(self) -> tuple[float, float]:
        """Return (audible position of the sequencer in seconds, monotonic time at which it is heard)."""

    def close(self) -> None:
        """Stop after delivering all messages sent so far. The caller does not hold the lock."""


class PortOutput:
    """Sends the sequencer's messages to a port when they are due. Sleeps until just before, then busy-waits.

    Messages for further ports are sent to the same port. If the process was suspended for more than a tenth of a
    second, time continues from the next due message: nothing is skipped, and nothing is sent in a burst.
    `failure`: the reason if the port has refused a message.
    """

    is_known = False

    def __init__(self, port: Port, sequencer: Sequencer, lock: threading.Lock) -> None:
        self.port = port
        sequencer.longest_tail = TAIL_SECONDS
        self.failure: str | None = None
        self._sequencer, self._lock = sequencer, lock
        self._changed, self._closing = threading.Event(), False
        self._then, self._awaited = time.monotonic(), False
        self._allowance = _SPIN_SECONDS
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)
        self._thread.start()

    def send(self, messages: Iterable[bytes]) -> None:
        """Send messages immediately. If the port refuses one, set `failure` and send nothing more.

        Many messages are sent in batches that a slow port can handle. A reset is followed by a pause.
        """
        for count, data in enumerate(messages, 1):
            self._emit(data)
            if data.endswith(GM_ON):
                time.sleep(_RESET_SECONDS)
            elif count % _BATCH == 0:
                time.sleep(_BATCH_PAUSE_SECONDS)

    def _emit(self, data: bytes) -> None:
        if self.failure is None:
            try:
                self.port.send(split(data)[1])
            except Exception as error:  # no driver error may end playback
                self.failure = str(error) or type(error).__name__

    def prepare(self, messages: Callable[[], Iterable[bytes]]) -> None:
        """Do nothing: ports need no preparation."""

    def begin(self) -> None:
        """Restart the clock when the thread wakes up, so that its delay does not shorten the first note."""
        self._then, self._awaited = time.monotonic(), True
        self._changed.set()

    def recount(self) -> None:
        """Look up the next due message again without restarting the clock."""
        self._changed.set()

    def position(self) -> tuple[float, float]:
        """Return (position of the sequencer in seconds, monotonic time at which it was reached)."""
        return self._sequencer.position, self._then

    def close(self) -> None:
        """End the thread, wait until the last messages are transmitted, and close the port."""
        self._closing = True
        self._changed.set()
        self._thread.join()
        if self.failure is None:
            time.sleep(0.05)  # a driver may buffer the last messages for two of its periods
        self.port.close()

    def _run(self) -> None:
        hurry()
        while not self._closing:
            with self._lock:
                self._catch_up()
                wait = self._sequencer.until_next()
                due = None if wait is None else self._then + wait
            self._wait_until(due)

    def _catch_up(self) -> None:
        now = time.monotonic()
        due = self._sequencer.until_next()
        if due is None:
            self._then = now
            return
        passed, self._then, self._awaited = (0.0 if self._awaited else now - self._then), now, False
        if passed > due + _STALL_SECONDS:
            passed = due
        for _, data in self._sequencer.advance(passed):
            self._emit(data)

    def _wait_until(self, due: float | None) -> None:
        """Sleep until just before `due`, then busy-wait as far as the allowed share of time permits."""
        began = time.monotonic()
        rest = _IDLE_SECONDS if due is None else due - began
        asleep = rest - min(self._allowance, _SPIN_SECONDS) if rest < _IDLE_SECONDS else _IDLE_SECONDS
        if asleep > 0 and self._changed.wait(asleep):
            self._changed.clear()
            return
        awake_from = time.monotonic()
        while due is not None and rest < _IDLE_SECONDS and time.monotonic() < due and not self._changed.is_set():
            pass
        now = time.monotonic()
        earned = _SPIN_SHARE * (now - began) - (now - awake_from)
        self._allowance = min(20 * _SPIN_SECONDS, max(0.0, self._allowance + earned))
