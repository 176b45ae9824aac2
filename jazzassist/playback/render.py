"""A song as a WAV file, by the same synthesizer that plays it, faster than real time."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from jazzassist.domain.song import Song
from jazzassist.playback.schedule import Schedule, build_schedule
from jazzassist.playback.sequencer import Due, Sequencer
from jazzassist.playback.soundfont import Samples
from jazzassist.playback.synth import RATE, Synth

_BLOCK = 8192
_LONGEST_TAIL_SECONDS = 8.0
_SILENCE = 10 ** (-70 / 20)


def render_wav(
    song: Song,
    path: Path | str,
    start: int = 0,
    end: int | None = None,
    sample_rate: int = RATE,
    *,
    muted: frozenset[int] = frozenset(),
    soloed: frozenset[int] = frozenset(),
) -> None:
    """Write [start, end) ticks of `song` (to its last note without `end`) as 16-bit stereo, and let it ring out.

    OSError, its text one sentence that names the file, when it cannot be written.
    """
    schedule = build_schedule(song, start, song.last_note_end if end is None else end, muted=muted, soloed=soloed)
    try:
        with Path(path).open("wb") as file, wave.open(file, "wb") as out:
            out.setnchannels(2)
            out.setsampwidth(2)
            out.setframerate(sample_rate)
            _render(schedule, out, sample_rate)
    except OSError as error:
        raise OSError(f"The sound file {path} cannot be written: {error.strerror or error}.") from error


def _render(schedule: Schedule, out: wave.Wave_write, rate: int) -> None:
    synth, sequencer = Synth(rate=rate, block=_BLOCK), Sequencer()
    synth.prepare((*schedule.chase, *schedule.messages))
    for data in sequencer.play(schedule, 0.0):
        synth.send(data)
    tail = 0
    while tail < _LONGEST_TAIL_SECONDS * rate:
        due = sequencer.advance(_BLOCK / rate) if sequencer.playing else []
        block = synth.render(_BLOCK, _in_frames(due, rate))
        out.writeframes(_as_bytes(block))
        if not sequencer.playing:
            tail += _BLOCK
            if not synth.sounding and np.abs(block).max() < _SILENCE:
                return


def _in_frames(due: list[Due], rate: int) -> list[tuple[int, bytes]]:
    return [(int(seconds * rate + 0.5), data) for seconds, data in due]


def _as_bytes(block: Samples) -> bytes:
    return np.asarray(np.round(block * 32767), "<i2").tobytes()
