"""Songs with known beats, performed in different ways."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from jazzassist.domain.song import Event, Notes, Song, Track
from tests.harmony.songs import TUNE, VOICINGS

Doubles = npt.NDArray[np.float64]
PPQ = 480


def trio(bars: int = 32, meter: int = 4, swing: float = 0.5, ppq: int = PPQ) -> Song:
    """A walking bass, chords on the first and second beat, a melody in eighths with rests, and drums."""
    bass, chords, tune, drums = [], [], [], []
    for bar in range(bars):
        root, *upper = VOICINGS[TUNE[bar % len(TUNE)]]
        for beat in range(meter):
            at = (meter * bar + beat) * ppq
            bass.append((at, ppq * 9 // 10, root + (0, 7, 12, 7)[beat % 4], 84 - 4 * (beat > 0), 1))
            drums.append((at, 60, 51, 80, 9))
            if beat % 2:
                drums.append((at, 60, 44, 70, 9))
            second = at + round(swing * ppq)
            if (bar + beat) % 3:
                tune.append((at, ppq // 3, upper[beat % len(upper)] + 12, 86, 2))
                tune.append((second, ppq // 4, upper[(beat + 1) % len(upper)] + 12, 74, 2))
                drums.append((second, 60, 51, 60, 9))
        drums.append((meter * bar * ppq, 60, 36, 90, 9))
        chords += [(meter * bar * ppq, ppq * 2, pitch, 76, 0) for pitch in upper]
    lines = (("Bass", bass, 1), ("Chords", chords, 0), ("Tune", tune, 2), ("Drums", drums, 9))
    meters = Event(0, bytes((0xFF, 0x58, meter, 2, 24, 8)))
    tracks = tuple(
        Track(name, Notes.of(notes), (meters,) if not number else (), channel=channel)
        for number, (name, notes, channel) in enumerate(lines)
    )
    return Song(ppq, tracks)


def played(song: Song, to: Callable[[Doubles], Doubles], jitter: float = 0.0) -> Song:
    """Return the song with its ticks mapped by an increasing function, and random timing (deviation in ticks)."""
    random = np.random.default_rng(5)

    def moved(notes: Notes) -> Notes:
        late = random.normal(0, jitter, len(notes)) if jitter else np.zeros(len(notes))
        start = np.maximum(0, np.round(to(notes.start.astype(np.float64)) + late)).astype(np.int64)
        end = np.round(to(notes.end.astype(np.float64)) + late).astype(np.int64)
        return notes.changed(start=start, duration=np.maximum(1, end - start))

    tracks = (Track(t.name, moved(t.notes), channel=t.channel, program=t.program) for t in song.tracks)
    return Song(song.ppq, tuple(tracks))


def wandering(ticks: Doubles, depth: float = 0.08, start: float = 777.0, speed: float = 1.1) -> Doubles:
    """Return ticks as if recorded without a click: a different tempo that varies by a share over 20 beats."""
    wave = 20 * PPQ / (2 * np.pi)
    return np.asarray(start + speed * (ticks + depth * wave * np.sin(ticks / wave)))


def f_measure(wanted: Doubles, found: Doubles, within: float) -> float:
    """Return the F-measure of the found places: the harmonic mean of recall and precision."""
    if not len(wanted) or not len(found):
        return 0.0
    away = np.abs(wanted[:, None] - found[None, :])
    return float(2 / (1 / max(1e-9, (away.min(1) <= within).mean()) + 1 / max(1e-9, (away.min(0) <= within).mean())))
