"""Undo, redo, bursts, and whether the song is as saved."""

from __future__ import annotations

from jazzassist.domain.song import Song
from jazzassist.session.history import History, Step

A, B, C, D = (Song(ppq) for ppq in (96, 120, 240, 480))


def test_steps_are_taken_back_and_repeated() -> None:
    history = History()
    history.push(Step("One", A, B))
    history.push(Step("Two", B, C))
    assert (history.undo_text, history.redo_text) == ("Two", None)
    assert history.undo() is B
    assert (history.undo_text, history.redo_text) == ("One", "Two")
    assert history.undo() is A
    assert history.undo() is None
    assert history.redo() is B
    history.push(Step("Three", B, D))
    assert history.redo() is None
    assert len(history) == 2


def test_a_burst_is_one_step_and_leaves_none_where_it_ends_as_it_began() -> None:
    history = History()
    history.push(Step("Move", A, B, 1))
    history.push(Step("Transpose", B, C, 1))
    assert (len(history), history.undo_text) == (1, "Transpose")
    history.push(Step("Move", C, A, 1))
    assert len(history) == 0
    assert history.is_clean
    history.push(Step("Move", A, B, 1))
    history.push(Step("Move", B, C, 2))
    assert len(history) == 2
    assert (history.undo(), history.undo()) == (B, A)


def test_a_step_does_not_continue_one_that_was_saved_or_undone() -> None:
    history = History()
    history.push(Step("Move", A, B, 1))
    history.set_clean()
    history.push(Step("Move", B, C, 1))
    assert len(history) == 2
    assert not history.is_clean
    assert history.undo() is B
    assert history.is_clean


def test_a_saved_state_that_was_undone_and_overwritten_cannot_be_reached() -> None:
    history = History()
    history.push(Step("One", A, B))
    history.set_clean()
    history.undo()
    assert not history.is_clean
    history.push(Step("Two", A, C))
    assert not history.is_clean
    history.undo()
    assert not history.is_clean
    history.clear()
    assert history.is_clean
    assert (history.undo_text, history.redo_text, len(history)) == (None, None, 0)
