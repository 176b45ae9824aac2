"""Ends all sound on one output: `python -m jazzassist.playback.silencer OUTPUT`, for when the player has died.

It imports as little as it can, so that it is there much sooner than another player.
"""

from __future__ import annotations

import sys
import time

from jazzassist.midi import ports
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
    """All sound off on every channel, then, for instruments that do not know that, every note off."""
    off = [bytes((0xB0 | channel, number, 0)) for channel in range(16) for number in (_SOUND_OFF, _NOTES_OFF, _PEDAL)]
    return off + [bytes((0x80 | channel, pitch, 64)) for pitch in range(128) for channel in range(16)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
