"""Suggestions that come one by one: shown at once, put in order at the end, and nothing taken from under the hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from jazzassist.domain.familiar import NOTE, UNFAMILIAR
from jazzassist.domain.passage import Passage
from jazzassist.domain.song import Event, Song
from jazzassist.domain.suggestion import Suggestion
from jazzassist.gui.suggestions.suggestion_card import Card
from jazzassist.gui.window.main_window import MainWindow
from jazzassist.session import Aspect
from jazzassist.suggest.protocol import Completed, Progressed, Suggested
from tests.gui.conftest import BAR, answered, sent
from tests.gui.worker_line import WorkerLine

Key = Qt.Key

# A worker that hands over each suggestion half a second after the one before.
SLOW = """
import sys, time
from jazzassist.suggest import worker
answer = worker.answer
def slow(suggester, request, progress, cancelled, complete=lambda suggestion: None):
    def later(suggestion):
        time.sleep(0.5 if len(request.lines) > 1 else 0)
        complete(suggestion)
    return answer(suggester, request, progress, cancelled, later)
worker.answer = slow
worker.main(sys.argv[1:])
"""


@pytest.fixture
def line(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> WorkerLine:
    """A bridge over the trumpet's empty bars is asked for; the answer is up to the test."""
    line = WorkerLine(window, monkeypatch)
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.asking.ask_bridge()
    return line


@pytest.fixture
def changes(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[Song]:
    """The songs to which the player was changed while it played."""
    found: list[Song] = []
    change = window.player.change_song

    def note(song: Song) -> None:
        found.append(song)
        change(song)

    monkeypatch.setattr(window.player, "change_song", note)
    return found


def shown(window: MainWindow) -> Suggestion:
    return window.session.offer.suggestions[window.session.offer.index]


def title(card: Card) -> str:
    return card.findChildren(QLabel)[0].text()


def current(window: MainWindow) -> list[bool]:
    return [bool(card.property("current")) for card in window.panel.cards]


def test_a_seed_that_the_network_knows_little_of_is_said_in_the_panel(window: MainWindow, line: WorkerLine) -> None:
    found = line.some(2)
    strange = [
        replace(one, parts=tuple(replace(part, scores={**part.scores, UNFAMILIAR: 1.0}) for part in one.parts))
        for one in found
    ]
    line.answer(*strange)
    assert window.panel.state.text() == NOTE
    window.suggesting.dismiss()
    assert NOTE not in window.panel.state.text()


def test_each_is_a_card_as_soon_as_it_comes_and_the_first_is_shown(window: MainWindow, line: WorkerLine) -> None:
    one, two, _ = line.some(3)
    line.complete(one)
    assert window.session.offer.suggestions == (one,)
    assert current(window) == [True]
    assert window.session.suggested == one.notes
    assert window.session.offer.label == "suggestion 1", "nobody knows yet of how many"
    first = window.panel.cards[0]
    line.complete(two)
    assert window.panel.cards[0] is first
    assert current(window) == [True, False]
    assert window.client.state == "busy"
    assert window.panel.state.text().startswith("Generating more… Press [ or ]")


def test_one_can_be_heard_while_others_are_written(
    window: MainWindow, qtbot: QtBot, line: WorkerLine, recording: Path
) -> None:
    one, two = line.some(2)
    line.complete(one)
    qtbot.keyClick(window, Key.Key_Space)
    first = one.notes.select(one.notes.start == one.notes.start[0])
    on = bytes((0x90, int(first.pitch[0]), int(first.velocity[0])))
    qtbot.waitUntil(lambda: on in sent(recording), timeout=20_000)
    line.complete(two)
    line.answer(two, one)
    assert window.player.playing
    assert shown(window) == one


def test_untouched_the_best_is_shown_at_the_end(window: MainWindow, line: WorkerLine) -> None:
    one, two, three = line.some(3)
    for suggestion in (one, two):
        line.complete(suggestion)
    line.answer(three, two, one)
    assert window.session.offer.index == 0
    assert shown(window) == three
    assert window.session.suggested == three.notes
    assert window.session.offer.label == "suggestion 1 of 3"
    assert window.panel.state.text().startswith("Press [ or ]")


def choose_by_key(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Key.Key_BracketRight)


def choose_by_click(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.panel.cards[1], Qt.MouseButton.LeftButton)


def choose_by_hearing(window: MainWindow, qtbot: QtBot) -> None:
    window.panel.cards[1].heard.emit()
    window.player.stop()


@pytest.mark.parametrize("choose", [choose_by_key, choose_by_click, choose_by_hearing])
def test_the_chosen_one_stays_shown_by_its_notes_wherever_it_comes_to_stand(
    window: MainWindow,
    qtbot: QtBot,
    line: WorkerLine,
    changes: list[Song],
    choose: Callable[[MainWindow, QtBot], None],
) -> None:
    one, two, three = line.some(3)
    for suggestion in (one, two):
        line.complete(suggestion)
    choose(window, qtbot)
    cards = list(window.panel.cards)
    assert shown(window) == two
    scored = replace(two, parts=tuple(replace(part, scores={**part.scores, "total": -1.0}) for part in two.parts))
    line.answer(three, one, scored)
    assert window.session.offer.index == 2
    assert shown(window) == scored
    assert window.session.offer.label == "suggestion 3 of 3"
    assert current(window) == [False, False, True]
    assert window.panel.cards[1:] == cards, "the same cards at other places"
    assert [title(card)[3] for card in window.panel.cards] == ["1", "2", "3"]
    assert [card.accessibleName().split(",")[0] for card in window.panel.cards] == [
        f"Suggestion {number}" for number in (1, 2, 3)
    ]
    assert not changes


def test_what_plays_when_the_answer_comes_goes_on_as_it_is(
    window: MainWindow, line: WorkerLine, changes: list[Song], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The composer hears the song, and in it the first suggestion since it came, without having chosen any."""
    monkeypatch.setattr(type(window.player), "playing", True)
    one, two = line.some(2)
    line.complete(one)
    assert [song.tracks[1].notes.starting_in(4 * BAR, 8 * BAR) for song in changes] == [one.notes]
    line.complete(two)
    line.answer(two, one)
    assert shown(window) == one
    assert len(changes) == 1


def test_while_the_original_is_compared_it_stays_on_show(window: MainWindow, qtbot: QtBot, line: WorkerLine) -> None:
    one, two = line.some(2)
    line.complete(one)
    qtbot.keyClick(window, Key.Key_A)
    line.complete(two)
    line.answer(two, one)
    assert window.session.offer.original
    assert window.session.suggested is None
    qtbot.keyClick(window, Key.Key_A)
    assert shown(window) == one


def test_the_chosen_one_stays_although_the_answer_lacks_it(window: MainWindow, qtbot: QtBot, line: WorkerLine) -> None:
    one, two, three, four = line.some(4)
    for suggestion in (one, two):
        line.complete(suggestion)
    choose_by_key(window, qtbot)
    line.answer(three, four)
    assert window.session.offer.suggestions == (three, four, two)
    assert shown(window) == two
    assert len(window.panel.cards) == 3


def test_one_that_nobody_chose_goes_where_the_answer_lacks_it(window: MainWindow, line: WorkerLine) -> None:
    one, two, three = line.some(3)
    line.complete(one)
    gone = window.panel.cards[0]
    line.answer(two, three)
    assert window.session.offer.suggestions == (two, three)
    assert gone not in window.panel.cards
    assert not gone.isVisible()


@pytest.mark.parametrize("by_key", [True, False])
def test_stopping_keeps_what_has_come(
    window: MainWindow, qtbot: QtBot, line: WorkerLine, changes: list[Song], by_key: bool
) -> None:
    one, two, three = line.some(3)
    for suggestion in (one, two):
        line.complete(suggestion)
    window.suggesting.hear(1)
    asked = line.asked.id
    qtbot.keyClick(window, Key.Key_Escape) if by_key else window.panel.stop.click()
    assert line.cancelled == [asked]
    assert window.player.playing, "what is being listened to goes on"
    assert window.session.offer.suggestions == (one, two)
    assert shown(window) == two
    assert window.session.offer.label == "suggestion 2 of 2"
    assert window.panel.dismiss.isVisible()
    for late in (Completed(asked, three), Suggested(asked, (three, two)), Suggested(asked, ())):
        line.hear(late)
    assert window.session.offer.suggestions == (one, two), "what comes too late is for nobody"
    assert not changes
    qtbot.keyClick(window, Key.Key_Escape)
    assert not window.panel.cards


def test_a_failure_keeps_what_has_come_and_is_said(window: MainWindow, line: WorkerLine) -> None:
    (one,) = line.some(1)
    line.complete(one)
    line.fail("Suggesting failed.")
    assert window.session.offer.suggestions == (one,)
    assert window.panel.state.text() == "Suggesting failed."
    assert window.panel.dismiss.isVisible()


def test_one_can_be_inserted_while_others_are_written(window: MainWindow, qtbot: QtBot, line: WorkerLine) -> None:
    one, two = line.some(2)
    line.complete(one)
    asked = line.asked.id
    qtbot.keyClick(window, Key.Key_Return)
    song = window.session.song
    assert song.tracks[1].notes.starting_in(4 * BAR, 8 * BAR) == one.notes
    assert line.cancelled == [asked]
    line.hear(Completed(asked, two))
    line.hear(Suggested(asked, (two, one)))
    assert not window.panel.cards
    assert window.session.song is song


def test_asking_again_begins_with_an_empty_table(window: MainWindow, line: WorkerLine) -> None:
    one, two = line.some(2)
    line.complete(one)
    before, first = line.asked.id, window.panel.cards[0]
    window.suggesting.ask_bridge(window.session.passage, line.asked.request.controls, 4, 1)
    assert not window.panel.cards
    line.hear(Completed(before, two))
    assert not window.panel.cards
    line.complete(one)
    assert len(window.panel.cards) == 1
    assert window.panel.cards[0] is not first


def test_the_choice_to_neutralise_holds_for_those_that_come_later(
    window: MainWindow, line: WorkerLine, qtbot: QtBot
) -> None:
    faded = window.session.song
    trumpet = replace(faded.tracks[1], events=(*faded.tracks[1].events, Event(3 * BAR, b"\xb0\x0b\x00")))
    window.session.document.apply("Fade", faded.with_track(1, trumpet))
    window.asking.ask_bridge()
    one, two, three = line.some(3)
    line.complete(one)
    window.panel.cards[0].findChildren(QCheckBox)[0].click()
    line.complete(two)
    line.answer(three, two, one)
    assert [card.findChildren(QCheckBox)[0].isChecked() for card in window.panel.cards] == [True] * 3
    assert window.session.offer.neutral
    assert [len(card.findChildren(QCheckBox)) for card in window.panel.cards] == [1] * 3


def test_progress_goes_on_and_dismiss_waits_for_the_end(window: MainWindow, line: WorkerLine) -> None:
    one, two = line.some(2)
    line.hear(Progressed(line.asked.id, 0.6))
    line.complete(one)
    assert window.panel.progress.value() == 60
    assert window.panel.stop.isVisible()
    assert not window.panel.dismiss.isVisible()
    line.answer(one, two)
    assert window.panel.dismiss.isVisible()
    assert not window.panel.stop.isVisible()


def test_the_current_card_stays_where_it_is_on_the_screen(window: MainWindow, qtbot: QtBot, line: WorkerLine) -> None:
    some = line.some(9)
    line.complete(some[0])
    qtbot.wait(50)
    width = window.panel.cards[0].width()
    for suggestion in some[1:3]:
        line.complete(suggestion)
    window.suggesting.show(1)
    qtbot.wait(50)
    card = window.panel.cards[1]
    places = [card.mapTo(window, card.rect().topLeft())]
    for comes in ("one more", "the answer"):
        if comes == "one more":
            line.complete(some[3])
        else:
            line.answer(*some[4:], some[2], some[1], some[0], some[3])
        places.append(card.mapTo(window, card.rect().topLeft()))
        qtbot.wait(50)
        places.append(card.mapTo(window, card.rect().topLeft()))
    assert len(set(places)) == 1
    assert card.width() == width
    assert window.panel.cards.index(card) == 6


def test_the_tab_key_goes_through_the_cards_as_they_are_shown(window: MainWindow, line: WorkerLine) -> None:
    one, two, three = line.some(3)
    for suggestion in (one, two):
        line.complete(suggestion)
    line.answer(three, two, one)
    stops: list[QWidget] = [stop for card in window.panel.cards for stop in card.stops]
    found, at = [stops[0]], stops[0]
    while len(found) < len(stops):
        after = at.nextInFocusChain()
        assert after is not None
        at = after
        if at in stops:
            found.append(at)
    assert found == stops


def test_with_a_real_worker_the_first_is_there_long_before_the_last(window: MainWindow, qtbot: QtBot) -> None:
    window.client.command = ["-c", SLOW, "--beat", "1"]
    window.client.use("markov")
    qtbot.waitUntil(lambda: window.client.state == "ready", timeout=60_000)
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.panel.alternatives.setValue(4)
    window.asking.ask_bridge()
    counts: list[int] = []
    window.session.observe(lambda changed: counts.append(len(window.session.offer.suggestions)), Aspect.OFFER)
    qtbot.waitUntil(lambda: bool(window.panel.cards), timeout=60_000)
    assert window.session.is_busy
    first = window.session.offer.suggestions[0]
    window.suggesting.show(0)
    qtbot.waitUntil(lambda: answered(window), timeout=60_000)
    assert counts[0] == 1
    assert counts == sorted(counts)
    assert len(window.panel.cards) >= 4
    assert shown(window).notes == first.notes


def test_more_than_twelve_can_be_asked_for(window: MainWindow, qtbot: QtBot) -> None:
    window.session.set_passage(Passage((1,), 4 * BAR, 8 * BAR))
    window.panel.alternatives.setValue(32)
    window.panel.adventurous.setValue(100)
    window.asking.ask_bridge()
    qtbot.waitUntil(lambda: answered(window), timeout=60_000)
    assert len(window.panel.cards) == 32
