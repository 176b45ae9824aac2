"""Description of a grid in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from jazzassist.beats.grid import Feel, Grid

NOTICED = 8.0  # minimum delay in milliseconds that is described as late or early
STRAIGHT = (0.47, 0.53)  # swing ratios that are described as straight


def in_words(grid: Grid, names: Sequence[str]) -> list[str]:
    """Return sentences about the grid, its tempo, its meter and the timing of the named lines."""
    if len(grid.beats) < 2 or all(feel is None for feel in grid.feel):
        return ["There are too few notes to find a grid."]
    found = [_fit(grid), f"The tempo is about {grid.bpm:.0f} beats per minute{_range(grid)}."]
    if grid.bars:
        found.append(f"Bars have {_listed([str(length) for length in _lengths(grid)])} beats.")
    if grid.swing is not None and not STRAIGHT[0] <= grid.swing <= STRAIGHT[1]:
        found.append(f"Swing {100 * grid.swing:.0f} %.")
    pairs = zip(names, grid.feel, strict=True)
    return found + [_played(name, feel) for name, feel in pairs if feel is not None]


def _fit(grid: Grid) -> str:
    if not grid.own:
        return (
            f"The notes do not follow the file's own grid. These beats fit, with a certainty of {grid.certainty:.2f}."
        )
    if grid.felt != 1:
        other = "twice" if grid.felt > 1 else "half"
        return f"The file's own grid fits, though {other} its tempo is probably what a listener taps."
    return "The file's own grid fits."


def _range(grid: Grid) -> str:
    """Return the range of the tempo if it varies by more than 5 %, otherwise ""."""
    speeds = sorted(grid.bpm_at(beat) for beat in range(len(grid.beats) - 1))
    low, high = speeds[len(speeds) // 20], speeds[-1 - len(speeds) // 20]
    return f", from {low:.0f} to {high:.0f}" if high > 1.05 * low else ""


def _lengths(grid: Grid) -> list[int]:
    return list(dict.fromkeys(length for _, length in grid.bars))[:4]


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _played(name: str, feel: Feel) -> str:
    if abs(feel.late) < NOTICED:
        where = "on the beat"
    else:
        where = f"{abs(feel.late):.0f} ms {'late' if feel.late > 0 else 'early'}"
    return f"{name}: {where}, give or take {feel.spread:.0f} ms."
