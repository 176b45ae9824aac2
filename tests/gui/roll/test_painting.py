"""What is seen of notes, passage, suggestion and playhead, told from pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from jazzassist.domain.passage import Gap, Passage
from jazzassist.domain.song import EMPTY, Note, Notes, Song, Track
from jazzassist.gui.roll import PianoRoll
from jazzassist.gui.roll.painting import rectangles, visible
from jazzassist.gui.theme import apply_theme, track_color
from tests.gui.roll.conftest import BAR, PPQ, at, color_at, colors_in, offer, small_song

Picture = Callable[[], QImage]


def test_a_note_is_painted_where_it_sounds_in_its_tracks_colour(roll: PianoRoll, picture: Picture) -> None:
    hue = color_at(picture(), at(roll, 3 * BAR + PPQ / 2, 63)).hue()
    assert abs(hue - track_color(0).hue()) <= 3
    assert color_at(picture(), at(roll, 3 * BAR + PPQ * 1.5, 63)) == roll.view.colors.black_row


def test_a_note_that_began_left_of_the_view_is_painted(roll: PianoRoll, picture: Picture) -> None:
    roll.zoom_to(30 * BAR, 38 * BAR)
    assert roll.view.geometry_now.x(0) < 0
    assert abs(color_at(picture(), at(roll, 35.5 * BAR, 72)).hue() - track_color(0).hue()) <= 3


def test_louder_notes_are_stronger(roll: PianoRoll, picture: Picture) -> None:
    shown = picture()
    strength = [color_at(shown, at(roll, bar * BAR + PPQ / 2, 60 + bar)).saturation() for bar in range(4)]
    assert strength == sorted(strength)
    assert strength[3] > strength[0] + 40


def test_other_tracks_are_faint_and_go_with_the_ghosts(roll: PianoRoll, picture: Picture) -> None:
    place = at(roll, 2.625 * BAR, 67)
    ghost, ground = color_at(picture(), place), roll.view.colors.ground
    assert ghost != ground
    assert 0 < ghost.saturation() < track_color(1).saturation() / 2
    roll.set_ghosts(False)
    assert color_at(picture(), place) == ground


def test_the_suggestion_is_hatched_outlined_and_labelled(roll: PianoRoll, picture: Picture) -> None:
    offer(roll, Gap((0,), 4 * BAR, 6 * BAR), Notes.of([Note(4 * BAR + PPQ, 3 * PPQ, 70)]), 2, 4)
    shown, accent = picture(), roll.view.colors.suggestion
    place, right = at(roll, 4 * BAR + PPQ, 70), at(roll, 5 * BAR, 70)
    inside = colors_in(shown, place.x() + 4, place.y() - 3, right.x() - place.x() - 8, 6)
    assert len(inside) > 1  # hatching: not one plain colour
    edge = shown.pixelColor(place.x() + 20, round(roll.view.geometry_now.y(70)) + 1)
    assert abs(edge.hue() - accent.hue()) < 12
    label = colors_in(shown, round(roll.view.geometry_now.x(4 * BAR)) + 20, 12, 100, 14)
    assert {accent.rgb(), roll.view.colors.on_accent.rgb()} <= label


def test_hatching_is_told_from_notes_without_colours(roll: PianoRoll, picture: Picture) -> None:
    offer(roll, Gap((0,), 4 * BAR, 6 * BAR), Notes.of([Note(4 * BAR + PPQ, 3 * PPQ, 70)]), 1, 4)
    grey = picture().convertToFormat(QImage.Format.Format_Grayscale8)
    hatched, plain = at(roll, 4 * BAR + PPQ, 70), at(roll, 3 * BAR, 63)
    assert len(colors_in(grey, hatched.x() + 6, hatched.y() - 3, 40, 6)) > 1
    assert len(colors_in(grey, plain.x() + 6, plain.y() - 2, 12, 4)) == 1


def test_notes_that_a_suggestion_replaces_are_only_outlined_until_it_goes(roll: PianoRoll, picture: Picture) -> None:
    place, before = at(roll, 5 * BAR + PPQ / 2, 61), picture()
    offer(roll, Gap((0,), 4 * BAR, 6 * BAR), EMPTY, 1, 4)
    assert color_at(picture(), place).saturation() < 40
    roll.session.withdraw_offer()
    assert picture() == before


def test_what_is_tied_over_the_end_of_the_gap_stays_painted(roll: PianoRoll, picture: Picture) -> None:
    song = small_song()
    tied = song.tracks[0].notes.joined(Notes.of([Note(5 * BAR, 2 * BAR, 66, 100)]))
    roll.session.document.apply("Test", song.with_track(0, replace(song.tracks[0], notes=tied)))
    offer(roll, Gap((0,), 4 * BAR, 6 * BAR), EMPTY, 1, 4)
    inside, after = (color_at(picture(), at(roll, tick, 66)) for tick in (5.5 * BAR, 6.5 * BAR))
    assert inside.saturation() < 40 < after.saturation()


def test_a_suggestion_out_of_view_is_scrolled_to(roll: PianoRoll) -> None:
    offer(roll, Gap((0,), 4 * BAR, 6 * BAR), Notes.of([Note(4 * BAR, PPQ, 5)]), 1, 1)
    assert 0 <= at(roll, 0, 5).y() < roll.view.viewport().height()


def test_the_passage_is_tinted_over_the_notes(roll: PianoRoll, picture: Picture) -> None:
    place, outside = at(roll, 4.6 * BAR, 77), at(roll, 3.6 * BAR, 77)
    before = picture()
    roll.session.set_passage(Passage((0,), 4 * BAR, 6 * BAR))
    assert color_at(picture(), place) != color_at(before, place)
    assert color_at(picture(), outside) == color_at(before, outside)


def test_the_playhead_is_a_line_that_leaves_nothing_behind(roll: PianoRoll, picture: Picture) -> None:
    before = picture()
    roll.session.set_playhead(3 * BAR + PPQ * 3)
    line = color_at(picture(), at(roll, 3 * BAR + PPQ * 3, 79))
    assert abs(line.hue() - roll.view.colors.playhead.hue()) < 15
    roll.session.set_playhead(0)
    assert picture() == before


def test_dense_notes_as_one_picture_show_what_single_notes_show(roll: PianoRoll, picture: Picture) -> None:
    random = np.random.default_rng(3)
    start = np.sort(random.integers(0, 1000 * BAR, 20_000))
    notes = Notes.from_columns(
        start, np.full(20_000, 120), random.integers(50, 70, 20_000), [90] * 20_000, [0] * 20_000
    )
    roll.session.document.apply("Test", Song(PPQ, (Track("Dense", notes),)))
    roll.session.set_current(0)
    roll.zoom_song()
    shown = picture()
    chosen = visible(notes, 0, 1e9)
    for x, y, _, height in rectangles(notes, chosen[::500], roll.view.geometry_now).tolist():
        if 1 <= x < shown.width() - 2:
            strip = [shown.pixelColor(round(x) + by, round(y + height / 2)) for by in (0, 1)]
            assert any(abs(color.hue() - track_color(0).hue()) <= 4 for color in strip)
    assert color_at(shown, at(roll, 500 * BAR, 75)).saturation() < 20


def test_nothing_to_show_is_said(roll: PianoRoll, picture: Picture) -> None:
    roll.session.document.apply("Test", Song(PPQ))
    shown = picture()
    middle = shown.width() // 2
    assert len(colors_in(shown, middle - 60, shown.height() // 2 - 44, 120, 34)) > 4


def test_a_track_that_the_song_does_not_have_is_never_current(roll: PianoRoll, picture: Picture) -> None:
    for index in (-1, 7):
        roll.session.set_current(index)
        assert roll.session.current == 0
    roll.session.document.apply("Test", Song(PPQ))
    roll.select_next_note()
    picture()
    assert not len(roll.session.selected)


def test_a_change_of_theme_repaints(roll: PianoRoll, picture: Picture) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    apply_theme(app, "dark")
    assert color_at(picture(), QPoint(3, 3)).lightness() < 80
    apply_theme(app, "light")
    assert color_at(picture(), QPoint(3, 3)).lightness() > 200


def test_the_corner_changes_with_the_theme_too(roll: PianoRoll) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    corner = QPoint(3, 3)
    for theme in ("dark", "light"):
        apply_theme(app, theme)
        assert color_at(roll.grab().toImage(), corner) == roll.view.colors.ruler


def test_a_narrow_selected_note_keeps_its_colour(roll: PianoRoll, picture: Picture) -> None:
    roll.session.document.apply("Test", Song(PPQ, (Track("Short", Notes.of([Note(2 * BAR, 50, 60)])),)))
    roll.zoom_to(0, 16 * BAR)
    roll.session.select_notes(np.array([0]))
    place = at(roll, 2 * BAR, 60)
    hues = {picture().pixelColor(place + QPoint(by, 0)).hue() for by in (0, 1)}
    assert any(abs(hue - track_color(0).hue()) <= 4 for hue in hues)


def test_visible_finds_long_notes_from_before_and_none_that_have_ended() -> None:
    notes = small_song().tracks[0].notes
    assert visible(notes, 20 * BAR, 21 * BAR).tolist() == sorted(
        index for index, note in enumerate(notes) if note.start < 21 * BAR and note.start + note.duration > 20 * BAR
    )
    assert not len(visible(EMPTY, 0, 100))


@pytest.mark.parametrize("ppq", [1, 24, 480, 9600])
def test_any_resolution_is_painted(roll: PianoRoll, picture: Picture, ppq: int) -> None:
    roll.session.document.apply("Test", Song(ppq, (Track("One", Notes.of([Note(0, ppq, 60)])),)))
    for bars in (1, 8, 1000):
        roll.zoom_to(0, bars * ppq * 4)
        picture()
    roll.zoom_to(0, ppq * 4)
    assert abs(color_at(picture(), at(roll, ppq / 2, 60)).hue() - track_color(0).hue()) <= 3
