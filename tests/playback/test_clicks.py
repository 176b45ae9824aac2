"""Preview notes: they use the program at their position and never disturb playback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.playback.engine import Engine
from jazzassist.playback.recorder import PREFIX
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.sequencer import Sequencer
from tests.playback.instrument import Instrument
from tests.playback.songs import PPQ, begins, line, song, sounding
from tests.playback.waiting import recorded, wait_until

CHANGES = (
    Event(0, b"\xc0\x05"),
    Event(4 * PPQ, b"\xb0\x00\x08"),
    Event(4 * PPQ, b"\xc0\x10"),
    Event(0, b"\xb0\x07\x00"),
)
SHORT, LONG = 0.05, 5.0


def melody() -> Song:
    return song(line([60] * 8, events=tuple(sorted(CHANGES))))


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return tmp_path / "tape.jsonl"


@pytest.fixture
def player(tape: Path) -> Iterator[Engine]:
    made = Engine(lambda report: None)
    made.choose(f"{PREFIX}{tape}")
    yield made
    made.close()


def click(player: Engine, made: Song, tick: int, pitch: int = 60, channel: int = 0, seconds: float = SHORT) -> None:
    payload = build_schedule(made, tick + 1, tick + 1).to_bytes()
    note = {"channel": channel, "pitch": pitch, "velocity": 90, "seconds": seconds}
    player.do({"do": "sound", **note}, payload)


@pytest.mark.parametrize(("tick", "program"), [(0, (0, 0, 5)), (3 * PPQ, (0, 0, 5)), (4 * PPQ, (8, 0, 16))])
def test_the_instrument_in_force_there_is_heard_at_full_volume(tick: int, program: tuple[int, int, int]) -> None:
    made = melody()
    schedule = build_schedule(made, tick + 1, tick + 1)
    instrument = Instrument().obey([b"\xe0\x00\x00", b"\xb0\x40\x7f"])
    instrument.obey(Sequencer().click(schedule, 0, 72, 90))
    ((channel, key, state),) = instrument.heard
    assert (channel, key, state[2]) == (0, 72, program)
    expected = Instrument().obey([b"\xb0\x00" + bytes((program[0],)), bytes((0xC0, program[2])), b"\x90\x48\x5a"])
    assert state == expected.heard[0][2]


def test_a_clicked_note_ends_by_itself(player: Engine, tape: Path) -> None:
    click(player, melody(), 0)
    wait_until(lambda: begins(recorded(tape)), "the note")
    wait_until(lambda: not sounding(recorded(tape)), "its end")


def test_playing_after_a_click_is_not_cut_by_the_clicks_end(player: Engine, tape: Path) -> None:
    held = song(Track("Held", Notes.of([Note(0, 40 * PPQ, 60)])))
    click(player, held, 0, seconds=0.2)
    player.do({"do": "play", "at": 0.0}, build_schedule(held, 0, 40 * PPQ).to_bytes())
    time.sleep(0.5)
    assert sounding(recorded(tape)) == {(0, 60): 1}
    assert len(begins(recorded(tape))) == 2


def test_a_click_while_something_plays_changes_nothing(player: Engine, tape: Path) -> None:
    player.do({"do": "play", "at": 0.0}, build_schedule(melody(), 0, 8 * PPQ).to_bytes())
    wait_until(lambda: begins(recorded(tape)), "the first note")
    click(player, song(line([40], program=99)), 0, pitch=99)
    assert not [data for data in recorded(tape) if data in (b"\xc0\x63", b"\x90\x63\x5a")]


def test_playing_after_a_click_has_the_songs_own_instrument(player: Engine, tape: Path) -> None:
    made = melody()
    player.do({"do": "play", "at": 0.0}, build_schedule(made, 0, 8 * PPQ).to_bytes())
    wait_until(lambda: begins(recorded(tape)), "the first note")
    player.do({"do": "stop"})
    click(player, made, 5 * PPQ, seconds=LONG)
    player.do({"do": "play", "at": 0.0}, build_schedule(made, 0, 8 * PPQ).to_bytes())
    wait_until(lambda: len(begins(recorded(tape))) >= 3, "the first note again")
    heard = Instrument().obey(recorded(tape)).heard
    assert [state[2] for _, _, state in heard[:3]] == [(0, 0, 5), (8, 0, 16), (0, 0, 5)]


def test_clicks_in_a_row_never_pile_up(player: Engine, tape: Path) -> None:
    for _ in range(5):
        click(player, melody(), 0, seconds=LONG)
    assert sounding(recorded(tape)) == {(0, 60): 1}
    player.do({"do": "stop"})
    assert not sounding(recorded(tape))


def test_a_key_pressed_twice_sounds_as_long_as_the_second_click(player: Engine, tape: Path) -> None:
    click(player, melody(), 0, seconds=0.3)
    time.sleep(0.2)
    click(player, melody(), 0, seconds=LONG)
    time.sleep(0.3)
    assert sounding(recorded(tape)) == {(0, 60): 1}
