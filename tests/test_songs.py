"""The demo songs: readable, multi-track, with empty bars that ask for a bridge, in the range of their instruments."""

from __future__ import annotations

import pytest

from jazzassist.domain.song import Song
from jazzassist.midi.files import read_song
from jazzassist.paths import resources

SOUNDING = {"Tenor Sax": (44, 76), "Flute": (59, 96), "Bass": (28, 60), "Piano": (21, 108)}


@pytest.fixture(params=["blue-lamp", "river-waltz"])
def song(request: pytest.FixtureRequest) -> Song:
    opened = read_song(resources() / "songs" / f"{request.param}.mid")
    assert opened.warnings == ()
    return opened.song


def test_it_has_four_instruments_with_names(song: Song) -> None:
    assert [track.name for track in song.tracks if len(track.notes)][1:] == ["Piano", "Bass", "Drums"]


def test_its_notes_lie_in_the_range_of_their_instruments(song: Song) -> None:
    for track in song.tracks:
        if track.name in SOUNDING and len(track.notes):
            low, high = SOUNDING[track.name]
            assert low <= track.notes.pitch.min() <= track.notes.pitch.max() <= high, track.name


@pytest.mark.parametrize(("name", "first"), [("blue-lamp", 13), ("river-waltz", 21)])
def test_four_bars_of_its_melody_are_empty_between_notes(name: str, first: int) -> None:
    song = read_song(resources() / "songs" / f"{name}.mid").song
    melody, meters = song.tracks[1].notes, song.meter_map
    start, end = meters.bar_start(first), meters.bar_start(first + 4)
    assert not len(melody.starting_in(start, end))
    assert len(melody.starting_in(0, start)) >= 16
    assert len(melody.starting_in(end, song.end)) >= 16
