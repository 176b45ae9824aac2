"""Songs for several MIDI ports: separate in the synthesizer, with a notice if they share one output."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.playback.engine import PORTS_MERGED, Engine
from jazzassist.playback.ported import at_port, on_channel, split
from jazzassist.playback.recorder import PREFIX
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.sequencer import Sequencer
from jazzassist.playback.synth import Synth
from tests.playback.songs import PPQ, song, sounding
from tests.playback.sounds import font
from tests.playback.waiting import recorded


def part(port: int, channel: int, program: int, *more: bytes, pitch: int = 60) -> Track:
    notes = Notes.of([Note(beat * PPQ, PPQ // 2, pitch, 90, channel) for beat in range(4)])
    events = (bytes((0xFF, 0x21, port)), bytes((0xC0 | channel, program)), *more)
    return Track(f"{port}:{channel}", notes, tuple(Event(0, data) for data in events), channel, program)


def orchestra() -> Song:
    """32 channels, each with a different program and volume."""
    parts = [
        part(port, channel, port * 16 + channel, bytes((0xB0 | channel, 7, 10 + port * 16 + channel)))
        for port in (0, 1)
        for channel in range(16)
    ]
    return song(*parts)


def test_messages_know_their_port() -> None:
    for port in (0, 1, 15):
        assert split(at_port(port, b"\x91\x40\x50")) == (port, b"\x91\x40\x50")
    assert on_channel(3, 0x90, 1, 2) == b"\x93\x01\x02"
    assert split(on_channel(19, 0x90, 1, 2)) == (1, b"\x93\x01\x02")


def test_the_synthesizer_keeps_32_channels_apart() -> None:
    made = build_schedule(orchestra(), 0, 4 * PPQ)
    synth, sequencer = Synth(font()), Sequencer()
    sequencer.tracker.forget(is_known=True)
    for data in sequencer.play(made, 0.0):
        synth.send(data)
    for _, data in sequencer.advance(0.1):
        synth.send(data)
    assert [channel.preset[1] for channel in synth.channels] == list(range(32))
    assert [channel.controller(7) for channel in synth.channels] == [10 + number for number in range(32)]
    assert set(synth.voices.integers["channel"][synth.voices.active].tolist()) <= set(range(32))


def test_notes_of_the_same_key_and_channel_at_two_ports_end_by_themselves() -> None:
    long = part(1, 0, 3)
    short = song(part(0, 0, 1), long)
    muted = build_schedule(short, 0, 4 * PPQ, muted=frozenset({1}))
    sequencer = Sequencer()
    sequencer.play(build_schedule(short, 0, 4 * PPQ), 0.0)
    sequencer.advance(0.1)
    assert sequencer.tracker.held == {(0, 60): 1, (16, 60): 1}
    assert sequencer.update(muted) == [b"\x80\x3c\x40"]
    sequencer.stop()
    assert not sequencer.tracker.held


def test_sound_differs_from_that_of_one_port() -> None:
    two = song(part(0, 0, 0), part(1, 0, 56, pitch=72))
    alone = [song(track) for track in two.tracks[1:]]
    sounds = []
    for made in (two, *alone):
        synth, schedule = Synth(font(), reverb=False), build_schedule(made, 0, PPQ)
        synth.prepare((*schedule.chase, *schedule.messages))
        for data in (*schedule.chase, *schedule.messages_between(0, schedule.index_at(0.1))):
            synth.send(data)
        sounds.append(synth.render(8000))
    assert np.allclose(sounds[0], sounds[1] + sounds[2], atol=0.02)


def test_one_output_is_told_of_once_and_gets_plain_messages(tmp_path: Path) -> None:
    notices: list[str] = []
    player = Engine(lambda report: notices.append(report["text"]) if report["is"] == "notice" else None)
    name = f"{PREFIX}{tmp_path / 'tape.jsonl'}"
    player.choose(name)
    payload = build_schedule(orchestra(), 0, 4 * PPQ).to_bytes()
    for kind in ("play", "update"):
        player.do({"do": kind, "at": 0.0}, payload)
    player.close()
    assert notices == [PORTS_MERGED.format(ports=2, output=name)]
    sent = recorded(tmp_path / "tape.jsonl")
    assert all(0x80 <= data[0] <= 0xF0 for data in sent)
    assert not sounding(sent)


@pytest.mark.parametrize("made", [song(part(0, 0, 0), part(1, 1, 0)), song(part(1, 0, 0), part(1, 1, 0)), song()])
def test_ports_that_share_no_channel_are_not_told_of(made: Song) -> None:
    assert build_schedule(made, 0, 4 * PPQ).clashing_ports == 0
