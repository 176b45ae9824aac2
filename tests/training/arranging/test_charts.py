"""Chord charts of Impro-Visor."""

from __future__ import annotations

from pathlib import Path

import pytest

from jazzassist.training.arranging.charts import Chart, read_chart

HEAD = """(title A tune)
(comments )
(meter 3 4)
(tempo 132.0)
(style waltz
    (swing 0.67)
)
(part
    (type chords)
)

(section (style waltz))
"""
TAIL = """
(part
    (type melody)
    (title )
)
c4 e4 | g4
"""


def chart(folder: Path, bars: str, head: str = HEAD, tail: str = TAIL) -> Chart | str:
    """Return the parsed chart with these bars."""
    path = folder / "tune.ls"
    path.write_text(head + bars + tail, encoding="utf-8")
    return read_chart(path)


def test_header_and_bars(tmp_path: Path) -> None:
    found = chart(tmp_path, "Cm7 | / | Fm7 Bb7 | EbM7 / / D7 |\nNC | Gm/D (phrase (style waltz)) | ")
    assert isinstance(found, Chart)
    assert (found.meter, found.tempo, found.style) == ((3, 4), 132.0, "waltz")
    assert found.bars == (
        ((0.0, "Cm7"),),
        ((0.0, "Cm7"),),
        ((0.0, "Fm7"), (0.5, "Bb7")),
        ((0.0, "EbM7"), (0.75, "D7")),
        ((0.0, "NC"),),
        ((0.0, "Gm/D"),),
    )


def test_parentheses_in_a_symbol_belong_to_it(tmp_path: Path) -> None:
    found = chart(tmp_path, "C7(b9) | Fm | C7(b9) | Fm |")
    assert isinstance(found, Chart)
    assert found.bars[0] == ((0.0, "C7(b9)"),)


def test_a_repeat_goes_on_over_a_word_that_is_no_chord(tmp_path: Path) -> None:
    found = chart(tmp_path, "C | what / | F | G |")
    assert isinstance(found, Chart)
    assert found.bars[1] == ((0.5, "C"),)


def test_a_chart_without_a_header_is_in_four(tmp_path: Path) -> None:
    found = chart(tmp_path, "C | F | G | C |", head="", tail="")
    assert isinstance(found, Chart)
    assert (found.meter, found.style) == ((4, 4), "swing")


@pytest.mark.parametrize("bars", ["", "C | F", "one | two | three | four", "((((", "))))"])
def test_what_is_no_chart_is_said_in_words(tmp_path: Path, bars: str) -> None:
    assert chart(tmp_path, bars) == "has fewer than 4 bars of chords"


def test_a_file_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    found = read_chart(tmp_path / "none.ls")
    assert isinstance(found, str) and found.startswith("cannot be read")
