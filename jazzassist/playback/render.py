"""A song as a sound file, by the same synthesizer that plays it, faster than real time."""

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
"""Which format a file's suffix asks for."""

_BLOCK = 8192
_LONGEST_TAIL_SECONDS = 30.0
_SILENCE = 10 ** (-70 / 20)


class SoundFormatError(ValueError):
    """One sentence: the file's name asks for a format that cannot be written."""


def sound_format(path: Path | str) -> str:
    """The format that the file's name asks for, "WAV" or "FLAC"; WAV for a device, whose name asks for none.

    Raises SoundFormatError for any other name.
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
    """Write [start, end) ticks of `song` (to the end of the music without `end`) as 16-bit stereo, and let it ring out.

    The file's suffix says whether as WAV or FLAC. Raises SoundFormatError for another suffix, and
    OSError, its text one sentence that names the file, when the file cannot be written.
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
    import soundfile  # slow to import, and only this needs it

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
