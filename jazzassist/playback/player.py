"""The player process: `python -m jazzassist.playback.player`. Reads commands from stdin, writes reports to stdout.

Commands and reports are JSON lines.

Commands: {"do": "play", "size": bytes of the schedule that follow the line, "at": seconds},
{"do": "update", "size": ...}, {"do": "stop"}, {"do": "seek", "at": seconds}, {"do": "panic"},
{"do": "send", "data": hex}, {"do": "output", "name": ...}, {"do": "close"},
{"do": "sound", "size": bytes of a schedule that begins where the note is, "channel", "pitch", "velocity", "seconds"}.
Reports: {"is": "position", "seconds", "at", "playing", "ringing", "turn"}, {"is": "outputs", "names"},
{"is": "notice", "text"}.
The end of stdin means that the parent process has ended: all sound is stopped and the process exits.
"""

from __future__ import annotations

import argparse
import gc
import json
import signal
import sys
import threading
import time
from typing import IO

from jazzassist.playback.engine import Engine
from jazzassist.playback.names import BUILT_IN
from jazzassist.playback.priority import hurry_process
from jazzassist.playback.reports import ReportWriter

_REPORT_SECONDS = 0.05
_WATCH_SECONDS = 1.0


def obey(engine: Engine, stream: IO[bytes]) -> None:
    """Execute the commands from `stream` until it ends or a close command arrives."""
    while line := stream.readline():
        try:
            command = json.loads(line)
            if not isinstance(command, dict):
                raise TypeError("it is not a JSON object")
            payload = stream.read(command.get("size", 0))
            if command["do"] == "close":
                return
            engine.do(command, payload)
        except (ValueError, KeyError, TypeError, EOFError) as error:
            engine.notice(f"The player received an invalid command ({error}).")


def _keep_reporting(engine: Engine) -> None:
    """Report the position and check the ports at regular intervals, in an endless loop."""
    watched = 0.0
    while True:
        if time.monotonic() - watched >= _WATCH_SECONDS:
            engine.watch()
            watched = time.monotonic()
        engine.report_position(changed_only=True)
        time.sleep(_REPORT_SECONDS)


def main(arguments: list[str] | None = None) -> int:
    """Execute commands from stdin until it ends, or until SIGTERM. Return 0."""
    parser = argparse.ArgumentParser(prog="jazzassist.playback.player")
    parser.add_argument("--output", default=BUILT_IN)
    parser.add_argument("--panic", action="store_true", help="end every note of the output first")
    parser.add_argument("--devices", help="audio systems to try, separated by commas; 'none' for no device")
    chosen = parser.parse_args(arguments)
    reports = ReportWriter(sys.stdout)
    sys.stdout = sys.stderr  # output of libraries must not be mistaken for reports
    sys.setswitchinterval(0.001)
    devices = None if chosen.devices is None else tuple(n for n in chosen.devices.split(",") if n and n != "none")
    hurry_process()
    engine = Engine(reports.put, devices)
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is meant for the parent process
    try:
        engine.choose(chosen.output)
        if chosen.panic:
            engine.panic()
        gc.freeze()
        threading.Thread(target=engine.prepare_later, daemon=True).start()
        threading.Thread(target=_keep_reporting, args=(engine,), daemon=True).start()
        obey(engine, sys.stdin.buffer)
    except KeyboardInterrupt:
        pass
    finally:
        engine.close()
    return 0


def _leave(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
