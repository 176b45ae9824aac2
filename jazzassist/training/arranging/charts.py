"""Reader for chord charts of Impro-Visor (text, ".ls").

Header fields are in parentheses, "|" ends a bar, "/" repeats the previous chord, and a melody part ends the chords.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from jazzassist.domain.chords import is_no_chord, parse_chord

FEWEST_BARS = 4
_MELODY = re.compile(r"\(part\s+\(type\s+melody\)")
_METER = re.compile(r"\(meter\s+(\d+)\s+(\d+)\)")
_TEMPO = re.compile(r"\(tempo\s+([\d.]+)\)")
_STYLE = re.compile(r"\(style\s+([\w-]+)")
_USUAL_TEMPO = 140.0


@dataclass(frozen=True)
class Chart:
    """A chord chart. `bars`: for each bar its chords as (position, symbol), with positions in [0, 1) of the bar."""

    bars: tuple[tuple[tuple[float, str], ...], ...]
    meter: tuple[int, int] = (4, 4)
    tempo: float = _USUAL_TEMPO
    style: str = "swing"


def read_chart(path: Path) -> Chart | str:
    """Read the chart in a file. Return the reason as text if there is none."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    bars = _bars(_without_fields(_MELODY.split(text)[0]))
    if len(bars) < FEWEST_BARS:
        return f"has fewer than {FEWEST_BARS} bars of chords"
    meter, tempo, style = _METER.search(text), _TEMPO.search(text), _STYLE.search(text)
    return Chart(
        tuple(bars),
        (int(meter[1]), int(meter[2])) if meter else (4, 4),
        float(tempo[1]) if tempo else _USUAL_TEMPO,
        style[1] if style else "swing",
    )


def _without_fields(text: str) -> str:
    """Return the text without parentheses that begin a word. Those within chord symbols are kept."""
    found: list[str] = []
    depth, before = 0, " "
    for sign in text:
        if sign == "(" and (depth or before.isspace() or before in "()"):
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
        elif not depth:
            found.append(sign)
        before = sign
    return "".join(found)


def _bars(text: str) -> list[tuple[tuple[float, str], ...]]:
    bars: list[tuple[tuple[float, str], ...]] = []
    last = ""
    for bar in text.split("|"):
        words = bar.split()
        chords: list[tuple[float, str]] = []
        for place, word in enumerate(words):
            symbol = last if word == "/" else word
            known = parse_chord(symbol) is not None or is_no_chord(symbol)
            if known and (not chords or chords[-1][1] != symbol):
                chords.append((place / len(words), symbol))
            last = symbol if known else last
        if chords:
            bars.append(tuple(chords))
    return bars
