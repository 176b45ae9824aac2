"""Rendering of songs to sound files by the built-in synthesizer, faster than real time."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from jazzassist.domain.song import Song
from jazzassist.playback.schedule import Schedule, build_schedule
from jazzassist.playback.sequencer import Due, Sequencer
from jazzassist.playback.soundfont import Samples
from jazzassist.playback.synth import RATE, Synth

FORMATS = {".wav": "WAV", ".flac": "FLAC"}
"""Sound formats by file suffix."""

_BLOCK = 8192
_LONGEST_TAIL_SECONDS = 30.0
_SILENCE = 10 ** (-70 / 20)


class SoundFormatError(ValueError):
    """The suffix of a file name is not a supported sound format. The message is one sentence."""


def sound_format(path: Path | str) -> str:
    """Return the format for a file name, "WAV" or "FLAC"; "WAV" for a device without a suffix.

    Raises SoundFormatError for other suffixes.
    """
    found = FORMATS.get(Path(path).suffix.lower())
    if Path(path).is_char_device():
        return "WAV"
    if found is None:
        suffixes = " and ".join(FORMATS)
        raise SoundFormatError(f"The sound file {path} cannot be written: its name must end in one of {suffixes}.")
    return found


def render_sound(
    song: Song,
    path: Path | str,
    start: int = 0,
    end: int | None = None,
    sample_rate: int = RATE,
    *,
    muted: frozenset[int] = frozenset(),
    soloed: frozenset[int] = frozenset(),
) -> None:
    """Render [start, end) ticks of `song` and the decay of the last notes to a 16-bit stereo file.

    `end` None: to the end of the music. The suffix of the file selects WAV or FLAC. Raises SoundFormatError for
    other suffixes, and OSError with one sentence that names the file if it cannot be written.
    """
    kind = sound_format(path)
    schedule = build_schedule(song, start, song.music_end if end is None else end, muted=muted, soloed=soloed)
    write = _write_flac if kind == "FLAC" else _write_wav
    try:
        write(Path(path), _blocks(schedule, sample_rate), sample_rate)
    except OSError as error:
        raise OSError(f"The sound file {path} cannot be written: {error.strerror or error}.") from error


def _write_wav(path: Path, blocks: Iterator[Samples], rate: int) -> None:
    with path.open("wb") as file, wave.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(rate)
        for block in blocks:
            out.writeframes(_rounded(block).tobytes())


def _write_flac(path: Path, blocks: Iterator[Samples], rate: int) -> None:
    import soundfile  # imported late, because it is slow to import

    try:
        with path.open("wb") as file, soundfile.SoundFile(file, "w", rate, 2, "PCM_16", format="FLAC") as out:
            for block in blocks:
                out.write(_rounded(block))
    except soundfile.SoundFileError as error:
        raise OSError(str(error).rstrip(".")) from error


def _blocks(schedule: Schedule, rate: int) -> Iterator[Samples]:
    synth, sequencer = Synth(rate=rate, block=_BLOCK), Sequencer()
    synth.prepare((*schedule.chase, *schedule.messages))
    sequencer.tracker.forget(is_known=True)
    for data in sequencer.play(schedule, 0.0):
        synth.send(data)
    tail = 0
    while tail < _LONGEST_TAIL_SECONDS * rate:
        due = sequencer.advance(_BLOCK / rate) if sequencer.playing else []
        block = synth.render(_BLOCK, _in_frames(due, rate))
        yield block
        if not sequencer.playing:
            tail += _BLOCK
            if not synth.sounding and np.abs(block).max() < _SILENCE:
                return


def _in_frames(due: list[Due], rate: int) -> list[tuple[int, bytes]]:
    return [(int(seconds * rate + 0.5), data) for seconds, data in due]


def _rounded(block: Samples) -> np.typing.NDArray[np.int16]:
    return np.asarray(np.round(block * 32767), "<i2")
