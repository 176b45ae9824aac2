"""Dividing a Standard MIDI File into tracks and everything else, also where its lengths are wrong."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from jazzassist.midi.findings import Findings, in_words
from jazzassist.midi.smf_checks import check_events
from jazzassist.midi.smf_parts import NotMidi, Span, TrackChunk, track_chunk
from jazzassist.midi.smf_scan import END_OF_TRACK, META, SYSEX, UNREADABLE, Scan, music_follows, scan

MOST_TRACKS = 0xFFFF  # the header counts them in two bytes
_SEQUENCER_SPECIFIC = 0x7F
_NOT_MUSIC = frozenset((0x00, 0x01, 0x02, 0x03, 0x04, END_OF_TRACK, _SEQUENCER_SPECIFIC))


def is_chunk(data: bytes, pos: int, end: int) -> bool:
    """True when a track, or an unknown chunk that fits before `end`, may begin at `pos`."""
    name = data[pos : pos + 4]
    if name == b"MTrk":
        return True
    length = int.from_bytes(data[pos + 4 : pos + 8], "big")
    return pos + 8 + length <= end and len(name) == 4 and all(32 <= byte < 127 for byte in name)


class Chunks:
    """Walks through data[start:end], where the chunks after the header are; `count` tracks are announced.

    NotMidi when there are too many tracks.
    """

    def __init__(self, data: bytes, start: int, end: int, count: int, findings: Findings) -> None:
        self._data, self._start, self._end, self._count, self._findings = data, start, end, count, findings
        if data.count(b"MTrk", start, end) > MOST_TRACKS:
            raise NotMidi(f"has more than {MOST_TRACKS:,} tracks, which is the most that a MIDI file can count")
        self._marks = _all_places(data, b"MTrk", start, end)
        self._number = 0  # of the track, from 1

    def parts(self) -> Iterator[TrackChunk | Span]:
        """The chunks and whatever lies between them, without a gap."""
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
        """Where the next track at or after `pos` begins, or the end."""
        at = bisect_left(self._marks, pos)
        return self._marks[at] if at < len(self._marks) else self._end

    def _leads_on(self, pos: int) -> bool:
        """Whether a chunk that ends at `pos` ends in the right place: at another chunk, or at the end."""
        return pos == self._end or (pos < self._end and is_chunk(self._data, pos, self._end))

    def _said(self, pos: int) -> int:
        """Where the chunk at `pos` ends by its own length."""
        return pos + 8 + int.from_bytes(self._data[pos + 4 : pos + 8], "big")

    def _unknown_chunk(self, pos: int) -> Span:
        said, mark = self._said(pos), self._next_mark(pos + 8)
        if mark >= said or (self._leads_on(said) and not self._is_counted(mark)):
            return Span(pos, said, stands_alone=True)
        told = f"the length of {said - pos - 8} of an unknown chunk is wrong; read as {mark - pos - 8}"
        self._findings.repair(told, pos + 4)
        return Span(pos, mark)

    def _missing(self, pos: int) -> bool:
        """Whether the header announces more tracks than there are after `pos`."""
        return len(self._marks) - bisect_left(self._marks, pos) < self._count - self._number

    def _headless(self, pos: int) -> TrackChunk | None:
        """A counted track without a whole header at `pos`; None when there is none."""
        mark = self._next_mark(pos)
        if not self._missing(pos):
            return None
        for body in range(pos, min(pos + 9, mark)):
            events = scan(self._data, body, mark)
            if events.ended and self._leads_on(events.stop) and UNREADABLE not in events.statuses:
                self._number += 1
                told = "the track's header is damaged; its events are read"
                self._findings.repair(told, pos, self._number)
                return self._chunk(pos, events.stop, events, length_is_right=False)
        return None

    def _junk(self, pos: int) -> Span:
        mark = self._next_mark(pos + 1)
        told = f"{in_words(mark - pos, 'byte')} outside all chunks kept as found"
        damage = mark < self._end or self._data[pos : pos + 1] == b"M"
        (self._findings.repair if damage else self._findings.tell)(told, pos)
        return Span(pos, mark)

    def _proprietary(self, pos: int) -> Span | None:
        """A chunk after the counted tracks that holds a sequencer's proprietary data; None if it is a track."""
        said = self._said(pos)
        end = said if self._leads_on(said) else self._next_mark(pos + 8)
        if not _holds_own_data(self._data, scan(self._data, pos + 8, end)):
            return None
        told = "a sequencer keeps data of its own in a chunk after the counted tracks; kept as found"
        self._findings.tell(told, pos)
        follows = end < self._end and not is_chunk(self._data, end, self._end)
        if follows and self._next_mark(end) == self._end:
            end = self._end  # the same sequencer's
        return Span(pos, end, stands_alone=end in (said, self._end))

    def _track(self, start: int) -> TrackChunk:
        """The MTrk chunk at `start`, wherever it really ends."""
        self._number += 1
        body, said, number = start + 8, self._said(start), self._number
        events, real = self._extent(body, said)
        if real != said:
            told = f"the track's length of {said - body} is wrong; read as {real - body}"
            self._findings.repair(told, start + 4, number)
        return self._chunk(start, real, events, length_is_right=real == said)

    def _chunk(self, start: int, end: int, events: Scan, *, length_is_right: bool) -> TrackChunk:
        chunk = track_chunk(self._data, start, end, events, length_is_right=length_is_right)
        check_events(self._data, events, self._number, self._findings)
        _report_end(chunk, events, self._number, self._findings)
        return chunk

    def _extent(self, body: int, said: int) -> tuple[Scan, int]:
        """The events of a track and its real end, where `said` is what its header says."""
        mark = self._next_mark(body)
        if said > self._end:
            return scan(self._data, body, mark), mark
        events = scan(self._data, body, said)
        if events.stop == said and self._leads_on(said) and (events.ended or mark >= said):
            return events, said
        if mark < said and self._begins_track(mark, events):
            return scan(self._data, body, mark), mark
        if events.ended:
            return self._ended(body, said, events)
        return (events, said) if self._leads_on(said) else self._unfinished(body, said, events)

    def _ended(self, body: int, said: int, events: Scan) -> tuple[Scan, int]:
        """A track with its end of track; where nothing else begins at `said`, its music may go on."""
        if events.stop < said or self._leads_on(said) or self._missing(said):
            return events, said
        limit = self._next_mark(said)
        if not music_follows(self._data, said, limit):
            return events, said
        longer = scan(self._data, body, limit)
        return longer, longer.stop

    def _unfinished(self, body: int, said: int, events: Scan) -> tuple[Scan, int]:
        """A track without its end that stops where nothing else begins: it goes on, or it is damaged."""
        limit = self._next_mark(said)
        longer = scan(self._data, body, limit)
        if longer.stop == limit or (longer.ended and self._leads_on(longer.stop)):
            return longer, longer.stop
        return (events, said) if events.whole else (longer, limit)

    def _begins_track(self, mark: int, events: Scan) -> bool:
        """Whether the MTrk at `mark`, inside of what a track's length covers, is another track."""
        if events.ended and events.stop == mark:
            return True
        return self._is_counted(mark) or self._is_whole(mark)

    def _is_counted(self, mark: int) -> bool:
        """Whether the track count in the header implies that this chunk is a track."""
        return len(self._marks) - bisect_left(self._marks, mark) <= self._count - self._number

    def _is_whole(self, mark: int) -> bool:
        """Whether an undamaged track begins at `mark`."""
        said = self._said(mark)
        if not self._leads_on(said):
            return False
        events = scan(self._data, mark + 8, said)
        return events.ended and events.stop == said


def _all_places(data: bytes, name: bytes, start: int, end: int) -> list[int]:
    places = []
    pos = data.find(name, start, end)
    while pos >= 0:
        places.append(pos)
        pos = data.find(name, pos + len(name), end)
    return places


def _holds_own_data(data: bytes, events: Scan) -> bool:
    """Whether these are no events of a track, or only names and a sequencer's own."""
    if not events.statuses or events.statuses[0] == UNREADABLE or SYSEX < events.statuses[0] < META:
        return True
    if any(status != META for status in events.statuses):
        return False
    kinds = {data[body + 1] for body in events.bodies}
    return _SEQUENCER_SPECIFIC in kinds and kinds <= _NOT_MUSIC


def _report_end(chunk: TrackChunk, events: Scan, number: int, findings: Findings) -> None:
    left = chunk.end - chunk.stop
    if events.early_ends:
        told = "an end of track with music after it is passed over; the music is read"
        findings.repair(told, events.early_ends[0], number, count=len(events.early_ends))
    if not events.whole:
        findings.repair(
            f"the track is cut short: {in_words(left, 'byte')} from here on are no whole event, kept but not played",
            chunk.stop,
            number,
        )
    elif not events.ended:
        findings.repair("the end of track is missing; the track ends with its last event", chunk.stop, number)
    elif left:
        findings.tell(f"{in_words(left, 'byte')} after the end of track kept, not played", chunk.stop, number)
