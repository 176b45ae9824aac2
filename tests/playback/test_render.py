"""Songs as sound files."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.song import Event, Note, Notes, Track
from jazzassist.playback.render import SoundFormatError, render_sound
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.synth import RATE, Synth
from tests.playback.songs import PPQ, line, song
from tests.playback.sounds import Sound, font


def sound_of(path: Path) -> tuple[int, Sound]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        data = file.readframes(file.getnframes())
        return file.getframerate(), np.frombuffer(data, "<i2").reshape(-1, 2) / 32768


@pytest.mark.parametrize("rate", [44100, 22050])
def test_notes_begin_at_their_frames(tmp_path: Path, rate: int) -> None:
    beats = (0, 1, 2, 5)
    claves = Notes.of([Note(beat * PPQ, 10, 75, 127, 9) for beat in beats])
    render_sound(song(Track("Claves", claves, channel=9)), tmp_path / "a.wav", sample_rate=rate)
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
    render_sound(whole, tmp_path / "all.wav")
    render_sound(whole, tmp_path / "part.wav", PPQ, 2 * PPQ)
    render_sound(whole, tmp_path / "none.wav", muted=frozenset({1}))
    sizes = [len(sound_of(tmp_path / f"{name}.wav")[1]) for name in ("all", "part")]
    assert sizes[1] < sizes[0]
    assert not sound_of(tmp_path / "none.wav")[1].any()


def test_sound_rings_out_after_the_end(tmp_path: Path) -> None:
    render_sound(song(line([84], program=11)), tmp_path / "a.wav", 0, PPQ // 2)
    rate, sound = sound_of(tmp_path / "a.wav")
    assert len(sound) > rate * 0.4
    assert np.abs(sound[rate // 4 : rate // 3]).max() > 0.001
    assert np.abs(sound[-1000:]).max() < 0.001


def test_unwritable_path_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"^The sound file .*missing.a\.wav cannot be written: .*\.$"):
        render_sound(song(line([60])), tmp_path / "missing" / "a.wav")
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(OSError, match="cannot be written"):
        render_sound(song(line([60])), tmp_path / "folder.wav")


def test_flac_holds_the_same_sound_as_wav(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    for name in ("a.wav", "a.FLAC"):
        render_sound(song(line([60, 64], program=16)), tmp_path / name, 0, 2 * PPQ)
    assert (tmp_path / "a.FLAC").read_bytes()[:4] == b"fLaC"
    read, rate = soundfile.read(tmp_path / "a.FLAC")
    wav_rate, sound = sound_of(tmp_path / "a.wav")
    assert rate == wav_rate
    assert np.array_equal(read, sound)


@pytest.mark.parametrize("name", ["a.mp3", "a.ogg", "a.aiff", "a", "a.wav.txt", ".flac"])
def test_other_suffixes_are_refused_in_one_sentence_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(SoundFormatError, match=rf"^The sound file .*{name} cannot be written: .*\.wav and \.flac\.$"):
        render_sound(song(line([60])), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_rendering_in_large_blocks_sounds_as_played_in_small_ones(tmp_path: Path) -> None:
    swell = [Event(at, bytes((0xB0, 11, 40 + at // 20))) for at in range(0, 4 * PPQ // 2, 60)]
    bends = [Event(at, bytes((0xE0, 0, 64 + at // 60))) for at in range(0, 2 * PPQ, 120)]
    notes = song(line([60, 64, 67, 72], program=56, events=(*swell, *bends)), line([36, 43, 36, 43], 1, program=32))
    schedule = build_schedule(notes, 0, 4 * PPQ)
    events = [(int(s * RATE + 0.5), d) for s, d in zip(schedule.seconds, schedule.messages, strict=True)]
    heard = []
    for block in (882, 8192):
        synth = Synth(font(), reverb=False, block=block)
        for data in schedule.chase:
            synth.send(data)
        heard.append(synth.render(2 * RATE, events))
    apart = heard[0] - heard[1]
    assert np.sqrt(np.mean(apart**2)) < 0.01 * np.sqrt(np.mean(heard[0] ** 2))
