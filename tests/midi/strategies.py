"""Random songs and random MIDI files for property tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.midi.smf_scan import encode_variable_length
from tests.midi.odd_files import header

TICKS = st.integers(0, 5000)
BYTE = st.integers(0, 127)
VELOCITY = st.integers(1, 127)

# no deadline: a busy machine is not a failure
tried = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _apart(notes: list[Note]) -> list[Note]:
    """Return the notes without those that overlap another of their pitch and channel, which MIDI cannot express."""
    kept: list[Note] = []
    free: dict[tuple[int, int], int] = {}
    for note in sorted(notes):
        key = (note.pitch, note.channel)
        if note.start >= free.get(key, 0):
            kept.append(note)
            free[key] = note.start + max(1, note.duration)
    return kept


def notes(channel: st.SearchStrategy[int], velocity: st.SearchStrategy[int] = VELOCITY) -> st.SearchStrategy[Notes]:
    """Up to 12 notes that do not overlap within their pitch."""
    note = st.builds(Note, TICKS, st.integers(0, 400), st.integers(50, 60), velocity, channel)
    return st.lists(note, max_size=12).map(lambda found: Notes.of(_apart(found)))


def _event(draw: st.DrawFn) -> bytes:
    kind = draw(st.integers(0, 4))
    channel = draw(st.integers(0, 15))
    payload = draw(st.binary(max_size=200))
    return (
        bytes((0xB0 | channel, draw(BYTE), draw(BYTE))),
        bytes((0xC0 | channel, draw(BYTE))),
        bytes((0xE0 | channel, draw(BYTE), draw(BYTE))),
        bytes((0xFF, draw(st.sampled_from((1, 3, 6, 0x51, 0x58, 0x60, 0x7F))))) + payload,
        b"\xf0" + payload + b"\xf7",
    )[kind]


events = st.lists(st.tuples(TICKS, st.composite(_event)()), max_size=6).map(
    lambda found: tuple(Event(tick, data) for tick, data in sorted(found, key=lambda pair: pair[0]))
)


@st.composite
def songs(draw: st.DrawFn) -> Song:
    """A song without a file, of one to three tracks with a channel each."""
    tracks = [
        Track(f"Line {channel}", draw(notes(st.just(channel))), draw(events), channel, draw(BYTE), draw(TICKS))
        for channel in range(draw(st.integers(1, 3)))
    ]
    return Song(draw(st.integers(1, 0x7FFF)), tuple(tracks))


@st.composite
def track_bodies(draw: st.DrawFn) -> bytes:
    """The body of a track as programs write it: running status, both kinds of note-offs, strays, long deltas.

    Velocities stay below 100 and release velocities off 64, so that a test can tell these notes from its own.
    """
    body, running = bytearray(), 0
    for _ in range(draw(st.integers(0, 16))):
        status = draw(st.sampled_from((0x90, 0x90, 0x90, 0x80, 0x80, 0xB0, 0xC0, 0xFF, 0xF0)))
        delta = encode_variable_length(draw(st.sampled_from((0, 0, 0, 1, 10, 200))))
        body += delta if draw(st.integers(0, 9)) else b"\x80" * (3 - len(delta)) + delta
        if status >= 0xF0:
            text = bytes(draw(st.lists(BYTE, max_size=3)))
            body += (b"\xff\x01" if status == 0xFF else b"\xf0") + bytes((len(text),)) + text
            running = 0
            continue
        status |= draw(st.integers(0, 1))
        if status != running or draw(st.booleans()):
            body.append(status)
        body += bytes((draw(st.integers(50, 53)),))
        body += b"" if status & 0xF0 == 0xC0 else bytes((draw(st.integers(0, 9)) * 10,))
        running = status
    return bytes(body) + encode_variable_length(draw(st.integers(0, 300))) + b"\xff\x2f\0"


@st.composite
def files(draw: st.DrawFn, *, alien: bytes = b"XFIH\0\0\0\2hi") -> bytes:
    """A format-1 file of two or three such tracks, with an unknown chunk after the first."""
    bodies = draw(st.lists(track_bodies(), min_size=2, max_size=3))
    chunks = [b"MTrk" + len(body).to_bytes(4, "big") + body for body in bodies]
    return header(len(chunks)) + chunks[0] + alien + b"".join(chunks[1:])
