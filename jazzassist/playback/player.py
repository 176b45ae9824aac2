"""The process that plays: `python -m jazzassist.playback.player`. Commands on stdin, reports on stdout, JSON lines.

Commands: {"do": "play", "size": bytes of the schedule that follow the line, "at": seconds},
{"do": "update", "size": ...}, {"do": "stop"}, {"do": "seek", "at": seconds}, {"do": "panic"},
{"do": "send", "data": hex}, {"do": "output", "name": ...}, {"do": "close"},
{"do": "sound", "size": bytes of a schedule that begins where the note is, "channel", "pitch", "velocity", "seconds"}.
Reports: {"is": "position", "seconds", "at", "playing", "ringing", "turn"}, {"is": "outputs", "names"},
{"is": "notice", "text"}.
When stdin ends, whoever started it is gone: everything is silenced and the process ends.
"""

from __future__ import annotations

import argparse
import gc
import json
import queue
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from itertools import chain
from typing import IO, Any

from jazzassist.midi import ports
from jazzassist.playback.names import BUILT_IN, SILENT, VIRTUAL
from jazzassist.playback.outputs import NullPort, Output, Port, PortOutput, SynthOutput
from jazzassist.playback.ported import on_channel
from jazzassist.playback.priority import hurry_process
from jazzassist.playback.recorder import PREFIX, RecordingFile
from jazzassist.playback.reports import Report, ReportWriter
from jazzassist.playback.sequencer import Sequencer, note_off
from jazzassist.playback.soundfont import SoundFontError
from jazzassist.playback.synth import Synth
from jazzassist.playback.timed import Schedule

_REPORT_SECONDS = 0.05
_WATCH_SECONDS = 1.0
_AHEAD_SECONDS = 3.0  # what must be ready before playing begins; the rest gets ready meanwhile
_PANIC_BATCH, _PANIC_PAUSE_SECONDS = 32, 0.004  # what a slow port can take without losing any
_ALSA_NUMBERS = re.compile(r" \d+:\d+$")  # they differ each time the receiving program is started
PORTS_MERGED = (
    "This song is written for {ports} MIDI ports, and {output} is one: "
    "channels of the same number share an instrument there. The built-in synth keeps them apart."
)
NO_DEVICE = "No sound device was found: playing silently."


class Player:
    """Obeys commands and reports. `report` is called with dictionaries and must not block."""

    def __init__(
        self,
        report: Callable[[Report], None],
        devices: tuple[str, ...] | None = None,
        synth: Synth | None = None,
    ) -> None:
        self._report = report
        self._devices = devices
        self._lock = threading.Lock()  # held for the sequencer and for sending
        self._choosing = threading.RLock()  # held while the output is changed
        self._sequencer = Sequencer()
        self._synth = synth  # made when it is first chosen
        self._output: Output = PortOutput(NullPort(), self._sequencer, self._lock)
        self._wanted = SILENT
        self._open_port: str | None = None
        self._names: list[str] | None = None
        self._later: queue.SimpleQueue[Schedule] = queue.SimpleQueue()
        self._turn = 0
        self._click: object | None = None  # stands for the clicked note that sounds
        self._told_ports: tuple[str, int] | None = None
        self._reported: tuple[bool, bool, int] | None = None

    def do(self, command: dict[str, Any], payload: bytes = b"") -> None:
        """Carry out one command."""
        with self._choosing:
            kind, turn = command["do"], command.get("turn")
            if kind in ("play", "update"):
                self._take_schedule(kind, Schedule.from_bytes(payload), command.get("at", 0.0), turn)
            elif kind == "stop":
                self._step(self._sequencer.stop, turn)
            elif kind == "seek":
                self._step(lambda: self._sequencer.seek(command["at"]), turn)
            elif kind == "panic":
                self.panic(turn)
            elif kind == "sound":
                note = (command["channel"], command["pitch"], command["velocity"])
                self._sound(Schedule.from_bytes(payload), *note, seconds=command["seconds"])
            elif kind == "send":
                self._send(bytes.fromhex(command["data"]))
            elif kind == "output":
                self.choose(command["name"])
        self.report_position()

    def _take_schedule(self, kind: str, schedule: Schedule, at: float, turn: int | None) -> None:
        old = self._sequencer.schedule
        seconds = at if kind == "play" or old is None else schedule.seconds_at(old.tick_at(self._sequencer.position))
        self._prepare(schedule, seconds)
        schedule.sounding_before(0)  # counts its notes now, before the lock is held
        self._tell_ports(schedule)
        if kind == "play":
            self._step(lambda: self._sequencer.play(schedule, at), turn)
        else:
            self._step(lambda: self._sequencer.update(schedule), turn, begin=not self._sequencer.playing)

    def _prepare(self, schedule: Schedule, at: float) -> None:
        """Get ready for what comes soon after `at` seconds now, for the rest while that is played."""
        first, last = schedule.index_at(at), schedule.index_at(at + _AHEAD_SECONDS)
        self._output.prepare(
            lambda: chain(
                schedule.setup_at(at).messages(),
                schedule.held_at(at).messages,
                schedule.messages_between(first, last),
            )
        )
        self._later.put(schedule)

    def prepare_later(self) -> None:
        """Get ready for the rest of the newest schedule, for ever; for a thread of its own."""
        while True:
            schedule = self._later.get()
            if self._later.empty():
                self._output.prepare(lambda schedule=schedule: (*schedule.chase, *schedule.messages))  # type: ignore[misc]

    def _tell_ports(self, schedule: Schedule) -> None:
        """Say so, once, where channels of several ports come together in the one output."""
        ports = schedule.clashing_ports
        if isinstance(self._output, SynthOutput) or self._wanted == SILENT or ports < 2:
            return
        if self._told_ports != (self._wanted, ports):
            self._told_ports = (self._wanted, ports)
            self.notice(PORTS_MERGED.format(ports=ports, output=self._wanted))

    def _sound(self, schedule: Schedule, channel: int, pitch: int, velocity: int, seconds: float) -> None:
        """Sound a clicked note for a while, unless something plays."""
        if self._sequencer.playing:
            return
        self._output.prepare(lambda: (*schedule.chase, on_channel(channel, 0x90, pitch, velocity)))
        with self._lock:
            self._output.send(self._sequencer.click(schedule, channel, pitch, velocity))
            click = self._click = object()
        ending = threading.Timer(seconds, self._end_click, (click, channel, pitch))
        ending.daemon = True
        ending.start()

    def _end_click(self, click: object, channel: int, pitch: int) -> None:
        with self._lock:
            if self._click is click:  # otherwise something else plays, and this note has been ended
                self._output.send(self._sequencer.end_click(channel, pitch))

    def _send(self, data: bytes) -> None:
        self._output.prepare(lambda: [data])
        with self._lock:
            self._sequencer.tracker.follow(data)
            self._output.send([data])

    def _step(self, step: Callable[[], list[bytes]], turn: int | None, begin: bool = True) -> None:
        """Let the sequencer take a step and send what it says; time is counted anew, or with `begin` off goes on."""
        with self._lock:
            self._turn = self._turn if turn is None else turn
            self._output.send(step())
            if self._sequencer.playing or not self._sequencer.tracker.held:
                self._click = None
            if begin:
                self._output.begin()
            else:
                self._output.recount()

    def panic(self, turn: int | None = None) -> None:
        """Stop, and end every note that could possibly sound, on every channel."""
        tracker = self._sequencer.tracker
        self._step(lambda: self._sequencer.stop() + tracker.silence({*range(16), *tracker.channels}), turn)
        if isinstance(self._output, PortOutput):
            every = [note_off(channel, pitch) for channel in range(16) for pitch in range(128)]
            for start in range(0, len(every), _PANIC_BATCH):
                with self._lock:
                    self._output.send(every[start : start + _PANIC_BATCH])
                time.sleep(_PANIC_PAUSE_SECONDS)
            with self._lock:  # once more, for a port that has lost the first ones in the flood
                self._output.send(tracker.silence(range(16)))

    def choose(self, name: str) -> None:
        """Silence the output that we have and play on by the one called `name`; silently when there is none."""
        with self._choosing:
            self._wanted = name
            self._close_output()
            try:
                self._output = self._opened(name)
            except (ports.PortError, OSError, SoundFontError) as error:
                self._output = PortOutput(NullPort(), self._sequencer, self._lock)
                self._open_port = None
                self.notice(f"{str(error).rstrip('.')}: playing silently until it is there.")
            schedule = self._sequencer.schedule
            if schedule is not None:
                self._prepare(schedule, self._sequencer.position)
                self._tell_ports(schedule)
            with self._lock:
                self._sequencer.tracker.forget(is_known=self._output.is_known)
                self._output.send(self._sequencer.resend())
                self._output.begin()

    def _close_output(self) -> None:
        with self._lock:
            self._click = None
            self._output.send(self._sequencer.tracker.silence() + self._sequencer.rest())
        self._output.close()

    def _opened(self, name: str) -> Output:
        if name == BUILT_IN:
            return self._opened_synth()
        port: Port
        self._open_port = None
        if name == SILENT:
            port = NullPort()
        elif name == VIRTUAL:
            port = ports.open_virtual("JazzAssist")
        elif name.startswith(PREFIX):
            port = RecordingFile(name.removeprefix(PREFIX))
        else:
            port = ports.open_output(name)
            self._open_port = name
        return PortOutput(port, self._sequencer, self._lock)

    def _opened_synth(self) -> Output:
        self._open_port = None
        self._synth = self._synth or Synth()
        self._synth.reset()
        chosen = () if self._devices is None else (self._devices,)
        output = SynthOutput(self._sequencer, self._lock, self._synth, *chosen)
        if output.silent:
            self.notice(NO_DEVICE)
        return output

    def watch(self) -> None:
        """Look which ports there are: tell it, let go of one that vanished, take it again when it is back."""
        try:
            names = ports.output_names()
        except (ports.PortError, OSError):
            names = []
        if names != self._names:
            self._names = names
            self._report({"is": "outputs", "names": names})
        with self._choosing:
            output = self._output
            failure = output.failure if isinstance(output, PortOutput) else None
            for text in output.notices() if isinstance(output, SynthOutput) else ():
                self.notice(text)
            if isinstance(output, SynthOutput) and output.stalled:
                self.notice("The sound device has stopped: looking for another.")
                self.choose(BUILT_IN)
            elif self._open_port is not None and (failure is not None or not _listed(self._wanted, names)):
                self._lose()
            elif self._open_port is None and self._is_missing() and _listed(self._wanted, names):
                self.notice(f"The MIDI output {self._wanted} is there: playing on it.")
                self.choose(self._wanted)

    def _is_missing(self) -> bool:
        return self._wanted not in (BUILT_IN, SILENT, VIRTUAL) and not self._wanted.startswith(PREFIX)

    def _lose(self) -> None:
        self.notice(f"The MIDI output {self._wanted} has vanished: playing silently until it is back.")
        self._close_output()
        self._open_port = None
        with self._lock:
            self._sequencer.tracker.forget(is_known=False)
        self._output = PortOutput(NullPort(), self._sequencer, self._lock)
        self._output.begin()

    def report_position(self, changed_only: bool = False) -> None:
        """Tell where we are and whether we play."""
        with self._lock:
            seconds, at = self._output.position()
            playing, ringing, turn = self._sequencer.playing, self._sequencer.ringing, self._turn
            if not playing:
                seconds = self._sequencer.position
        if changed_only and not playing and self._reported == (playing, ringing, turn):
            return
        self._reported = (playing, ringing, turn)
        place = {"seconds": seconds, "at": at, "playing": playing, "ringing": ringing, "turn": turn}
        self._report({"is": "position", **place})

    def notice(self, text: str) -> None:
        """Tell the composer something, in one sentence."""
        self._report({"is": "notice", "text": text})

    def close(self) -> None:
        """Silence everything and let the output go."""
        with self._lock:
            self._output.send(self._sequencer.stop() + self._sequencer.rest())
        self._output.close()


def _listed(name: str, names: list[str]) -> bool:
    """True when the port is among `names`, whatever numbers ALSA gives it now."""
    return _ALSA_NUMBERS.sub("", name) in {_ALSA_NUMBERS.sub("", other) for other in names}


def obey(player: Player, stream: IO[bytes]) -> None:
    """Carry out the commands of `stream` until it ends or says to close."""
    while line := stream.readline():
        try:
            command = json.loads(line)
            if not isinstance(command, dict):
                raise TypeError("it is no object")
            payload = stream.read(command.get("size", 0))
            if command["do"] == "close":
                return
            player.do(command, payload)
        except (ValueError, KeyError, TypeError, EOFError) as error:
            player.notice(f"The player did not understand a command ({error}).")


def _keep_reporting(player: Player) -> None:
    """Report the position often and look at the ports now and then, for ever."""
    watched = 0.0
    while True:
        if time.monotonic() - watched >= _WATCH_SECONDS:
            player.watch()
            watched = time.monotonic()
        player.report_position(changed_only=True)
        time.sleep(_REPORT_SECONDS)


def main(arguments: list[str] | None = None) -> int:
    """Play what stdin commands until it ends; 0 then, and on SIGTERM."""
    parser = argparse.ArgumentParser(prog="jazzassist.playback.player")
    parser.add_argument("--output", default=BUILT_IN)
    parser.add_argument("--panic", action="store_true", help="end every note of the output first")
    parser.add_argument("--devices", help="systems of sound devices to try, with commas; 'none' for none")
    chosen = parser.parse_args(arguments)
    reports = ReportWriter(sys.stdout)
    sys.stdout = sys.stderr  # whatever a library prints must not look like a report
    sys.setswitchinterval(0.001)
    devices = None if chosen.devices is None else tuple(n for n in chosen.devices.split(",") if n and n != "none")
    hurry_process()
    player = Player(reports.put, devices)
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the program that started this one
    try:
        player.choose(chosen.output)
        if chosen.panic:
            player.panic()
        gc.freeze()
        threading.Thread(target=player.prepare_later, daemon=True).start()
        threading.Thread(target=_keep_reporting, args=(player,), daemon=True).start()
        obey(player, sys.stdin.buffer)
    except KeyboardInterrupt:
        pass
    finally:
        player.close()
    return 0


def _leave(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
