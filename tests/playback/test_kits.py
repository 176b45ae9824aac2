"""Drum kits in the synthesizer: on all channels that messages assign to drums, and on no others."""

from __future__ import annotations

import pytest

from jazzassist.playback.synth import Synth
from tests.domain.test_drums import CASES
from tests.playback.sounds import font


def kits(synth: Synth) -> set[int]:
    return {number for number, channel in enumerate(synth.channels) if channel.preset[0] == 128}


@pytest.mark.parametrize("name", CASES)
def test_the_synthesizer_has_kits_where_the_song_has_drums(name: str) -> None:
    messages, expected = CASES[name]
    synth = Synth(font())
    for message in messages:
        synth.send(message)
    assert kits(synth) == expected


def test_samples_of_a_kit_are_ready_before_it_sounds() -> None:
    messages, _ = CASES["GS rhythm part 11"]
    synth = Synth(font())
    synth.prepare((*messages, b"\x9a\x24\x5a"))
    assert synth.store.decoded == {region.sample for region in font().regions(128, 0) if region.answers(36, 90)}
    assert kits(synth) == {9}, "preparing plays nothing"


def test_a_vibraphone_on_channel_10_is_one() -> None:
    messages, _ = CASES["GM2 melody on 10"]
    synth = Synth(font())
    for message in messages:
        synth.send(message)
    assert font().substitute(*synth.channels[9].preset) == (0, 11)


def test_resetting_the_synthesizer_takes_kits_back() -> None:
    synth = Synth(font())
    for message in CASES["GS rhythm part 11"][0]:
        synth.send(message)
    synth.reset()
    assert kits(synth) == {9}
