"""Remarks on suggestions: which ones are made, and their words."""

from __future__ import annotations

import pytest

from jazzassist.domain.song import Notes, Song, Track
from jazzassist.domain.suggestion import Part
from jazzassist.suggest.remarks import Kind, Remark, notable, remarks
from jazzassist.suggest.wording import in_words, interval_name
from tests.suggest.requests import GAP, bridge, candidate


def line(*pitches: int) -> Notes:
    return Notes.of([(GAP.start + at * 240, 200, pitch) for at, pitch in enumerate(pitches)])


LINE = line(60, 62, 64, 65)
TO_END = Remark(Kind.PLAYS_TO_END)


def part(found: Notes, **about: float) -> Part:
    return candidate(found, **about).part  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("interval", "remark", "words"),
    [
        (0, Remark(Kind.SAME_PITCH), "ends on the pitch of the next note"),
        (1, Remark(Kind.RESOLVES, 1), "resolves up a minor second"),
        (-4, Remark(Kind.RESOLVES, -4), "resolves down a major third"),
        (5, Remark(Kind.RESOLVES, 5), "resolves up a perfect fourth"),
        (-6, Remark(Kind.MOVES, -6), "moves down a tritone"),
        (12, Remark(Kind.MOVES, 12), "moves up an octave"),
        (-13, Remark(Kind.LEAPS, -13), "leaps down a minor ninth"),
        (14, Remark(Kind.LEAPS, 14), "leaps up a major ninth"),
        (127, Remark(Kind.LEAPS, 127), "leaps up more than two octaves"),
    ],
)
def test_the_interval_to_the_next_note(interval: int, remark: Remark, words: str) -> None:
    assert remarks(part(LINE, interval=interval), bridge())[0] == remark
    assert in_words(remark) == words


def test_every_interval_of_a_keyboard_has_a_name() -> None:
    names = [interval_name(size) for size in range(25)]
    assert len(set(names)) == 25
    assert interval_name(-7) == interval_name(7) == "a perfect fifth"
    assert {interval_name(size) for size in range(25, 128)} == {"more than two octaves"}


def test_drums_have_no_interval() -> None:
    kit = Song(480, (Track("Drums", Notes.of([(at * 240, 100, 36 + at % 3, 80, 9) for at in range(200)]), channel=9),))
    assert remarks(part(LINE, interval=14), bridge(kit)) == [TO_END]


@pytest.mark.parametrize(
    ("density", "kind", "words"),
    [
        (2.1, Kind.SAME_DENSITY, "as dense as its surroundings"),
        (4.0, Kind.BUSIER, "busier than its surroundings"),
        (1.0, Kind.SPARSER, "sparser than its surroundings"),
    ],
)
def test_the_density(density: float, kind: Kind, words: str) -> None:
    assert remarks(part(LINE, density=density, seed_density=2.0), bridge()) == [TO_END, Remark(kind)]
    assert in_words(Remark(kind)) == words


@pytest.mark.parametrize(
    ("quarters", "words"),
    [
        (1.0, "rests for the last quarter note"),
        (1.04, "rests for the last quarter note"),
        (1.5, "rests for the last 1.5 quarter notes"),
        (8, "rests for the last 8 quarter notes"),
    ],
)
def test_a_rest_at_the_end(quarters: float, words: str) -> None:
    assert in_words(Remark(Kind.RESTS_AT_END, quarters)) == words


def test_repetition() -> None:
    assert Remark(Kind.REPETITIVE) in remarks(part(line(*[60] * 8)), bridge())


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_every_kind_has_words(kind: Kind) -> None:
    words = in_words(Remark(kind, 2))
    assert words and not set("{}") & set(words)


def test_unremarkable_remarks_are_left_out_unless_there_is_no_other() -> None:
    leading = part(LINE, interval=1, density=2.0, seed_density=2.0)
    assert notable(leading, bridge()) == [Remark(Kind.RESOLVES, 1)]
    assert notable(part(LINE, density=4.0, seed_density=2.0), bridge()) == [Remark(Kind.BUSIER)]
    assert notable(part(LINE), bridge()) == [TO_END]
