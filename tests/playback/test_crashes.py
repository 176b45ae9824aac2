"""A player that dies: its output is silenced, the reason is reported, and it can be started again."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jazzassist.playback import silencer
from jazzassist.playback import transport as handle
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.transport import SILENT, Transport
from tests.playback.songs import PPQ, begins, chord_song, sounding
from tests.playback.waiting import notices_until, recorded, wait_until

LONG = build_schedule(chord_song(bars=60), 0, 240 * PPQ)
Opener = Callable[[str], Transport]


@pytest.fixture
def opened() -> Iterator[Opener]:
    made: list[Transport] = []

    def make(output: str) -> Transport:
        made.append(Transport(output))
        return made[-1]

    yield make
    for transport in made:
        transport.close()


def dying(tmp_path: Path) -> str:
    """A program that stands in for Python and exits with a traceback."""
    path = tmp_path / "dies"
    path.write_text(
        "#!/bin/sh\necho 'Traceback (most recent call last):' >&2\necho 'OSError: no such horn' >&2\nexit 3\n"
    )
    path.chmod(0o755)
    return str(path)


def test_the_silencer_ends_all_notes_and_begins_with_what_ends_them_at_once(tmp_path: Path) -> None:
    tape = tmp_path / "tape.jsonl"
    assert silencer.main(f"record:{tape}") == 0
    sent = recorded(tape)
    assert {bytes((0xB0 | channel, 120, 0)) for channel in range(16)} <= set(sent[:48])
    assert {bytes((0x80 | channel, pitch, 64)) for channel in range(16) for pitch in range(128)} <= set(sent)


def test_the_silencer_says_when_there_is_no_such_output() -> None:
    assert silencer.main("Theremin of Nowhere") == 1


def test_the_silencer_imports_nothing_large() -> None:
    code = "import sys, jazzassist.playback.silencer; print([m for m in ('numpy', 'miniaudio') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_silencer_ends_with_its_input_and_touches_nothing() -> None:
    command = [sys.executable, "-m", "jazzassist.playback.silencer"]
    assert subprocess.run(command, stdin=subprocess.DEVNULL, check=True).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is for POSIX")
def test_silence_after_a_crash_does_not_wait_for_another_player(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = tmp_path / "tape.jsonl"
    transport = opened(f"record:{tape}")
    transport.play(LONG)
    wait_until(lambda: len(sounding(recorded(tape))) >= 3, "a chord")
    monkeypatch.setattr(Transport, "_start", lambda self, *options: None)
    process = transport.process_id
    assert process is not None
    os.kill(process, signal.SIGKILL)
    wait_until(lambda: b"\x8f\x7f\x40" in recorded(tape), "every note-off")
    assert not sounding(recorded(tape))
    monkeypatch.undo()


@pytest.mark.skipif(sys.platform == "win32", reason="the program that dies is a shell script")
def test_a_player_that_was_given_up_says_why_does_not_seem_to_play_and_comes_back(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR, "jazzassist"):
        broken.setattr(sys, "executable", dying(tmp_path))
        transport = opened(SILENT)
        notice = notices_until(transport, handle.GIVEN_UP)[-1]
        assert notice.endswith("(OSError: no such horn)")
        assert "Traceback" in caplog.text
        transport.play(LONG)
        notices_until(transport, handle.GIVEN_UP)
        assert not transport.playing
    tape = tmp_path / "tape.jsonl"
    transport.set_output(f"record:{tape}")
    transport.play(LONG)
    wait_until(lambda: begins(recorded(tape)), "notes")
    assert transport.playing


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is for POSIX")
def test_the_signal_that_ended_a_player_is_told(opened: Opener) -> None:
    transport = opened(SILENT)
    wait_until(lambda: transport.process_id, "the player")
    assert transport.process_id is not None
    os.kill(transport.process_id, signal.SIGKILL)
    assert notices_until(transport, handle.RESTARTED)[-1].endswith("(ended by signal 9)")


@pytest.mark.skipif(os.name != "posix", reason="a process is held by a signal here")
def test_a_player_that_was_held_goes_on_without_a_heap_of_notes(opened: Opener, tmp_path: Path) -> None:
    from jazzassist.playback.recorder import read_recording
    from tests.playback.songs import line, song

    tape = tmp_path / "tape.jsonl"
    transport = opened(f"record:{tape}")
    made = song(line([60 + i % 12 for i in range(400)], step=PPQ // 24, length=PPQ // 48))
    transport.play(build_schedule(made, 0, made.music_end))
    wait_until(lambda: len(begins(recorded(tape))) > 20, "notes")
    assert transport.process_id is not None
    os.kill(transport.process_id, signal.SIGSTOP)
    time.sleep(2.0)
    os.kill(transport.process_id, signal.SIGCONT)
    wait_until(lambda: not transport.playing, "the end")
    ons = [at for at, data in read_recording(tape) if data[0] == 0x90]
    assert len(ons) == 400
    assert max(sum(1 for other in ons if at <= other < at + 0.05) for at in ons) < 40
