"""A JACK server without a sound card, and FluidSynth writing to a file: end-to-end MIDI tests on any Linux system."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_SECONDS = 30.0
PROGRAMS = ("jackd", "jack_lsp", "jack_rec", "fluidsynth")
_HEADER_BYTES = 44  # of a WAV file
_RECORDER_FRAMES = 1 << 18  # that the recorder can be behind: five seconds
MISSING = [program for program in PROGRAMS if shutil.which(program) is None]


@contextmanager
def jack_server(folder: Path, *, sync: bool = True, period: int = 256, rate: int = 48000) -> Iterator[None]:
    """Start a separate server with the dummy driver, for this process and those that it starts.

    With `sync` no message is lost or doubled, but a killed client blocks new ones for seconds.
    """
    name = f"jazzassist{os.getpid()}-{time.monotonic_ns() % 1_000_000}"
    settings = {"JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1", "JACK_NO_AUDIO_RESERVATION": "1"}
    before = {key: os.environ.get(key) for key in settings}
    os.environ |= settings
    options = ["--no-realtime", *(["--sync"] if sync else []), "--timeout", "2000", "--name", name]
    driver = ["-d", "dummy", "-r", str(rate), "-p", str(period)]
    with (folder / "jackd.log").open("wb") as log:
        server = subprocess.Popen(["jackd", *options, *driver], stdout=log, stderr=log)
        try:
            _wait_for(lambda: _ports() is not None, server)
            yield
        finally:
            server.terminate()
            server.wait(PATIENCE_SECONDS)
            for key, value in before.items():
                os.environ.pop(key, None)
                if value is not None:
                    os.environ[key] = value


@contextmanager
def fluidsynth(font: Path, sound: Path, name: str = "fsyn", rate: int = 48000) -> Iterator[str]:
    """Start FluidSynth, which renders what its JACK MIDI port (whose name is yielded) receives to the WAV file."""
    settings = {
        "audio.file.name": str(sound),
        "audio.file.type": "wav",
        "audio.file.format": "s16",
        "midi.jack.id": name,
    }
    options = [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]
    command = ["fluidsynth", "-q", "-a", "file", "-m", "jack", *options, "-R", "0", "-C", "0", "-g", "0.8"]
    silent = subprocess.DEVNULL
    command += ["-r", str(rate), str(font)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=silent, stderr=silent) as synth:
        port = f"{name}:midi_00"
        try:
            _wait_for(lambda: port in (_ports() or []), synth)
            yield port
        finally:
            assert synth.stdin is not None
            synth.stdin.write(b"quit\n")  # after a signal, the file would lack its length
            synth.stdin.close()
            synth.wait(PATIENCE_SECONDS)


@contextmanager
def recorder(sources: tuple[str, ...], sound: Path, seconds: int) -> Iterator[None]:
    """Record ports to the WAV file `sound`: entered when frames arrive there, left when it is complete.

    Raises RuntimeError if the body takes longer than the recording.
    """
    _wait_for(lambda: set(sources) <= set(_ports() or []), None)
    sound.unlink(missing_ok=True)
    size = ["-d", str(seconds), "-b", "16", "-B", str(_RECORDER_FRAMES)]
    command = ["jack_rec", "-f", str(sound), *size, *sources]
    log = sound.with_suffix(".log")
    with log.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said) as program:
        _wait_for(lambda: sound.exists() and sound.stat().st_size > _HEADER_BYTES, program, log)
        yield
        if program.poll() is not None:
            raise RuntimeError("the recording ended before what was to be recorded")
        program.wait(PATIENCE_SECONDS)


def lost_time(folder: Path) -> int:
    """How often the server in `folder` has been late so far: each time it gives its clients less sound than time."""
    return (folder / "jackd.log").read_bytes().count(b"XRun")


def _ports() -> list[str] | None:
    """Return the ports of the current server, None if it does not respond."""
    answer = subprocess.run(["jack_lsp"], capture_output=True, text=True, check=False)
    return answer.stdout.split("\n") if answer.returncode == 0 else None


def _wait_for(ready: Callable[[], bool], process: subprocess.Popen[bytes] | None, log: Path | None = None) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ready():
        ended = process is not None and process.poll() is not None
        if ended or time.monotonic() > deadline:
            said = "" if log is None else ": " + log.read_text()
            raise RuntimeError(f"waited in vain for {'a port' if process is None else process.args!r}{said}")
        time.sleep(0.05)
