"""Classification of instruments: the four most common in jazz, and the rest."""

from __future__ import annotations

PIANO, BASS, TRUMPET, DRUMS, REST = "piano", "bass", "trumpet", "drums", "rest"
DIVISIONS = (PIANO, BASS, TRUMPET, DRUMS, REST)
PIANOS, BASSES, CONTRABASS = range(8), range(32, 40), 43  # General MIDI programs from 0
TRUMPETS = (56, 59)  # open and muted


def division_of(program: int, *, drums: bool) -> str:
    """Return one of DIVISIONS for a General MIDI program (0-127) or a drum kit."""
    if drums:
        return DRUMS
    if program in PIANOS:
        return PIANO
    if program in BASSES or program == CONTRABASS:
        return BASS
    return TRUMPET if program in TRUMPETS else REST
