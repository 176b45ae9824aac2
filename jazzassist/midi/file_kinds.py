"""Recognition of files that are not MIDI files, by their first bytes."""

from __future__ import annotations

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an old office program"),
    (b"ID3", "an MP3 sound"),
    (b"OggS", "an Ogg sound"),
    (b"fLaC", "a FLAC sound"),
    (b"MAC ", "a Monkey's Audio sound"),
    (b".snd", "an AU sound"),
    (b"ENIGMA BINARY FILE", "a Finale file"),
    (b"CAKEWALK", "a Cakewalk project"),
    (b"BZ4Overture", "an Overture file"),
    (b"Extended Module: ", "an XM tracker module"),
    (b"IMPM", "an IT tracker module"),
    (b"XMI\x00", "an XMI file"),
    (b"MUS\x1a", "a MUS file of a game"),
    (b"HMIMIDIP", "an HMP file of a game"),
    (b"HMI-MIDISONG", "an HMI file of a game"),
    (b"MMMD", "an SMAF ringtone"),
    (b"FICHIER GUITAR PRO", "a Guitar Pro file"),
    (b"\x18FICHIER GUITAR PRO", "a Guitar Pro file"),
    (b"BCFZ", "a Guitar Pro file"),
    (b"BCFS", "a Guitar Pro file"),
    (b"[NoteWorthy ArtWare]", "a NoteWorthy Composer file"),
    (b"[NWZ]", "a NoteWorthy Composer file"),
    (b"!NoteWorthyComposer", "a NoteWorthy Composer file"),
    (b"SCOREWRITE", "an Encore file"),
    (b"SCO5", "an Encore file"),
    (b"SIBELIUS", "a Sibelius file"),
    (b"\x0fSIBELIUS", "a Sibelius file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3", "an SQLite database"),
    (b"version https://git-lfs", "a pointer of Git LFS"),
    (b"<Project>", "a project of a sequencer"),
    (b"X:", "a tune in ABC notation"),
    (b"\\version", "a LilyPond file"),
)
_FORMS = {b"WAVE": "a WAV sound", b"AVI ": "an AVI film", b"WEBP": "a WebP picture", b"sfbk": "a SoundFont"}
_FORMS |= {b"CDDA": "a CD track", b"DLS ": "a DLS sound bank", b"WRKP": "a Cakewalk project"}
_IFF = {b"AIFF": "an AIFF sound", b"AIFC": "an AIFF sound", b"XDIR": "an XMI file", b"8SVX": "an Amiga sound"}
_SHORTEST_TEXT = 12  # bytes; shorter texts are not classified
_MOD_SIGNATURES = frozenset((b"M.K.", b"M!K!", b"M&K!", b"N.T.", b"FLT4", b"FLT8", b"4CHN", b"6CHN", b"8CHN", b"OCTA"))
_XML = (
    (b"score-partwise", "a MusicXML score"),
    (b"score-timewise", "a MusicXML score"),
    (b"<museScore", "a MuseScore score"),
    (b"<mei", "an MEI score"),
    (b"<Ableton", "an Ableton project"),
    (b"<GPIF", "a Guitar Pro file"),
    (b"<svg", "an SVG picture"),
)


def kind_of(beginning: bytes) -> str:
    """Return the kind of a file with its article, such as "a ZIP archive"; "" if it is not recognised."""
    known = next((kind for start, kind in _BEGINNINGS if beginning.startswith(start)), "")
    return known or _container(beginning) or _module(beginning) or _text(beginning) or _mpeg(beginning)


def _container(beginning: bytes) -> str:
    form = beginning[8:12]
    if beginning[:4] in (b"RIFF", b"RIFX"):
        return _FORMS.get(form, "a RIFF file")
    if beginning[:4] == b"FORM":
        return _IFF.get(form, "an IFF file")
    return "an MP4 film or sound" if beginning[4:8] == b"ftyp" else ""


def _module(beginning: bytes) -> str:
    if beginning[44:48] == b"SCRM":
        return "an S3M tracker module"
    signature = beginning[1080:1084]
    channels = signature[:2].strip().isdigit() and signature.endswith((b"CH", b"CHN"))
    return "a MOD tracker module" if signature in _MOD_SIGNATURES or channels else ""


def _text(beginning: bytes) -> str:
    start = beginning[:4096]
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        start = start.replace(b"\0", b"")[2:]
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    lower = start.lower()
    if lower.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or b"<html" in lower[:1024]:
        return "a web page"
    if start.startswith((b"<?xml", b"<!DOCTYPE", b"<")):
        return next((kind for name, kind in _XML if name in start), "an XML file")
    if lower.startswith((b"{", b"[")) and b'"' in lower[:256] and b"\0" not in start:
        return "a JSON file"
    return "a text" if len(start) >= _SHORTEST_TEXT and _is_text(start) else ""


def _is_text(start: bytes) -> bool:
    return not any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in start) and start.isascii()


def _mpeg(beginning: bytes) -> str:
    """Recognise MPEG audio without a tag: it begins with a frame of eleven set bits, a version and a layer."""
    if len(beginning) < 4 or beginning[0] != 0xFF or beginning[1] & 0xE0 != 0xE0:
        return ""
    version, layer = beginning[1] >> 3 & 3, beginning[1] >> 1 & 3
    bitrate, rate = beginning[2] >> 4, beginning[2] >> 2 & 3
    return "an MP3 sound" if version != 1 and layer and 0 < bitrate < 15 and rate != 3 else ""
