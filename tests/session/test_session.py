"""What belongs together changes together, and is announced once."""

from __future__ import annotations

from pathlib import Path

import pytest

from jazzassist.domain.passage import Passage
from jazzassist.domain.suggestion import Controls
from jazzassist.midi.files import OpenedSong, read_song, write_song
from jazzassist.session import Aspect, Session
from jazzassist.session.editing import Editing
from jazzassist.session.offer import NOTHING
from jazzassist.session.tracks import Heard
from tests.session.songs import BAR, band, parts

TUNE, BASS = 1, 2


@pytest.fixture
def session() -> Session:
    """A session over the band, the tune current."""
    found = Session()
    found.document.adopt(OpenedSong(band(), (), False), None)
    return found


def announced(session: Session) -> list[frozenset[Aspect]]:
    """All announcements from now on."""
    found: list[frozenset[Aspect]] = []
    session.observe(found.append, *Aspect)
    return found


def test_a_song_that_was_opened_begins_at_its_first_track_with_notes(session: Session) -> None:
    assert (session.current, session.tracks.targets) == (TUNE, (TUNE,))
    session.set_heard(Heard(frozenset({1})))
    session.set_passage(Passage((TUNE,), 0, BAR))
    session.select_notes([3])
    session.set_loop((0, BAR), True)
    session.set_playhead(BAR)
    told = announced(session)
    other = band()
    session.document.adopt(OpenedSong(other.with_track(0, other.tracks[2]), (), False), None)
    assert len(told) == 1
    assert {Aspect.OPENED, Aspect.SONG, Aspect.CURRENT, Aspect.PASSAGE, Aspect.SELECTED, Aspect.LOOP} <= told[0]
    assert (session.current, session.passage, session.selected.tolist()) == (0, None, [])
    assert (session.heard, session.loop, session.looping, session.playhead) == (Heard(), None, False, 0)


def test_an_edit_is_announced_once_with_all_that_it_changed(session: Session) -> None:
    player, *_ = parts(session)
    editing = Editing(session, player)
    session.select_notes([0, 5])
    told = announced(session)
    editing.transpose(1)
    assert told == [{Aspect.SONG, Aspect.HISTORY, Aspect.FILE}], "the same places are selected"
    editing.select_all()
    told.clear()
    editing.delete_notes()
    assert told == [{Aspect.SONG, Aspect.HISTORY, Aspect.FILE, Aspect.SELECTED}]
    told.clear()
    session.document.undo()
    assert len(told) == 1


def test_nothing_is_announced_where_nothing_changes(session: Session) -> None:
    session.set_passage(Passage((TUNE,), 0, BAR))
    session.select_notes([1])
    told = announced(session)
    session.set_passage(Passage((TUNE,), 0, BAR))
    session.select_notes([1, 1, -4, 10_000])
    session.set_current(TUNE)
    session.set_current(99)
    session.set_playhead(session.playhead)
    session.document.apply("Nothing", session.song)
    session.withdraw_offer()
    assert told == []


def test_the_passage_is_always_on_the_tracks_to_write_into(session: Session) -> None:
    """Whoever is called first may move the passage; nobody sees one on other tracks, or an older one later."""
    seen: list[tuple[int, ...]] = []

    def look(changed: frozenset[Aspect]) -> None:
        if session.passage is not None:
            assert session.passage.tracks == session.tracks.targets
            seen.append(session.passage.tracks)

    session.observe(look, *Aspect)
    session.set_passage(Passage((BASS,), 0, BAR))
    session.mark(BASS)
    session.set_current(BASS)
    session.mark(BASS)
    session.set_current(0)
    assert [*dict.fromkeys(seen)] == [(TUNE,), (TUNE, BASS), (0,)]
    session.set_passage(Passage((77,), 0, BAR))
    assert session.passage is None


def test_another_current_track_has_no_selected_notes_and_dismisses_what_was_for_others(session: Session) -> None:
    _, asker, suggesting, _ = parts(session)
    session.set_passage(Passage((TUNE,), 4 * BAR, 8 * BAR))
    suggesting.ask_bridge(session.passage, [Controls()], 2, 1)
    asker.answer(suggesting)
    session.select_notes([2])
    told = announced(session)
    session.set_current(BASS)
    assert session.selected.tolist() == []
    assert session.offer is NOTHING
    assert len(told) == 1


def test_an_edit_withdraws_the_suggestions_and_cancels_the_request(session: Session) -> None:
    _, asker, suggesting, _ = parts(session)
    session.set_passage(Passage((TUNE,), 4 * BAR, 8 * BAR))
    suggesting.ask_bridge(session.passage, [Controls()], 2, 1)
    assert session.is_busy
    session.document.apply("Other", session.song.with_track(0, session.song.tracks[2]))
    assert session.offer is NOTHING
    assert (asker.cancelled, session.worker) == (1, "ready")


def test_what_is_heard_follows_the_suggestion_that_is_shown(session: Session) -> None:
    player, asker, suggesting, transport = parts(session)
    session.set_passage(Passage((TUNE,), 4 * BAR, 8 * BAR))
    suggesting.ask_bridge(session.passage, [Controls()], 3, 1)
    found = asker.answer(suggesting)
    suggesting.hear(0)
    assert transport.told == ["play"]
    assert session.candidate.tracks[TUNE].notes.starting_in(4 * BAR, 8 * BAR) == found[0].notes
    suggesting.step(1)
    assert transport.told == ["play", "update"]
    assert session.candidate.tracks[TUNE].notes.starting_in(4 * BAR, 8 * BAR) == found[1].notes
    suggesting.toggle_original()
    assert session.candidate is session.song
    assert transport.told == ["play", "update", "update"]
    suggesting.dismiss()
    assert transport.told == ["play", "update", "update", "stop"], "what was heard is not there any more"
    assert not player.playing


def test_playing_goes_on_with_an_edit_and_stops_when_another_song_is_opened(session: Session) -> None:
    player, _, _, transport = parts(session)
    player.play_song(session.song)
    session.document.apply("Edit", session.song.with_track(0, session.song.tracks[2]))
    session.set_heard(Heard(frozenset({TUNE})))
    assert transport.told == ["play", "update", "update"]
    session.document.adopt(OpenedSong(band(), (), False), None)
    assert transport.told[3] == "stop"
    assert (player.playing, session.playhead) == (False, 0)


def test_a_refusal_stays_while_the_network_loads_and_goes_with_the_next_request(session: Session) -> None:
    _, _, suggesting, _ = parts(session)
    session.set_worker("loading", "")
    suggesting.ask_bridge(None, [Controls()], 2, 1)
    assert "Select the bars" in session.refusal
    session.set_worker("ready", "markov")
    assert session.refusal
    session.set_passage(Passage((TUNE,), 4 * BAR, 8 * BAR))
    suggesting.ask_bridge(session.passage, [Controls()], 2, 1)
    assert session.refusal == ""


def test_a_file_is_opened_edited_and_saved(session: Session, tmp_path: Path) -> None:
    write_song(band(), tmp_path / "band.mid")
    document = session.document
    document.open(tmp_path / "band.mid")
    data = (tmp_path / "band.mid").read_bytes()
    document.save(tmp_path / "copy.mid")
    assert (tmp_path / "copy.mid").read_bytes() == data
    assert (document.name, document.dirty) == ("copy.mid", False)
    player, *_ = parts(session)
    session.select_notes([0])
    pitch = int(session.notes.pitch[0])
    Editing(session, player).transpose(2)
    assert document.dirty
    document.undo()
    assert not document.dirty
    document.redo()
    document.save()
    assert not document.dirty
    assert read_song(tmp_path / "copy.mid").song.tracks[TUNE].notes.pitch[0] == pitch + 2
