"""Reading SoundFonts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jazzassist.playback.samples import SampleStore, low_passed
from jazzassist.playback.soundfont import SoundFont, SoundFontError
from jazzassist.playback.synth import RATE, Synth
from tests.playback.sounds import FONT_PATH, font


def test_shipped_font_has_all_of_general_midi() -> None:
    assert {(0, program) for program in range(128)} <= set(font().presets)
    assert (128, 0) in font().presets
    assert (128, 32) in font().presets
    assert font().name(0, 0) == "Yamaha Grand Piano"


def test_every_preset_answers_with_samples_that_exist() -> None:
    for bank, program in font().presets:
        regions = font().regions(bank, program)
        assert regions
        assert all(font().header(region.sample).rate > 0 for region in regions)


@pytest.mark.parametrize(
    ("asked", "given"), [((0, 5), (0, 5)), ((77, 56), (0, 56)), ((128, 39), (128, 32)), ((128, 127), (128, 0))]
)
def test_missing_presets_have_substitutes(asked: tuple[int, int], given: tuple[int, int]) -> None:
    assert font().substitute(*asked) == given


def test_only_the_samples_of_the_played_notes_are_decoded() -> None:
    synth = Synth(font())
    assert synth.store.decoded == set()
    synth.prepare([b"\xc0\x20", b"\x90\x28\x50"])
    wanted = {region.sample for region in font().regions(0, 32) if region.answers(40, 80)}
    assert synth.store.decoded == wanted
    assert 0 < len(wanted) < 5


def test_rendering_what_was_prepared_decodes_nothing_more() -> None:
    synth = Synth(font())
    messages = [b"\xc0\x38", *(bytes((0x90, key, 60 + key % 60)) for key in range(50, 90)), b"\x99\x2a\x60"]
    synth.prepare(messages)
    before, pool = set(synth.store.decoded), synth.store.pool
    synth.render(2000, [(10, data) for data in messages])
    assert synth.store.decoded == before
    assert synth.store.pool is pool


def test_each_sample_is_decoded_once() -> None:
    store = SampleStore(font(), RATE)
    region = next(r for r in font().regions(0, 0) if r.answers(60, 90))
    assert store.placed(region, 60) == store.placed(region, 60)


def test_loop_in_the_pool_repeats_exactly() -> None:
    store = SampleStore(font(), RATE)
    for key in (40, 60, 80):
        for region in font().regions(0, 48):
            if region.answers(key, 90):
                placed = store.placed(region, key)
                turn = store.pool[placed.loop_start : placed.loop_start + placed.loop_length]
                following = store.pool[placed.loop_start + placed.loop_length :][: len(turn)]
                wide = min(len(turn), placed.limit - placed.loop_start - placed.loop_length)
                assert wide > 0
                assert np.abs(turn[:wide] - following[:wide]).max() < 5e-4


def test_low_pass_halves_power_at_its_corner_and_moves_with_the_pitch() -> None:
    corner_cents = 8400  # 1047 Hz
    hertz = 8.176 * 2 ** (corner_cents / 1200)
    time = np.arange(RATE) / RATE
    for increment in (1.0, 2.0):
        tone = np.sin(2 * np.pi * hertz / increment * time).astype(np.float32)
        passed = low_passed(tone, corner_cents, 0.0, increment, RATE)
        level = 20 * np.log10(np.std(passed[4000:40000]) / np.std(tone[4000:40000]))
        assert level == pytest.approx(-3.0, abs=0.3)


def test_missing_font_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SoundFontError, match=r"gone\.sf2 cannot be read: .*\.$"):
        SoundFont(tmp_path / "gone.sf2")


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE" + bytes(64), FONT_PATH.read_bytes()[:5000]])
def test_damaged_font_is_told_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.sf2"
    path.write_bytes(content)
    with pytest.raises(SoundFontError, match=r"bad\.sf2 cannot be read"):
        SoundFont(path)
