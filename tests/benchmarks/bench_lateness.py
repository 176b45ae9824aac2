"""Lateness of played notes, idle and while the worker suggests, against the spacing of the notes.

The player writes every message with the time at which it sent it. A note is late by that time minus
its due time, both counted from the first note.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Notes, Song, Track
from jazzassist.domain.suggestion import Controls, bridge_request
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.transport import Transport
from jazzassist.suggest.protocol import encode_ask, encode_warm
from tests.benchmarks.measure import big_song

COUNT, SPACING = 1200, 0.005  # 6 seconds, a note every 5 ms
PPQ = 1000  # at 120 bpm a tick is half a millisecond, so that 5 ms are whole ticks


def main() -> None:
    """Prints p50, p99 and maximum of the lateness in milliseconds and as shares of the spacing.

    Meanwhile the worker reads ahead and answers one request after another, its suggestions streamed.
    """
    print(f"{COUNT} notes, one every {SPACING * 1e3:.0f} ms")
    _print("idle", _lateness())
    with subprocess.Popen(
        [sys.executable, "-m", "jazzassist.suggest.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()  # the worker says that it is ready
        heard = Counter[str]()
        threading.Thread(target=_keep_asking, args=(worker, heard), daemon=True).start()
        _print("while suggesting", _lateness())
        worker.kill()
    print(f"meanwhile {heard['suggestion']} suggestions were streamed, in {heard['suggestions']} answers")


def _keep_asking(worker: subprocess.Popen[bytes], heard: Counter[str]) -> None:
    """Asks anew as soon as an answer is there, each time with other bars to be read ahead; counts the replies."""
    assert worker.stdin is not None and worker.stdout is not None
    song = big_song(2000, 4, 64)
    meters = song.meter_map
    gaps = [Gap((1 + at % 3,), meters.bar_start(9 + at % 4), meters.bar_start(13 + at % 4)) for at in range(12)]
    with suppress(OSError, ValueError):  # it was killed, and its pipe closed
        for number in itertools.count():
            now, later = (bridge_request(song, gaps[at % 12], Controls(), 8, at) for at in (number, number + 1))
            worker.stdin.write((encode_ask(number, now) + encode_warm(later)).encode())
            worker.stdin.flush()
            kind = ""
            while kind not in ("suggestions", "failed"):
                kind = json.loads(worker.stdout.readline() or '{"is": "failed"}')["is"]
                heard[kind] += 1


def _lateness() -> np.ndarray:
    step = round(2 * PPQ * SPACING)
    notes = Notes.from_columns(np.arange(COUNT) * step, np.full(COUNT, step), *np.full((3, COUNT), [[60], [80], [0]]))
    schedule = build_schedule(Song(PPQ, (Track("Notes", notes),)), 0, COUNT * step)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sent.jsonl"
        transport = Transport(output=f"record:{path}")
        transport.play(schedule)
        until = time.monotonic() + COUNT * SPACING + 30
        while transport.playing and time.monotonic() < until:
            time.sleep(0.05)
        transport.close()
        sent = [json.loads(line) for line in path.read_text().splitlines()]
    begun = [message for message in sent if message["data"].startswith("90") and message["data"][4:] != "00"]
    at = np.array([message["t"] for message in begun])
    late = at - at[0] - np.arange(len(at)) * SPACING
    return np.asarray((late - late.min()) * 1e3)


def _print(what: str, late: np.ndarray) -> None:
    p50, p99, worst = np.percentile(late, 50), np.percentile(late, 99), late.max()
    shares = " / ".join(f"{value / (SPACING * 1e3):.2f}" for value in (p50, p99, worst))
    times = f"p50 {p50:6.2f}  p99 {p99:6.2f}  max {worst:6.2f} ms"
    print(f"{what:<20}{len(late):>6} sent   {times}   of the spacing {shares}", flush=True)
