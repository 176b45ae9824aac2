"""`info`: the description of a file, and the message for one that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.songs import BAR
from tests.midi.odd_files import chunk, header


def test_a_song_as_one_object(run: Run, song_path: Path) -> None:
    ended = run("info", song_path, "--json")
    assert ended.status == 0
    found = ended.json
    assert [found[name] for name in ("format", "ppq", "bars", "damaged", "warnings")] == [1, 480, 16, False, []]
    assert found["seconds"] == 25.6
    assert found["tempi"] == [{"tick": 0, "bar": 1, "bpm": 150.0}]
    assert found["meters"] == [{"tick": 0, "bar": 1, "numerator": 4, "denominator": 4}]
    assert found["markers"] == [{"tick": 8 * BAR, "bar": 9, "text": "Bridge"}]
    assert found["tracks"][1] == {
        "number": 2, "name": "Tune", "channel": 2, "program": 65, "instrument": "Alto Sax",
        "drums": False, "notes": 128, "range": [60, 71],
    }  # fmt: skip
    assert found["tracks"][3]["drums"]
    assert found["tracks"][4]["range"] is None


def test_a_song_in_words(run: Run, song_path: Path) -> None:
    lines = run("info", song_path).out.splitlines()
    assert lines[0] == f"{song_path}: MIDI file of format 1, 480 ticks per quarter, 16 bars, 0:26"
    assert lines[2] == "  2  Tune: Alto Sax, channel 3, 128 notes, pitches 60-71"
    assert lines[6:] == ["Tempo: 150 bpm in bar 1", "Meter: 4/4 from bar 1", "Markers: Bridge in bar 9"]


def test_a_song_that_says_nothing_of_tempo_and_meter(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bare.mid"
    path.write_bytes(bytes.fromhex("4d546864000000060000000100604d54726b0000000400ff2f00"))
    ended = run("info", path)
    assert "0 bars" in ended.out
    assert "120 bpm (default)" in ended.out
    assert "4/4 (default)" in ended.out


def test_what_is_damaged_is_told(run: Run, song_path: Path) -> None:
    song_path.write_bytes(song_path.read_bytes()[:-20])
    found = run("info", song_path, "--json").json
    assert found["damaged"]
    assert found["warnings"]
    assert "Warning: song.mid" in run("info", song_path).out


def test_a_name_cannot_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "steering.mid"
    track = bytes.fromhex("00ff0306") + b"\x1b[2J\nA" + bytes.fromhex("00ff2f00")
    path.write_bytes(bytes.fromhex("4d546864000000060000000100604d54726b") + len(track).to_bytes(4, "big") + track)
    ended = run("info", path)
    assert "\x1b" not in ended.out
    assert "[2J" in ended.out


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "is empty"), (b"RIFFxxxxWAVE", "is a WAV sound, not a MIDI file"), (b"MT", "is not a MIDI file")],
)
@pytest.mark.parametrize("command", ["info", "bridge", "continue", "play", "render"])
def test_a_file_that_is_no_midi(run: Run, tmp_path: Path, command: str, content: bytes, why: str) -> None:
    path = tmp_path / "odd.mid"
    path.write_bytes(content)
    gap = ("--track", 1, "--from", 1, "--to", 2)
    more = {"bridge": gap, "continue": (*gap, "--length", 1), "render": (tmp_path / "out.wav",)}.get(command, ())
    ended = run(command, path, *more)
    assert ended.status == 3
    assert f"{path} {why}" in ended.sentence


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    ended = run("info", tmp_path / "none.mid")
    assert ended.status == 3
    assert ended.sentence == f"{tmp_path / 'none.mid'} cannot be opened: there is no such file or folder."


def test_a_folder(run: Run, tmp_path: Path) -> None:
    ended = run("info", tmp_path)
    assert ended.status == 3
    assert ended.sentence == f"{tmp_path} cannot be opened: it is a folder."


@pytest.mark.skipif(os.name != "posix", reason="this system has other permissions")
def test_a_file_that_may_not_be_read(run: Run, song_path: Path) -> None:
    song_path.chmod(0)
    user = os.geteuid()
    if user == 0:  # permissions do not apply to the administrator
        os.seteuid(65534)
    try:
        ended = run("info", song_path)
    finally:
        os.seteuid(user)
    assert ended.status == 3
    assert ended.sentence == f"{song_path} cannot be opened: there is no permission."


def test_the_parts_of_a_track_with_several_channels_have_numbers_of_their_own(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "band.mid"
    notes = "00 90 40 50 00 91 28 50 00 99 24 50 60 80 40 10 00 81 28 00 00 89 24 00 00 ff 2f 00"
    path.write_bytes(header(2, 1) + chunk("00 ff 03 04 42 61 6e 64 00 c0 42 00 c1 20 " + notes) + chunk())
    tracks = run("info", path, "--json").json["tracks"]
    assert [(track["number"], track["name"], track["channel"], track["notes"]) for track in tracks] == [
        (1, "Band - Tenor Sax", 0, 1),
        (2, "Band - Acoustic Bass", 1, 1),
        (3, "Band - Drums", 9, 1),
        (4, "Acoustic Grand Piano", 0, 1),
    ]


@pytest.mark.parametrize("command", ["info", "bridge", "play", "render"])
@pytest.mark.parametrize("exists", [True, False])
def test_the_name_of_a_file_cannot_steer_the_terminal(
    run: Run, tmp_path: Path, song_path: Path, command: str, exists: bool
) -> None:
    path = tmp_path / "\x1b[2J\x07\x9b3m.mid"
    if exists:
        path.write_bytes(song_path.read_bytes()[:-20])
    gap = ("--track", "no such track", "--from", 1, "--to", 2)
    more = {"bridge": gap, "render": (path,), "play": ("--port", "none \x1b[2J")}.get(command, ())
    ended = run(command, path, *more)
    assert not any(control in ended.out + ended.err for control in "\x1b\x07\x9b")
    assert ended.err or ended.out


def test_a_wrong_word_cannot_steer_the_terminal(run: Run, song_path: Path) -> None:
    ended = run("info", song_path, "\x1b[2J")
    assert ended.status == 2
    assert "\x1b" not in ended.err
