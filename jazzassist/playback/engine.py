"""The playback engine: executes commands, drives the sequencer and an output, and reports its state."""

from __future__ import annotations

import queue
import re
import threading
import time
from collections.abc import Callable
from itertools import chain
from typing import Any

from jazzassist.midi import ports
from jazzassist.playback.names import BUILT_IN, SILENT, VIRTUAL
from jazzassist.playback.outputs import Output, Port, PortOutput
from jazzassist.playback.ported import on_channel
from jazzassist.playback.recorder import PREFIX, RecordingFile
from jazzassist.playback.reports import Report
from jazzassist.playback.sequencer import Sequencer, note_off
from jazzassist.playback.soundfont import SoundFontError
from jazzassist.playback.synth import Synth
from jazzassist.playback.synth_output import SynthOutput
from jazzassist.playback.timed import Schedule

_AHEAD_SECONDS = 3.0  # prepared before playback starts; the rest is prepared during playback
_PANIC_BATCH, _PANIC_PAUSE_SECONDS = 32, 0.004  # messages and pauses that a slow port can handle
_ALSA_NUMBERS = re.compile(r" \d+:\d+$")  # these numbers change whenever the receiving program is started
PORTS_MERGED = (
    "This song uses {ports} MIDI ports, but {output} is only one: channels with the same number share an instrument. "
    "The built-in synth plays them separately."
)
NO_DEVICE = "No sound device was found; playing without sound."


class Engine:
    """Executes commands and reports its state. `report` is called with dictionaries and must not block."""

    def __init__(
        self,
        report: Callable[[Report], None],
        devices: tuple[str, ...] | None = None,
        synth: Synth | None = None,
    ) -> None:
        self._report = report
        self._devices = devices
        self._lock = threading.Lock()  # guards the sequencer and sending
        self._choosing = threading.RLock()  # held while the output changes
        self._sequencer = Sequencer()
        self._synth = synth  # created when it is first selected
        self._output: Output = PortOutput(ports.NullPort(), self._sequencer, self._lock)
        self._wanted = SILENT
        self._open_port: str | None = None
        self._names: list[str] | None = None
        self._later: queue.SimpleQueue[Schedule] = queue.SimpleQueue()
        self._turn = 0
        self._click: object | None = None  # identifies the preview note that sounds
        self._notified_ports: tuple[str, int] | None = None
        self._reported: tuple[bool, bool, int] | None = None

    def do(self, command: dict[str, Any], payload: bytes = b"") -> None:
        """Execute one command. `payload`: the bytes that follow it."""
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
        schedule.sounding_before(0)  # fills its cache before the lock is taken
        self._notify_of_merged_ports(schedule)
        if kind == "play":
            self._step(lambda: self._sequencer.play(schedule, at), turn)
        else:
            self._step(lambda: self._sequencer.update(schedule), turn, begin=not self._sequencer.playing)

    def _prepare(self, schedule: Schedule, at: float) -> None:
        """Prepare the music soon after `at` seconds now, and queue the rest for `prepare_later`."""
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
        """Prepare the rest of the newest schedule, in an endless loop. Runs in a thread of its own."""
        while True:
            schedule = self._later.get()
            if self._later.empty():
                self._output.prepare(lambda latest=schedule: (*latest.chase, *latest.messages))  # type: ignore[misc]

    def _notify_of_merged_ports(self, schedule: Schedule) -> None:
        """Notify the user once if channels of several ports are merged in the single output."""
        ports = schedule.clashing_ports
        if isinstance(self._output, SynthOutput) or self._wanted == SILENT or ports < 2:
            return
        if self._notified_ports != (self._wanted, ports):
            self._notified_ports = (self._wanted, ports)
            self.notice(PORTS_MERGED.format(ports=ports, output=self._wanted))

    def _sound(self, schedule: Schedule, channel: int, pitch: int, velocity: int, seconds: float) -> None:
        """Sound a preview note for `seconds`, unless a schedule is playing."""
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
            if self._click is click:  # otherwise something else is playing and has ended this note
                self._output.send(self._sequencer.end_click(channel, pitch))

    def _send(self, data: bytes) -> None:
        self._output.prepare(lambda: [data])
        with self._lock:
            self._sequencer.tracker.follow(data)
            self._output.send([data])

    def _step(self, step: Callable[[], list[bytes]], turn: int | None, begin: bool = True) -> None:
        """Call a method of the sequencer and send the messages that it returns.

        `begin`: restart the clock of the output; otherwise the clock continues.
        """
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
        """Stop, and send note-offs for all pitches on all channels."""
        tracker = self._sequencer.tracker
        self._step(lambda: self._sequencer.stop() + tracker.silence({*range(16), *tracker.channels}), turn)
        if isinstance(self._output, PortOutput):
            every = [note_off(channel, pitch) for channel in range(16) for pitch in range(128)]
            for start in range(0, len(every), _PANIC_BATCH):
                with self._lock:
                    self._output.send(every[start : start + _PANIC_BATCH])
                time.sleep(_PANIC_PAUSE_SECONDS)
            with self._lock:  # again, in case a port has lost the first ones
                self._output.send(tracker.silence(range(16)))

    def choose(self, name: str) -> None:
        """Silence the current output and continue on the output `name`; without sound if it cannot be opened."""
        with self._choosing:
            self._wanted = name
            self._close_output()
            try:
                self._output = self._opened(name)
            except (ports.PortError, OSError, SoundFontError) as error:
                self._output = PortOutput(ports.NullPort(), self._sequencer, self._lock)
                self._open_port = None
                self.notice(f"{str(error).rstrip('.')}; playing without sound until it is available.")
            schedule = self._sequencer.schedule
            if schedule is not None:
                self._prepare(schedule, self._sequencer.position)
                self._notify_of_merged_ports(schedule)
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
            port = ports.NullPort()
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
        """Report the available ports, close the output if it has disappeared, reopen it when it is back."""
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
                self.notice("The sound device has stopped; looking for another one.")
                self.choose(BUILT_IN)
            elif self._open_port is not None and (failure is not None or not _listed(self._wanted, names)):
                self._close_missing()
            elif self._open_port is None and self._is_missing() and _listed(self._wanted, names):
                self.notice(f"The MIDI output {self._wanted} is available again; playing on it.")
                self.choose(self._wanted)

    def _is_missing(self) -> bool:
        return self._wanted not in (BUILT_IN, SILENT, VIRTUAL) and not self._wanted.startswith(PREFIX)

    def _close_missing(self) -> None:
        self.notice(f"The MIDI output {self._wanted} has disappeared; playing without sound until it is back.")
        self._close_output()
        self._open_port = None
        with self._lock:
            self._sequencer.tracker.forget(is_known=False)
        self._output = PortOutput(ports.NullPort(), self._sequencer, self._lock)
        self._output.begin()

    def report_position(self, changed_only: bool = False) -> None:
        """Report the position and whether a schedule is playing. `changed_only`: skip unchanged reports at rest."""
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
        """Report one sentence for the user."""
        self._report({"is": "notice", "text": text})

    def close(self) -> None:
        """Silence everything and close the output."""
        with self._lock:
            self._output.send(self._sequencer.stop() + self._sequencer.rest())
        self._output.close()


def _listed(name: str, names: list[str]) -> bool:
    """Return True if the port is among `names`, ignoring the numbers that ALSA appends."""
    return _ALSA_NUMBERS.sub("", name) in {_ALSA_NUMBERS.sub("", other) for other in names}
