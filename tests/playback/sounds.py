"""Audio measurements for the synthesizer tests, and their shared SoundFont."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from jazzassist.paths import resources
from jazzassist.playback.soundfont import SoundFont
from jazzassist.playback.synth import RATE

Sound = npt.NDArray[np.floating]
FONT_PATH = resources() / "soundfont" / "FluidR3Mono_GM.sf3"


@cache
def font() -> SoundFont:
    """The shipped SoundFont, opened once."""
    return SoundFont(FONT_PATH)


def fundamental(sound: Sound, near: float, start: float = 0.2) -> float:
    """The strongest frequency in Hz within a semitone of `near`, in 0.7 s from `start` seconds."""
    part = sound[int(start * RATE) : int((start + 0.7) * RATE)].sum(axis=1)
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 19))
    hertz = np.fft.rfftfreq(1 << 19, 1 / RATE)
    wanted = np.flatnonzero((hertz > near / 1.06) & (hertz < near * 1.06))
    return float(hertz[wanted[np.argmax(spectrum[wanted])]])


def cents(one: float, other: float) -> float:
    """Return the interval from `other` up to `one` in cents."""
    return float(1200 * np.log2(one / other))


def decibels(sound: Sound, start: float, end: float) -> float:
    """Return the level between two times in seconds, in decibels relative to full scale."""
    part = sound[int(start * RATE) : int(end * RATE)]
    return float(20 * np.log10(np.sqrt(np.mean(np.square(part))) + 1e-9))


def hertz_of(key: int) -> float:
    """Equal temperament, A4 = 440 Hz."""
    return float(440 * 2 ** ((key - 69) / 12))
