"""The app's handle on the player: starts the process, commands it, knows where it is, starts another when it dies."""

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
from jazzassist.playback.processes import CLOSING_SECONDS, LastWords, StandBy, end, started
from jazzassist.playback.timed import Schedule

__all__ = ["BUILT_IN", "SILENT", "VIRTUAL", "Transport"]

log = logging.getLogger("jazzassist")
log.addHandler(logging.NullHandler())  # the command line has no log; the notice says what it must

_PLAYER = "jazzassist.playback.player"
_SHORT_LIFE_SECONDS, _SHORT_LIVES = 3.0, 3  # so many players that die so soon, and no more are started
RESTARTED = "The player stopped unexpectedly and was started again; everything that sounded was ended."
GIVEN_UP = "The player cannot be started, so nothing can be heard. Choose an output to try again."
_LAST_WORDS_SECONDS = 0.1


@dataclass(frozen=True)
class _Place:
    """`seconds` into the schedule at the monotonic time `at`; standing still when `at` is None."""

    seconds: float
    at: float | None = None


class Transport:
    """Plays schedules in a process of its own. Every method but `close` returns at once; none raises.

    `output` is BUILT_IN, VIRTUAL, SILENT, a MIDI port's name, or `record:PATH` (each message becomes
    a line of that file). `devices` names the sound systems to try, for machines that have several;
    "none" for none of them.
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
        self._process: subprocess.Popen[bytes] | None = None
        self._stand_by = StandBy()
        self._last_words: LastWords | None = None
        self._lives: list[float] = []  # when the players began, of late
        self._work: queue.SimpleQueue[tuple[str, Any, Any]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="transport", daemon=True)
        self._thread.start()

    def play(self, schedule: Schedule, at: int | None = None) -> None:
        """Play `schedule` from the tick `at`, or from its start."""
        seconds = 0.0 if at is None else schedule.seconds_at(at)
        with self._lock:
            self._schedule, self._place, self._playing = schedule, _Place(seconds), True
            self._command({"do": "play", "at": seconds}, schedule)

    def update(self, schedule: Schedule) -> None:
        """Go on at the same tick in another schedule, without a break in what sounds in both."""
        with self._lock:
            if self._schedule is not None:
                seconds = schedule.seconds_at(self._schedule.tick_at(self._seconds()))
                self._place = _Place(seconds, time.monotonic() if self._place.at is not None else None)
            self._schedule = schedule
            self._command({"do": "update"}, schedule)

    def stop(self) -> None:
        """Stop here and silence everything."""
        with self._lock:
            self._halt()
            self._command({"do": "stop"})

    def seek(self, tick: int) -> None:
        """Go to a tick of the schedule, playing on if we were playing."""
        with self._lock:
            seconds = 0.0 if self._schedule is None else self._schedule.seconds_at(tick)
            self._place = _Place(seconds)
            self._command({"do": "seek", "at": seconds})

    def panic(self) -> None:
        """Stop, and end every note on every channel, whether we know of it or not."""
        with self._lock:
            self._halt()
            self._command({"do": "panic"})

    def send(self, data: bytes) -> None:
        """Send one message now, to sound a note that was clicked."""
        with self._lock:
            self._command({"do": "send", "data": data.hex()}, counts=False)

    def sound(self, schedule: Schedule, channel: int, pitch: int, velocity: int = 90, seconds: float = 0.35) -> None:
        """Sound a note for a moment, unless something plays.

        Its instrument is the one that is in force on `channel` (16 more for each further port) at the
        start of `schedule`.
        """
        note = {"channel": channel, "pitch": pitch, "velocity": velocity, "seconds": seconds}
        with self._lock:
            self._command({"do": "sound", **note}, schedule, counts=False)

    def set_output(self, name: str) -> None:
        """Play on another output from now on; a port that is missing is waited for in silence.

        Where the player was given up, it is tried again.
        """
        with self._lock:
            self._output = name
            self._command({"do": "output", "name": name}, counts=False)

    def close(self) -> None:
        """Silence everything and end the player; waits for it, 0.1 s as a rule and never more than a few."""
        with self._lock:
            self._halt()
            self._closed = True
        self._work.put(("close", None, None))
        self._thread.join(2 * CLOSING_SECONDS)

    @property
    def playing(self) -> bool:
        """True from `play` until the end, `stop` or `panic`."""
        return self._playing

    @property
    def ringing(self) -> bool:
        """True while the last notes ring out after the end."""
        return self._ringing

    @property
    def position(self) -> int:
        """The tick that is heard now, or where playing stopped."""
        with self._lock:
            return 0 if self._schedule is None else int(self._schedule.tick_at(self._seconds()))

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names that `set_output` takes at present."""
        virtual = () if sys.platform == "win32" else (VIRTUAL,)
        return (BUILT_IN, *self._names, *virtual, SILENT)

    @property
    def output(self) -> str:
        """The output that was chosen."""
        return self._output

    @property
    def process_id(self) -> int | None:
        """The player's process, None while there is none."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    def poll(self) -> list[str]:
        """Messages for the composer since the last call, one sentence each."""
        with self._lock:
            found, self._notices = self._notices, []
        return found

    def _halt(self) -> None:
        self._place, self._playing, self._ringing = _Place(self._seconds()), False, False

    def _seconds(self) -> float:
        """The position in the schedule's seconds. The caller holds the lock."""
        place, schedule = self._place, self._schedule
        if place.at is None or schedule is None:
            return place.seconds
        seconds = place.seconds + max(0.0, time.monotonic() - place.at)
        if schedule.loop and schedule.length > 0:
            return seconds % schedule.length
        return min(seconds, schedule.length)

    def _command(self, command: dict[str, Any], schedule: Schedule | None = None, *, counts: bool = True) -> None:
        """Queue a command; one that `counts` makes reports of what was before it stale. The caller holds the lock."""
        if counts:
            self._turn += 1
        self._work.put(("do", command | {"turn": self._turn}, schedule))

    def _run(self) -> None:
        """The transport's thread: keeps a player alive and writes to it."""
        self._start()
        while True:
            kind, first, schedule = self._work.get()
            if kind == "close":
                self._end()
                return
            if kind == "died" and first is self._process and not self._closed:
                self._mourn()
            elif kind == "do" and self._process is not None:
                self._write(first, schedule)
                if first["do"] in ("play", "output"):
                    self._stand_by.prepare(self._output)
            elif kind == "do":
                self._do_without_player(first)

    def _do_without_player(self, command: dict[str, Any]) -> None:
        """The player was given up: choosing an output starts another, playing ends at once."""
        if command["do"] == "output":
            self._lives.clear()
            self._start()
        elif command["do"] == "play":
            with self._lock:
                if command["turn"] == self._turn:
                    self._halt()
            self._tell(GIVEN_UP)

    def _start(self, *options: str) -> None:
        devices = () if self._devices is None else ("--devices", self._devices)
        try:
            process = started(_PLAYER, "--output", self._output, *devices, *options, reads=True)
        except OSError as error:
            self._process = None
            self._tell(f"{GIVEN_UP} ({error})")
            return
        self._process = process
        self._lives.append(time.monotonic())
        assert process.stdout is not None and process.stderr is not None
        self._last_words = LastWords(process.stderr)
        arguments = (process, process.stdout, self._last_words)
        threading.Thread(target=self._listen, args=arguments, daemon=True).start()

    def _mourn(self) -> None:
        """The player has died: end what sounds, and start another unless that has failed too often."""
        assert self._process is not None and self._last_words is not None
        self._stand_by.silence(self._output)
        status = self._process.wait()
        born_lately = time.monotonic() - _SHORT_LIFE_SECONDS * _SHORT_LIVES
        self._lives = [born for born in self._lives if born > born_lately]
        again = len(self._lives) < _SHORT_LIVES
        with self._lock:
            self._halt()
            self._turn += 1
        reason = self._last_words.reason(status)
        log.error("the player died: %s", "\n".join((reason, *self._last_words.lines)))
        self._tell(f"{RESTARTED if again else GIVEN_UP} ({reason})")
        if again:
            self._start("--panic")
        else:
            self._process = None

    def _write(self, command: dict[str, Any], schedule: Schedule | None) -> None:
        payload = b"" if schedule is None else schedule.to_bytes()
        line = json.dumps(command | ({"size": len(payload)} if payload else {})).encode() + b"\n"
        process = self._process
        if process is None or process.stdin is None:
            return
        with contextlib.suppress(OSError):  # then it is dead, and the listening thread says so
            _write_all(process.stdin, line + payload)

    def _end(self) -> None:
        process, self._process = self._process, None
        end(process, self._stand_by.process)

    def _listen(self, process: subprocess.Popen[bytes], stream: IO[bytes], words: LastWords) -> None:
        """A player's reports, until it is gone and its last lines are read."""
        with stream, open(stream.fileno(), "rb", closefd=False) as lines:
            for line in lines:
                try:
                    self._hear(json.loads(line))
                except (ValueError, KeyError):
                    continue
        words.wait(_LAST_WORDS_SECONDS)
        self._work.put(("died", process, None))

    def _hear(self, report: dict[str, Any]) -> None:
        with self._lock:
            if report["is"] == "notice":
                self._notices.append(report["text"])
            elif report["is"] == "outputs":
                self._names = tuple(report["names"])
            elif report["is"] == "position" and report["turn"] == self._turn:
                self._ringing = report["ringing"]  # first, so that at the end one of the two is always true
                self._playing = report["playing"]
                self._place = _Place(report["seconds"], report["at"] if report["playing"] else None)

    def _tell(self, text: str) -> None:
        with self._lock:
            self._notices.append(text)


def _write_all(stream: IO[bytes], data: bytes) -> None:
    """Write all of it: an unbuffered pipe may take less at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]
