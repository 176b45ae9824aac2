"""Texts in any encoding are decoded correctly, and their bytes are kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jazzassist.domain import edits
from jazzassist.domain.song import Note, Notes, Track
from jazzassist.domain.texts import decode_text, without_controls
from jazzassist.midi.files import read_song, song_bytes
from jazzassist.midi.text_encoding import encoding_of


def chunk(*events: bytes) -> bytes:
    body = b"".join(b"\0" + event for event in (*events, b"\xff\x2f\0"))
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def meta(kind: int, text: bytes) -> bytes:
    return bytes((0xFF, kind, len(text))) + text


def song_with(path: Path, names: list[bytes], markers: list[bytes] | None = None) -> Path:
    """A file with one track for each name, each with a note, and markers in the first."""
    note = (b"\x90\x3c\x40", b"\x80\x3c\x40")
    tracks = [chunk(meta(3, name), *note) for name in names]
    tracks.append(chunk(*(meta(6, marker) for marker in markers or [])))
    header = b"MThd\0\0\0\6\0\1" + len(tracks).to_bytes(2, "big") + b"\0\x60"
    path.write_bytes(header + b"".join(tracks))
    return path


SONGS = [
    ("latin-1", ["Ténor", "Baß"]),
    ("cp1252", ["Ténor", "Baß – “Solo”"]),
    ("cp1252", ["Größe"]),
    ("cp1252", ["Für Elise"]),
    ("cp1252", ["Mañana de carnaval"]),
    ("cp1252", ["Flûte à bec", "Hautbois"]),
    ("cp1252", ["Don’t stop"]),
    ("cp1252", ["Violão", "Percussão"]),
    ("cp1252", ["© 1998 Åse"]),
    ("cp1250", ["Žluťoučký kůň", "Příliš"]),
    ("cp1250", ["Skrzypce", "Wiolonczela – głos"]),
    ("cp1251", ["Гитара"]),
    ("cp1251", ["ФОРТЕПИАНО"]),
    ("cp1251", ["Ударные", "Piano", "Bass"]),
    ("koi8-r", ["Подмосковные вечера", "Бас"]),
    ("cp932", ["ピアノ"]),
    ("cp932", ["作曲：山田太郎", "メロディ", "Drums"]),
    ("cp932", ["夜想曲"]),
    ("cp932", ["ｽﾄﾘﾝｸﾞｽ", "ﾄﾞﾗﾑ"]),
    ("euc-jp", ["ピアノ", "ベース", "ドラム"]),
    ("gbk", ["钢琴"]),
    ("gbk", ["钢琴", "吉他", "贝斯", "鼓"]),
    ("gbk", ["月亮代表我的心"]),
    ("big5", ["鋼琴", "吉他"]),
    ("cp949", ["피아노", "기타", "드럼"]),
    ("cp1253", ["Πιάνο", "Κιθάρα", "Μπουζούκι"]),
    ("cp1255", ["פסנתר", "גיטרה", "תופים"]),
    ("cp874", ["เปียโน", "กีตาร์"]),
    ("utf-8", ["Ténor", "钢琴", "Гитара"]),
    ("utf-8-sig", ["Ténor"]),
    ("utf-16", ["Ténor", "钢琴"]),
    ("utf-16-le", ["Ténor", "Bass"]),
    ("utf-16-be", ["Ténor", "Bass"]),
]


@pytest.mark.parametrize(("encoding", "names"), SONGS, ids=lambda part: part if isinstance(part, str) else part[0])
def test_names_are_read_as_they_were_meant(tmp_path: Path, encoding: str, names: list[str]) -> None:
    path = song_with(tmp_path / "song.mid", [name.encode(encoding) for name in names])
    song = read_song(path).song
    assert [track.name for track in song.tracks[: len(names)]] == names
    assert song_bytes(song) == path.read_bytes()


def test_markers_are_read_in_the_encoding_of_the_names(tmp_path: Path) -> None:
    names, markers = ["ピアノ", "ベース", "ドラム"], ["歌", "Intro"]
    path = song_with(tmp_path / "song.mid", [n.encode("cp932") for n in names], [m.encode("cp932") for m in markers])
    song = read_song(path).song
    assert [text for _, text in song.markers] == markers
    edited = edits.insert(song, 0, Notes.of([Note(0, 10, 72)]))
    assert [text for _, text in edited.markers] == markers
    for name in names:
        assert name.encode("cp932") in song_bytes(edited)


def test_one_text_in_another_encoding_does_not_spoil_the_others(tmp_path: Path) -> None:
    path = song_with(tmp_path / "song.mid", ["Ténor".encode(), "Flûte".encode("cp1252"), b"Bass"])
    assert [track.name for track in read_song(path).song.tracks[:3]] == ["Ténor", "Flûte", "Bass"]


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"\xff", b"\x81", b"\xff\xfe", b"\xff\xfeA", b"\xfe\xff\xd8\0", bytes(range(256))]
)
def test_bytes_that_are_no_text_are_shown_somehow(tmp_path: Path, data: bytes) -> None:
    assert isinstance(decode_text(data, encoding_of([data])), str)
    path = song_with(tmp_path / "song.mid", [data[:127]])
    song = read_song(path).song
    assert song.tracks[0].name
    assert song_bytes(song) == path.read_bytes()


@pytest.mark.parametrize("steering", ["\x1b[2J", "\x9b2J", "\x07", "\x7f", "\u202e", "\u2066", "\0", "\ud800"])
def test_what_would_steer_a_terminal_is_replaced(steering: str) -> None:
    shown = without_controls(f"A{steering}B")
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 or letter in steering[:1] for letter in shown)
    assert shown.startswith("A\N{REPLACEMENT CHARACTER}")


def test_line_breaks_become_spaces_and_joined_letters_stay() -> None:
    assert without_controls("one\r\ntwo\tthree") == "one two three"
    assert without_controls("می\u200cخواهم  👩\u200d🎤") == "می\u200cخواهم  👩\u200d🎤"


def test_names_with_controls_are_shown_in_one_line(tmp_path: Path) -> None:
    path = song_with(tmp_path / "song.mid", [b"\x1b[31mRed\nBass"], [b"Verse\r\n\x07"])
    song = read_song(path).song
    assert song.tracks[0].name == "\N{REPLACEMENT CHARACTER}[31mRed Bass"
    assert song.markers[0][1] == "Verse \N{REPLACEMENT CHARACTER}"
    assert song_bytes(song) == path.read_bytes()


@pytest.mark.parametrize("name", ["ピアノ二", "Strings", "Ténor – solo"])
def test_a_new_track_is_named_in_the_encoding_of_the_file(tmp_path: Path, name: str) -> None:
    names = ["ピアノ", "ベース", "ドラム"]
    song = read_song(song_with(tmp_path / "song.mid", [name.encode("cp932") for name in names])).song
    more = replace(song, tracks=(*song.tracks, Track(name, Notes.of([Note(0, 10, 60)]))))
    (tmp_path / "more.mid").write_bytes(song_bytes(more))
    found = read_song(tmp_path / "more.mid").song
    assert [track.name for track in found.tracks] == [*names, "Track 4", name]
