"""The playback engine, without the player process."""

from __future__ import annotations

import threading
from typing import Any

from jazzassist.domain.song import Event
from jazzassist.playback.engine import NO_DEVICE, Engine
from jazzassist.playback.names import BUILT_IN
from jazzassist.playback.schedule import Schedule, build_schedule
from jazzassist.playback.synth import Synth
from tests.playback.songs import PPQ, line, song
from tests.playback.sounds import font
from tests.playback.waiting import wait_until


def samples_of(*keys: int) -> set[int]:
    """The samples of a bass's notes at the velocity of `line`."""
    return {region.sample for region in font().regions(0, 32) for key in keys if region.answers(key, 90)}


def ascent() -> Schedule:
    """A bass note every two seconds, at intervals that need different samples."""
    return build_schedule(song(line([28, 40, 52, 64], step=4 * PPQ, program=32)), 0, 16 * PPQ)


def test_playing_begins_when_what_comes_soon_is_decoded_and_the_rest_follows() -> None:
    reports: list[dict[str, Any]] = []
    synth = Synth(font())
    player = Engine(reports.append, (), synth)
    player.choose(BUILT_IN)
    player.do({"do": "play", "at": 0.0}, ascent().to_bytes())
    assert synth.store.decoded == samples_of(28, 40)
    threading.Thread(target=player.prepare_later, daemon=True).start()
    wait_until(lambda: synth.store.decoded == samples_of(28, 40, 52, 64), "the rest")
    player.close()
    assert [report["text"] for report in reports if report["is"] == "notice"] == [NO_DEVICE]


def test_playing_from_the_middle_does_not_decode_what_came_before() -> None:
    synth = Synth(font())
    player = Engine(lambda report: None, (), synth)
    player.choose(BUILT_IN)
    player.do({"do": "play", "at": 5.9}, ascent().to_bytes())
    assert synth.store.decoded == samples_of(64)
    player.close()


def test_clicked_note_is_decoded_before_it_is_sent() -> None:
    synth = Synth(font())
    player = Engine(lambda report: None, (), synth)
    player.choose(BUILT_IN)
    player.do({"do": "send", "data": "c020"})
    wait_until(lambda: synth.channels[0].preset == (0, 32), "the program change to be taken")
    player.do({"do": "send", "data": "90285a"})
    assert synth.store.decoded >= samples_of(40)
    player.close()


def test_positions_are_told_with_the_turn_of_the_command_that_they_follow() -> None:
    reports: list[dict[str, Any]] = []
    player = Engine(reports.append)
    player.do({"do": "play", "at": 1.0, "turn": 7}, ascent().to_bytes())
    player.do({"do": "stop", "turn": 8})
    last = [report for report in reports if report["is"] == "position"]
    assert [(report["turn"], report["playing"]) for report in last] == [(7, True), (8, False)]
    assert last[0]["seconds"] >= 1.0
    player.close()


def test_the_last_note_rings_out_in_the_synthesizer_before_controllers_go_back() -> None:
    synth = Synth(font())
    reports: list[dict[str, Any]] = []
    player = Engine(reports.append, (), synth)
    player.choose(BUILT_IN)
    faded = song(line([60], program=11, events=(Event(10, b"\xb0\x0a\x00"),)))
    player.do({"do": "play", "at": 0.0}, build_schedule(faded, 0, faded.music_end).to_bytes())
    ended: list[bool] = []

    def is_over() -> bool:
        is_back = synth.channels[0].controller(10) == 64
        player.report_position()
        last = reports[-1]
        if last["ringing"]:
            ended.append(is_back)
        return not last["playing"] and not last["ringing"]

    wait_until(is_over, "the end")
    assert ended and not any(ended)
    assert not synth.sounding
    wait_until(lambda: synth.channels[0].controller(10) == 64, "the pan to go back")
    player.close()
