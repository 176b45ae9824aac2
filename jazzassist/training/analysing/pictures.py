"""Figures of a folder's statistics: instruments, the long tail of notes and chords, lengths, keys, meters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jazzassist.training.analysing.divisions import DIVISIONS
from jazzassist.training.analysing.facts import RARE, Corpus, Count, Instrument, rare_share
from jazzassist.training.analysing.report import ordered
from jazzassist.training.figures import COLOURS, FAINT, INK, KINDS, SETTINGS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOUR = dict(zip(DIVISIONS, (COLOURS[0], COLOURS[2], COLOURS[1], COLOURS[6], COLOURS[3]), strict=True))
MOST_BARS = 24
FARTHEST = 99  # percentile at which lengths are cut off


def draw(corpus: Corpus, out: Path) -> list[Path]:
    """Write each figure as PNG and SVG into the folder `out`. Return their paths."""
    import matplotlib  # slow to import
    from matplotlib.figure import Figure

    out.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    drawings: dict[str, tuple[tuple[float, float], Callable[[Figure, Corpus], None]]] = {
        "instruments": ((11, 6), draw_instruments),
        "frequencies": ((12, 6.6), draw_frequencies),
        "lengths-keys-meters": ((12, 4.8), draw_rest),
    }
    with matplotlib.rc_context(SETTINGS):
        for name, (size, drawing) in drawings.items():
            picture = Figure(figsize=size, layout="constrained")
            drawing(picture, corpus)
            for kind in KINDS:
                paths.append(out / f"{name}.{kind}")
                picture.savefig(paths[-1], dpi=160, metadata={"Date": None} if kind == "svg" else None)
    return paths


def draw_instruments(picture: Figure, corpus: Corpus) -> None:
    """Draw the number of files with each instrument, coloured by division, and the number of parts in files."""
    left, right = picture.subplots(1, 2, width_ratios=(3, 2))
    order = sorted(corpus.instruments.items(), key=lambda item: (-item[1].files, item[0]))[:MOST_BARS]
    colours = [COLOUR[found.division] for _, found in order]
    _bars(left, [name for name, _ in order], [found.files for _, found in order], colours)
    left_out = len(corpus.instruments) - len(order)
    title = "Instruments" + (f", the {len(order)} in most files of {len(corpus.instruments)}" if left_out else "")
    left.set(title=title, xlabel=f"files, of {corpus.files}")
    for division in DIVISIONS:
        left.barh([0], [0], color=COLOUR[division], label=division)
    left.legend(loc="lower right", frameon=False, title="division", alignment="left")
    parts = sorted(corpus.parts_in_file.items())
    right.bar([at for at, _ in parts], [files for _, files in parts], color=COLOURS[0], width=0.8)
    right.set(title="Parts in a file", xlabel="parts with notes", ylabel="files")
    right.grid(axis="x", visible=False)
    _whole_numbers(right, parts[-1][0] if parts else 1)


def draw_frequencies(picture: Figure, corpus: Corpus) -> None:
    """Draw the frequencies of notes and chords by rank, in a panel for each division."""
    panels = picture.subplots(2, 3).flatten().tolist()
    for axes, (name, found) in zip(panels, corpus.divided().items(), strict=False):
        _ranks(axes, name, found)
    for axes, edge in ((panels[0], "left"), (panels[3], "left")):
        axes.set_ylabel("times it occurs" if edge else "")
    for axes in panels[2:5]:
        axes.set_xlabel("rank among unique notes or chords")
    everything = Instrument("")
    for found in corpus.divided().values():
        everything.notes.update(found.notes)
        everything.chords.update(found.chords)
    _tail(panels[5], {"notes": everything.notes, "chords": everything.chords})
    picture.suptitle(f"The long tail: few notes and chords are frequent ({corpus.files} files)", x=0.01, ha="left")


def draw_rest(picture: Figure, corpus: Corpus) -> None:
    """Draw the lengths of files, detected keys and meters."""
    lengths, keys, meters = picture.subplots(1, 3, width_ratios=(4, 4, 3))
    minutes = np.array(corpus.seconds) / 60
    if len(minutes):
        top, middle = max(float(np.percentile(minutes, FARTHEST)), 0.1), float(np.median(minutes))
        lengths.hist(np.minimum(minutes, top), bins=np.linspace(0, top, 25).tolist(), color=COLOURS[0])
        lengths.axvline(middle, color=INK, linestyle="--", linewidth=1)
        lengths.annotate(f" median {middle:.1f}", (middle, 1), xycoords=("data", "axes fraction"), va="top")
    lengths.set(title="Lengths", xlabel=f"minutes (the longest {100 - FARTHEST} % in the last bar)", ylabel="files")
    for axes, title, count in ((keys, "Keys as heard", corpus.keys), (meters, "Meters", corpus.meters)):
        rows = list(ordered(count).items())[:MOST_BARS]
        colours = [
            COLOURS[1] if name.endswith("minor") else FAINT if " " in name and "none" in name else COLOURS[0]
            for name, _ in rows
        ]
        _bars(axes, [name.replace("-", "♭") for name, _ in rows], [times for _, times in rows], colours)
        axes.set(title=title, xlabel="files")


def _ranks(axes: Axes, name: str, found: Instrument) -> None:
    axes.set_title(name)
    for label, count, style, colour in (
        ("notes", found.notes, "-", COLOUR[name]),
        ("chords", found.chords, "--", INK),
    ):
        if count:
            times = np.array(list(ordered(count).values()))
            text = f"{len(count)} unique {label}, {100 * rare_share(count):.0f} % rare"
            marker = "o" if len(times) < 3 else ""
            axes.loglog(np.arange(1, len(times) + 1), times, style, marker=marker, color=colour, label=text)
    if not found.notes and not found.chords:
        axes.text(0.5, 0.5, "none in these files", transform=axes.transAxes, ha="center", color=FAINT)
        axes.set(xticks=[], yticks=[])
        return
    axes.axhline(RARE, color=FAINT, linewidth=0.8, linestyle=":")
    most = max(max(count.values(), default=1) for count in (found.notes, found.chords))
    axes.set_ylim(0.8, 20 * most)  # space for the legend
    axes.set_xlim(left=0.9)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:,.0f}")
    axes.legend(loc="upper right", frameon=False, fontsize=8)


def _tail(axes: Axes, counts: dict[str, Count]) -> None:
    """Draw the cumulative share of the most frequent notes and chords."""
    for (label, count), colour, style in zip(counts.items(), (COLOURS[0], INK), ("-", "--"), strict=True):
        if count:
            times = np.array(list(ordered(count).values()), np.float64)
            share = 100 * np.arange(1, len(times) + 1) / len(times)
            axes.plot(
                share, 100 * np.cumsum(times) / times.sum(), style, color=colour, label=f"all {len(count)} {label}"
            )
    axes.set(title="all together", xlabel="% of unique ones, the frequent first", ylabel="% of all that is played")
    axes.set(xlim=(0, 100), ylim=(0, 101))
    if any(counts.values()):
        axes.legend(loc="lower right", frameon=False, fontsize=8)


def _bars(axes: Axes, names: list[str], values: list[int], colours: list[str]) -> None:
    """Draw labelled horizontal bars, the first on top."""
    places = np.arange(len(names))
    drawn = axes.barh(places, values, color=colours, height=0.75)
    axes.bar_label(drawn, padding=3, fontsize=7, color=INK)
    axes.set_yticks(places, names, fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.1, y=0.02)
    axes.grid(axis="y", visible=False)


def _whole_numbers(axes: Axes, most: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=min(12, most + 1), integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
