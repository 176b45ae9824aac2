"""Conversion of the generators of a SoundFont region to voice parameters (SoundFont 2.04, section 8.1)."""

from __future__ import annotations

import numpy as np

from jazzassist.playback.samples import FLOOR
from jazzassist.playback.soundfont import Generators
from jazzassist.playback.voices import Envelope, Sounding

_SHORTEST_SLOWED_SECONDS = 0.005  # base time for slowing down an instant attack


def envelope(generators: Generators, key: int, rate: int, slower: tuple[float, float] = (1.0, 1.0)) -> Envelope:
    """Return the volume envelope of a note. `slower`: factors of the attack time and the release time."""
    hold = generators[35] + (60 - key) * generators.get(39, 0)
    decay = generators[36] + (60 - key) * generators.get(40, 0)
    attack = frames(generators[34], rate)
    if slower[0] > 1:
        attack = max(attack, _SHORTEST_SLOWED_SECONDS * rate)
    return Envelope(
        delay=frames(generators[33], rate) if generators[33] > -12000 else 0.0,
        attack=max(1.0, attack * slower[0]),
        hold=frames(hold, rate) if hold > -12000 else 0.0,
        decay=FLOOR / max(1.0, frames(decay, rate)),
        sustain=min(FLOOR, max(0, generators.get(37, 0)) / 10),
        release=FLOOR / max(frames(-7200, rate), frames(generators[38], rate) * slower[1]),
    )


def sounding(
    generators: Generators, velocity: int, rate: int, softer: float = 0.0, glide: tuple[float, float] = (0.0, 0.0)
) -> Sounding:
    """Return level, pan, effect sends and modulation of a note.

    `softer`: attenuation in decibels. `glide`: (semitones from which the pitch glides, seconds until it arrives).
    """
    # The synthesizers for which SoundFonts were made scale attenuation by 0.4, and fonts are tuned to that.
    decibels = max(0.0, 0.04 * generators.get(48, 0) + 40 * np.log10(127 / velocity)) + softer
    slow = generators.get(6, 0) != 0  # use the vibrato oscillator if it is set, otherwise the modulation oscillator
    cents, seconds = glide[0] * generators[56], glide[1]
    return Sounding(
        loudness=float(10 ** (-decibels / 20)),
        pan=min(1.0, max(-1.0, generators.get(17, 0) / 500)),
        reverb=generators.get(16, 0) / 1000,
        chorus=generators.get(15, 0) / 1000,
        vibrato=float(generators.get(6, 0) or generators.get(5, 0)),
        tremolo=generators.get(13, 0) / 10,
        lfo=8.176 * 2 ** (generators.get(24 if slow else 22, 0) / 1200) / rate,
        lfo_wait=frames(generators[23 if slow else 21], rate),
        glide=float(cents),
        glide_rate=abs(cents) / (seconds * rate) if seconds else 0.0,
    )


def frames(timecents: float, rate: int) -> float:
    """Convert a time in timecents to frames, limited to 100 seconds."""
    return float(min(100.0, 2 ** (timecents / 1200)) * rate)
