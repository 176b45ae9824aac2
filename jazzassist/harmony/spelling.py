"""Spelling of chord roots with sharps or flats, by the key of the music."""

from __future__ import annotations

import numpy as np

from jazzassist.harmony.features import Floats

# Krumhansl and Kessler's probe-tone profiles (Psychological Review 89, 1982), C major and C minor.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_FIFTHS = ("Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#")
_C = _FIFTHS.index("C")
_BELOW = 5  # pitch classes up to this many fifths below the tonic are spelled with flats
MOST_FLATS, MOST_SHARPS = -6, 5


def key_of(weights: Floats) -> tuple[int, bool]:
    """Return (pitch class of the tonic, whether it is minor) of the best key for weights of 12 pitch classes."""
    profiles = np.array([np.roll(p, tonic) for p in (_MAJOR, _MINOR) for tonic in range(12)])
    profiles = profiles - profiles.mean(1, keepdims=True)
    centred = weights - weights.mean()
    best = int((profiles @ centred / np.linalg.norm(profiles, axis=1)).argmax())
    return best % 12, best >= 12


def signature_of(tonic: int, minor: bool) -> int:
    """Return the key signature as a number of sharps, negative for flats, -6 to 5."""
    fifths = (7 * (tonic + 3 * minor)) % 12
    return fifths if fifths <= MOST_SHARPS else fifths - 12


def root_names(signature: int) -> tuple[str, ...]:
    """Return the names of the twelve pitch classes from C in a key."""
    lowest = max(0, min(len(_FIFTHS) - 12, _C + signature - _BELOW))
    names = {(7 * (at - _C)) % 12: _FIFTHS[at] for at in range(lowest, lowest + 12)}
    return tuple(names[pitch] for pitch in range(12))
