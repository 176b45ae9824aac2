"""How a passage is played."""

from __future__ import annotations

from jazzassist.domain.manner import Manner, begin_together, manner_of
from jazzassist.domain.song import EMPTY, Notes


def test_density_register_and_polyphony() -> None:
    notes = Notes.of([(960, 480, 60), (960, 480, 64), (1920, 960, 68), (1920, 960, 72)])
    assert manner_of(notes, 480) == Manner(density=1.0, register=66.0, polyphony=2.0)


def test_nothing_has_no_manner_and_one_note_is_not_dense() -> None:
    assert manner_of(EMPTY, 480) is None
    assert manner_of(Notes.of([(0, 10, 60)]), 480) == Manner(1.0, 60.0, 1.0)


def test_notes_of_a_strummed_chord_begin_together() -> None:
    """Each within a 24th of a quarter of the one before; what comes later is an onset of its own."""
    strum = Notes.of([(0, 400, 60), (15, 400, 64), (35, 400, 67), (56, 400, 72), (120, 400, 60)])
    assert begin_together(strum, 480) == 5 / 3
    assert begin_together(EMPTY, 480) == 0
