"""A song with very many tracks is listed immediately; rows are created when they come into view."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from jazzassist.domain.song import Note, Notes, Song, Track
from jazzassist.gui.tracks.track_list import TrackList
from jazzassist.session import Aspect, Session
from jazzassist.session.tracks import Heard


def song(count: int, name: str = "Track") -> Song:
    return Song(480, tuple(Track(f"{name} {at}", Notes.of([Note(0, 10, 60)])) for at in range(count)))


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def tracks(session: Session, qtbot: QtBot) -> Iterator[TrackList]:
    found = TrackList(session)
    found.resize(260, 500)
    found.show()
    qtbot.waitExposed(found)
    yield found
    found.close()


def test_rows_are_made_only_for_what_is_seen(session: Session, tracks: TrackList) -> None:
    made = []
    for count in (100, 3000):
        session.document.apply("Test", song(count))
        tracks.setCurrentRow(0)
        assert tracks.count() == count
        made.append(len(tracks.rows))
    assert made[0] == made[1] < 40


def test_scrolling_makes_the_rows_that_come_into_view(session: Session, tracks: TrackList, qtbot: QtBot) -> None:
    session.document.apply("Test", song(500))
    tracks.setCurrentRow(0)
    for index in (250, 499, 0):
        tracks.scrollToItem(tracks.item(index))
        qtbot.waitUntil(lambda index=index: index in [row.index for row in tracks.rows])  # type: ignore[misc]
        row = next(row for row in tracks.rows if row.index == index)
        assert row.title.text() == f"Track {index}"
        assert row.isVisible()


def test_the_current_track_is_muted_and_soloed_wherever_it_is(session: Session, tracks: TrackList) -> None:
    session.document.apply("Test", song(500))
    tracks.setCurrentRow(400)
    session.toggle_mute()
    session.toggle_solo()
    assert (set(session.heard.muted), set(session.heard.soloed)) == ({400}, {400})
    tracks.setCurrentRow(0)
    tracks.setCurrentRow(400)
    session.toggle_mute()
    assert (set(session.heard.muted), set(session.heard.soloed)) == (set(), {400})


def test_marks_and_switches_show_in_rows_that_are_made_later(session: Session, tracks: TrackList, qtbot: QtBot) -> None:
    session.document.apply("Test", song(500))
    tracks.setCurrentRow(0)
    session.mark_to(499)
    tracks.scrollToBottom()
    qtbot.waitUntil(lambda: tracks.rows[-1].index == 499)
    assert tracks.rows[-1].target.isChecked()
    assert session.tracks.targets == tuple(range(500))


def test_another_song_has_none_of_the_switches(session: Session, tracks: TrackList) -> None:
    session.document.apply("Test", song(50))
    tracks.setCurrentRow(40)
    session.toggle_mute()
    told: list[Heard] = []
    session.observe(lambda changed: told.append(session.heard), Aspect.HEARD)
    session.document.apply("Test", song(50, "Other"))
    assert told == [Heard()]
    session.document.apply("Test", song(50, "Other"))
    assert len(told) == 1


def test_tab_walks_through_all_rows_and_scrolls(session: Session, tracks: TrackList, qtbot: QtBot) -> None:
    session.document.apply("Test", song(60))
    tracks.setCurrentRow(0)
    tracks.activateWindow()
    tracks.scrollToBottom()  # so that rows are made out of order
    qtbot.waitUntil(lambda: tracks.rows[-1].index == 59)
    tracks.scrollToTop()
    tracks.rows[0].target.setFocus()
    reached = []
    for _ in range(3 * 60):
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.append(focused.accessibleName())
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
        QApplication.processEvents()
    expected = [f"{what} Track {at}" for at in range(60) for what in ("Write suggestions to", "Mute", "Solo")]
    assert reached == expected


def test_screen_readers_hear_of_every_track(session: Session, tracks: TrackList) -> None:
    session.document.apply("Test", song(300))
    said = tracks.item(299).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "Track 299, Acoustic Grand Piano, 1 note"


def test_a_name_that_looks_like_html_is_shown_as_it_is(session: Session, tracks: TrackList) -> None:
    session.document.apply("Test", Song(480, (Track("<h1>Lead</h1>"), Track("Lead"))))
    odd, usual = tracks.rows
    assert odd.title.textFormat() == Qt.TextFormat.PlainText
    assert odd.title.sizeHint().height() == usual.title.sizeHint().height()
    assert "<h1>" not in odd.toolTip()
