"""Songs of very many meters, tracks and names: four times the size, about four times the time."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QApplication

from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.gui.app import make_application
from jazzassist.gui.tracks.track_list import TrackList
from jazzassist.midi.files import OpenedSong
from jazzassist.session import Session
from jazzassist.terminal.info import description
from tests.benchmarks.measure import compare, cpu_seconds, row


def main() -> None:
    """Prints one row for each thing that may be many."""
    make_application()
    compared("`info` of {:,} meters and tempi", _described, (20_000, 5_000))
    compared("list {:,} tracks in the window", _listed, (4_000, 1_000))


def compared(what: str, seconds: Callable[[int], float], counts: tuple[int, int]) -> None:
    """Prints the processor time for the larger count beside that for the smaller one."""
    many, few = compare(lambda: seconds(counts[0]), lambda: seconds(counts[1]), runs=3)
    row(what.format(counts[0]), many, what.format(counts[1]), few)


def _described(count: int) -> float:
    events = [Event(at * 480, bytes((0xFF, 0x58, 3 + at % 4, 2, 24, 8))) for at in range(count)]
    events += [Event(at * 480, b"\xff\x51" + (400_000 + at).to_bytes(3, "big")) for at in range(count)]
    song = Song(480, (Track("Tempo", events=tuple(events), end=count * 480),))
    return cpu_seconds(lambda: description(OpenedSong(song, (), False)))


def _listed(count: int) -> float:
    song = Song(480, tuple(Track(f"Track {at}", Notes.of([Note(0, 10, 60)])) for at in range(count)))
    session = Session()
    tracks = TrackList(session)
    tracks.resize(260, 700)
    tracks.show()
    QApplication.processEvents()
    taken = cpu_seconds(lambda: (session.document.apply("Show", song), QApplication.processEvents()))
    tracks.close()
    return taken
