"""`ports`, `play` and `render`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest

from jazzassist.playback.names import BUILT_IN, SILENT
from tests.cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0


def messages(path: Path) -> list[bytes]:
    """Return the messages sent to a recording output."""
    return [bytes.fromhex(json.loads(line)["data"]) for line in path.read_text().splitlines()]


def test_the_outputs_are_listed(run: Run) -> None:
    names = run("ports", "--json").json["outputs"]
    assert {BUILT_IN, SILENT} <= set(names)
    assert run("ports").out.splitlines() == names


def test_playing_from_one_bar_to_another(run: Run, song_path: Path, tmp_path: Path) -> None:
    record = tmp_path / "sent.jsonl"
    ended = run("play", song_path, "--from", 3, "--to", "3:2", "--port", f"record:{record}")
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    sent = messages(record)
    starts = [data[1] for data in sent if data[0] == 0x92 and data[2]]
    assert starts == [60 + at * 7 % 12 for at in (16, 17)]
    assert b"\xc2\x41" in sent
    assert [data for data in sent if data[0] >> 4 == 9]


def test_ctrl_c_ends_playing_and_what_sounds(song_path: Path, tmp_path: Path) -> None:
    record = tmp_path / "sent.jsonl"
    words = [sys.executable, "-m", "jazzassist", "play", str(song_path), "--port", f"record:{record}"]
    # A shell that runs the tests in the background has them ignore Ctrl+C, which a child inherits.
    heed = (lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) if os.name == "posix" else None
    process = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, preexec_fn=heed)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and not (record.exists() and len(messages(record)) > 20):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (130, b"")
    sounding: set[tuple[int, int]] = set()
    for data in messages(record):
        key = (data[0] & 15, data[1])
        if data[0] >> 4 == 9 and data[2]:
            sounding.add(key)
        elif data[0] >> 4 in (8, 9):
            sounding.discard(key)
        elif data[0] >> 4 == 0xB and data[1] in (120, 123):
            sounding = {other for other in sounding if other[0] != key[0]}
    assert not sounding


def test_an_output_that_is_not_there(run: Run, song_path: Path) -> None:
    ended = run("play", song_path, "--port", "Flugelhorn 7")
    assert ended.status == 2
    assert ended.sentence.startswith("There is no output Flugelhorn 7. Available: Built-in synth")


def test_a_bar_that_is_not_there_is_not_played(run: Run, song_path: Path) -> None:
    ended = run("play", song_path, "--from", 40)
    assert ended.status == 2
    assert ended.sentence == f"{song_path} has 16 bars, so there is no bar 40."
    assert run("play", song_path, "--from", 4, "--to", 4).status == 2


def test_a_song_without_notes_is_not_played(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bare.mid"
    path.write_bytes(bytes.fromhex("4d546864000000060000000100604d54726b0000000400ff2f00"))
    ended = run("play", path)
    assert ended.status == 1
    assert ended.sentence == f"{path} has no notes to play."


def test_a_song_as_sound(run: Run, song_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "song.wav"
    assert run("render", song_path, out).status == 0
    with wave.open(str(out)) as sound:
        assert sound.getnframes() / sound.getframerate() > 25.5


def test_a_song_as_flac(run: Run, song_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "song.flac"
    assert run("render", song_path, out).status == 0
    assert out.read_bytes()[:4] == b"fLaC"


@pytest.mark.parametrize("name", ["song.mp3", "song"])
def test_sound_of_an_unknown_kind_is_refused(run: Run, song_path: Path, tmp_path: Path, name: str) -> None:
    ended = run("render", song_path, tmp_path / name)
    assert ended.status == 2
    assert "its name must end in one of .wav and .flac" in ended.sentence
    assert not (tmp_path / name).exists()


def test_sound_is_not_written_over_the_song(run: Run, song_path: Path) -> None:
    before = song_path.read_bytes()
    ended = run("render", song_path, song_path)
    assert ended.status == 2
    assert "is the song itself" in ended.sentence
    assert song_path.read_bytes() == before


def test_sound_that_cannot_be_written(run: Run, song_path: Path, tmp_path: Path) -> None:
    ended = run("render", song_path, tmp_path / "none" / "song.wav")
    assert ended.status == 1
    assert "cannot be written" in ended.sentence


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no device that is always full")
def test_sound_on_a_full_disk(run: Run, song_path: Path) -> None:
    ended = run("render", song_path, "/dev/full")
    assert ended.status == 1
    assert "/dev/full cannot be written" in ended.sentence
