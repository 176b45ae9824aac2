"""Drawing of figures 4 and 5 of Rokvic 2021: frequencies of notes in the tracks, and their course over time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jazzassist.training.figures import COLOURS, KINDS, SETTINGS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKS = ("o", "s", "^")
FREQUENT = 24  # notes shown in figure 4


@dataclass(frozen=True)
class Tracks:
    """The tracks of one generator: its name, and the notes of each track as words and as top pitches."""

    name: str
    words: list[list[str]]
    pitches: list[list[int]]


def draw(rows: list[Tracks], out: Path) -> list[Path]:
    """Write both figures, with a row for each of `rows`, as PNG and SVG to the folder `out`. Return their paths."""
    import matplotlib  # from the extra `train`; slow to import
    from matplotlib.figure import Figure

    with matplotlib.rc_context(SETTINGS):
        picture = Figure(figsize=(12, 3.1 * len(rows)), layout="constrained")
        panels = picture.subplots(len(rows), 2, squeeze=False)
        for (left, right), tracks in zip(panels, rows, strict=True):
            draw_frequency(left, tracks)
            draw_course(right, tracks)
        out.mkdir(parents=True, exist_ok=True)
        paths = [out / f"figures-4-and-5.{kind}" for kind in KINDS]
        for path in paths:
            picture.savefig(path, dpi=130, metadata={"Date": None} if path.suffix == ".svg" else None)
    return paths


def draw_frequency(axes: Axes, tracks: Tracks) -> None:
    """Draw figure 4: how often each track plays the most frequent notes of all tracks."""
    axes.set(title=f"{tracks.name}: frequency of notes (figure 4)", ylabel="times")
    totals = Counter(word for words in tracks.words for word in words)
    shown = [word for word, _ in totals.most_common(FREQUENT)]
    width = 0.8 / max(1, len(tracks.words))
    for number, words in enumerate(tracks.words):
        counted = Counter(words)
        places = [place + (number - (len(tracks.words) - 1) / 2) * width for place in range(len(shown))]
        axes.bar(places, [counted[word] for word in shown], width, color=COLOURS[number], label=f"track {number + 1}")
    axes.set_xticks(range(len(shown)), shown, rotation=90, fontsize=7)
    _legend(axes)


def draw_course(axes: Axes, tracks: Tracks) -> None:
    """Draw figure 5: the pitch of every note in order. A track that converges becomes flat."""
    axes.set(title=f"{tracks.name}: course (figure 5)", xlabel="note", ylabel="MIDI pitch of the top note")
    for number, pitches in enumerate(tracks.pitches):
        axes.plot(pitches, MARKS[number % 3], color=COLOURS[number], markersize=2.2, label=f"track {number + 1}")
    _legend(axes)


def _legend(axes: Axes) -> None:
    """Draw the legend next to the panel, so that it covers nothing."""
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8, markerscale=2)
