"""The built-in synthesizer: exact times, pitches, controllers, no clicks."""

from __future__ import annotations

import numpy as np
import pytest

from jazzassist.playback.reverb import Reverb
from jazzassist.playback.synth import RATE, Synth, limited
from tests.playback.sounds import Sound, cents, decibels, font, fundamental, hertz_of

TRUMPET, STRINGS, ORGAN = b"\xc0\x38", b"\xc0\x30", b"\xc0\x10"
OCARINA = b"\xc0\x4f"  # nearly a sine wave, in which clicks stand out


def dry(*messages: bytes) -> Synth:
    """A synthesizer without reverb that has received these messages."""
    synth = Synth(font(), reverb=False)
    for data in messages:
        synth.send(data)
    return synth


def note(key: int, velocity: int = 90, channel: int = 0) -> bytes:
    return bytes((0x90 | channel, key, velocity))


def steepest(sound: Sound) -> float:
    """Return the largest change of slope between frames, which is larger for clicks than for music."""
    return float(np.abs(np.diff(sound, n=2, axis=0)).max())


@pytest.mark.parametrize("frame", [0, 1, 63, 64, 511, 512, 700, 4321])
def test_note_begins_at_its_own_frame(frame: int) -> None:
    sound = dry(ORGAN).render(6000, [(frame, note(60))])
    assert not sound[:frame].any()
    same = dry(ORGAN).render(6000 - frame, [(0, note(60))])
    assert np.abs(sound[frame:] - same).max() < 0.003


def test_blocks_of_any_size_give_the_same_sound() -> None:
    events = [(100, note(60)), (900, note(67)), (3000, b"\x80\x3c\x40")]
    whole = dry(STRINGS).render(8000, events)
    synth, parts, at = dry(STRINGS), [], 0
    for size in (37, 480, 1000, 2000, 4483):
        parts.append(synth.render(size, [(f - at, d) for f, d in events if at <= f < at + size]))
        at += size
    assert np.abs(np.concatenate(parts) - whole).max() < 0.002


@pytest.mark.parametrize("program", [0, 16, 32, 48, 56, 65, 73])
@pytest.mark.parametrize("key", [48, 61, 70])
def test_pitch_is_right(program: int, key: int) -> None:
    sound = dry(bytes((0xC0, program))).render(RATE, [(0, note(key))])
    assert (
        abs(cents(fundamental(sound, hertz_of(key)), hertz_of(key))) < 20
    )  # the strings are detuned by the font itself


def test_bend_moves_by_two_semitones_or_as_far_as_was_set() -> None:
    plain = fundamental(dry(ORGAN).render(RATE, [(0, note(60))]), hertz_of(60))
    up = fundamental(dry(ORGAN, b"\xe0\x7f\x7f").render(RATE, [(0, note(60))]), hertz_of(62))
    wide = [b"\xb0\x65\x00", b"\xb0\x64\x00", b"\xb0\x06\x0c", b"\xe0\x00\x00"]
    down = fundamental(dry(ORGAN, *wide).render(RATE, [(0, note(60))]), hertz_of(48))
    assert cents(up, plain) == pytest.approx(200, abs=3)
    assert cents(down, plain) == pytest.approx(-1200, abs=3)


def test_volume_and_expression_follow_the_square_law() -> None:
    full = decibels(dry(ORGAN, b"\xb0\x07\x7f").render(RATE, [(0, note(60))]), 0.3, 0.9)
    half = decibels(dry(ORGAN, b"\xb0\x07\x40").render(RATE, [(0, note(60))]), 0.3, 0.9)
    soft = decibels(dry(ORGAN, b"\xb0\x07\x7f", b"\xb0\x0b\x40").render(RATE, [(0, note(60))]), 0.3, 0.9)
    assert full - half == pytest.approx(40 * np.log10(127 / 64), abs=0.2)
    assert soft == pytest.approx(half, abs=0.1)


def test_pan_moves_to_one_side() -> None:
    left = dry(ORGAN, b"\xb0\x0a\x00").render(RATE // 2, [(0, note(60))])
    right = dry(ORGAN, b"\xb0\x0a\x7f").render(RATE // 2, [(0, note(60))])
    assert np.abs(left[:, 0]).max() > 20 * np.abs(left[:, 1]).max()
    assert np.abs(right[:, 1]).max() > 20 * np.abs(right[:, 0]).max()


def test_volume_change_does_not_click() -> None:
    synth = dry(OCARINA, b"\xb0\x07\x7f")
    calm = synth.render(RATE, [(0, note(72, 120))])[RATE // 2 :]
    changes = [(at + 3 * i, bytes((0xB0, 7, 127 - 30 * i))) for at in (500, 5000) for i in range(4)]
    changed = synth.render(RATE // 2, changes)
    assert steepest(changed) < 2 * steepest(calm)


def test_sound_that_is_cut_off_does_not_click() -> None:
    synth = dry(OCARINA)
    calm = synth.render(RATE, [(0, note(72, 120))])[RATE // 2 :]
    cut = synth.render(RATE // 4, [(999, b"\xb0\x78\x00")])
    assert steepest(cut) < 3 * steepest(calm)
    assert not cut[2000:].any()


def test_released_note_falls_silent_and_frees_its_voice() -> None:
    synth = dry(ORGAN)
    synth.render(RATE, [(0, note(60)), (RATE // 2, b"\x80\x3c\x40")])
    synth.render(RATE)
    assert not synth.sounding
    assert not synth.render(1000).any()


def test_pedal_holds_notes_until_it_is_lifted() -> None:
    synth = dry(ORGAN, b"\xb0\x40\x7f")
    held = synth.render(RATE, [(0, note(60)), (2000, b"\x80\x3c\x40")])
    assert decibels(held, 0.7, 1.0) > -60
    let_go = synth.render(RATE, [(0, b"\xb0\x40\x00")])
    assert decibels(let_go, 0.7, 1.0) < -90


def test_all_notes_off_and_all_sound_off_end_everything() -> None:
    for controller in (120, 123):
        synth = dry(ORGAN)
        synth.render(4000, [(0, note(60)), (0, note(64)), (10, note(67))])
        synth.render(RATE, [(0, bytes((0xB0, controller, 0)))])
        assert not synth.sounding


def test_two_notes_of_one_pitch_end_one_by_one() -> None:
    synth = dry(ORGAN)
    synth.render(100, [(0, note(60))])
    one = len(synth.voices.rows(0, 60))
    synth.render(100, [(0, note(60))])
    assert len(synth.voices.rows(0, 60)) == 2 * one
    synth.render(RATE, [(0, b"\x80\x3c\x40")])
    assert len(synth.voices.rows(0, 60)) == one
    synth.render(RATE, [(0, b"\x80\x3c\x40")])
    assert not synth.sounding


def test_closed_hi_hat_cuts_the_open_one() -> None:
    opened = dry().render(RATE, [(0, note(46, 100, 9))])
    cut = dry().render(RATE, [(0, note(46, 100, 9)), (4000, note(42, 1, 9))])
    assert decibels(cut, 0.3, 0.5) < decibels(opened, 0.3, 0.5) - 20


def test_drum_channel_plays_the_kit_of_its_program() -> None:
    standard = dry().render(RATE // 2, [(0, note(38, 100, 9))])
    brushes = dry(b"\xc9\x28").render(RATE // 2, [(0, note(38, 100, 9))])
    assert np.abs(standard).max() > 0.01
    assert np.abs(brushes).max() > 0.01
    assert np.abs(standard - brushes).max() > 0.01


def test_loops_do_not_click() -> None:
    for program in (16, 48, 56, 66):
        sound = dry(bytes((0xC0, program))).render(3 * RATE, [(0, note(62))])
        assert steepest(sound[RATE:]) <= 1.5 * steepest(sound[:RATE])


def test_stealing_a_voice_does_not_click() -> None:
    synth = Synth(font(), voices=4, reverb=False)
    synth.send(OCARINA)
    calm = synth.render(RATE, [(i * 100, note(70 + i, 120)) for i in range(4)])[RATE // 2 :]
    stolen = synth.render(RATE // 2, [(1000 * i, note(40 + i, 1)) for i in range(12)])
    assert steepest(stolen) < 2 * steepest(calm)


def held_keys(synth: Synth) -> set[int]:
    return set(synth.voices.integers["key"][synth.voices.rows()].tolist())


def test_released_notes_give_way_first_the_quietest_of_them() -> None:
    synth = Synth(font(), voices=4, reverb=False)
    synth.send(ORGAN)
    synth.send(b"\xb0\x48\x7f")  # slow releases
    synth.render(4000, [(0, note(60)), (0, note(64, 120)), (0, note(65, 20)), (0, note(72))])
    synth.render(1000, [(0, b"\x80\x40\x40"), (0, b"\x80\x41\x40"), (10, note(80))])
    sounding = synth.voices.integers["key"][synth.voices.active].tolist()
    assert held_keys(synth) == {60, 72, 80}
    assert 64 in sounding
    assert 65 not in sounding


def test_the_lowest_held_note_keeps_sounding_under_many_others() -> None:
    """A bass note, older and quieter than the later notes, held by its key or by the pedal."""
    for pedal in (False, True):
        synth = Synth(font(), voices=8, reverb=False)
        synth.send(ORGAN)
        synth.send(bytes((0xB0, 64, 127 * pedal)))
        events = [(0, note(36, 60))] + ([(100, b"\x80\x24\x40")] if pedal else [])
        events += [(500 * i, note(60 + i % 40, 110)) for i in range(1, 71)]
        synth.render(40000, events)
        assert 36 in held_keys(synth)


def test_a_note_that_only_the_pedal_holds_gives_way_before_one_that_a_hand_holds() -> None:
    synth = Synth(font(), voices=4, reverb=False)
    for data in (ORGAN, b"\xb0\x40\x7f"):
        synth.send(data)
    synth.render(4000, [(0, note(48)), (0, note(72, 30)), (0, note(74, 120)), (0, note(76))])
    synth.render(2000, [(0, b"\x80\x4a\x40"), (100, note(79))])
    assert held_keys(synth) == {48, 72, 76, 79}


def test_more_notes_at_once_than_there_are_slots_are_survived() -> None:
    synth = Synth(font(), voices=4, reverb=False)
    sound = synth.render(4000, [(0, note(key)) for key in range(127)])
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() <= 1


def test_modulation_wheel_makes_the_pitch_swing() -> None:
    def width(sound: Sound) -> int:
        spectrum = np.abs(np.fft.rfft(sound[:, 0] * np.hanning(len(sound))))
        near = spectrum[int(2 * hertz_of(72) * 0.94) : int(2 * hertz_of(72) * 1.06)]
        return int((near > near.max() / 10).sum())

    plain, swung = (dry(ORGAN, bytes((0xB0, 1, wheel))).render(RATE * 2, [(0, note(72))]) for wheel in (0, 127))
    assert width(swung) > 3 * width(plain)


def test_limiter_leaves_soft_sound_alone_and_bends_loud_sound_below_one() -> None:
    soft = np.linspace(-0.6, 0.6, 100, dtype=np.float32).reshape(-1, 2)
    loud = np.linspace(-9, 9, 1000, dtype=np.float32).reshape(-1, 2)
    assert limited(soft) is soft
    bent = limited(loud)
    assert np.abs(bent).max() <= 1
    assert np.all(np.diff(bent[:, 0]) >= 0)


def test_room_answers_and_dies_away() -> None:
    room = Reverb(RATE)
    click = np.zeros(512, np.float32)
    click[0] = 1
    answer = np.concatenate([room.process(click), *(room.process(np.zeros(512, np.float32)) for _ in range(170))], 1).T
    assert not answer[:1000].any()
    early, late = decibels(answer, 0.05, 0.25), decibels(answer, 1.5, 1.9)
    assert -60 < early < -20
    assert late < early - 50


def test_reset_forgets_controllers_and_programs() -> None:
    synth = dry(TRUMPET, b"\xb0\x07\x00", b"\xe0\x00\x00")
    synth.reset()
    again, fresh = synth.render(4000, [(0, note(60))]), dry().render(4000, [(0, note(60))])
    assert np.abs(again - fresh).max() < 1e-6


def test_unknown_system_messages_are_passed_over() -> None:
    for data in (
        b"\xf8",
        b"\xf0\xf7",
        b"\xf0\x7e\xf7",
        b"\xf0\x41\x10\x42\x12\x40\xf7",
        b"\xf0\x00\x20\x33\x01\x02\xf7",
    ):
        synth = dry(b"\xb0\x07\x14", data)
        assert not synth.render(100).any()
        assert synth.channels[0].controller(7) == 20
