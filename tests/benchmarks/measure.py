"""Timing for benchmarks: interleaved runs of what is compared, medians, one line per row."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from jazzassist.domain.song import Event, Notes, Song, Track


def cpu_seconds(work: Callable[[], object]) -> float:
    """Processor seconds of this process that `work` takes: other load on the machine does not count."""
    start = time.process_time()
    work()
    return time.process_time() - start


def compare(ours: Callable[[], float], theirs: Callable[[], float], runs: int = 5) -> tuple[float, float]:
    """Medians of `runs` alternating measurements of two functions that return seconds."""
    pairs = [(ours(), theirs()) for _ in range(runs)]
    first, second = zip(*pairs, strict=True)
    return statistics.median(first), statistics.median(second)


def row(what: str, ours: float, against: str, theirs: float) -> None:
    """Prints both times in milliseconds and their ratio."""
    left, right = f"{what:<44}{ours * 1e3:>10.2f} ms", f"{against:<36}{theirs * 1e3:>10.2f} ms"
    print(f"{left}   {right}   ratio {ours / theirs:.2f}", flush=True)


def big_song(count: int = 100_000, tracks: int = 16, bars: int = 1000) -> Song:
    """A song of `count` notes spread evenly over tracks and 4/4 bars, the same at every call."""
    random = np.random.default_rng(1)
    per_track, end = count // tracks, bars * 4 * 480
    lines = []
    for index in range(tracks):
        start = np.sort(random.integers(0, end - 960, per_track))
        pitch = np.clip(random.normal(60, 12, per_track).astype(int), 0, 127)
        columns = (start, random.integers(30, 480, per_track), pitch, random.integers(30, 120, per_track))
        notes = Notes.from_columns(*columns, np.full(per_track, index))
        lines.append(Track(f"Track {index + 1}", notes, channel=index))
    meta = (Event(0, b"\xff\x58\x04\x02\x18\x08"), Event(0, b"\xff\x51" + (500_000).to_bytes(3, "big")))
    return Song(480, (Track("Tempo", events=meta, end=end), *lines))


def write_big_song(folder: Path) -> Path:
    """The big song as a file in `folder`."""
    from jazzassist.midi.files import write_song

    path = folder / "big.mid"
    write_song(big_song(), path)
    return path
