"""Comparison of the built-in synthesizer with FluidSynth on the same font: pitch, level and decay."""

from __future__ import annotations

import shutil
import subprocess
import wave
from pathlib import Path

import mido
import numpy as np
import pytest

from jazzassist.midi.files import read_song
from jazzassist.paths import resources
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.synth import RATE, Synth
from tests.playback.sounds import FONT_PATH, Sound, cents, decibels, font, fundamental, hertz_of

pytestmark = pytest.mark.skipif(shutil.which("fluidsynth") is None, reason="fluidsynth is not installed")

# Both at FluidSynth's gain 0.4. Ours is louder by a constant: its gain of 1 and the low-pass's 1.5 dB.
GAIN = 0.4
Note = tuple[int, int, int, int]  # channel, program, key, velocity
NOTES: list[Note] = [
    (0, 0, 60, 100), (0, 0, 60, 40), (0, 0, 36, 80), (0, 4, 60, 100), (0, 11, 72, 90), (0, 16, 60, 90),
    (0, 26, 55, 90), (0, 32, 36, 100), (0, 33, 40, 100), (0, 48, 64, 90), (0, 56, 70, 100), (0, 65, 62, 100),
    (0, 66, 55, 100), (0, 71, 65, 80), (0, 73, 80, 80), (9, 0, 38, 100), (9, 0, 51, 100), (9, 40, 38, 100),
]  # fmt: skip


@pytest.fixture(scope="module")
def references(tmp_path_factory: pytest.TempPathFactory) -> dict[Note, Sound]:
    """Render each note for a second, plus one second of decay, in one run of FluidSynth without effects."""
    folder = tmp_path_factory.mktemp("fluidsynth")
    track = mido.MidiTrack()
    for channel, program, key, velocity in NOTES:
        track += [
            mido.Message("program_change", channel=channel, program=program),
            mido.Message("control_change", channel=channel, control=7, value=127),
            mido.Message("note_on", channel=channel, note=key, velocity=velocity),
            mido.Message("note_off", channel=channel, note=key, time=960),
            mido.Message("control_change", channel=channel, control=120, time=960),
        ]
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(folder / "notes.mid")
    options = ["-ni", "-R", "0", "-C", "0", "-g", str(GAIN), "-r", str(RATE), "-F", str(folder / "notes.wav")]
    subprocess.run(["fluidsynth", *options, str(FONT_PATH), str(folder / "notes.mid")], check=True, capture_output=True)
    with wave.open(str(folder / "notes.wav")) as made:
        sound = np.frombuffer(made.readframes(made.getnframes()), "<i2").reshape(-1, 2) / 32768
    return {note: sound[2 * i * RATE :][: 2 * RATE] for i, note in enumerate(NOTES)}


def ours(channel: int, program: int, key: int, velocity: int) -> Sound:
    """Render the same with the built-in synthesizer, at FluidSynth's gain."""
    synth = Synth(font(), reverb=False)
    synth.send(bytes((0xC0 | channel, program)))
    synth.send(bytes((0xB0 | channel, 7, 127)))
    note = [(0, bytes((0x90 | channel, key, velocity))), (RATE, bytes((0x80 | channel, key, 64)))]
    return synth.render(2 * RATE, note) * GAIN


def brightness(sound: Sound) -> float:
    """Return the spectral centroid in Hz."""
    power = np.square(np.abs(np.fft.rfft(sound[RATE // 20 : RATE].sum(axis=1))))
    return float(np.sum(power * np.arange(len(power))) / np.sum(power) / 0.95)


@pytest.mark.parametrize("note", NOTES, ids=str)
def test_pitch_and_level_are_fluidsynths(references: dict[Note, Sound], note: Note) -> None:
    theirs, mine = references[note], ours(*note)
    channel, _, key, _ = note
    if channel != 9:
        apart = cents(fundamental(mine, hertz_of(key)), fundamental(theirs, hertz_of(key)))
        assert abs(apart) < 3
    assert brightness(mine) / brightness(theirs) == pytest.approx(1, abs=0.2)
    for start, end in ((0.0, 0.1), (0.1, 0.5), (0.5, 0.9)):
        level = decibels(theirs, start, end)
        if level > -75:  # below that, FluidSynth's 16-bit noise is measured
            assert decibels(mine, start, end) - level == pytest.approx(-1.3, abs=2.0)
    if decibels(theirs, 1.05, 1.2) > -75:
        assert decibels(mine, 1.05, 1.2) - decibels(theirs, 1.05, 1.2) == pytest.approx(-1.3, abs=6.0)  # 1 dB per ms


def envelope(sound: Sound) -> Sound:
    """Return the level of each 20 ms."""
    step = RATE // 50
    return np.asarray(np.sqrt(np.square(sound[: len(sound) // step * step]).reshape(-1, 2 * step).mean(axis=1)))


def alike(mine: Sound, theirs: Sound) -> float:
    """Return the correlation of the two envelopes."""
    size = min(len(mine), len(theirs))
    return float(np.corrcoef(envelope(mine[:size]), envelope(theirs[:size]))[0, 1])


@pytest.mark.parametrize("note", NOTES, ids=str)
def test_envelopes_run_as_fluidsynths(references: dict[Note, Sound], note: Note) -> None:
    assert alike(ours(*note), references[note]) > 0.98


@pytest.mark.parametrize("name", ["blue-lamp.mid", "river-waltz.mid"])
def test_whole_song_is_as_loud_as_fluidsynths_all_along(tmp_path: Path, name: str) -> None:
    path = resources() / "songs" / name
    options = ["-ni", "-R", "0", "-C", "0", "-g", str(GAIN), "-r", str(RATE), "-F", str(tmp_path / "song.wav")]
    subprocess.run(["fluidsynth", *options, str(FONT_PATH), str(path)], check=True, capture_output=True)
    with wave.open(str(tmp_path / "song.wav")) as made:
        theirs = np.frombuffer(made.readframes(made.getnframes()), "<i2").reshape(-1, 2) / 32768
    song = read_song(path).song
    schedule = build_schedule(song, 0, song.last_note_end)
    synth = Synth(font(), reverb=False, block=8192)
    events = [(int(at * RATE + 0.5), data) for at, data in zip(schedule.seconds, schedule.messages, strict=True)]
    mine = synth.render(events[-1][0], [(0, data) for data in schedule.chase] + events) * GAIN
    assert alike(mine, theirs) > 0.93
    apart = decibels(mine, 0, len(mine) / RATE) - decibels(theirs[: len(mine)], 0, len(mine) / RATE)
    assert apart == pytest.approx(-1.3, abs=1.5)
