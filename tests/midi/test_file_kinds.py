"""The kind of a file that is not a MIDI file is recognised."""

from __future__ import annotations

from pathlib import Path

import pytest

from jazzassist.midi.file_kinds import kind_of
from jazzassist.midi.files import MidiFileError, read_song


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        (b"PK\x03\x04mimetype", "a ZIP archive"),
        (b"Rar!\x1a\x07\x01\x00", "a RAR archive"),
        (b"ID3\x03\x00", "an MP3 sound"),
        (b"\xff\xfb\x90\x64\x00", "an MP3 sound"),
        (b"RIFFxxxxWAVEfmt ", "a WAV sound"),
        (b"FORM\0\0\0\x10AIFFCOMM", "an AIFF sound"),
        (b"OggS\0\2", "an Ogg sound"),
        (b"fLaC\0\0", "a FLAC sound"),
        (b"ENIGMA BINARY FILE\0\0", "a Finale file"),
        (b"CAKEWALK\x1a\0", "a Cakewalk project"),
        (b"Extended Module: tune", "an XM tracker module"),
        (b"IMPMtune", "an IT tracker module"),
        (bytes(44) + b"SCRM", "an S3M tracker module"),
        (bytes(1080) + b"M.K." + bytes(10), "a MOD tracker module"),
        (bytes(1080) + b"16CH" + bytes(10), "a MOD tracker module"),
        (b"%PDF-1.4", "a PDF document"),
        (b"\r\n<!DOCTYPE html><html>", "a web page"),
        (b"<!-- saved --><HTML>", "a web page"),
        (b"\xef\xbb\xbf<html lang=en>", "a web page"),
        (b'<?xml version="1.0"?><!DOCTYPE score-partwise PUBLIC>', "a MusicXML score"),
        ("<?xml version='1.0'?><score-partwise>".encode("utf-16"), "a MusicXML score"),
        (b'<?xml version="1.0"?><museScore version="3">', "a MuseScore score"),
        (b'<?xml version="1.0"?><thing/>', "an XML file"),
        (b'{"message": "Not found"}', "a JSON file"),
        (b"404: Not Found\n", "a text"),
        (b"MT", ""),
        (b"\xff\xfe\x01\x02", ""),
        (b"\x00\x01\x02\x03", ""),
    ],
)
def test_kind_of_a_file(beginning: bytes, kind: str, tmp_path: Path) -> None:
    assert kind_of(beginning) == kind
    path = tmp_path / "tune.mid"
    path.write_bytes(beginning)
    with pytest.raises(MidiFileError) as caught:
        read_song(path)
    said = f"is {kind}, not a MIDI file" if kind else "is not a MIDI file: it has no MThd header"
    assert str(caught.value) == f"{path} {said}."
