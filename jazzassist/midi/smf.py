"""A Standard MIDI File as it is: its chunks with their bytes, and the events in its tracks.

Reading is lenient. Nothing is lost: every byte of the file belongs to exactly one part of an
`SmfFile`, and whatever was understood only by a guess is reported in its findings.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from jazzassist.midi.findings import Findings, in_words
from jazzassist.midi.smf_chunks import Chunks, is_chunk
from jazzassist.midi.smf_parts import Ints, NotMidi, Span, TrackChunk

__all__ = ["HEADER_SEARCH", "Ints", "NotMidi", "SmfFile", "Span", "TrackChunk", "read_smf"]

HEADER_SEARCH = 1 << 16  # bytes at the start of a file in which its header must begin
_STANDARD_HEADER = 14  # bytes


@dataclass(frozen=True, eq=False)
class SmfFile:
    """A whole file. Its bytes are those before `header`, the header, the parts, and those after `end`.

    `header`: from "MThd" to the first chunk. `riff_size_at`: where an RMID file keeps the length of
    what `header` begins, otherwise None.
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
        """The MTrk chunks in their order."""
        return tuple(part for part in self.parts if isinstance(part, TrackChunk))


def read_smf(data: bytes, findings: Findings) -> SmfFile:
    """The file's parts; NotMidi when there is no header. Oddities and repairs go to `findings`."""
    start, end, size_at = _find_header(data, findings)
    if end - start < _STANDARD_HEADER:
        raise NotMidi("is cut short inside its header")
    header_end = _header_end(data, start, end, findings)
    fields = data[start + 8 : min(header_end, start + _STANDARD_HEADER)]
    if len(fields) < 6:  # which of its bytes are missing cannot be known
        fields = bytes((0, 1, 0, 0, 0, 0))
    format_, count, division = (int.from_bytes(fields[at : at + 2], "big") for at in (0, 2, 4))
    chunks = Chunks(data, header_end, end, count, findings)
    smf = SmfFile(data, Span(start, header_end), end, size_at, format_, division, tuple(chunks.parts()))
    _check_header(smf, count, findings)
    return smf


def _find_header(data: bytes, findings: Findings) -> tuple[int, int, int | None]:
    """Start and end of the Standard MIDI File in `data`, and where RIFF keeps its size."""
    start = data.find(b"MThd", 0, HEADER_SEARCH)
    if start < 0:
        raise NotMidi("is not a MIDI file: it has no MThd header")
    if data[:4] == b"RIFF" and start >= _RIFF_HEAD:
        return start, _riff_end(data, start, findings), start - 4
    if start:
        findings.tell(f"{in_words(start, 'byte')} before the MIDI header kept as found", 0)
    return start, len(data), None


_RIFF_HEAD = 20  # "RIFF", size, "RMID", then "data" and its size


def _riff_end(data: bytes, start: int, findings: Findings) -> int:
    """Where the MIDI data of a RIFF file end. They begin at `start`; their name may be unknown, their size wrong."""
    name, size = data[start - 8 : start - 4], int.from_bytes(data[start - 4 : start], "little")
    if name != b"data" or data[8:12] != b"RMID":
        findings.tell("a RIFF file that does not name its MIDI data in the usual way", start - 8)
    end = start + size
    if end <= len(data) and (end == len(data) or b"MTrk" not in data[end : end + 8]):
        return end
    findings.repair(f"the size of {size} of the MIDI data is wrong; read to the end of the file", start - 4)
    return len(data)


def _header_end(data: bytes, start: int, end: int, findings: Findings) -> int:
    """The offset after the header chunk, whose length may be wrong."""
    length = int.from_bytes(data[start + 4 : start + 8], "big")
    said = start + 8 + length
    first = data.find(b"MTrk", start + 8, end)
    fits = length >= 6 and said <= end and (said == end or is_chunk(data, said, end))
    if fits and not _hides_track(data, start, first, said, end):
        return said
    real = first if first >= 0 else start + _STANDARD_HEADER
    findings.repair(f"the header's length of {length} is wrong; read as {real - start - 8}", start + 4)
    return real


def _hides_track(data: bytes, start: int, first: int, said: int, end: int) -> bool:
    """Whether a header up to `said` would hide the first track: one that begins where tracks begin, or is counted."""
    if not 0 <= first < said:
        return False
    count = int.from_bytes(data[start + 10 : start + 12], "big")
    return first <= start + _STANDARD_HEADER or data.count(b"MTrk", said, end) < count


def _check_header(smf: SmfFile, count: int, findings: Findings) -> None:
    at = smf.header.start
    found = len(smf.tracks)
    if count != found:
        findings.repair(f"the header says {in_words(count, 'track')}; {found} found and read", at + 10)
    if smf.format > 2:
        findings.repair(f"there is no format {smf.format}; read like format 1", at + 8)
    elif smf.format == 2:
        findings.tell("format 2: its tracks are pieces of their own, shown and played together", at + 8)
    elif smf.format == 0 and found > 1:
        findings.tell(f"format 0 with {found} tracks; read like format 1", at + 8)
    if smf.division == 0:
        findings.repair("the header says 0 ticks per quarter note; read as 480", at + 12)
