"""Figures 4 and 5 of the paper, for its network and for ours: which notes three tracks play, and where they end up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jazzassist.training.figures import COLOURS, KINDS, SETTINGS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKS = ("o", "s", "^")
FREQUENT = 24  # notes that figure 4 shows


@dataclass(frozen=True)
class Tracks:
    """What one way of writing made: its name, and of each track the notes in order, as words and as top pitches."""

    name: str
    words: list[list[str]]
    pitches: list[list[int]]


def draw(rows: list[Tracks], out: Path) -> list[Path]:
    """Both figures, a row for each of `rows`, as PNG and SVG in the folder `out`; their paths."""
    import matplotlib  # of the extra `train`; slow to import
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
    """Figure 4: how often each track plays the notes that all of them together play most."""
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
    """Figure 5: the pitch of every note, in order: a line that converges becomes level."""
    axes.set(title=f"{tracks.name}: course (figure 5)", xlabel="note", ylabel="MIDI pitch of the top note")
    for number, pitches in enumerate(tracks.pitches):
        axes.plot(pitches, MARKS[number % 3], color=COLOURS[number], markersize=2.2, label=f"track {number + 1}")
    _legend(axes)


def _legend(axes: Axes) -> None:
    """Beside the panel, where it covers nothing."""
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8, markerscale=2)
