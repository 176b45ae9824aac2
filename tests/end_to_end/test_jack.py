"""From a song over the player and JACK into FluidSynth, and the notes found again in the sound."""

from __future__ import annotations

import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from jazzassist.domain.song import Note, Notes, Song, Track
from jazzassist.midi.files import write_song
from jazzassist.playback.engine import NO_DEVICE
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.synth_output import TOO_BUSY
from jazzassist.playback.transport import BUILT_IN, SILENT, Transport
from tests.end_to_end.jack import MISSING, fluidsynth, jack_server, lost_time, recorder
from tests.playback.sounds import FONT_PATH
from tests.playback.waiting import notices_until, wait_until

pytestmark = pytest.mark.skipif(
    bool(MISSING) or not sys.platform.startswith("linux"), reason=f"not installed: {', '.join(MISSING)}"
)

PPQ = 480
BEATS = (0, 1, 2, 2.5, 3)
ATTEMPTS = 5


@pytest.fixture
def server(tmp_path: Path) -> Iterator[None]:
    with jack_server(tmp_path):
        yield


def claves() -> Song:
    """Short strikes of the claves at 120 bpm."""
    notes = Notes.of([Note(int(beat * PPQ), 60, 75, 120, 9) for beat in BEATS])
    return Song(PPQ, (Track("Claves", notes, channel=9),))


def onsets(path: Path) -> tuple[list[float], float]:
    """Seconds at which the sound jumps up, and its length in seconds."""
    with wave.open(str(path)) as file:
        rate = file.getframerate()
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 32768
    step = rate // 200
    levels = np.abs(sound[: len(sound) // step * step]).reshape(-1, step * 2).max(axis=1)
    before = np.concatenate((np.zeros(10), levels))
    recent = np.array([before[i : i + 10].max() for i in range(len(levels))])
    rising = np.flatnonzero((levels > 0.01) & (levels > 4 * recent))
    firsts = rising[np.diff(rising, prepend=-100) > 10]
    return (firsts * step / rate).tolist(), len(sound) / rate


def connected(port: str) -> Transport:
    transport = Transport(SILENT)
    wait_until(lambda: port in transport.outputs, "the port among the outputs")
    transport.set_output(port)
    return transport


@pytest.mark.usefixtures("server")
def test_notes_are_heard_at_their_times(tmp_path: Path) -> None:
    song = claves()
    with fluidsynth(FONT_PATH, tmp_path / "heard.wav") as port:
        transport = connected(port)
        transport.play(build_schedule(song, 0, 4 * PPQ))
        wait_until(lambda: not transport.playing, "the end")
        time.sleep(0.3)  # FluidSynth writes what it has received
        transport.close()
    heard, _ = onsets(tmp_path / "heard.wav")
    assert len(heard) == len(BEATS)
    assert [at - heard[0] for at in heard] == pytest.approx([beat / 2 for beat in BEATS], abs=0.05)


@pytest.mark.usefixtures("server")
def test_stop_is_heard_as_silence(tmp_path: Path) -> None:
    organ = Song(PPQ, (Track("Organ", Notes.of([Note(0, 400 * PPQ, 60)]), program=16),))
    with fluidsynth(FONT_PATH, tmp_path / "heard.wav") as port:
        transport = connected(port)
        transport.play(build_schedule(organ, 0, 400 * PPQ))
        wait_until(lambda: transport.position > PPQ, "time to run")
        transport.stop()
        time.sleep(1.5)
        transport.close()
    with wave.open(str(tmp_path / "heard.wav")) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    assert np.abs(sound).max() > 0.01
    assert np.abs(sound[-48000:]).max() < 0.001


@pytest.mark.usefixtures("server")
def test_port_that_vanishes_is_told_and_taken_again_when_it_is_back(tmp_path: Path) -> None:
    song = Song(PPQ, (Track("Claves", Notes.of([Note(i * 240, 60, 75, 120, 9) for i in range(400)]), channel=9),))
    with fluidsynth(FONT_PATH, tmp_path / "first.wav") as port:
        transport = connected(port)
        transport.play(build_schedule(song, 0, song.end))
        wait_until(lambda: transport.position > PPQ, "time to run")
    notices = notices_until(transport, "disappeared")
    assert transport.playing
    assert port not in transport.outputs
    with fluidsynth(FONT_PATH, tmp_path / "second.wav"):
        notices += notices_until(transport, "available again")
        since = transport.position
        wait_until(lambda: transport.position > since + 4 * PPQ, "notes on the new port")
        transport.close()
    assert len(notices) == 2
    assert all(port in notice for notice in notices)
    assert len(onsets(tmp_path / "second.wav")[0]) >= 4


@pytest.mark.usefixtures("server")
def test_port_that_vanishes_is_told_by_the_terminal_too(tmp_path: Path) -> None:
    tune = tmp_path / "tune.mid"
    notes = Notes.of([Note(i * 240, 60, 75, 120, 9) for i in range(40)])
    write_song(Song(PPQ, (Track("Claves", notes, channel=9),)), tune)
    with fluidsynth(FONT_PATH, tmp_path / "heard.wav") as port:
        command = [sys.executable, "-m", "jazzassist", "play", str(tune), "--port", port]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        heard = tmp_path / "heard.wav"
        wait_until(lambda: heard.exists() and any(heard.read_bytes()[44:]), "the first strike")
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, "time runs on, in case the port comes back"
    assert told.count("\n") == 1
    assert port in told and "disappeared" in told


def test_built_in_synth_is_heard_on_a_device_and_survives_its_end(tmp_path: Path) -> None:
    with jack_server(tmp_path, period=1024):
        transport = Transport(BUILT_IN, devices="JACK")
        heard = heard_in_time(transport, tmp_path)
        transport.poll()
        transport.play(build_schedule(claves(), 0, 4 * PPQ, loop=True))
        wait_until(lambda: transport.position > PPQ, "time to run")
    notices_until(transport, NO_DEVICE)
    since = transport.position
    wait_until(lambda: transport.position != since, "time to run on")
    transport.close()
    assert [at - heard[0] for at in heard] == pytest.approx([beat / 2 for beat in BEATS], abs=0.015)


def heard_in_time(transport: Transport, folder: Path) -> list[float]:
    """The onsets of `claves`, once it was played while the JACK server was never late.

    A server that is late gives its clients less sound than time has passed, and the song follows the time.
    All notes must be heard even then.
    """
    for _ in range(ATTEMPTS):
        before = lost_time(folder)
        with recorder(("JazzAssist:playback0", "JazzAssist:playback1"), folder / "heard.wav", 4):
            transport.play(build_schedule(claves(), 0, 4 * PPQ))
            wait_until(lambda: not transport.playing, "the end")
        heard, _ = onsets(folder / "heard.wav")
        assert len(heard) == len(BEATS)
        assert set(transport.poll()) <= {TOO_BUSY}
        if lost_time(folder) == before:
            return heard
    pytest.skip(f"the JACK server was late in each of {ATTEMPTS} recordings: the machine is too busy")
