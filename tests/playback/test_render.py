"""Songs as WAV files."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.song import Note, Notes, Track
from jazzassist.playback.render import render_wav
from tests.playback.songs import PPQ, line, song
from tests.playback.sounds import Sound


def sound_of(path: Path) -> tuple[int, Sound]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        data = file.readframes(file.getnframes())
        return file.getframerate(), np.frombuffer(data, "<i2").reshape(-1, 2) / 32768


@pytest.mark.parametrize("rate", [44100, 22050])
def test_notes_begin_at_their_frames(tmp_path: Path, rate: int) -> None:
    beats = (0, 1, 2, 5)
    claves = Notes.of([Note(beat * PPQ, 10, 75, 127, 9) for beat in beats])
    render_wav(song(Track("Claves", claves, channel=9)), tmp_path / "a.wav", sample_rate=rate)
    found_rate, sound = sound_of(tmp_path / "a.wav")
    assert found_rate == rate
    peaks = []
    for strike in (beat * rate // 2 for beat in beats):
        assert np.abs(sound[max(0, strike - rate // 100) : strike]).max(initial=0) < 0.02
        peaks.append(int(np.argmax(np.abs(sound[strike : strike + rate // 20, 0]))))
    assert max(peaks) - min(peaks) <= 1
    assert max(peaks) < rate // 50


def test_only_the_range_and_the_audible_tracks_are_rendered(tmp_path: Path) -> None:
    whole = song(line([60, 62, 64, 65], program=16))
    render_wav(whole, tmp_path / "all.wav")
    render_wav(whole, tmp_path / "part.wav", PPQ, 2 * PPQ)
    render_wav(whole, tmp_path / "none.wav", muted=frozenset({1}))
    sizes = [len(sound_of(tmp_path / f"{name}.wav")[1]) for name in ("all", "part")]
    assert sizes[1] < sizes[0]
    assert not sound_of(tmp_path / "none.wav")[1].any()


def test_sound_rings_out_after_the_end(tmp_path: Path) -> None:
    render_wav(song(line([84], program=11)), tmp_path / "a.wav", 0, PPQ // 2)
    rate, sound = sound_of(tmp_path / "a.wav")
    assert len(sound) > rate * 0.4
    assert np.abs(sound[rate // 4 : rate // 3]).max() > 0.001
    assert np.abs(sound[-1000:]).max() < 0.001


def test_unwritable_path_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"^The sound file .*missing.a\.wav cannot be written: .*\.$"):
        render_wav(song(line([60])), tmp_path / "missing" / "a.wav")
    with pytest.raises(OSError, match="cannot be written"):
        render_wav(song(line([60])), tmp_path)
