"""Edits of events that are not notes, as functions from Song to Song.

Controllers, programs and bends belong to a track. Tempo, meter, key, markers and chord symbols apply to the whole
song: setting one replaces what is set at the same tick on any track, and otherwise adds it to the first track.
An event's place is its index in the `events` of its track. If nothing changes, the same song is returned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from jazzassist.domain.chords import is_no_chord, parse_chord
from jazzassist.domain.event_data import KEY, MARKER, METER, TEMPO, check, key_data, meter_data, tempo_data
from jazzassist.domain.song import Event, Song, Track
from jazzassist.domain.texts import decode_text, encode_text

_CHORD_KINDS = (MARKER, 0x01, 0x05)  # where chord symbols can stand: markers, texts, lyrics


def insert_events(song: Song, track: int, events: Iterable[Event]) -> Song:
    """Return the song with copies of events added to a track, each after those at its tick.

    IndexError if there is no such track, ValueError if a file cannot hold an event or it is a note or end of track.
    """
    added = [Event(event.tick, event.data) for event in events]
    for event in added:
        check(event)
    line = _track(song, track)
    if not added:
        return song
    return _with_events(song, track, (*line.events, *added), max(event.tick for event in added))


def remove_events(song: Song, track: int, places: Iterable[int]) -> Song:
    """Return the song without the events at some places of a track; IndexError if there are no such events."""
    gone = _checked(_track(song, track), places)
    events = song.tracks[track].events
    return _with_events(song, track, (event for at, event in enumerate(events) if at not in gone)) if gone else song


def move_events(song: Song, track: int, places: Iterable[int], ticks: int) -> Song:
    """Return the song with some events of a track later by `ticks`, together and no earlier than tick 0.

    Each comes after the events that are at its new tick. IndexError if there are no such events.
    """
    moved = sorted(_checked(_track(song, track), places))
    events = song.tracks[track].events
    ticks = max(ticks, -events[moved[0]].tick) if moved else 0
    if not ticks:
        return song
    removed = remove_events(song, track, moved)
    return insert_events(removed, track, (events[at]._replace(tick=events[at].tick + ticks) for at in moved))


def change_event(song: Song, track: int, place: int, data: bytes) -> Song:
    """Return the song with another message for an event; its tick and place stay.

    IndexError if there is no such event, ValueError if a file cannot hold the message.
    """
    _checked(_track(song, track), [place])
    events = song.tracks[track].events
    changed = events[place]._replace(data=data)
    check(changed)
    return song if data == events[place].data else _with_events(song, track, _with(events, place, changed))


def set_tempo(song: Song, tick: int, bpm: float) -> Song:
    """Return the song with a tempo of `bpm` quarter notes per minute from `tick` on.

    ValueError if a file cannot hold the tempo, or tempo has no effect because the song is timed in SMPTE frames.
    """
    if song.ticks_per_second is not None:
        raise ValueError("the song is timed in SMPTE frames, where tempo has no effect")
    return _set(song, Event(tick, tempo_data(bpm)), lambda event: event.meta == TEMPO)


def set_meter(song: Song, tick: int, numerator: int, denominator: int) -> Song:
    """Return the song with a time signature from `tick` on; ValueError if a file cannot hold it."""
    return _set(song, Event(tick, meter_data(numerator, denominator)), lambda event: event.meta == METER)


def set_key(song: Song, tick: int, sharps: int, *, minor: bool = False) -> Song:
    """Return the song with a key signature from `tick` on. `sharps`: -7 (flats) to 7, otherwise ValueError."""
    return _set(song, Event(tick, key_data(sharps, minor)), lambda event: event.meta == KEY)


def set_marker(song: Song, tick: int, text: str) -> Song:
    """Return the song with a marker at `tick`, instead of one that is there and is no chord symbol."""
    chords = set(song.chord_symbols)

    def is_replaced(event: Event) -> bool:
        return event.meta == MARKER and (event.tick, _text(song, event)) not in chords

    return _set(song, _text_event(song, tick, MARKER, text), is_replaced)


def set_chord(song: Song, tick: int, symbol: str) -> Song:
    """Return the song with a chord symbol at `tick`, instead of one that is there.

    It is written as the song's other chord symbols are: as a marker, a text or a lyric.
    ValueError if it is neither a chord symbol nor a sign for no chord.
    """
    if parse_chord(symbol) is None and not is_no_chord(symbol):
        raise ValueError(f"{symbol} is not a chord symbol")
    chords, kind = set(song.chord_symbols), _chord_kind(song)

    def is_replaced(event: Event) -> bool:
        return event.meta == kind and (event.tick, _text(song, event)) in chords

    return _set(song, _text_event(song, tick, kind, symbol), is_replaced)


def _chord_kind(song: Song) -> int:
    """Return the kind of meta event that holds the song's chord symbols."""
    chords = set(song.chord_symbols)
    events = [event for track in song.tracks for event in track.events] if chords else []
    kinds = {
        event.meta for event in events if event.meta in _CHORD_KINDS and (event.tick, _text(song, event)) in chords
    }
    return next((kind for kind in _CHORD_KINDS if kind in kinds), MARKER)


def _text(song: Song, event: Event) -> str:
    return decode_text(event.payload, song.text_encoding).strip()


def _text_event(song: Song, tick: int, kind: int, text: str) -> Event:
    return Event(tick, bytes((0xFF, kind)) + encode_text(text, song.text_encoding))


def _set(song: Song, event: Event, is_replaced: Callable[[Event], bool]) -> Song:
    """Return the song with an event for the whole song instead of the last one of its kind at its tick."""
    check(event)
    for index, track in reversed(list(enumerate(song.tracks))):
        for place in range(len(track.events) - 1, -1, -1):
            if track.events[place].tick == event.tick and is_replaced(track.events[place]):
                return change_event(song, index, place, event.data)
    return insert_events(song, 0, [event])


def _track(song: Song, index: int) -> Track:
    if not 0 <= index < len(song.tracks):
        raise IndexError(f"the song has no track {index + 1}")
    return song.tracks[index]


def _checked(track: Track, places: Iterable[int]) -> set[int]:
    chosen = set(places)
    if any(not 0 <= place < len(track.events) for place in chosen):
        raise IndexError(f"the track has events 0 to {len(track.events) - 1}")
    return chosen


def _with(events: tuple[Event, ...], place: int, event: Event) -> tuple[Event, ...]:
    return (*events[:place], event, *events[place + 1 :])


def _with_events(song: Song, index: int, events: Iterable[Event], end: int = 0) -> Song:
    """Return the song with other events in a track, in the order of ticks; it ends at the tick `end` or later."""
    ordered = tuple(sorted(events, key=lambda event: event.tick))
    return song.with_track(index, replace(song.tracks[index], events=ordered, end=max(song.tracks[index].end, end)))
