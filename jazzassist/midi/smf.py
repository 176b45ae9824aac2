"""Lenient reader of Standard MIDI Files: their chunks with their bytes, and the events of their tracks.

Every byte of a file belongs to exactly one part of an `SmfFile`. Wherever reading has to guess, it adds a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from jazzassist.midi.findings import Findings, Oddity
from jazzassist.midi.smf_chunks import Chunks, is_chunk
from jazzassist.midi.smf_parts import Ints, NotMidi, Span, TrackChunk

__all__ = ["HEADER_SEARCH", "Ints", "NotMidi", "SmfFile", "Span", "TrackChunk", "read_smf"]

HEADER_SEARCH = 1 << 16  # bytes at the start of a file in which its header must begin
_STANDARD_HEADER = 14  # bytes


@dataclass(frozen=True, eq=False)
class SmfFile:
    """A whole file: the bytes before `header`, the header, the parts, and the bytes after `end`.

    `header`: from "MThd" to the first chunk. `riff_size_at`: in an RMID file, the offset of the size field of the
    MIDI data, otherwise None.
    """

    data: bytes
    header: Span
    end: int
    riff_size_at: int | None
    format: int
    division: int
    parts: tuple[TrackChunk | Span, ...]

    @cached_property
    def tracks(self) -> tuple[TrackChunk, ...]:
        """The MTrk chunks in file order."""
        return tuple(part for part in self.parts if isinstance(part, TrackChunk))


def read_smf(data: bytes, findings: Findings) -> SmfFile:
    """Parses a file. Oddities and repairs are added to `findings`. Raises NotMidi if there is no whole header."""
    start, end, size_at = _find_header(data, findings)
    if end - start < _STANDARD_HEADER:
        raise NotMidi("is cut short inside its header")
    header_end = _header_end(data, start, end, findings)
    fields = data[start + 8 : min(header_end, start + _STANDARD_HEADER)]
    if len(fields) < 6:  # it cannot be known which bytes are missing
        fields = bytes((0, 1, 0, 0, 0, 0))
    format_, count, division = (int.from_bytes(fields[at : at + 2], "big") for at in (0, 2, 4))
    chunks = Chunks(data, header_end, end, count, findings)
    smf = SmfFile(data, Span(start, header_end), end, size_at, format_, division, tuple(chunks.parts()))
    _check_header(smf, count, findings)
    return smf


def _find_header(data: bytes, findings: Findings) -> tuple[int, int, int | None]:
    """Return start and end of the Standard MIDI File in `data`, and the offset of its RIFF size field or None."""
    start = data.find(b"MThd", 0, HEADER_SEARCH)
    if start < 0:
        raise NotMidi("is not a MIDI file: it has no MThd header")
    if data[:4] == b"RIFF" and start >= _RIFF_HEAD:
        return start, _riff_end(data, start, findings), start - 4
    if start:
        findings.note(Oddity.BYTES_BEFORE_HEADER, 0, size=start)
    return start, len(data), None


_RIFF_HEAD = 20  # "RIFF", size, "RMID", then "data" and its size


def _riff_end(data: bytes, start: int, findings: Findings) -> int:
    """Return the end of the MIDI data in a RIFF file. Their chunk may have an unknown name or a wrong size."""
    name, size = data[start - 8 : start - 4], int.from_bytes(data[start - 4 : start], "little")
    if name != b"data" or data[8:12] != b"RMID":
        findings.note(Oddity.UNUSUAL_RIFF, start - 8)
    end = start + size
    if end <= len(data) and (end == len(data) or b"MTrk" not in data[end : end + 8]):
        return end
    findings.repair(Oddity.RIFF_SIZE, start - 4, size=size)
    return len(data)


def _header_end(data: bytes, start: int, end: int, findings: Findings) -> int:
    """Return the offset after the header chunk. The chunk's own length may be wrong."""
    length = int.from_bytes(data[start + 4 : start + 8], "big")
    stated = start + 8 + length
    first = data.find(b"MTrk", start + 8, end)
    fits = length >= 6 and stated <= end and (stated == end or is_chunk(data, stated, end))
    if fits and not _hides_track(data, start, first, stated, end):
        return stated
    actual = first if first >= 0 else start + _STANDARD_HEADER
    findings.repair(Oddity.HEADER_LENGTH, start + 4, stated=length, actual=actual - start - 8)
    return actual


def _hides_track(data: bytes, start: int, first: int, stated: int, end: int) -> bool:
    """Return True if the stated end of the header lies after `first`, and a track begins there."""
    if not 0 <= first < stated:
        return False
    count = int.from_bytes(data[start + 10 : start + 12], "big")
    return first <= start + _STANDARD_HEADER or data.count(b"MTrk", stated, end) < count


def _check_header(smf: SmfFile, count: int, findings: Findings) -> None:
    at = smf.header.start
    found = len(smf.tracks)
    if count != found:
        findings.repair(Oddity.TRACK_COUNT, at + 10, stated=count, actual=found)
    if smf.format > 2:
        findings.repair(Oddity.UNKNOWN_FORMAT, at + 8, format=smf.format)
    elif smf.format == 2:
        findings.note(Oddity.FORMAT_2, at + 8)
    elif smf.format == 0 and found > 1:
        findings.note(Oddity.FORMAT_0_WITH_TRACKS, at + 8, tracks=found)
    if smf.division == 0:
        findings.repair(Oddity.NO_DIVISION, at + 12)
