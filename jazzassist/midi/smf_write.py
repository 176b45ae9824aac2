"""The bytes of a whole song: what was not edited as it was, the rest encoded anew."""

from __future__ import annotations

from dataclasses import dataclass, field

from jazzassist.domain.song import Song, Track
from jazzassist.midi.smf import SmfFile, TrackChunk
from jazzassist.midi.smf_encode import encode_track
from jazzassist.midi.song_from_file import SongSource

_FORMAT_AT, _COUNT_AT, _DIVISION_AT = 8, 10, 12


def song_bytes(song: Song) -> bytes:
    """The song as a Standard MIDI File. Without an edit: the very bytes it was read from."""
    if not isinstance(song.source, SongSource):
        return _new_file(song)
    parts = _Parts(song, song.source)
    return song.source.smf.data if parts.unedited else parts.assembled()


def _new_file(song: Song) -> bytes:
    chunks = [encode_track([track], None) for track in song.tracks]
    words = (1, len(chunks), song.ppq)
    return b"MThd" + (6).to_bytes(4, "big") + b"".join(word.to_bytes(2, "big") for word in words) + b"".join(chunks)


@dataclass
class _Parts:
    """Divides the song's tracks among the file's chunks, and tells which of these were edited."""

    song: Song
    source: SongSource
    by_chunk: dict[int, list[Track]] = field(default_factory=dict)
    new: list[Track] = field(default_factory=list)

    def __post_init__(self) -> None:
        chunks = self.source.smf.tracks
        for track in self.song.tracks:
            index = track.chunk
            if index is not None and index < len(chunks) and track.source is chunks[index]:
                self.by_chunk.setdefault(index, []).append(track)
            else:
                self.new.append(track)

    @property
    def unedited(self) -> bool:
        """Whether the file can stay exactly as it is."""
        chunks = range(len(self.source.smf.tracks))
        return not self.new and self.song.ppq == self.source.ppq and all(self._is_unedited(index) for index in chunks)

    def _is_unedited(self, index: int) -> bool:
        before = [track for track in self.source.tracks if track.chunk == index]
        after = self.by_chunk.get(index, [])
        return len(before) == len(after) and all(map(_same_content, before, after))

    def assembled(self) -> bytes:
        """The file with its edited, new and removed tracks."""
        smf = self.source.smf
        pieces: list[bytes] = []
        count = last = index = 0
        for part in smf.parts:
            if isinstance(part, TrackChunk):
                piece = self._track_bytes(part, index)
                index += 1
                count += bool(piece)
            else:
                piece = smf.data[part.start : part.end]
            pieces.append(piece)
            if isinstance(part, TrackChunk):
                last = len(pieces)
        new = [encode_track([track], None, self.song.text_encoding) for track in self.new]
        header = self._header(count + len(new), changed=bool(new) or count != len(smf.tracks))
        return _in_its_container(smf, b"".join((header, *pieces[:last], *new, *pieces[last:])))

    def _track_bytes(self, chunk: TrackChunk, index: int) -> bytes:
        """The chunk's bytes; none when its tracks were removed."""
        if index not in self.by_chunk:
            return b""
        if not self._is_unedited(index):
            return encode_track(self.by_chunk[index], chunk)
        if chunk.length_is_right:
            return chunk.data[chunk.start : chunk.end]
        body = chunk.data[chunk.start + 8 : chunk.end]  # other programs would lose what follows
        return b"MTrk" + len(body).to_bytes(4, "big") + body

    def _header(self, count: int, *, changed: bool) -> bytes:
        """The header's bytes, with the number of tracks where that changed."""
        smf = self.source.smf
        header = bytearray(smf.data[smf.header.start : smf.header.end])
        if changed:
            header[_COUNT_AT : _COUNT_AT + 2] = count.to_bytes(2, "big")
            if smf.format == 0 and count > 1:
                header[_FORMAT_AT : _FORMAT_AT + 2] = b"\0\1"
        if self.song.ppq != self.source.ppq:
            header[_DIVISION_AT : _DIVISION_AT + 2] = self.song.ppq.to_bytes(2, "big")
        return bytes(header)


def _same_content(before: Track, after: Track) -> bool:
    """Whether two tracks are written alike. Untouched columns are the same objects, so this is fast."""
    same_notes = before.notes is after.notes or before.notes == after.notes
    same_events = before.events is after.events or before.events == after.events
    return same_notes and same_events and before.end == after.end


def _in_its_container(smf: SmfFile, content: bytes) -> bytes:
    """What stood before and after the MIDI data around the new content, RIFF's sizes set right."""
    before, after = bytearray(smf.data[: smf.header.start]), smf.data[smf.end :]
    if smf.riff_size_at is None:
        return bytes(before) + content + after
    old_size = smf.end - smf.header.start
    rest = after[old_size % 2 :]  # RIFF chunks are padded to even lengths
    padded = content + b"\0" * (len(content) % 2)
    before[smf.riff_size_at : smf.riff_size_at + 4] = len(content).to_bytes(4, "little")
    before[4:8] = (len(before) + len(padded) + len(rest) - 8).to_bytes(4, "little")
    return bytes(before) + padded + rest
