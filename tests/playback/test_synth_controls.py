"""Messages other than notes in the built-in synthesizer: resets, banks, pedals, modes, portamento, effects."""

from __future__ import annotations

import numpy as np
import pytest

from jazzassist.playback.synth import RATE, Synth
from tests.playback.sounds import Sound, cents, decibels, font, fundamental, hertz_of

PIANO, ORGAN, STRINGS, OCARINA, SAW = b"\xc0\x00", b"\xc0\x10", b"\xc0\x30", b"\xc0\x4f", b"\xc0\x51"
GM, GM2, GM_OFF = b"\xf0\x7e\x7f\x09\x01\xf7", b"\xf0\x7e\x7f\x09\x03\xf7", b"\xf0\x7e\x10\x09\x02\xf7"
GS = b"\xf0\x41\x10\x42\x12\x40\x00\x7f\x00\x41\xf7"
XG = b"\xf0\x43\x10\x4c\x00\x00\x7e\x00\xf7"
RESETS = [
    GM, GM2, GM_OFF, GS, XG, GM[:-1],  # the last without its end, as some files store it
    b"\xf0\x41\x00\x42\x12\x00\x00\x7f\x01\x00\xf7",  # the mode of an SC-88
    b"\xf0\x43\x1f\x4c\x00\x00\x7f\x00\xf7",
]  # fmt: skip


def dry(*messages: bytes) -> Synth:
    synth = Synth(font(), reverb=False)
    for data in messages:
        synth.send(data)
    return synth


def control(number: int, value: int) -> bytes:
    return bytes((0xB0, number, value))


def on(key: int, velocity: int = 90, channel: int = 0) -> bytes:
    return bytes((0x90 | channel, key, velocity))


def off(key: int, channel: int = 0) -> bytes:
    return bytes((0x80 | channel, key, 64))


def played(*messages: bytes, key: int = 60, seconds: float = 1.0, channel: int = 0) -> Sound:
    return dry(*messages).render(int(seconds * RATE), [(0, on(key, channel=channel))])


def brightness(sound: Sound) -> float:
    power = np.square(np.abs(np.fft.rfft(sound.sum(axis=1))))
    return float(np.sum(power * np.arange(len(power))) / np.sum(power) * RATE / len(sound))


@pytest.mark.parametrize("reset", RESETS, ids=bytes.hex)
def test_a_reset_sets_everything_back(reset: bytes) -> None:
    changed = [control(7, 20), control(11, 30), control(10, 0), control(74, 10), control(66, 127), control(126, 1)]
    changed += [b"\xe0\x00\x00", b"\xc0\x38", control(91, 0), b"\xf0\x7f\x7f\x04\x01\x00\x10\xf7"]
    again = dry(*changed, reset).render(8000, [(4000, on(60))])  # after the master volume has been restored
    fresh = dry().render(8000, [(4000, on(60))])
    assert np.abs(fresh).max() > 0.01
    assert np.abs(again - fresh).max() < 1e-6


@pytest.mark.parametrize("reset", [GM, GS, XG], ids=["GM", "GS", "XG"])
def test_a_reset_ends_what_sounds_and_every_channel_is_reset(reset: bytes) -> None:
    synth = dry(ORGAN, b"\xb5\x07\x14", control(64, 127))
    synth.render(RATE, [(0, on(60)), (500, off(60)), (20000, reset)])
    synth.render(RATE)
    assert not synth.sounding
    assert synth.channels[5].controller(7) == 100


def test_master_volume_changes_the_level_of_everything() -> None:
    half = dry(ORGAN, b"\xf0\x7f\x7f\x04\x01\x00\x40\xf7")
    half.render(2000)
    level = decibels(half.render(RATE, [(0, on(60))]), 0.3, 0.9)
    assert decibels(played(ORGAN), 0.3, 0.9) - level == pytest.approx(12.0, abs=0.3)


@pytest.mark.parametrize(
    ("messages", "preset"),
    [
        ([GS, control(0, 8), control(32, 1), b"\xc0\x04"], (8, 4)),  # GS variation; the low byte names a sound map
        ([GS, control(0, 0), control(32, 3), b"\xc0\x04"], (0, 4)),
        ([XG, control(0, 0), control(32, 8), b"\xc0\x04"], (8, 4)),  # XG variation
        ([XG, control(0, 64), control(32, 0), b"\xc0\x04"], (0, 4)),  # not in the font: the capital tone
        ([GS, control(0, 8), b"\xc0\x01"], (0, 1)),
        ([GM2, control(0, 121), control(32, 8), b"\xc0\x04"], (8, 4)),
        ([control(0, 55), control(32, 99), b"\xc0\x2a"], (0, 42)),
        ([XG, control(0, 127), b"\xc0\x28"], (128, 40)),  # XG drums on any channel
        ([XG, control(0, 127), b"\xc0\x6e"], (128, 0)),  # no such kit: the standard one
        ([control(0, 120), b"\xc0\x00"], (128, 0)),  # GM2 drums
        ([GS, control(0, 127), b"\xc0\x05"], (0, 5)),  # in GS another sound map
    ],
)
def test_banks_lead_to_variations_or_to_the_capital_tone(messages: list[bytes], preset: tuple[int, int]) -> None:
    assert font().substitute(*dry(*messages).channels[0].preset) == preset
    assert np.abs(played(*messages, key=60, seconds=0.3)).max() > 0.001


def test_channel_ten_plays_a_melody_when_it_is_told_to() -> None:
    gm2 = dry(b"\xb9\x00\x79", b"\xb9\x20\x00", b"\xc9\x0b")
    assert gm2.channels[9].preset == (0, 11)
    gs = dry(GS, b"\xf0\x41\x10\x42\x12\x40\x10\x15\x00\x1b\xf7", b"\xc9\x0b")
    assert gs.channels[9].preset == (0, 11)


def test_a_drum_part_is_prepared_and_played() -> None:
    order = b"\xf0\x41\x10\x42\x12\x40\x1a\x15\x02\x0f\xf7"
    synth = Synth(font())
    synth.prepare([order, on(38, channel=10)])
    assert synth.store.decoded == {r.sample for r in font().regions(128, 0) if r.answers(38, 90)}
    part, kit = (played(*m, key=38, channel=c) for m, c in (((order,), 10), ((), 9)))
    assert np.abs(part - kit).max() < 1e-6


def test_sostenuto_holds_only_what_sounded_when_it_went_down() -> None:
    synth = dry(ORGAN)
    synth.render(4000, [(0, on(48)), (1000, control(66, 127)), (2000, on(60)), (3000, off(48)), (3000, off(60))])
    synth.render(RATE)
    assert synth.voices.integers["key"][synth.voices.active].tolist() == [48] * int(synth.voices.active.sum())
    assert synth.sounding
    synth.render(RATE, [(0, control(66, 0))])
    assert not synth.sounding


def test_a_note_held_by_both_pedals_ends_with_the_last_of_them() -> None:
    for first, second in ((64, 66), (66, 64)):
        synth = dry(ORGAN)
        synth.render(4000, [(0, on(60)), (10, control(64, 127)), (20, control(66, 127)), (30, off(60))])
        synth.render(RATE, [(0, control(first, 0))])
        assert synth.sounding
        synth.render(RATE, [(0, control(second, 0))])
        assert not synth.sounding


def test_reset_of_controllers_lifts_both_pedals() -> None:
    synth = dry(ORGAN, control(64, 127))
    synth.render(4000, [(0, on(60)), (10, control(66, 127)), (30, off(60))])
    synth.render(RATE, [(0, control(121, 0))])
    assert not synth.sounding


def test_soft_pedal_makes_new_notes_softer_and_darker() -> None:
    plain, soft = played(PIANO), played(PIANO, control(67, 127))
    assert 2 < decibels(plain, 0.1, 0.9) - decibels(soft, 0.1, 0.9) < 8
    assert brightness(soft) < brightness(plain)
    assert np.abs(played(PIANO, control(67, 20)) - plain).max() < 1e-6


def test_brightness_and_resonance_change_the_low_pass() -> None:
    dark, plain, bright = (brightness(played(SAW, control(74, value))) for value in (10, 64, 120))
    assert dark < 0.6 * plain
    assert bright > 1.1 * plain
    flat, peaked = (played(SAW, control(74, 30), control(71, value)) for value in (64, 127))
    assert np.abs(flat - peaked).max() > 0.003


def test_attack_and_release_times() -> None:
    quick, slow = (played(ORGAN, control(73, value)) for value in (64, 120))
    assert decibels(slow, 0.0, 0.05) < decibels(quick, 0.0, 0.05) - 10
    tails = []
    for value in (20, 64, 110):
        sound = dry(STRINGS, control(72, value)).render(2 * RATE, [(0, on(60)), (RATE, off(60))])
        tails.append(decibels(sound, 1.2, 1.4))
    assert tails[0] < tails[1] - 6
    assert tails[1] < tails[2] - 3


def test_chorus_widens_and_leaves_the_level_alone() -> None:
    def heard(value: int) -> Sound:
        synth = Synth(font())
        for data in (ORGAN, control(91, 0), control(93, value)):
            synth.send(data)
        return synth.render(2 * RATE, [(0, on(60))])

    plain, chorused = heard(0), heard(127)
    sides = [np.abs(sound[:, 0] - sound[:, 1])[RATE:].mean() for sound in (plain, chorused)]
    assert sides[1] > sides[0] + 0.002
    assert abs(decibels(chorused, 0.5, 1.9) - decibels(plain, 0.5, 1.9)) < 3
    assert np.abs(np.diff(chorused, n=2, axis=0)).max() < 2 * np.abs(np.diff(plain, n=2, axis=0)).max()


def test_chorus_is_the_same_in_blocks_of_any_size() -> None:
    sounds = []
    for block in (441, 4096):
        synth = Synth(font(), block=block)
        for data in (ORGAN, control(93, 127)):
            synth.send(data)
        sounds.append(synth.render(RATE, [(0, on(60))]))
    assert np.abs(sounds[0] - sounds[1]).max() < 0.003


def keys(synth: Synth) -> list[int]:
    return sorted(set(synth.voices.integers["key"][synth.voices.rows(0)].tolist()))


def test_mono_mode_sounds_one_note_and_returns_to_the_key_still_held() -> None:
    synth = dry(ORGAN, control(126, 1))
    synth.render(3000, [(0, on(60)), (1000, on(64)), (2000, on(67))])
    assert keys(synth) == [67]
    synth.render(1000, [(0, off(64))])
    assert keys(synth) == [67]
    synth.render(1000, [(0, off(67))])
    assert keys(synth) == [60]
    synth.render(1000, [(0, off(60))])
    assert keys(synth) == []


def test_poly_mode_ends_mono_mode_and_its_notes() -> None:
    synth = dry(ORGAN, control(126, 1))
    synth.render(1000, [(0, on(60)), (500, control(127, 0))])
    assert keys(synth) == []
    synth.render(1000, [(0, on(60)), (0, on(64))])
    assert keys(synth) == [60, 64]


@pytest.mark.parametrize("mode", [126, 127])
def test_portamento_glides_from_the_last_note(mode: int) -> None:
    synth = dry(OCARINA, control(mode, 0), control(65, 127), control(5, 70))
    synth.render(RATE, [(0, on(60)), (RATE - 1000, off(60))])
    sound = synth.render(2 * RATE, [(0, on(72))])
    early = fundamental(sound[: RATE // 5], hertz_of(62), 0.0)
    assert early < hertz_of(66)
    assert abs(cents(fundamental(sound, hertz_of(72), 1.2), hertz_of(72))) < 20


def test_portamento_control_names_where_one_note_begins() -> None:
    synth = dry(OCARINA, control(5, 90), control(84, 60))
    first = synth.render(RATE, [(0, on(72))])
    assert fundamental(first[: RATE // 5], hertz_of(61), 0.0) < hertz_of(64)
    synth = dry(OCARINA, control(5, 90), control(84, 60), on(72))
    synth.render(RATE, [(10, off(72))])
    assert abs(cents(fundamental(synth.render(RATE, [(0, on(72))]), hertz_of(72)), hertz_of(72))) < 20


def test_without_portamento_nothing_glides() -> None:
    synth = dry(OCARINA, control(5, 90), control(65, 0))
    synth.render(RATE, [(0, on(60)), (RATE - 1000, off(60))])
    assert abs(cents(fundamental(synth.render(RATE, [(0, on(72))]), hertz_of(72), 0.05), hertz_of(72))) < 20


def test_preparing_follows_the_filter_so_that_playing_decodes_nothing() -> None:
    messages = [
        GS,
        control(74, 20),
        control(71, 100),
        b"\xc0\x30",
        on(60),
        control(67, 127),
        on(64),
        control(74, 90),
        on(67),
    ]
    synth = Synth(font())
    synth.prepare(messages)
    pool, used = synth.store.pool, synth.store.used
    synth.render(4000, [(i * 100, data) for i, data in enumerate(messages)])
    assert synth.store.pool is pool
    assert synth.store.used == used


def test_channels_of_two_ports_are_apart_and_a_reset_concerns_its_own_port() -> None:
    first, second = [control(7, 20), b"\xc0\x10"], [b"\xf5\x01" + data for data in (control(7, 90), b"\xc0\x38")]
    synth = dry(*first, *second, b"\xf5\x01\x99\x26\x50")
    assert [synth.channels[number].controller(7) for number in (0, 16)] == [20, 90]
    assert [synth.channels[number].preset for number in (0, 16, 25)] == [(0, 16), (0, 56), (128, 0)]
    assert np.abs(synth.render(2000)).max() > 0.01
    synth.send(b"\xf5\x01" + GM)
    assert [synth.channels[number].controller(7) for number in (0, 16)] == [20, 100]


def parameter(kind: int, high: int, low: int, value: int) -> list[bytes]:
    return [control(kind, high), control(kind - 1, low), control(6, value)]


@pytest.mark.parametrize(("low", "number"), [(0x20, 74), (0x21, 71), (0x63, 73), (0x66, 72)])
def test_parameters_of_gs_and_xg_do_what_the_sound_controllers_do(low: int, number: int) -> None:
    off_at = (RATE // 2, off(60))
    by_controller = dry(SAW, control(number, 30)).render(RATE, [(0, on(60)), off_at])
    by_parameter = dry(SAW, *parameter(99, 1, low, 30)).render(RATE, [(0, on(60)), off_at])
    plain = dry(SAW).render(RATE, [(0, on(60)), off_at])
    assert np.abs(by_parameter - by_controller).max() < 1e-6
    if number != 71:
        assert np.abs(by_parameter - plain).max() > 1e-4


@pytest.mark.parametrize(("low", "value", "moved"), [(1, 96, 50), (1, 32, -50), (2, 76, 1200), (2, 62, -200)])
def test_tuning_moves_the_pitch_but_not_that_of_drums(low: int, value: int, moved: int) -> None:
    sound = played(OCARINA, *parameter(101, 0, low, value))
    near = hertz_of(60) * 2 ** (moved / 1200)
    assert abs(cents(fundamental(sound, near), near)) < 20
    drum = [bytes((data[0] | 9, *data[1:])) for data in parameter(101, 0, low, value)]
    assert np.abs(played(*drum, key=38, channel=9) - played(key=38, channel=9)).max() < 1e-6
