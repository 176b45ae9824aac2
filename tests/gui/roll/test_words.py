"""What the roll says to composers who do not see it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from pytestqt.qtbot import QtBot

from jazzassist.domain.passage import Gap, Passage
from jazzassist.domain.song import EMPTY
from jazzassist.domain.timing import MeterMap
from jazzassist.gui.roll import PianoRoll
from jazzassist.gui.roll.words import describe_passage, describe_selection, range_text, spoken_pitch, written_pitch
from tests.gui.roll.conftest import BAR, PPQ, at, offer


def test_pitches_have_names() -> None:
    assert [spoken_pitch(pitch) for pitch in (60, 63, 0, 127)] == ["C4", "E flat 4", "C-1", "G9"]
    assert [written_pitch(pitch) for pitch in (60, 63, 66)] == ["C4", "E♭4", "F♯4"]


def test_ranges_are_named_by_bars_or_by_beats() -> None:
    meters = MeterMap(PPQ)
    assert range_text(meters, 8 * BAR, 12 * BAR) == "bars 9-12"
    assert range_text(meters, 8 * BAR, 9 * BAR) == "bar 9"
    assert range_text(meters, 8 * BAR + PPQ, 9 * BAR) == "9:2 to 10:1"


def test_the_passage_the_note_and_the_suggestion_are_described(roll: PianoRoll) -> None:
    roll.session.set_passage(Passage((0,), 8 * BAR, 16 * BAR))
    assert describe_passage(roll.session) == "bars 9-16 of Tune, 8 notes"
    roll.session.select_notes(np.array([4]))
    assert describe_selection(roll.session) == "E flat 4, bar 4 beat 1, velocity 95"
    offer(roll, Gap((0,), 8 * BAR, 16 * BAR), EMPTY, 2, 4)
    interface = QAccessible.queryAccessibleInterface(roll.view)
    said = interface.text(QAccessible.Text.Description)
    assert said == "bars 9-16 of Tune, 8 notes; E flat 4, bar 4 beat 1, velocity 95; suggestion 2 of 4"
    assert interface.text(QAccessible.Text.Name) == "Piano roll"
    roll.session.select_notes(np.array([4, 5]))
    assert describe_selection(roll.session) == "2 notes selected"


def test_a_note_under_the_pointer_is_told_and_a_ghost_with_its_track(roll: PianoRoll) -> None:
    assert roll.view.text_at(at(roll, 2 * BAR + 100, 62)) == "D4, bar 3 beat 1, velocity 70"
    assert roll.view.text_at(at(roll, 2 * BAR + 2.5 * PPQ, 67)) == "Chords: G4, bar 3 beat 3, velocity 80"
    assert roll.view.text_at(QPoint(2, 2)) == ""


def test_the_keyboard_marks_the_pointed_row_and_sounds_a_clicked_key(roll: PianoRoll, qtbot: QtBot) -> None:
    place = at(roll, 0, 64)
    before = roll.keys.grab().toImage()
    qtbot.mouseMove(roll.view.viewport(), QPoint(300, place.y()))
    assert roll.keys.grab().toImage() != before
    with qtbot.waitSignal(roll.note_sounded) as sounded:
        qtbot.mouseClick(roll.keys, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(50, place.y()))
    assert sounded.args == [64, -1, -1], "a key is nowhere in the song"
