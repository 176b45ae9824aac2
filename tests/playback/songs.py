"""Small songs for the playback tests, and helpers to find the sounding notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from jazzassist.domain.song import Event, Note, Notes, Song, Track

PPQ = 480


def song(*tracks: Track, tempo: int = 500_000) -> Song:
    """A song of these tracks at one tempo (microseconds per quarter)."""
    head = Track("Tempo", events=(Event(0, b"\xff\x51" + tempo.to_bytes(3, "big")),))
    return Song(PPQ, (head, *tracks))


def line(pitches: Iterable[int], channel: int = 0, step: int = PPQ, length: int = PPQ // 2, **more: object) -> Track:
    """A track of consecutive notes."""
    notes = [Note(i * step, length, pitch, 90, channel) for i, pitch in enumerate(pitches)]
    return Track("Line", Notes.of(notes), channel=channel, **more)  # type: ignore[arg-type]


def chord_song(bars: int = 4) -> Song:
    """Whole-bar chords, so that something always sounds, and a walking line on another channel."""
    chords = [Note(bar * 4 * PPQ, 4 * PPQ, pitch, 80, 0) for bar in range(bars) for pitch in (60, 64, 67)]
    pedal = Event(0, b"\xb0\x40\x7f")
    bass = line([36 + beat % 12 for beat in range(bars * 4)], channel=1)
    return song(Track("Chords", Notes.of(chords), (pedal,)), bass)


def sounding(messages: Iterable[bytes]) -> Counter[tuple[int, int]]:
    """Return the number of note-ons minus note-offs per (channel, pitch), where it is not 0."""
    held: Counter[tuple[int, int]] = Counter()
    for data in messages:
        kind, channel = data[0] & 0xF0, data[0] & 0x0F
        if kind == 0x90 and data[2]:
            held[channel, data[1]] += 1
        elif kind in (0x80, 0x90):
            held[channel, data[1]] = max(0, held[channel, data[1]] - 1)
    return +held


def is_note(data: bytes) -> bool:
    """Return True for note-ons and note-offs."""
    return 0x80 <= data[0] < 0xA0


def begins(messages: Iterable[bytes]) -> list[bytes]:
    """Return only the note-ons."""
    return [data for data in messages if data[0] & 0xF0 == 0x90]
