"""Controls the player process: starts it, sends commands, follows its position and restarts it if it dies."""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import IO, Any

from jazzassist.playback.names import BUILT_IN, SILENT, VIRTUAL
from jazzassist.playback.processes import CLOSING_SECONDS, LastLines, StandBy, end, started
from jazzassist.playback.timed import Schedule

__all__ = ["BUILT_IN", "SILENT", "VIRTUAL", "Transport"]

log = logging.getLogger("jazzassist")
log.addHandler(logging.NullHandler())  # the command line has no log; the notice contains the reason

_PLAYER = "jazzassist.playback.player"
_SHORT_LIFE_SECONDS, _MOST_CRASHES = 3.0, 3  # give up after so many players in a row that live so briefly
RESTARTED = "Playback engine restarted after a crash."
GIVEN_UP = "The playback engine cannot be started. Choose an output to try again."
_LAST_LINES_SECONDS = 0.1


@dataclass(frozen=True)
class _Place:
    """A position: `seconds` in the schedule at the monotonic time `at`; `at` is None if playback is stopped."""

    seconds: float
    at: float | None = None


class Transport:
    """Plays schedules in a separate process. All methods except `close` return immediately; none raises.

    `output`: BUILT_IN, VIRTUAL, SILENT, the name of a MIDI port, or `record:PATH` (each message is appended to that
    file as a line). `devices`: names of the audio systems to try, separated by commas; "none" for no device.
    """

    def __init__(self, output: str = BUILT_IN, *, devices: str | None = None) -> None:
        self._output = output
        self._devices = devices
        self._lock = threading.Lock()
        self._notices: list[str] = []
        self._names: tuple[str, ...] = ()
        self._schedule: Schedule | None = None
        self._place = _Place(0.0)
        self._playing = self._ringing = False
        self._turn = 0
        self._closed = False
        self._given_up = False
        self._process: subprocess.Popen[bytes] | None = None
        self._stand_by = StandBy()
        self._stderr: LastLines | None = None
        self._starts: list[float] = []  # start times of recent players
        self._work: queue.SimpleQueue[tuple[str, Any, Any]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="transport", daemon=True)
        self._thread.start()

    def play(self, schedule: Schedule, at: int | None = None) -> None:
        """Play `schedule` from tick `at`, or from its start."""
        seconds = 0.0 if at is None else schedule.seconds_at(at)
        with self._lock:
            self._schedule, self._place, self._playing = schedule, _Place(seconds), True
            self._command({"do": "play", "at": seconds}, schedule)

    def update(self, schedule: Schedule) -> None:
        """Continue at the same tick of another schedule. Notes that are in both continue without a break."""
        with self._lock:
            if self._schedule is not None:
                seconds = schedule.seconds_at(self._schedule.tick_at(self._seconds()))
                self._place = _Place(seconds, time.monotonic() if self._place.at is not None else None)
            self._schedule = schedule
            self._command({"do": "update"}, schedule)

    def stop(self) -> None:
        """Stop at the current position and silence everything."""
        with self._lock:
            self._halt()
            self._command({"do": "stop"})

    def seek(self, tick: int) -> None:
        """Move to a tick of the schedule. Playback continues if it was running."""
        with self._lock:
            seconds = 0.0 if self._schedule is None else self._schedule.seconds_at(tick)
            self._place = _Place(seconds)
            self._command({"do": "seek", "at": seconds})

    def panic(self) -> None:
        """Stop, and send note-offs for all pitches on all channels."""
        with self._lock:
            self._halt()
            self._command({"do": "panic"})

    def send(self, data: bytes) -> None:
        """Send one message immediately."""
        with self._lock:
            self._command({"do": "send", "data": data.hex()}, counts=False)

    def sound(self, schedule: Schedule, channel: int, pitch: int, velocity: int = 90, seconds: float = 0.35) -> None:
        """Sound a preview note for `seconds`, unless a schedule is playing.

        Its instrument is that of `channel` (plus 16 for each further port) at the start of `schedule`.
        """
        note = {"channel": channel, "pitch": pitch, "velocity": velocity, "seconds": seconds}
        with self._lock:
            self._command({"do": "sound", **note}, schedule, counts=False)

    def set_output(self, name: str) -> None:
        """Switch to another output. If it is missing, playback continues without sound until it is available.

        If the player could not be started before, this tries again.
        """
        with self._lock:
            self._output = name
            self._command({"do": "output", "name": name}, counts=False)

    def close(self) -> None:
        """Silence everything and end the player. Waits for it, usually 0.1 s and at most a few seconds."""
        with self._lock:
            self._halt()
            self._closed = True
        self._work.put(("close", None, None))
        self._thread.join(2 * CLOSING_SECONDS)

    @property
    def playing(self) -> bool:
        """Whether a schedule is playing: from `play` until its end, `stop` or `panic`."""
        return self._playing

    @property
    def ringing(self) -> bool:
        """Whether the last notes are ringing out after the end."""
        return self._ringing

    @property
    def position(self) -> int:
        """The audible tick, or the tick at which playback stopped."""
        with self._lock:
            return 0 if self._schedule is None else int(self._schedule.tick_at(self._seconds()))

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names that `set_output` currently accepts."""
        virtual = () if sys.platform == "win32" else (VIRTUAL,)
        return (BUILT_IN, *self._names, *virtual, SILENT)

    @property
    def output(self) -> str:
        """The name of the selected output."""
        return self._output

    @property
    def process_id(self) -> int | None:
        """The process ID of the player, None if it is not running."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    @property
    def given_up(self) -> bool:
        """Whether the player cannot be started. Its notice has then been added; `set_output` tries again."""
        return self._given_up

    def poll(self) -> list[str]:
        """Return messages for the user since the last call, one sentence each."""
        with self._lock:
            found, self._notices = self._notices, []
        return found

    def _halt(self) -> None:
        self._place, self._playing, self._ringing = _Place(self._seconds()), False, False

    def _seconds(self) -> float:
        """Return the position in seconds of the schedule. The caller holds the lock."""
        place, schedule = self._place, self._schedule
        if place.at is None or schedule is None:
            return place.seconds
        seconds = place.seconds + max(0.0, time.monotonic() - place.at)
        if schedule.loop and schedule.length > 0:
            return seconds % schedule.length
        return min(seconds, schedule.length)

    def _command(self, command: dict[str, Any], schedule: Schedule | None = None, *, counts: bool = True) -> None:
        """Queue a command. `counts`: reports from before it become stale. The caller holds the lock."""
        if counts:
            self._turn += 1
        self._work.put(("do", command | {"turn": self._turn}, schedule))

    def _run(self) -> None:
        """The transport's thread: keeps a player running and sends commands to it."""
        self._start()
        while True:
            kind, first, schedule = self._work.get()
            if kind == "close":
                self._end()
                return
            if kind == "died" and first is self._process and not self._closed:
                self._handle_death()
            elif kind == "do" and self._process is not None:
                self._write(first, schedule)
                if first["do"] in ("play", "output"):
                    self._stand_by.prepare(self._output)
            elif kind == "do":
                self._do_without_player(first)

    def _do_without_player(self, command: dict[str, Any]) -> None:
        """Handle a command after the player was given up: `output` starts a new one, `play` ends immediately."""
        if command["do"] == "output":
            self._starts.clear()
            self._start()
        elif command["do"] == "play":
            with self._lock:
                if command["turn"] == self._turn:
                    self._halt()
            self._add_notice(GIVEN_UP)

    def _start(self, *options: str) -> None:
        devices = () if self._devices is None else ("--devices", self._devices)
        try:
            process = started(_PLAYER, "--output", self._output, *devices, *options, reads=True)
        except OSError as error:
            self._process = None
            self._add_notice(f"{GIVEN_UP} ({error})")
            self._given_up = True
            return
        self._process, self._given_up = process, False
        self._starts.append(time.monotonic())
        assert process.stdout is not None and process.stderr is not None
        self._stderr = LastLines(process.stderr)
        arguments = (process, process.stdout, self._stderr)
        threading.Thread(target=self._listen, args=arguments, daemon=True).start()

    def _handle_death(self) -> None:
        """Handle the death of the player: silence its output, and start another unless that failed too often."""
        assert self._process is not None and self._stderr is not None
        self._stand_by.silence(self._output)
        status = self._process.wait()
        since = time.monotonic() - _SHORT_LIFE_SECONDS * _MOST_CRASHES
        self._starts = [start for start in self._starts if start > since]
        again = len(self._starts) < _MOST_CRASHES
        with self._lock:
            self._halt()
            self._turn += 1
        reason = self._stderr.reason(status)
        log.error("the player died: %s", "\n".join((reason, *self._stderr.lines)))
        self._add_notice(f"{RESTARTED if again else GIVEN_UP} ({reason})")
        if again:
            self._start("--panic")
        else:
            self._process, self._given_up = None, True

    def _write(self, command: dict[str, Any], schedule: Schedule | None) -> None:
        payload = b"" if schedule is None else schedule.to_bytes()
        line = json.dumps(command | ({"size": len(payload)} if payload else {})).encode() + b"\n"
        process = self._process
        if process is None or process.stdin is None:
            return
        with contextlib.suppress(OSError):  # it has died; the listening thread reports that
            _write_all(process.stdin, line + payload)

    def _end(self) -> None:
        process, self._process = self._process, None
        end(process, self._stand_by.process)

    def _listen(self, process: subprocess.Popen[bytes], stream: IO[bytes], lines_of_stderr: LastLines) -> None:
        """Process the reports of a player until it has ended and its last lines are read."""
        with stream, open(stream.fileno(), "rb", closefd=False) as lines:
            for line in lines:
                try:
                    self._process_report(json.loads(line))
                except (ValueError, KeyError):
                    continue
        lines_of_stderr.wait(_LAST_LINES_SECONDS)
        self._work.put(("died", process, None))

    def _process_report(self, report: dict[str, Any]) -> None:
        with self._lock:
            if report["is"] == "notice":
                self._notices.append(report["text"])
            elif report["is"] == "outputs":
                self._names = tuple(report["names"])
            elif report["is"] == "position" and report["turn"] == self._turn:
                self._ringing = report["ringing"]  # set first, so that at the end one of the two is always true
                self._playing = report["playing"]
                self._place = _Place(report["seconds"], report["at"] if report["playing"] else None)

    def _add_notice(self, text: str) -> None:
        with self._lock:
            self._notices.append(text)


def _write_all(stream: IO[bytes], data: bytes) -> None:
    """Write all of `data`: an unbuffered pipe may accept only a part at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]
