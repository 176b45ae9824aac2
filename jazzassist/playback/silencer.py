"""The standby process that silences an output after the player has died: `python -m jazzassist.playback.silencer`.

It waits for the name of an output on stdin, ends all sound there and exits. If stdin ends first, it just exits.
It is started together with the player and is small, so that no start-up time delays the silence.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import time

from jazzassist.midi import ports, rtmidi_clients
from jazzassist.playback.recorder import PREFIX, RecordingFile

_BATCH, _PAUSE_SECONDS = 32, 0.004  # messages and pauses that a slow port can handle
_PEDAL, _SOUND_OFF, _NOTES_OFF = 64, 120, 123


def main(output: str) -> int:
    """End all sound on the output of that name. Return 0, or 1 if it cannot be opened."""
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
    """Return all sound off on every channel, all note-offs (for instruments without that), all sound off again."""
    off = [bytes((0xB0 | channel, number, 0)) for channel in range(16) for number in (_SOUND_OFF, _NOTES_OFF, _PEDAL)]
    return [*off, *(bytes((0x80 | channel, pitch, 64)) for pitch in range(128) for channel in range(16)), *off]


def wait() -> int:
    """Wait for the name of an output on stdin and silence it. Return 0 if stdin ends without one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is meant for the parent process
    with contextlib.suppress(Exception):  # if there is no MIDI system, opening the port reports it
        rtmidi_clients.apis()  # imports RtMidi now
    name = sys.stdin.readline().rstrip("\n")
    return main(name) if name else 0


if __name__ == "__main__":
    sys.exit(wait())
