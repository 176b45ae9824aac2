"""Division of a Standard MIDI File into tracks and other chunks, even if the lengths in it are wrong."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from jazzassist.midi.findings import Findings, Oddity
from jazzassist.midi.smf_checks import check_events
from jazzassist.midi.smf_parts import NotMidi, Span, TrackChunk, track_chunk
from jazzassist.midi.smf_scan import END_OF_TRACK, META, SYSEX, UNREADABLE, Scan, music_follows, scan

MOST_TRACKS = 0xFFFF  # the header stores their number in two bytes
_SEQUENCER_SPECIFIC = 0x7F
_NOT_MUSIC = frozenset((0x00, 0x01, 0x02, 0x03, 0x04, END_OF_TRACK, _SEQUENCER_SPECIFIC))


def is_chunk(data: bytes, pos: int, end: int) -> bool:
    """Return True if a track, or an unknown chunk that fits before `end`, may begin at `pos`."""
    name = data[pos : pos + 4]
    if name == b"MTrk":
        return True
    length = int.from_bytes(data[pos + 4 : pos + 8], "big")
    return pos + 8 + length <= end and len(name) == 4 and all(32 <= byte < 127 for byte in name)


class Chunks:
    """Divides data[start:end], the part of a file after its header. `count`: the number of tracks in the header.

    Raises NotMidi if there are too many tracks.
    """

    def __init__(self, data: bytes, start: int, end: int, count: int, findings: Findings) -> None:
        self._data, self._start, self._end, self._count, self._findings = data, start, end, count, findings
        if data.count(b"MTrk", start, end) > MOST_TRACKS:
            raise NotMidi(f"has more than {MOST_TRACKS:,} tracks, the maximum of a MIDI file")
        self._marks = _all_places(data, b"MTrk", start, end)
        self._number = 0  # of the current track, from 1

    def parts(self) -> Iterator[TrackChunk | Span]:
        """Yield the chunks and the bytes between them; together they cover the whole range."""
        pos = self._start
        while pos < self._end:
            part = self._part(pos)
            yield part
            pos = part.end

    def _part(self, pos: int) -> TrackChunk | Span:
        if self._data[pos : pos + 4] == b"MTrk" and pos + 8 <= self._end:
            if self._number == self._count and self._count and (extra := self._proprietary(pos)):
                return extra
            return self._track(pos)
        if pos + 8 <= self._end and is_chunk(self._data, pos, self._end):
            return self._unknown_chunk(pos)
        return self._headless(pos) or self._junk(pos)

    def _next_mark(self, pos: int) -> int:
        """Return the offset of the next "MTrk" at or after `pos`, or the end."""
        at = bisect_left(self._marks, pos)
        return self._marks[at] if at < len(self._marks) else self._end

    def _is_boundary(self, pos: int) -> bool:
        """Return True if another chunk begins at `pos`, or if `pos` is the end of the data."""
        return pos == self._end or (pos < self._end and is_chunk(self._data, pos, self._end))

    def _stated_end(self, pos: int) -> int:
        """Return the end of the chunk at `pos` by the length in its header."""
        return pos + 8 + int.from_bytes(self._data[pos + 4 : pos + 8], "big")

    def _unknown_chunk(self, pos: int) -> Span:
        stated, mark = self._stated_end(pos), self._next_mark(pos + 8)
        if mark >= stated or (self._is_boundary(stated) and not self._is_counted(mark)):
            return Span(pos, stated, stands_alone=True)
        self._findings.repair(Oddity.CHUNK_LENGTH, pos + 4, stated=stated - pos - 8, actual=mark - pos - 8)
        return Span(pos, mark)

    def _missing(self, pos: int) -> bool:
        """Return True if fewer tracks follow `pos` than the header announces."""
        return len(self._marks) - bisect_left(self._marks, pos) < self._count - self._number

    def _headless(self, pos: int) -> TrackChunk | None:
        """Return the track at `pos` whose chunk header is damaged, or None if there is none."""
        mark = self._next_mark(pos)
        if not self._missing(pos):
            return None
        for body in range(pos, min(pos + 9, mark)):
            events = scan(self._data, body, mark)
            if events.ended and self._is_boundary(events.stop) and UNREADABLE not in events.statuses:
                self._number += 1
                self._findings.repair(Oddity.TRACK_HEADER, pos, self._number)
                return self._chunk(pos, events.stop, events, length_is_right=False)
        return None

    def _junk(self, pos: int) -> Span:
        mark = self._next_mark(pos + 1)
        damage = mark < self._end or self._data[pos : pos + 1] == b"M"
        (self._findings.repair if damage else self._findings.note)(Oddity.BYTES_OUTSIDE_CHUNKS, pos, size=mark - pos)
        return Span(pos, mark)

    def _proprietary(self, pos: int) -> Span | None:
        """Return the chunk after the announced tracks at `pos` if it holds proprietary data, otherwise None."""
        stated = self._stated_end(pos)
        end = stated if self._is_boundary(stated) else self._next_mark(pos + 8)
        if not _holds_own_data(self._data, scan(self._data, pos + 8, end)):
            return None
        self._findings.note(Oddity.SEQUENCER_CHUNK, pos)
        follows = end < self._end and not is_chunk(self._data, end, self._end)
        if follows and self._next_mark(end) == self._end:
            end = self._end  # trailing bytes of the same sequencer
        return Span(pos, end, stands_alone=end in (stated, self._end))

    def _track(self, start: int) -> TrackChunk:
        """Return the MTrk chunk at `start`, with its actual end."""
        self._number += 1
        body, stated, number = start + 8, self._stated_end(start), self._number
        events, actual = self._extent(body, stated)
        if actual != stated:
            self._findings.repair(Oddity.TRACK_LENGTH, start + 4, number, stated=stated - body, actual=actual - body)
        return self._chunk(start, actual, events, length_is_right=actual == stated)

    def _chunk(self, start: int, end: int, events: Scan, *, length_is_right: bool) -> TrackChunk:
        chunk = track_chunk(self._data, start, end, events, length_is_right=length_is_right)
        check_events(self._data, events, self._number, self._findings)
        _report_end(chunk, events, self._number, self._findings)
        return chunk

    def _extent(self, body: int, stated: int) -> tuple[Scan, int]:
        """Return the events of a track and its actual end. `stated`: its end by the length in its header."""
        mark = self._next_mark(body)
        if stated > self._end:
            return scan(self._data, body, mark), mark
        events = scan(self._data, body, stated)
        if events.stop == stated and self._is_boundary(stated) and (events.ended or mark >= stated):
            return events, stated
        if mark < stated and self._begins_track(mark, events):
            return scan(self._data, body, mark), mark
        if events.ended:
            return self._ended(body, stated, events)
        return (events, stated) if self._is_boundary(stated) else self._unfinished(body, stated, events)

    def _ended(self, body: int, stated: int, events: Scan) -> tuple[Scan, int]:
        """Return the extent of a track that has its end of track. Its music may continue after `stated`."""
        if events.stop < stated or self._is_boundary(stated) or self._missing(stated):
            return events, stated
        limit = self._next_mark(stated)
        if not music_follows(self._data, stated, limit):
            return events, stated
        longer = scan(self._data, body, limit)
        return longer, longer.stop

    def _unfinished(self, body: int, stated: int, events: Scan) -> tuple[Scan, int]:
        """Return the extent of a track without an end of track at whose stated end no chunk begins."""
        limit = self._next_mark(stated)
        longer = scan(self._data, body, limit)
        if longer.stop == limit or (longer.ended and self._is_boundary(longer.stop)):
            return longer, longer.stop
        return (events, stated) if events.whole else (longer, limit)

    def _begins_track(self, mark: int, events: Scan) -> bool:
        """Return True if the "MTrk" at `mark`, within the stated length of a track, begins another track."""
        if events.ended and events.stop == mark:
            return True
        return self._is_counted(mark) or self._is_whole(mark)

    def _is_counted(self, mark: int) -> bool:
        """Return True if the number of tracks in the header implies that a track begins at `mark`."""
        return len(self._marks) - bisect_left(self._marks, mark) <= self._count - self._number

    def _is_whole(self, mark: int) -> bool:
        """Return True if an undamaged track begins at `mark`."""
        stated = self._stated_end(mark)
        if not self._is_boundary(stated):
            return False
        events = scan(self._data, mark + 8, stated)
        return events.ended and events.stop == stated


def _all_places(data: bytes, name: bytes, start: int, end: int) -> list[int]:
    places = []
    pos = data.find(name, start, end)
    while pos >= 0:
        places.append(pos)
        pos = data.find(name, pos + len(name), end)
    return places


def _holds_own_data(data: bytes, events: Scan) -> bool:
    """Return True if these are not events of a track, or only names and sequencer-specific events."""
    if not events.statuses or events.statuses[0] == UNREADABLE or SYSEX < events.statuses[0] < META:
        return True
    if any(status != META for status in events.statuses):
        return False
    kinds = {data[body + 1] for body in events.bodies}
    return _SEQUENCER_SPECIFIC in kinds and kinds <= _NOT_MUSIC


def _report_end(chunk: TrackChunk, events: Scan, number: int, findings: Findings) -> None:
    left = chunk.end - chunk.stop
    if events.early_ends:
        findings.repair(Oddity.EARLY_END_OF_TRACK, events.early_ends[0], number, count=len(events.early_ends))
    if not events.whole:
        findings.repair(Oddity.TRACK_CUT_SHORT, chunk.stop, number, size=left)
    elif not events.ended:
        findings.repair(Oddity.NO_END_OF_TRACK, chunk.stop, number)
    elif left:
        findings.note(Oddity.BYTES_AFTER_END_OF_TRACK, chunk.stop, number, size=left)
