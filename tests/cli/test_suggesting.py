"""`bridge` and `continue`: their output, the files they write, and messages for bad input."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jazzassist import paths
from jazzassist.domain import edits
from jazzassist.domain.familiar import NOTE, UNFAMILIAR
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Event, Note, Song
from jazzassist.domain.suggestion import MOST_ALTERNATIVES, Controls, Suggestion, bridge_request
from jazzassist.midi.files import read_song, write_song
from jazzassist.suggest.asking import answer
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.suggest.protocol import Suggested, decode_reply, encode_ask, suggestion_to_dict
from jazzassist.terminal import suggesting
from jazzassist.terminal.suggesting import unmeant_changes
from tests.cli.conftest import Run
from tests.cli.songs import BAR, song, song_file

MARKOV = ("--checkpoint", "markov")
GAP = ("--track", 2, "--from", 9, "--to", 13, *MARKOV)
SEED = (*GAP, "--length", 2)


def chunks(path: Path) -> list[bytes]:
    """The track chunks of a file, as bytes."""
    data, found, at = path.read_bytes(), [], 14
    while at < len(data):
        size = 8 + int.from_bytes(data[at + 4 : at + 8], "big")
        found.append(data[at : at + size])
        at += size
    return found


def test_a_bridge_is_printed_as_one_object(run: Run, song_path: Path) -> None:
    ended = run("bridge", song_path, *GAP, "--json")
    assert ended.status == 0
    assert set(ended.json) == {"suggestions", "note", "inserted", "changes"}
    assert ended.json["note"] == ""
    assert len(ended.json["suggestions"]) == 4
    assert ended.json["inserted"] is None
    assert ended.json["changes"] == {"tracks": [{"track": 2, "added": 0, "removed": 0}], "other": 0}
    for suggestion in ended.json["suggestions"]:
        assert set(suggestion) == {"parts", "receipt"}
        (part,) = suggestion["parts"]
        assert set(part) == {"track", "notes", "scores", "landing"}
        assert part["track"] == 2
        for note in part["notes"]:
            assert set(note) == {"start", "duration", "pitch", "velocity", "channel"}
            assert 8 * BAR <= note["start"] < note["start"] + note["duration"] <= 12 * BAR
            assert note["channel"] == 2


def test_the_terminal_gives_the_notes_that_the_same_request_gets_elsewhere(run: Run, song_path: Path) -> None:
    request = bridge_request(read_song(song_path).song, Gap((1,), 8 * BAR, 12 * BAR), Controls(20), 3, 11)
    elsewhere = answer(MarkovSuggester(), request, lambda share: None, lambda: False)
    ended = run("bridge", song_path, *GAP, "--alternatives", 3, "--rng-seed", 11, "--adventurous", 20, "--json")
    assert ended.json["suggestions"] == [suggestion_to_dict(suggestion) for suggestion in elsewhere]
    assert [s["receipt"]["index"] for s in ended.json["suggestions"]] == [0, 1, 2]


def test_an_unfamiliar_seed_is_said_above_the_suggestions(
    run: Run, song_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strange(*asked: Any) -> list[Suggestion]:
        found = answer(*asked)
        parts = ((replace(part, scores={**part.scores, UNFAMILIAR: 1.0}) for part in one.parts) for one in found)
        return [replace(one, parts=tuple(changed)) for one, changed in zip(found, parts, strict=True)]

    monkeypatch.setattr(suggesting, "answer", strange)
    assert run("bridge", song_path, *GAP).out.splitlines()[0] == NOTE
    assert run("bridge", song_path, *GAP, "--json").json["note"] == NOTE


def test_as_many_can_be_asked_for_as_in_the_window(run: Run, song_path: Path) -> None:
    """One more is refused, see below."""
    most = ("--alternatives", MOST_ALTERNATIVES, "--insert", MOST_ALTERNATIVES, "--adventurous", 100)
    ended = run("bridge", song_path, *GAP, *most, "--out", song_path.with_name("out.mid"), "--json")
    assert len(ended.json["suggestions"]) == ended.json["inserted"] == MOST_ALTERNATIVES


def test_wishes_are_asked_for(run: Run, song_path: Path) -> None:
    numbers = ("--density", "1.5", "--register", "70", "--polyphony", "2", "--left-hand", "0.25", "--dynamics", "12")
    ended = run("bridge", song_path, *GAP, *numbers, "--motifs", "vary", "--json")
    wanted: dict[str, object] = {"adventurous": 50, "density": 1.5, "register": 70.0, "polyphony": 2.0}
    wanted |= {"left_hand": 0.25, "dynamics": 12.0, "motifs": "vary"}
    assert [found["receipt"]["controls"] for found in ended.json["suggestions"]] == [wanted] * 4


def test_an_inserted_bridge_changes_nothing_else(run: Run, song_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mid"
    ended = run("bridge", song_path, *GAP, "--insert", 2, "--out", out, "--json")
    chosen = [Note(**note) for note in ended.json["suggestions"][1]["parts"][0]["notes"]]
    assert ended.json["inserted"] == 2
    assert ended.json["changes"] == {"tracks": [{"track": 2, "added": len(chosen), "removed": 32}], "other": 0}
    before, after = read_song(song_path).song, read_song(out).song
    outside = [n for n in before.tracks[1].notes if not 8 * BAR <= n.start < 12 * BAR]
    assert sorted(after.tracks[1].notes) == sorted([*outside, *chosen])
    was, became = chunks(song_path), chunks(out)
    assert was[:1] + was[2:] == became[:1] + became[2:]


@pytest.mark.parametrize("command", ["bridge", "continue"])
def test_notes_that_are_kept_stay_as_they_are(run: Run, song_path: Path, tmp_path: Path, command: str) -> None:
    """Every second note of the gap is taken out first, so that there is something to write."""
    song = read_song(song_path).song
    notes = song.tracks[1].notes
    thin = tmp_path / "thin.mid"
    first, last = (8 * BAR, 12 * BAR) if command == "bridge" else (12 * BAR, 14 * BAR)
    gone = (notes.start % (BAR // 2) > 0) & (first <= notes.start) & (notes.start < last)
    write_song(edits.remove(song, 1, np.flatnonzero(gone)), thin)
    before, out = read_song(thin).song.tracks[1].notes, tmp_path / "out.mid"
    ended = run(command, thin, *(GAP if command == "bridge" else SEED), "--keep-notes", "--out", out, "--json")
    assert ended.status == 0
    added = ended.json["changes"]["tracks"][0]["added"]
    assert added > 0 and ended.json["changes"] == {"tracks": [{"track": 2, "added": added, "removed": 0}], "other": 0}
    after = read_song(out).song.tracks[1].notes
    kept = {(*note, int(release)) for note, release in zip(after, after.release, strict=True)}
    assert {(*note, int(release)) for note, release in zip(before, before.release, strict=True)} <= kept
    assert len(after) == len(before) + added


def test_out_alone_inserts_the_first(run: Run, song_path: Path, tmp_path: Path) -> None:
    ended = run("bridge", song_path, *GAP, "--out", tmp_path / "out.mid", "--json")
    assert ended.json["inserted"] == 1
    assert ended.json["changes"]["tracks"][0]["added"] == len(ended.json["suggestions"][0]["parts"][0]["notes"])


def test_a_continuation_starts_where_its_seed_ends(run: Run, song_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mid"
    ended = run("continue", song_path, *SEED, "--json", "--out", out)
    for suggestion in ended.json["suggestions"]:
        starts = [note["start"] for note in suggestion["parts"][0]["notes"]]
        assert 12 * BAR <= min(starts) <= max(starts) < 14 * BAR
        assert suggestion["receipt"]["kind"] == "continuation"
    assert ended.json["changes"]["other"] == 0
    assert ended.json["changes"]["tracks"][0]["removed"] == 16


def test_a_continuation_may_go_beyond_the_end_of_the_song(run: Run, song_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mid"
    words = ("--track", "Tune", "--from", 13, "--to", 17, "--length", "2:2", *MARKOV)
    ended = run("continue", song_path, *words, "--out", out, "--json")
    assert ended.status == 0
    assert ended.json["changes"]["other"] == 0
    assert 16 * BAR < read_song(out).song.last_note_end <= 18 * BAR + 960


def test_lengths_in_beats(run: Run, song_path: Path) -> None:
    ended = run("continue", song_path, *GAP, "--length", "0:3", "--json")
    found = [part for suggestion in ended.json["suggestions"] for part in suggestion["parts"]]
    ends = [note["start"] + note["duration"] for part in found for note in part["notes"]]
    assert 12 * BAR + 960 < max(ends) <= 12 * BAR + 3 * 480


def test_a_bridge_may_reach_to_the_end_of_the_song(run: Run, song_path: Path) -> None:
    assert run("bridge", song_path, "--track", 2, "--from", 15, "--to", 17, *MARKOV).status == 0


def test_in_words_there_is_a_line_for_each_and_one_for_the_file(run: Run, song_path: Path, tmp_path: Path) -> None:
    ended = run("bridge", song_path, *GAP, "--out", tmp_path / "out.mid")
    lines = ended.out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3", "4", "Number"]
    assert "; resolves " in lines[0]
    assert lines[-1].endswith("32 removed; nothing else changed.")


@pytest.mark.parametrize("named", ["2", "Tune", "TUNE", "tu"])
def test_a_track_by_number_name_or_beginning(run: Run, song_path: Path, named: str) -> None:
    ended = run("bridge", song_path, "--track", named, "--from", 9, "--to", 13, *MARKOV, "--json")
    assert ended.json["changes"]["tracks"][0]["track"] == 2


TRACKS = "1 Conductor, 2 Tune, 3 Walking Bass, 4 Drums, 5 Tacet"


@pytest.mark.parametrize("named", ["0", "6", "-1", "Sax", "", "b"])
def test_a_track_that_is_not_there(run: Run, song_path: Path, named: str) -> None:
    ended = run("bridge", song_path, f"--track={named}", "--from", 9, "--to", 13, *MARKOV)
    assert ended.status == 2
    assert ended.sentence == f"{song_path} has no track {named}. Its tracks: {TRACKS}."


def test_a_beginning_that_two_tracks_have(run: Run, song_path: Path) -> None:
    ended = run("bridge", song_path, "--track", "T", "--from", 9, "--to", 13, *MARKOV)
    assert ended.status == 2
    assert "has several tracks T" in ended.sentence


@pytest.mark.parametrize(("start", "end", "missing"), [(17, 18, 17), (9, 18, 18), (9, "17:2", 17), (99, 100, 99)])
def test_a_bar_beyond_the_end(run: Run, song_path: Path, start: object, end: object, missing: int) -> None:
    ended = run("bridge", song_path, "--track", 2, "--from", start, "--to", end, *MARKOV)
    assert ended.status == 2
    assert ended.sentence == f"{song_path} has 16 bars, so there is no bar {missing}."


@pytest.mark.parametrize(("command", "what"), [("bridge", "gap"), ("continue", "seed")])
@pytest.mark.parametrize(("start", "end"), [(9, 9), (9, 8), ("9:2", "9:2")])
def test_a_length_of_zero(run: Run, song_path: Path, command: str, what: str, start: object, end: object) -> None:
    words = ("--length", 1) if command == "continue" else ()
    ended = run(command, song_path, "--track", 2, "--from", start, "--to", end, *words, *MARKOV)
    assert ended.status == 2
    assert ended.sentence == f"From {start} to {end} the {what} has no length."


def test_a_beat_that_the_bar_does_not_have(run: Run, song_path: Path) -> None:
    ended = run("bridge", song_path, "--track", 2, "--from", "9:5", "--to", 13, *MARKOV)
    assert ended.status == 2
    assert "bar 9 has no beat 5" in ended.sentence


@pytest.mark.parametrize(
    "words",
    [
        ("--from", "x"), ("--from", "0"), ("--from", "9:0"), ("--from", "-1"), ("--to", "9.5"), ("--alternatives", "0"),
        ("--alternatives", "33"), ("--rng-seed", "-1"), ("--adventurous", "101"), ("--adventurous", "lots"),
        ("--density", "0"), ("--density", "many"), ("--register", "128"), ("--polyphony", "0.5"), ("--register", "nan"),
        ("--left-hand", "1.5"), ("--dynamics", "-1"),
        ("--insert", "0"), ("--nonsense",), ("--length", "1"),
    ],
    ids="=".join,
)  # fmt: skip
def test_words_that_mean_nothing(run: Run, song_path: Path, words: tuple[str, ...]) -> None:
    ended = run("bridge", song_path, *GAP, *words)
    assert ended.status == 2
    assert "jazzassist bridge: error:" in ended.err or "jazzassist: error:" in ended.err
    assert not ended.out


@pytest.mark.parametrize("length", ["0", "0:0", "x", "-1", "1:2:3"])
def test_a_continuation_needs_a_length(run: Run, song_path: Path, length: str) -> None:
    assert run("continue", song_path, *GAP, f"--length={length}").status == 2
    assert run("continue", song_path, *GAP).status == 2


def test_insert_needs_a_file_to_write(run: Run, song_path: Path) -> None:
    ended = run("bridge", song_path, *GAP, "--insert", 1)
    assert ended.status == 2
    assert ended.sentence == "--insert needs --out, the file to write."


def test_insert_cannot_be_more_than_is_asked_for(run: Run, song_path: Path, tmp_path: Path) -> None:
    ended = run("bridge", song_path, *GAP, "--insert", 5, "--out", tmp_path / "out.mid")
    assert ended.status == 2
    assert "--insert 5" in ended.sentence


def test_fewer_found_than_the_one_to_insert(run: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "one.mid", tmp_path / "out.mid"
    path.write_bytes(bytes.fromhex("4d54686400000006000100010060 4d54726b0000000d 00903c50 60803c40 83 60 ff2f00"))
    ended = run("bridge", path, "--track", 1, "--from", "1:2", "--to", "1:3", *MARKOV, "--insert", 4, "--out", out)
    assert ended.status == 4
    assert ended.sentence == "Only 1 were found, so number 4 cannot be inserted."
    assert not out.exists()


@pytest.mark.parametrize("track", ["1", "Tacet"])
def test_a_track_without_a_note_has_nothing_to_start_from(run: Run, song_path: Path, track: str) -> None:
    for command, more in (("bridge", ()), ("continue", ("--length", 1))):
        ended = run(command, song_path, "--track", track, "--from", 9, "--to", 13, *more, *MARKOV)
        assert ended.status == 4
        assert "has no note" in ended.sentence


def test_a_checkpoint_that_is_missing_is_named(run: Run, song_path: Path, tmp_path: Path) -> None:
    ended = run("bridge", song_path, *GAP, "--checkpoint", tmp_path / "nowhere")
    assert ended.status == 4
    assert "nowhere" in ended.sentence


def test_a_checkpoint_that_is_damaged_is_named(run: Run, song_path: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    ended = run("bridge", song_path, *GAP, "--checkpoint", tmp_path)
    assert ended.status == 4
    assert "config.json is damaged" in ended.sentence


def test_a_checkpoint_of_another_version_is_named(run: Run, song_path: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"name": "old", "encoding_version": -1, "network": {}}')
    ended = run("bridge", song_path, *GAP, "--checkpoint", tmp_path)
    assert ended.status == 4
    assert "version -1" in ended.sentence


def test_a_folder_that_is_not_there_cannot_be_written_to(run: Run, song_path: Path, tmp_path: Path) -> None:
    ended = run("bridge", song_path, *GAP, "--out", tmp_path / "none" / "out.mid")
    assert ended.status == 1
    assert ended.sentence.endswith("was not saved: there is no such file or folder.")


def test_a_full_disk_leaves_the_song_as_it_was(run: Run, song_path: Path, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    before, limit = song_path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, limit[1]))  # like a disk with 64 free bytes
    try:
        ended = run("bridge", song_path, *GAP, "--out", song_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert ended.status == 1
    assert "was not saved" in ended.sentence
    assert song_path.read_bytes() == before
    assert os.listdir(tmp_path) == ["song.mid"]


def test_a_damaged_file_is_not_written_over(run: Run, song_path: Path, tmp_path: Path) -> None:
    damaged = song_path.read_bytes()[:-20]
    song_path.write_bytes(damaged)
    ended = run("bridge", song_path, *GAP, "--out", song_path)
    assert ended.status == 2
    assert "is damaged and is not overwritten" in ended.err
    assert song_path.read_bytes() == damaged
    elsewhere = run("bridge", song_path, *GAP, "--out", tmp_path / "out.mid")
    assert elsewhere.status == 0
    assert song_path.name in elsewhere.err


def test_an_undamaged_file_may_be_written_over(run: Run, song_path: Path) -> None:
    ended = run("bridge", song_path, *GAP, "--out", song_path, "--json")
    assert ended.json["changes"]["other"] == 0
    assert len(read_song(song_path).song.tracks[1].notes) == 128 - 32 + ended.json["changes"]["tracks"][0]["added"]


def test_changes_that_were_not_meant_are_counted(tmp_path: Path) -> None:
    before = read_song(song_file(tmp_path)).song
    after = song().tracks

    def count(*tracks: object) -> int:
        return unmeant_changes(before, Song(480, tracks), {1: before.tracks[1]})  # type: ignore[arg-type]

    assert count(*before.tracks) == 0
    assert count(*before.tracks[:4]) == 1
    assert count(*before.tracks[:2], after[3], *before.tracks[3:]) > 0
    assert count(before.tracks[0], after[2], *before.tracks[2:]) > 0


@pytest.mark.skipif(not (paths.default_checkpoint() / "config.json").exists(), reason="no checkpoint is shipped here")
def test_the_shipped_network_gives_the_same_notes_in_the_terminal_and_in_the_worker(run: Run, song_path: Path) -> None:
    request = bridge_request(read_song(song_path).song, Gap((1,), 8 * BAR, 12 * BAR), Controls(), 4, 5)
    ended = run("bridge", song_path, "--track", 2, "--from", 9, "--to", 13, "--rng-seed", 5, "--json")
    words = [sys.executable, "-m", "jazzassist.suggest.worker"]
    with subprocess.Popen(words, cwd=paths.PACKAGE.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(encode_ask(1, request).encode())
        worker.stdin.flush()
        replies = map(decode_reply, worker.stdout)
        found = next(reply.suggestions for reply in replies if isinstance(reply, Suggested))
        worker.stdin.close()
    assert ended.json["suggestions"] == [suggestion_to_dict(suggestion) for suggestion in found]
    assert len(found) == 4


@pytest.mark.parametrize("spelled", ["song.mid", "sub/../song.mid"])
@pytest.mark.parametrize("change", ["changed", "deleted"])
def test_the_song_itself_is_only_written_over_as_it_was_read(
    run: Run, song_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, spelled: str
) -> None:
    (song_path.parent / "sub").mkdir()

    def meanwhile(*words: object) -> list[Suggestion]:
        song_path.unlink() if change == "deleted" else song_path.write_bytes(b"theirs")
        return answer(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(suggesting, "answer", meanwhile)
    ended = run("bridge", song_path, *GAP, "--out", song_path.parent / spelled)
    assert ended.status == 1
    assert f"another program has {change} it since it was read" in ended.sentence
    assert song_path.exists() == (change == "changed")
    assert not song_path.exists() or song_path.read_bytes() == b"theirs"


def test_the_song_itself_may_be_written_over(run: Run, song_path: Path) -> None:
    assert run("bridge", song_path, *GAP, "--out", song_path).status == 0
    assert run("bridge", song_path, *GAP, "--out", song_path).status == 0


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX systems")
def test_what_the_written_file_lost_is_reported(run: Run, song_path: Path) -> None:
    song_path.with_name("other.mid").hardlink_to(song_path)
    ended = run("bridge", song_path, *GAP, "--out", song_path)
    assert ended.status == 0
    assert "another name (a hard link) still holds the earlier version" in ended.err


def test_the_pedal_of_a_suggestion_is_meant(run: Run, tmp_path: Path) -> None:
    before = song()
    line = before.tracks[1]
    feet = [
        Event(at * BAR + offset, bytes((0xB0 | line.channel, 64, value)))
        for at in range(16)
        for offset, value in ((20, 127), (BAR - 40, 0))
    ]
    events = tuple(sorted((*line.events, *feet), key=lambda event: event.tick))
    path = tmp_path / "pedal.mid"
    write_song(before.with_track(1, replace(line, events=events)), path)
    ended = run("bridge", path, *GAP, "--out", tmp_path / "out.mid", "--json")
    assert ended.json["changes"]["other"] == 0
    made = read_song(tmp_path / "out.mid").song.tracks[1]
    pedals = [event for event in made.events if event.data[1:2] == b"\x40" and 8 * BAR <= event.tick < 12 * BAR]
    assert [event.data[2] for event in pedals] == [127, 0] * (len(pedals) // 2) != []
