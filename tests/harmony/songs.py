"""Songs with known chords, as pitched lines."""

from __future__ import annotations

from collections.abc import Sequence

from jazzassist.domain.song import Notes

PPQ = 480
BAR = 4 * PPQ
TUNE = (
    "Dm7",
    "G7",
    "Cmaj7",
    "Cmaj7",
    "Fm7",
    "Bb7",
    "Ebmaj7",
    "Ebmaj7",
    "Am7b5",
    "D7",
    "Gm7",
    "C7",
    "F7",
    "F7",
    "Dm7",
    "G7",
)
VOICINGS = {
    "Dm7": (38, 53, 57, 60, 64), "G7": (43, 53, 57, 59, 64), "Cmaj7": (36, 52, 55, 59, 62),
    "Fm7": (41, 56, 60, 63), "Bb7": (46, 56, 60, 62), "Ebmaj7": (39, 55, 58, 62),
    "Am7b5": (45, 55, 60, 63), "D7": (38, 54, 60, 64), "Gm7": (43, 53, 58, 62),
    "C7": (36, 52, 58, 64), "F7": (41, 51, 57, 63),
}  # fmt: skip


def comping(symbols: Sequence[str] = TUNE, late: int = 0, shift: int = 0, ppq: int = PPQ) -> list[Notes]:
    """A walking bass on roots and fifths, and chords on the first and third beat, `late` ticks behind the grid."""
    bass, chords = [], []
    for bar, symbol in enumerate(symbols):
        root, *upper = (pitch + shift for pitch in VOICINGS[symbol])
        for beat in range(4):
            bass.append(((4 * bar + beat) * ppq + late, ppq * 9 // 10, root + (0, 12, 7, 0)[beat], 80, 1))
        chords += [((4 * bar + beat) * ppq + late, ppq, p, 70, 0) for beat in (0, 2) for p in upper]
    return [Notes.of(bass), Notes.of(chords)]
