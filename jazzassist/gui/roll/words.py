"""Texts for labels and screen readers: pitches, notes, selections, passages."""

from __future__ import annotations

from collections.abc import Sequence

from jazzassist.domain.passage import Passage
from jazzassist.domain.song import Notes, Song
from jazzassist.domain.timing import MeterMap
from jazzassist.session import Session

MOST_NAMED = 4
SPOKEN = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")
WRITTEN = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")


def spoken_pitch(pitch: int) -> str:
    """Return a pitch for screen readers: C4, E flat 4. Middle C, 60, is C4."""
    name = SPOKEN[pitch % 12]
    return f"{name}{' ' if len(name) > 1 else ''}{pitch // 12 - 1}"


def written_pitch(pitch: int) -> str:
    """Return a pitch as it is written: C4, E♭4."""
    return f"{WRITTEN[pitch % 12]}{pitch // 12 - 1}"


def note_text(notes: Notes, index: int, meters: MeterMap) -> str:
    """One of the notes: "C4, bar 9 beat 2, velocity 80"."""
    place = meters.position(int(notes.start[index]))
    pitch, velocity = int(notes.pitch[index]), int(notes.velocity[index])
    return f"{spoken_pitch(pitch)}, bar {place.bar} beat {place.beat}, velocity {velocity}"


def selection_text(notes: Notes, chosen: Sequence[int], meters: MeterMap) -> str:
    """The selected notes: the one, or how many."""
    if len(chosen) == 1:
        return note_text(notes, chosen[0], meters)
    return f"{len(chosen)} notes selected" if chosen else "No note selected"


def range_text(meters: MeterMap, start: int, end: int) -> str:
    """A range of ticks: "bars 9-12", "bar 9", or from beat to beat where it does not hold whole bars."""
    first, last = meters.bar_at(start), meters.bar_at(end - 1)
    if meters.bar_start(first) == start and meters.bar_start(last + 1) == end:
        return f"bars {first}-{last}" if last > first else f"bar {first}"
    return f"{meters.position(start)} to {meters.position(end)}"


def describe_selection(session: Session) -> str:
    """The selected notes, "C4, bar 9 beat 2, velocity 80" or how many; empty for none."""
    chosen = session.selected.tolist()
    return selection_text(session.notes, chosen, session.song.meter_map) if chosen else ""


def describe_passage(session: Session) -> str:
    """The passage, such as "bars 9-12 of Trumpet and Bass, 63 notes"; empty for none."""
    return "" if session.passage is None else passage_text(session.song, session.passage)


def passage_text(song: Song, passage: Passage) -> str:
    """A passage: "bars 9-16 of Piano and Bass, 84 notes"; empty where the song has none of its tracks."""
    tracks = [track for track in passage.tracks if track < len(song.tracks)]
    if not tracks:
        return ""
    count = sum(len(song.tracks[track].notes.starting_in(passage.start, passage.end)) for track in tracks)
    notes = f"{count or 'no'} note{'' if count == 1 else 's'}"
    return f"{range_text(song.meter_map, passage.start, passage.end)} of {tracks_text(song, tracks)}, {notes}"


def tracks_text(song: Song, tracks: Sequence[int]) -> str:
    """Some tracks by name: "Trumpet, Piano and Bass"; only how many where they are more than MOST_NAMED."""
    if len(tracks) > MOST_NAMED:
        return f"{len(tracks)} tracks"
    *first, last = (song.tracks[track].name or f"Track {track + 1}" for track in tracks)
    return f"{', '.join(first)} and {last}" if first else last
