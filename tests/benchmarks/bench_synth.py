"""The built-in synthesizer: time that it loses while other programs keep the machine busy, and how fast it renders.

Lost time is what the sound device had nothing to play; the machine's silent device takes its place.
Each figure is printed with and without a place before ordinary threads, and the render speed beside
FluidSynth's with the same font in the same run, if it is installed.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import wave
from pathlib import Path

from jazzassist.domain.song import Note, Notes, Song, Track
from jazzassist.midi.files import read_song
from jazzassist.paths import resources
from jazzassist.playback import priority, synth_output
from jazzassist.playback.render import render_sound
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.sequencer import Sequencer
from jazzassist.playback.synth import Synth
from tests.benchmarks.measure import cpu_seconds

SECONDS = 6.0
BUSY = (0, 2, 4, 8)
PPQ = 480


def main() -> None:
    """Prints a row for each number of busy processes, then one for the speed of rendering each song of ours."""
    for how in ("hurried", "ordinary"):
        for count in BUSY:
            busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
            try:
                done = subprocess.run([sys.executable, "-m", __name__, how], capture_output=True, check=True, text=True)
            finally:
                for process in busy:
                    process.kill()
                    process.wait()
            _print(how, count, json.loads(done.stdout))
    _rendering()


def _print(how: str, busy: int, found: dict[str, float]) -> None:
    lost = f"{found['underruns']:>3.0f} underruns, lost {found['lost'] / found['seconds']:6.2%}"
    print(f"{how:<10}{busy} busy   {lost}   song {found['behind'] * 1e3:4.0f} ms behind the clock"
          f"   period {found['milliseconds']:.0f} ms", flush=True)  # fmt: skip


def play(hurried: bool) -> dict[str, float]:
    """Play the trio for some seconds on the silent device, in this process."""
    if hurried:
        priority.hurry_process()
    else:
        synth_output.hurry = synth_output.may_hurry = lambda: False  # type: ignore[attr-defined]
    sys.setswitchinterval(0.001)
    schedule = build_schedule(trio(8), 0, 32 * PPQ)
    synth, sequencer, lock = Synth(), Sequencer(), threading.Lock()
    synth.prepare((*schedule.chase, *schedule.messages))
    output = synth_output.SynthOutput(sequencer, lock, synth, ())
    time.sleep(0.5)
    with lock:
        output.send(sequencer.play(schedule, 0.0))
        begun = time.monotonic()
    underruns, lost = output.clock.underruns, output.clock.lost
    time.sleep(SECONDS)
    with lock:
        position, at = output.position()
    found = {"seconds": SECONDS, "underruns": output.clock.underruns - underruns, "lost": output.clock.lost - lost}
    found |= {"behind": at - begun - position, "milliseconds": output.milliseconds}
    output.close()
    return found


def trio(bars: int) -> Song:
    """Piano chords, a bass and drums: about thirty voices at once."""
    piano, bass, drums = [], [], []
    for beat in range(4 * bars):
        at = beat * PPQ
        piano += [Note(at + PPQ * 2 // 3, PPQ, pitch + beat % 5, 70 + beat % 20, 0) for pitch in (52, 58, 62, 65, 69)]
        bass.append(Note(at, PPQ - 20, 36 + (beat * 5) % 12, 90, 1))
        drums += [Note(at + part, 60, pitch, 80, 9) for part, pitch in ((0, 51), (0, 36), (320, 51), (0, 42))]
    tracks = [Track("Piano", Notes.of(piano), program=0), Track("Bass", Notes.of(bass), channel=1, program=32)]
    return Song(PPQ, (*tracks, Track("Drums", Notes.of(drums), channel=9)))


def _rendering() -> None:
    for path in sorted((resources() / "songs").glob("*.mid")):
        with tempfile.TemporaryDirectory() as folder:
            song, sound = read_song(path).song, Path(folder) / "song.wav"
            ours = cpu_seconds(lambda: render_sound(song, sound))  # noqa: B023 - called at once
            with wave.open(str(sound)) as made:
                seconds = made.getnframes() / made.getframerate()
            print(f"rendering {seconds:3.0f} s of {path.stem:<12} {seconds / ours:5.1f} times real time", end="")
            if shutil.which("fluidsynth"):
                theirs = _cpu_of(["fluidsynth", "-ni", "-F", str(sound), str(_font()), str(path)])
                print(f", FluidSynth {seconds / theirs:5.1f}; ratio {theirs / ours:.2f}", end="")
            print(flush=True)


def _font() -> Path:
    return resources() / "soundfont" / "FluidR3Mono_GM.sf3"


def _cpu_of(command: list[str]) -> float:
    """Processor seconds of a program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    print(json.dumps(play(sys.argv[1] == "hurried")))
