from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from jazzassist.midi import ports, rtmidi_clients
from jazzassist.midi.ports import (
    NullPort,
    OutputPort,
    PortError,
    RecordingPort,
    open_output,
    open_virtual,
    output_names,
)


def test_recording_port_remembers_messages_and_times() -> None:
    times = iter([1.5, 2.5])
    port = RecordingPort("Record", clock=lambda: next(times))
    port.send(b"\x90\x3c\x40")
    port.send(bytearray(b"\x80\x3c\x40"))  # type: ignore[arg-type]  # what a caller may hand over all the same
    assert port.messages == [(1.5, b"\x90\x3c\x40"), (2.5, b"\x80\x3c\x40")]
    port.close()
    with pytest.raises(PortError, match="Record is closed"):
        port.send(b"\xf8")


def test_null_port_is_an_output() -> None:
    port: OutputPort = NullPort()
    port.send(b"\x90\x3c\x40")
    port.close()
    assert port.name


def test_unknown_output_is_one_sentence() -> None:
    with pytest.raises(PortError, match=r"^There is no MIDI output named Xylophone of nobody \(available: .*\)\.$"):
        open_output("Xylophone of nobody")


def test_outputs_of_one_name_are_told_apart() -> None:
    places = list(ports._distinct([(2, "Synth"), (2, "Synth"), (3, "Synth"), (3, "Other")]))
    assert [place.name for place in places] == ["Synth", "Synth (2)", "Synth (3)", "Other"]
    assert [(place.api, place.nth) for place in places] == [(2, 0), (2, 1), (3, 0), (3, 0)]


def test_alsa_output_is_found_again_under_new_numbers() -> None:
    places = list(ports._distinct([(2, "FLUID Synth:port 128:0"), (2, "FLUID Synth:other 128:1")]))
    assert ports._find("FLUID Synth:other 131:1", places) is places[1]
    with pytest.raises(PortError):
        ports._find("FLUID Synth:none 128:1", places)


WITHOUT_RTMIDI = """
    import sys
    sys.modules["rtmidi"] = sys.modules["rtmidi2"] = None
    from jazzassist.midi.ports import PortError, open_output, open_virtual, output_names
    print(output_names())
    for open_one in (open_output, open_virtual):
        try:
            open_one("x")
        except PortError as error:
            print(error)
"""


def test_rtmidi2_is_not_asked_for_a_virtual_port_in_jack() -> None:
    """An incompatible libjack would exit the process."""

    class Out:
        def __init__(self, name: str, api: int) -> None:
            self.made: list[str] = []

        def open_virtual_port(self, name: str) -> None:
            self.made.append(name)

    library = ModuleType("rtmidi2")
    vars(library)["MidiOut"] = Out
    in_jack, in_alsa = (rtmidi_clients._RtMidi2(library, api, "JazzAssist") for api in (3, 2))
    with pytest.raises(RuntimeError, match="virtual JACK ports are not supported"):
        in_jack.open_virtual("out")
    in_alsa.open_virtual("out")
    assert in_alsa._out.made == ["out"]


def test_without_rtmidi_there_are_no_outputs() -> None:
    ran = run_python(WITHOUT_RTMIDI)
    assert ran.stdout.splitlines()[:2] == ["[]", "There is no MIDI output named x (available: none)."]
    assert ran.stderr == ""


def test_importing_ports_does_not_load_rtmidi() -> None:
    assert run_python("import sys, jazzassist.midi.ports\nprint('rtmidi' in sys.modules)").stdout == "False\n"


def test_no_system_no_noise() -> None:
    """Listing the outputs prints nothing if no MIDI system is running."""
    ran = run_python("from jazzassist.midi.ports import output_names\noutput_names()", JACK_DEFAULT_SERVER="nobody")
    assert ran.stderr == ""


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def jack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A separate JACK server without a sound card."""
    if shutil.which("jackd") is None:
        pytest.skip("jackd is not installed")
    name = f"jazztest{os.getpid()}"
    for variable, value in (("DEFAULT_SERVER", name), ("NO_START_SERVER", "1"), ("NO_AUDIO_RESERVATION", "1")):
        monkeypatch.setenv(f"JACK_{variable}", value)
    command = [
        "jackd",
        "--no-realtime",
        "--sync",
        "--timeout",
        "2000",
        "--name",
        name,
        "-d",
        "dummy",
        "-r",
        "48000",
        "-p",
        "256",
    ]
    with (tmp_path / "jackd.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            wait_until(
                lambda: subprocess.run(["jack_lsp", "-s", name], capture_output=True, check=False).returncode == 0
            )
            yield server
        finally:
            server.terminate()


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@contextlib.contextmanager
def synth(name: str) -> Iterator[list[bytes]]:
    """A JACK client with one input. Yields the list of messages that arrive there."""
    rtmidi = pytest.importorskip("rtmidi")
    heard: list[bytes] = []
    client = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name=name)
    client.set_callback(lambda event, _: heard.append(bytes(event[0])))
    client.open_virtual_port("in")
    try:
        yield heard
    finally:
        client.close_port()
        client.delete()


def test_notes_reach_a_synth_over_jack(jack: subprocess.Popen[bytes]) -> None:
    assert output_names() == []
    with synth("synth") as heard:
        wait_until(lambda: "synth:in" in output_names())
        port = open_output("synth:in")
        sent = [bytes((0x90, pitch, 64)) for pitch in range(40, 60)]
        for message in sent:
            port.send(message)
        port.close()  # immediately: nothing may be lost
        port.close()
        wait_until(lambda: len(heard) == len(sent))
        assert heard == sent
        with pytest.raises(PortError, match="synth:in is closed"):
            port.send(b"\x90\x3c\x40")
    wait_until(lambda: output_names() == [])


def test_virtual_port_can_be_seen_over_jack(jack: subprocess.Popen[bytes]) -> None:
    pytest.importorskip("rtmidi")  # rtmidi2 has no virtual ports in JACK
    port = open_virtual("JazzAssist out")
    listed = subprocess.run(
        ["jack_lsp", "-s", os.environ["JACK_DEFAULT_SERVER"]], capture_output=True, text=True, check=True
    ).stdout
    port.send(b"\x90\x3c\x40")
    port.close()
    assert "JazzAssist:JazzAssist out" in listed


def test_outputs_are_gone_with_their_server(jack: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    with synth("synth"):
        wait_until(lambda: output_names() == ["synth:in"])
        monkeypatch.setenv("JACK_DEFAULT_SERVER", "nobody")
        assert output_names() == []
        with pytest.raises(PortError, match="no MIDI system is running"):
            open_virtual("x")


def test_port_outlives_its_server(jack: subprocess.Popen[bytes]) -> None:
    with synth("synth"):
        wait_until(lambda: output_names() == ["synth:in"])
        port = open_output("synth:in")
        port.send(b"\x90\x3c\x40")
        jack.terminate()
        jack.wait()
        port.send(b"\x80\x3c\x40")
        port.close()
        assert output_names() == []
