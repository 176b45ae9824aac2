"""Files with very many tracks are read and saved in linear time, or refused immediately."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jazzassist.domain.song import Song, Track
from jazzassist.midi.files import MidiFileError, read_song, song_bytes, write_song
from tests.midi.any_bytes import opened, with_note
from tests.midi.odd_files import chunk, header

EMPTY = chunk("00 ff 2f 00")


def file_of(tracks: int, counted: int | None = None) -> bytes:
    head = header(1)
    return head[:10] + (tracks if counted is None else counted).to_bytes(2, "big") + head[12:] + EMPTY * tracks


def seconds(work: Callable[[], object]) -> float:
    """Processor time of the fastest of three runs."""
    times = []
    for _ in range(3):
        before = time.process_time()
        work()
        times.append(time.process_time() - before)
    return min(times)


@pytest.mark.parametrize("edit", [False, True], ids=["unedited", "edited"])
def test_saving_grows_with_the_number_of_tracks(edit: bool) -> None:
    few, many = (opened(file_of(count))[0] for count in (1000, 8000))
    if edit:
        few, many = with_note(few), with_note(many)
    assert seconds(lambda: song_bytes(many)) < 40 * max(seconds(lambda: song_bytes(few)), 0.001)  # 64 if quadratic


def test_reading_grows_with_the_number_of_tracks() -> None:
    assert seconds(lambda: opened(file_of(2000))) < 40 * seconds(lambda: opened(file_of(250)))  # 64 if quadratic


@pytest.mark.parametrize(
    "data", [file_of(65_536, 65_535), header(1) + b"MTrk" * 100_000], ids=["empty tracks", "names"]
)
def test_more_tracks_than_a_file_can_count_are_refused_in_one_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "many.mid"
    path.write_bytes(data)
    with pytest.raises(MidiFileError) as caught:
        read_song(path)
    assert str(caught.value) == f"{path} has more than 65,535 tracks, the maximum of a MIDI file."


def test_song_of_too_many_tracks_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "many.mid"
    with pytest.raises(MidiFileError) as caught:
        write_song(Song(480, (Track("Line"),) * 65_536), path)
    assert str(caught.value) == f"{path} was not saved: it has 65,536 tracks, and a MIDI file holds at most 65,535."
    assert not path.exists()
