"""From the death of the player to silence on its MIDI output, against the start of an empty Python process."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from jazzassist.domain.song import Notes, Song, Track
from jazzassist.playback.recorder import read_recording
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.transport import Transport
from tests.benchmarks.measure import row

RUNS = 7
SOUND_OFF = {bytes((0xB0 | channel, 120, 0)) for channel in range(16)}


def main() -> None:
    """Prints one row: the median time until every channel has been told to be silent."""
    ours = [_silenced() for _ in range(RUNS)]
    theirs = [_started() for _ in range(RUNS)]
    row("silence after a crash", statistics.median(ours), "an empty Python process", statistics.median(theirs))


def _silenced() -> float:
    notes = Notes.from_columns(np.arange(400) * 24, np.full(400, 480), *np.full((3, 400), [[60], [80], [0]]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sent.jsonl"
        transport = Transport(f"record:{path}")
        transport.play(build_schedule(Song(480, (Track("Notes", notes),)), 0, 400 * 24))
        while not path.exists() or len(read_recording(path)) < 60:
            time.sleep(0.05)
        time.sleep(0.5)
        assert transport.process_id is not None
        killed = time.monotonic()
        os.kill(transport.process_id, signal.SIGKILL)
        while True:
            time.sleep(0.02)
            after = [(at, data) for at, data in read_recording(path) if at > killed and data in SOUND_OFF]
            if {data for _, data in after} == SOUND_OFF:
                transport.close()
                return after[len(SOUND_OFF) - 1][0] - killed


def _started() -> float:
    begin = time.monotonic()
    subprocess.run([sys.executable, "-c", ""], check=True)
    return time.monotonic() - begin
