"""Loudness is measured by the standard, and equalised."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from jazzassist.playback.synth import RATE
from jazzassist.training.survey.sound import (
    HIGHEST_PEAK,
    LOUDNESS,
    TAIL_SECONDS,
    equally_loud,
    loudness,
    passage_sound,
    read_wav,
    write_wav,
)
from tests.neural.requests import band


def sine(level: float, seconds: float = 5, hertz: float = 1000, rate: int = RATE) -> np.ndarray:
    """A stereo sine whose peak is `level` dB below full scale."""
    wave = 10 ** (level / 20) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return np.stack([wave, wave], 1)


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize("level", [-23, -33])
def test_the_tones_of_ebu_tech_3341_have_their_loudness(rate: int, level: float) -> None:
    assert loudness(sine(level, rate=rate), rate) == pytest.approx(level, abs=0.1)


def test_quiet_stretches_do_not_count() -> None:
    """EBU Tech 3341, case 3: 10 s at -36, 60 s at -23, 10 s at -36; here shortened to a quarter."""
    parts = [sine(-36, 2.5), sine(-23, 15), sine(-36, 2.5)]
    assert loudness(np.concatenate(parts)) == pytest.approx(-23, abs=0.1)


def test_low_tones_weigh_less_and_high_ones_more() -> None:
    low, middle, high = (loudness(sine(-20, hertz=hertz)) for hertz in (40, 1000, 6000))
    assert low < middle - 3
    assert high > middle + 2


def test_silence_has_no_loudness() -> None:
    assert loudness(np.zeros((RATE, 2))) == -math.inf
    assert loudness(np.zeros((10, 2))) == -math.inf


def test_sounds_are_made_equally_loud() -> None:
    made, level = equally_loud([sine(-40), sine(-6)])
    assert level == LOUDNESS
    assert [loudness(sound) for sound in made] == pytest.approx([LOUDNESS, LOUDNESS])


def test_a_peak_is_never_cut_and_both_are_quieter_instead() -> None:
    click = sine(-40)
    click[RATE] = 0.9
    made, level = equally_loud([click, sine(-20)])
    assert level < LOUDNESS
    assert max(np.abs(sound).max() for sound in made) == pytest.approx(HIGHEST_PEAK)
    assert [loudness(sound) for sound in made] == pytest.approx([level, level])


def test_a_passage_has_its_length_whatever_sounds(tmp_path: Path) -> None:
    song = band(480, 8)
    sound = passage_sound(song, 1920, 2 * 1920)
    seconds = song.tempo_map.seconds_at(2 * 1920) - song.tempo_map.seconds_at(1920)
    assert len(sound) == round((seconds + TAIL_SECONDS) * RATE)
    assert np.abs(sound[0]).max() < 0.2
    assert np.abs(sound[-1]).max() < 1e-6
    assert np.abs(sound[: RATE // 2]).max() > 0.01
    write_wav(sound, tmp_path / "a.wav")
    assert (tmp_path / "a.wav").stat().st_size == 44 + 4 * len(sound)
    assert np.abs(read_wav(tmp_path / "a.wav") - sound).max() < 1e-4
