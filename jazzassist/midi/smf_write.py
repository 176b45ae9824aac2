"""Writer of whole songs. Chunks that were not edited keep their bytes; the others are encoded again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from jazzassist.domain.song import Song, Track
from jazzassist.midi.smf import SmfFile
from jazzassist.midi.smf_chunks import MOST_TRACKS
from jazzassist.midi.smf_encode import encode_track
from jazzassist.midi.smf_parts import Span, TrackChunk
from jazzassist.midi.smf_repair import lost_chunk
from jazzassist.midi.song_from_file import SongSource

_FORMAT_AT, _COUNT_AT, _DIVISION_AT, _STANDARD_HEADER = 8, 10, 12, 14


class TooManyTracks(Exception):
    """A song has more tracks than a MIDI file can hold. The message is a clause that begins with "it has"."""


def song_bytes(song: Song, *, repair: bool = False) -> bytes:
    """Return the song as a Standard MIDI File; if it was not edited, exactly the bytes that it was read from.

    If the song's file was damaged, an edited song is written as a valid file that other programs can open;
    `repair` does that even without an edit. An undamaged file is never repaired.
    Raises TooManyTracks if there are more tracks than a file can hold.
    """
    if not isinstance(song.source, SongSource):
        return _new_file(song)
    parts = _Parts(song, song.source)
    if parts.unedited and not (repair and song.source.damaged):
        return song.source.smf.data
    return parts.repaired() if song.source.damaged else parts.assembled()


def _new_file(song: Song) -> bytes:
    chunks = [encode_track([track], None) for track in song.tracks]
    return _header(1, len(chunks), song.ppq) + b"".join(chunks)


def _header(format_: int, count: int, division: int) -> bytes:
    words = (format_, _checked(count), division)
    return b"MThd" + (6).to_bytes(4, "big") + b"".join(word.to_bytes(2, "big") for word in words)


def _checked(count: int) -> int:
    if count > MOST_TRACKS:
        raise TooManyTracks(f"it has {count:,} tracks, and a MIDI file holds at most {MOST_TRACKS:,}")
    return count


@dataclass
class _Parts:
    """Assigns the song's tracks to the file's chunks, and finds the chunks that were edited."""

    song: Song
    source: SongSource
    by_chunk: dict[int, list[Track]] = field(default_factory=dict)
    before: dict[int, list[Track]] = field(default_factory=dict)
    new: list[Track] = field(default_factory=list)

    def __post_init__(self) -> None:
        for track in self.source.tracks:
            if track.chunk is not None:
                self.before.setdefault(track.chunk, []).append(track)
        chunks = self.source.smf.tracks
        for track in self.song.tracks:
            index = track.chunk
            if index is not None and index < len(chunks) and track.source is chunks[index]:
                self.by_chunk.setdefault(index, []).append(track)
            else:
                self.new.append(track)

    @property
    def unedited(self) -> bool:
        """Whether the file can be written exactly as it was read."""
        chunks = range(len(self.source.smf.tracks))
        return not self.new and self.song.ppq == self.source.ppq and all(self._is_unedited(index) for index in chunks)

    def _is_unedited(self, index: int) -> bool:
        before, after = self.before.get(index, []), self.by_chunk.get(index, [])
        return len(before) == len(after) and all(map(_same_content, before, after))

    def assembled(self) -> bytes:
        """Return the file with its edited, new and removed tracks."""
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
        header = self._header_as_found(count + len(new), changed=bool(new) or count != len(smf.tracks))
        return _in_its_container(smf, b"".join((header, *pieces[:last], *new, *pieces[last:])))

    def repaired(self) -> bytes:
        """Return a valid file: the header, all tracks, then all other chunks."""
        smf = self.source.smf
        tracks = [
            encode_track(self.by_chunk[index], chunk, repair=True)
            for index, chunk in enumerate(smf.tracks)
            if index in self.by_chunk
        ]
        tracks += [encode_track([track], None, self.song.text_encoding, repair=True) for track in self.new]
        format_ = smf.format if smf.format in (0, 1, 2) and (smf.format or len(tracks) == 1) else 1
        division = smf.division if self.song.ppq == self.source.ppq and smf.division else self.song.ppq
        header = _header(format_, len(tracks), division)
        return _in_its_container(smf, b"".join((header, *tracks, *self._others())), repair=True)

    def _others(self) -> Iterator[bytes]:
        """Yield the chunks that are not tracks, and each run of bytes outside all chunks, wrapped in a chunk."""
        smf = self.source.smf
        if smf.riff_size_at is None:
            yield lost_chunk(smf.data[: smf.header.start])
        yield lost_chunk(smf.data[smf.header.start + _STANDARD_HEADER : smf.header.end])
        for part in smf.parts:
            if isinstance(part, Span):
                found = smf.data[part.start : part.end]
                yield found if part.stands_alone else lost_chunk(found)

    def _track_bytes(self, chunk: TrackChunk, index: int) -> bytes:
        """Return the chunk's bytes; none if its tracks were removed."""
        if index not in self.by_chunk:
            return b""
        if not self._is_unedited(index):
            return encode_track(self.by_chunk[index], chunk)
        return chunk.data[chunk.start : chunk.end]

    def _header_as_found(self, count: int, *, changed: bool) -> bytes:
        """Return the header's bytes as read, with a new number of tracks if that has changed."""
        smf = self.source.smf
        header = bytearray(smf.data[smf.header.start : smf.header.end])
        if changed:
            header[_COUNT_AT : _COUNT_AT + 2] = _checked(count).to_bytes(2, "big")
            if smf.format == 0 and count > 1:
                header[_FORMAT_AT : _FORMAT_AT + 2] = b"\0\1"
        if self.song.ppq != self.source.ppq:
            header[_DIVISION_AT : _DIVISION_AT + 2] = self.song.ppq.to_bytes(2, "big")
        return bytes(header)


def _same_content(before: Track, after: Track) -> bool:
    """Return True if two tracks are written alike. Fast, because unedited columns are the same objects."""
    same_notes = before.notes is after.notes or before.notes == after.notes
    same_events = before.events is after.events or before.events == after.events
    return same_notes and same_events and before.end == after.end


def _in_its_container(smf: SmfFile, content: bytes, *, repair: bool = False) -> bytes:
    """Return the new content between the bytes that preceded and followed the MIDI data, with correct RIFF sizes.

    A repaired file that is not a RIFF file begins with its header.
    """
    before, after = bytearray(smf.data[: smf.header.start]), smf.data[smf.end :]
    if smf.riff_size_at is None:
        return content if repair else bytes(before) + content + after
    old_size = smf.end - smf.header.start
    rest = after[old_size % 2 :]  # RIFF chunks are padded to even lengths
    padded = content + b"\0" * (len(content) % 2)
    before[smf.riff_size_at : smf.riff_size_at + 4] = len(content).to_bytes(4, "little")
    before[4:8] = (len(before) + len(padded) + len(rest) - 8).to_bytes(4, "little")
    return bytes(before) + padded + rest
