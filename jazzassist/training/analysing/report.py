"""Statistics of a folder as tables and as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from jazzassist.training.analysing.facts import RARE, Corpus, Count, Instrument, rare_share
from jazzassist.training.evaluation.report import Cell, Sheet

MOST = 12  # rows in tables of the most common items
SHARES = (0, 25, 50, 75, 100)


def sheets(corpus: Corpus) -> list[Sheet]:
    """Return the tables: divisions, instruments, lengths, keys and meters, and unreadable files."""
    found = [_divisions(corpus), _instruments(corpus), _lengths(corpus), *_common(corpus)]
    if corpus.unread:
        rows = tuple(sorted(corpus.unread.items()))
        found.append(Sheet(f"Not read: {len(rows)}", ("file", "why"), rows))
    return found


def as_json(corpus: Corpus) -> dict[str, Any]:
    """Return all counts, the most frequent first."""
    return {
        "files": corpus.files,
        "divisions": {name: _described(found) for name, found in corpus.divided().items()},
        "instruments": {
            name: {"division": found.division, "files": found.files, **_described(found)}
            for name, found in sorted(corpus.instruments.items(), key=lambda item: (-item[1].files, item[0]))
        },
        "part_names": ordered(corpus.names),
        "parts_in_file": {str(parts): files for parts, files in sorted(corpus.parts_in_file.items())},
        "quarters": spread(corpus.quarters),
        "seconds": spread(corpus.seconds),
        "keys_heard": ordered(corpus.keys),
        "keys_stated": ordered(corpus.signatures),
        "meters": ordered(corpus.meters),
        "not_read": dict(sorted(corpus.unread.items())),
    }


def ordered(count: Count) -> dict[str, int]:
    """Return the counts sorted by frequency, then by name."""
    return dict(sorted(count.items(), key=lambda item: (-item[1], item[0])))


def spread(values: list[float]) -> dict[str, float]:
    """Return minimum, quartiles, maximum and mean, rounded to a hundredth; {} if there are no values."""
    if not values:
        return {}
    names = ("least", "lower_quartile", "median", "upper_quartile", "most")
    found = dict(zip(names, np.percentile(values, SHARES).tolist(), strict=True)) | {"mean": float(np.mean(values))}
    return {name: round(value, 2) for name, value in found.items()}


def _described(found: Instrument) -> dict[str, Any]:
    return {
        "parts": found.parts,
        "notes": {"all": found.notes.total(), "unique": len(found.notes), "frequencies": ordered(found.notes)},
        "chords": {"all": found.chords.total(), "unique": len(found.chords), "frequencies": ordered(found.chords)},
    }


def _divisions(corpus: Corpus) -> Sheet:
    rows: list[tuple[Cell, ...]] = []
    for name, found in corpus.divided().items():
        counts = (found.parts, found.notes.total(), len(found.notes), found.chords.total(), len(found.chords))
        rows.append((name, *map(str, counts), _percent(rare_share(found.notes + found.chords))))
    legend = (
        "a chord is named by its pitch classes, whatever their octaves; of drums, pieces of the kit that are hit "
        f"together; rare: the share of unique notes and chords that occur less than {RARE} times"
    )
    header = ("division", "parts", "notes", "unique notes", "chords", "unique chords", "rare")
    return Sheet(f"Divided: {corpus.files} files", header, tuple(rows), legend)


def _instruments(corpus: Corpus) -> Sheet:
    order = sorted(corpus.instruments.items(), key=lambda item: (-item[1].files, item[0]))
    rows = tuple(
        (name, found.division, str(found.files), str(found.parts), str(len(found.notes)), str(len(found.chords)))
        for name, found in order
    )
    return Sheet("Instruments", ("", "division", "files", "parts", "unique notes", "unique chords"), rows)


def _lengths(corpus: Corpus) -> Sheet:
    lengths = _lengths_of(corpus).items()
    rows: list[tuple[Cell, ...]] = [(name, *spread(values).values()) for name, values in lengths if values]
    header = ("", "least", "lower quartile", "median", "upper quartile", "most", "mean")
    return Sheet("Lengths of files", header, tuple(rows))


def _lengths_of(corpus: Corpus) -> dict[str, list[float]]:
    parts = [float(parts) for parts, files in corpus.parts_in_file.items() for _ in range(files)]
    return {"seconds": corpus.seconds, "quarter notes": corpus.quarters, "parts": parts}


def _common(corpus: Corpus) -> list[Sheet]:
    counts: dict[str, Count] = {"Keys as heard": corpus.keys, "Keys as stated": corpus.signatures}
    counts |= {"Meters": corpus.meters, "Names of parts": corpus.names}
    return [_most_common(corpus, title, count) for title, count in counts.items()]


def _most_common(corpus: Corpus, title: str, count: Count) -> Sheet:
    rows = tuple((name, str(times)) for name, times in list(ordered(count).items())[:MOST])
    left = len(count) - len(rows)
    return Sheet(
        title, ("", "parts" if title == "Names of parts" else "files"), rows, f"and {left} more" if left else ""
    )


def _percent(share: float) -> str:
    return "-" if np.isnan(share) else f"{100 * share:.0f} %"
