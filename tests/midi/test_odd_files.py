from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jazzassist.midi.files import MidiFileError, read_song, song_bytes, write_song
from tests.midi.odd_files import NOTE, ODD, PLAIN, before_note, chunk, header, one_track

SYNTHETIC = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "miditests" / "synthetic"
SAYS_MORE = {
    "hanging_note",
    "truncated_mid_track",
    "cut_inside_event",
    "realtime_bytes_in_track",
    "length_0_and_no_EOT",
    "events_after_EOT_and_length",
    "no_EOT_and_length_1_too_long",
    "uncounted_whole_track_inside_an_unfinished_one",
    "extra_track_of_a_sequencer_before_another",
    "header_without_division",
}


Save = Callable[[bytes], Path]


@pytest.fixture
def saved(tmp_path: Path) -> Save:
    def save(data: bytes) -> Path:
        path = tmp_path / "odd.mid"
        path.write_bytes(data)
        return path

    return save


@pytest.mark.parametrize("name", ODD)
def test_odd_file_is_read_with_a_warning(name: str, saved: Save) -> None:
    odd = ODD[name]
    opened = read_song(saved(odd.data))
    assert tuple(len(track.notes) for track in opened.song.tracks) == odd.notes
    assert opened.damaged == odd.damaged
    assert bool(opened.warnings) == bool(odd.warning)
    assert odd.warning in (opened.warnings or ("",))[0]
    assert len(opened.warnings) <= 1 or name in SAYS_MORE
    assert all(warning.startswith("odd.mid, ") and warning.endswith(".") for warning in opened.warnings)


@pytest.mark.parametrize("name", ODD)
def test_odd_file_is_saved_as_it_was(name: str, saved: Save) -> None:
    path = saved(ODD[name].data)
    write_song(read_song(path).song, path)
    assert path.read_bytes() == ODD[name].data


@pytest.mark.skipif(not SYNTHETIC.is_dir(), reason="the collected test files are not next to this checkout")
@pytest.mark.parametrize("name", [name for name in ODD if (SYNTHETIC / f"{name}.mid").exists()])
def test_odd_file_is_the_collected_one(name: str) -> None:
    assert (SYNTHETIC / f"{name}.mid").read_bytes() == ODD[name].data


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "{} is empty."),
        (b"RIFFxxxxWAVE", "{} is a WAV sound, not a MIDI file."),
        (chunk(), "{} is not a MIDI file: it has no MThd header."),
        (b"MThd\0\0", "{} is cut short inside its header."),
    ],
)
def test_other_files_are_refused_in_one_sentence(saved: Save, data: bytes, sentence: str) -> None:
    path = saved(data)
    with pytest.raises(MidiFileError) as caught:
        read_song(path)
    assert str(caught.value) == sentence.format(path)


def test_missing_file_and_folder_are_one_sentence(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none.mid", "there is no such file or folder"), (tmp_path, "it is a folder")):
        with pytest.raises(MidiFileError) as caught:
            read_song(path)
        assert str(caught.value) == f"{path} cannot be opened: {why}."


def test_device_is_not_read() -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("no /dev/zero here")
    with pytest.raises(MidiFileError, match=r"^/dev/zero is not a regular file\.$"):
        read_song("/dev/zero")


def test_truncation_anywhere_opens_or_is_refused_in_words(saved: Save) -> None:
    whole = header(2) + chunk("00 ff 51 03 07 a1 20 00 f0 03 43 12 f7 00 ff 2f 00") + chunk()
    for length in range(len(whole)):
        path = saved(whole[:length])
        if length < 14:
            with pytest.raises(MidiFileError):
                read_song(path)
        else:
            opened = read_song(path)
            assert opened.damaged
            assert song_bytes(opened.song) == whole[:length]


def test_many_findings_of_one_kind_are_one_sentence(saved: Save) -> None:
    opened = read_song(saved(before_note("00 b0 07 ff " * 20)))
    assert opened.warnings == (
        "odd.mid, track 1, byte 24: a data byte above 127 is read as 127 (19 more like this in the track).",
    )


def test_clipped_data_reach_the_song_as_legal_messages(saved: Save) -> None:
    track = read_song(saved(before_note("00 b0 07 ff"))).song.tracks[0]
    assert track.events[0].data == b"\xb0\x07\x7f"


def test_smpte_division_gives_seconds(saved: Save) -> None:
    song = read_song(saved(header(division=b"\xe7\x28") + chunk())).song
    assert song.ticks_per_second == 25 * 40
    assert song.tempo_map.seconds_at(1000) == pytest.approx(1.0)


def test_division_29_is_drop_frame(saved: Save) -> None:
    song = read_song(saved(header(division=bytes((256 - 29, 100))) + chunk())).song
    assert song.ticks_per_second == pytest.approx(2997.003, abs=1e-3)


def test_stray_note_off_is_an_event(saved: Save) -> None:
    track = read_song(saved(one_track("00 80 30 11 " + NOTE))).song.tracks[0]
    assert [event.data for event in track.events] == [b"\x80\x30\x11"]


def test_format_0_is_divided_by_channel(saved: Save) -> None:
    before = "00 ff 03 04 54 75 6e 65 00 c0 20 00 c1 42 00 b5 07 10"
    events = f"{before} 00 90 24 40 00 91 40 41 00 99 26 42 60 80 24 00 00 81 40 00 00 89 26 00 00 ff 2f 00"
    song = read_song(saved(header(1, 0) + chunk(events))).song
    assert [(track.name, track.channel, track.program, len(track.notes), track.chunk) for track in song.tracks] == [
        ("Acoustic Bass", 0, 32, 1, 0),
        ("Tenor Sax", 1, 66, 1, 0),
        ("Drums", 9, 0, 1, 0),
    ]
    assert [event.data[0] for event in song.tracks[0].events] == [
        0xFF,
        0xC0,
        0xB5,
    ]  # the last is for another channel


def test_format_1_tracks_are_divided_by_channel_too(saved: Save) -> None:
    named = chunk(
        "00 ff 03 03 53 61 78 00 c0 42 00 c3 20 00 b5 07 64 00 90 3c 40 00 93 28 40 00 99 24 40 00 99 2a 40 "
        "60 80 3c 00 00 83 28 00 00 89 24 00 00 89 2a 00 00 ff 2f 00"
    )
    song = read_song(saved(header(3) + chunk("00 ff 2f 00") + named + chunk())).song
    assert [(track.name, track.channel, track.program, len(track.notes), track.chunk) for track in song.tracks] == [
        ("Track 1", 0, 0, 0, 0),
        ("Sax - Tenor Sax", 0, 66, 1, 1),
        ("Sax - Acoustic Bass", 3, 32, 1, 1),
        ("Sax - Drums", 9, 0, 2, 1),
        ("Acoustic Grand Piano", 0, 0, 1, 2),
    ]
    assert [event.data[:2] for event in song.tracks[1].events] == [b"\xff\x03", b"\xc0\x42", b"\xb5\x07"]


def test_parts_of_one_name_have_their_channels_in_it(saved: Save) -> None:
    """As a guitar with a channel for each string: the name is the track's, where the file names no instrument."""
    strings = chunk("00 ff 03 03 47 74 72 00 90 3c 40 00 91 40 40 60 80 3c 00 00 81 40 00 00 ff 2f 00")
    song = read_song(saved(header(1, 1) + strings)).song
    assert [track.name for track in song.tracks] == ["Gtr (channel 1)", "Gtr (channel 2)"]
    unnamed = chunk("00 c0 19 00 c1 19 00 90 3c 40 00 91 40 40 60 80 3c 00 00 81 40 00 00 ff 2f 00")
    song = read_song(saved(header(1, 0) + unnamed)).song
    assert [track.name for track in song.tracks] == [f"Steel-string Guitar (channel {channel})" for channel in (1, 2)]


def test_program_is_the_one_in_force_at_the_first_note(saved: Save) -> None:
    song = read_song(saved(one_track("00 c0 01 00 c0 05 00 90 3c 40 60 80 3c 40 00 c0 07 00 ff 2f 00"))).song
    assert song.tracks[0].program == 5


def test_plain_song_says_nothing(saved: Save) -> None:
    opened = read_song(saved(PLAIN))
    assert (opened.warnings, opened.damaged) == ((), False)
    assert list(opened.song.tracks[0].notes) == [(0, 96, 60, 64, 0)]
