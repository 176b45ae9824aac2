"""Ends all sound on one output when the player has died: `python -m jazzassist.playback.silencer`.

It waits for the name of the output on stdin, ends everything there and ends itself; or only that, when
stdin ends first. It is started beside the player and is small, so that silence waits for no start.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import time

from jazzassist.midi import ports, rtmidi_clients
from jazzassist.playback.recorder import PREFIX, RecordingFile

_BATCH, _PAUSE_SECONDS = 32, 0.004  # what a slow port can take without losing any
_PEDAL, _SOUND_OFF, _NOTES_OFF = 64, 120, 123


def main(output: str) -> int:
    """End everything on the output of that name; 1 when it cannot be opened."""
    try:
        port = RecordingFile(output.removeprefix(PREFIX)) if output.startswith(PREFIX) else ports.open_output(output)
        for count, message in enumerate(messages(), 1):
            port.send(message)
            if count % _BATCH == 0:
                time.sleep(_PAUSE_SECONDS)
        port.close()
    except (ports.PortError, OSError):
        return 1
    return 0


def messages() -> list[bytes]:
    """All sound off on every channel; every note off, for instruments that do not know that; all sound off again."""
    off = [bytes((0xB0 | channel, number, 0)) for channel in range(16) for number in (_SOUND_OFF, _NOTES_OFF, _PEDAL)]
    return [*off, *(bytes((0x80 | channel, pitch, 64)) for pitch in range(128) for channel in range(16)), *off]


def wait() -> int:
    """Wait for the name of an output on stdin, and silence it; 0 when stdin ends without one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the program that started this one
    with contextlib.suppress(Exception):  # then there is no MIDI system, and opening a port says so
        rtmidi_clients.apis()  # imports RtMidi now
    name = sys.stdin.readline().rstrip("\n")
    return main(name) if name else 0


if __name__ == "__main__":
    sys.exit(wait())
