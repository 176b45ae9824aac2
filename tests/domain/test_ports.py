"""MIDI ports of tracks: numbered (FF 21), named (FF 09), shared by the tracks of one chunk."""

from __future__ import annotations

from jazzassist.domain.song import Event, Note, Notes, Song, Track

ONE = Notes.of([Note(0, 10, 60)])


def track(*metas: bytes, chunk: int | None = None, notes: Notes = ONE) -> Track:
    return Track("T", notes, tuple(Event(0, meta) for meta in metas), chunk=chunk)


def port(number: int) -> bytes:
    return bytes((0xFF, 0x21, number))


def ports(*tracks: Track) -> tuple[int, ...]:
    return Song(480, tracks).ports


def test_ports_are_counted_in_the_order_of_their_numbers() -> None:
    assert ports(track(port(0)), track(port(1)), track(port(0))) == (0, 1, 0)
    assert ports(track(port(7)), track(port(3)), track(port(100))) == (1, 0, 2)


def test_one_port_alone_is_the_first_whatever_its_number() -> None:
    assert ports(track(notes=Notes.of([])), track(port(1)), track(port(1))) == (0, 0, 0)


def test_a_track_without_a_port_is_on_port_0() -> None:
    assert ports(track(), track(port(1))) == (0, 1)


def test_a_port_without_a_number_is_none() -> None:
    assert ports(track(b"\xff\x21"), track()) == (0, 0)


def test_devices_named_differently_are_ports() -> None:
    assert ports(track(b"\xff\x09Left"), track(b"\xff\x09Right"), track(b"\xff\x09Left")) == (0, 1, 0)
    assert ports(track(port(2), b"\xff\x09Left"), track(b"\xff\x09Left")) == (0, 1)


def test_tracks_of_one_chunk_share_its_port() -> None:
    parts = (track(port(1), chunk=1), track(chunk=1), track(port(0), chunk=0))
    assert ports(*parts) == (1, 1, 0)
