"""The lines of one file of a corpus set, on the grid, with the meters, chords and other lines around them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import symusic

from jazzassist.domain.chords import chord_marks, parse_chord
from jazzassist.domain.song import Notes
from jazzassist.domain.timing import MeterMap
from jazzassist.harmony.analysis import NO_CHORD, chords_of
from jazzassist.neural.encoding import (
    CHORD,
    DRUMS,
    GRID,
    Floats,
    GridLine,
    Ints,
    chord_row,
    chords,
    instrument_class,
    others,
)
from jazzassist.training.arranging.arrange import arranged_chart
from jazzassist.training.arranging.charts import read_chart
from jazzassist.training.arrays import FEWEST_NOTES, SongLines
from jazzassist.training.beats import read_beat_table, read_beats
from jazzassist.training.config import CorpusSet
from jazzassist.training.lead_sheets import read_lead_sheet

LONGEST = 6000  # quarters in a file
KEYBOARDS = range(8)  # General MIDI's pianos, harpsichord and clavinet
BOTH_HANDS = " hands"
ONE_IN = 3  # parts of files with chord symbols get estimated ones too: it takes longer than all the rest of a build

Place = Callable[[npt.NDArray[Any], npt.NDArray[Any]], tuple[Ints, Ints]]  # starts, durations -> onsets, lengths


@dataclass(frozen=True)
class Part:
    """A line and what its track is called. `hands`: whether it was merged from two keyboard tracks.

    `pedals`: where its sustain pedal goes down and up.
    """

    name: str
    line: GridLine
    hands: bool = False
    pedals: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class FileParts:
    """All parts of a file on the grid, its time signatures, and its chord symbols and tempi, each until the next."""

    parts: list[Part]
    meters: list[tuple[int, int, int]]
    marks: Sequence[tuple[int, str]]
    tempi: Sequence[tuple[int, float]] = ()

    @property
    def quarters(self) -> int:
        """The length of the music and three bars of 4/4."""
        return max(int((found.line.onset + found.line.length).max()) for found in self.parts) // GRID + 12


def read_lines(job: tuple[CorpusSet, Path, Path], tell_chords: bool = True) -> SongLines | str:
    """What a file of a set gives, or why it gives nothing. `job`: the set, the file, and the folder of all sets.

    `tell_chords`: whether chords are estimated, which takes longer than all the rest.
    """
    part, path, _ = job
    if path.suffix.lower() in (".mxl", ".musicxml", ".abc"):
        return _from_lead_sheet(part, path, tell_chords)
    found = _from_chart(part, path) if path.suffix.lower() == ".ls" else read_parts(job)
    if isinstance(found, str):
        return found
    table = chords([(onset, parse_chord(text)) for onset, text in found.marks], found.quarters)
    learned = list(_learned(part, found.parts, found.quarters))
    told = [_told(part, found, path, number, one) for number, (one, _, _) in enumerate(learned)] if tell_chords else []
    lines = [(role, one.line, heard) for one, role, heard in learned]
    pedals = [list(one.pedals) for one, _, _ in learned]
    return SongLines(found.meters, table, lines, list(found.tempi), told, pedals)


def read_parts(job: tuple[CorpusSet, Path, Path]) -> FileParts | str:
    """The parts of a MIDI file of a set, or why it gives nothing."""
    part, path, data = job
    try:
        score: Any = symusic.Score(str(path))
    except (RuntimeError, ValueError, OSError) as error:
        return f"cannot be read: {error}"
    found = _from_ticks(part, score) if part.beats is None else _from_seconds(part, path, score, data, part.beats)
    if isinstance(found, str):
        return found
    if not found.parts:
        return "has no notes"
    return found if found.quarters <= LONGEST else f"is longer than {LONGEST} quarter notes"


def _from_ticks(part: CorpusSet, score: Any) -> FileParts:
    """A file whose own grid is that of the music."""
    ppq = score.ticks_per_quarter
    meters = [(round(m.time * GRID / ppq), m.numerator, m.denominator) for m in score.time_signatures]
    marks = chord_marks(tuple((round(mark.time * GRID / ppq), mark.text) for mark in score.markers))

    def place(start: npt.NDArray[Any], duration: npt.NDArray[Any]) -> tuple[Ints, Ints]:
        onset, length = (np.round(ticks * GRID / ppq).astype(np.int64) for ticks in (start, duration))
        return onset, length

    tempi = [(round(tempo.time * GRID / ppq), float(tempo.qpm)) for tempo in score.tempos]
    return FileParts(_parts(part, score, place), meters or [(0, 4, 4)], marks, tempi)


def _from_seconds(part: CorpusSet, path: Path, score: Any, data: Path, beats: str) -> FileParts | str:
    """A file whose beats are annotated in seconds, in an archive or in a table beside it."""
    table = beats.endswith(".csv")
    grid = read_beat_table(path.parent / beats) if table else read_beats(data / beats).get(path.stem)
    if grid is None:
        return "has no annotated beats"

    def place(start: npt.NDArray[Any], duration: npt.NDArray[Any]) -> tuple[Ints, Ints]:
        onset = grid.positions(start)
        return onset, grid.positions(start + duration) - onset

    return FileParts(_parts(part, score.to("second"), place), grid.meters, grid.marks, grid.tempi)


def _from_chart(part: CorpusSet, path: Path) -> FileParts | str:
    """One of the arrangements of a chord chart."""
    chart = read_chart(path)
    if isinstance(chart, str):
        return chart
    song = arranged_chart(chart, path.stem, part.version)
    kinds = [(track, instrument_class(track.program, track.is_drums)) for track in song.tracks if len(track.notes)]
    parts = [Part(track.name, GridLine.of(track.notes, song.ppq, kind)) for track, kind in kinds]
    marks = [(tick * GRID // song.ppq, symbol) for tick, symbol in song.markers]
    meters = [(tick * GRID // song.ppq, above, below) for tick, above, below in song.meter_map.changes]
    tempi = [(tick * GRID // song.ppq, 6e7 / microseconds) for tick, microseconds in song.tempo_map.changes]
    return FileParts(parts, meters, marks, tempi)


def _from_lead_sheet(part: CorpusSet, path: Path, tell_chords: bool) -> SongLines | str:
    sheet = read_lead_sheet(path)
    if isinstance(sheet, str):
        return sheet
    quarters = int((sheet.melody.onset + sheet.melody.length).max()) // GRID + 12
    learned = _learned(part, [Part("", sheet.melody)], quarters)
    lines = [(role, one.line, heard) for one, role, heard in learned]
    told = [estimated_chords([sheet.melody], MeterMap(GRID, tuple(sheet.meters)), quarters)] if tell_chords else []
    return SongLines(sheet.meters, chords(sheet.chords, quarters), lines, [], told * len(lines))


def _parts(part: CorpusSet, score: Any, place: Place) -> list[Part]:
    """The tracks with notes; where the set has hands, two keyboard tracks in a row are one part."""
    tracks = [found for found in score.tracks if len(found.notes)]
    parts: list[Part] = []
    while tracks:
        found = tracks.pop(0)
        line, pedals = _line(found, place), _pedals(found, place)
        hands = part.hands_share is not None and bool(tracks) and _is_keyboard(found) and _is_keyboard(tracks[0])
        if hands:
            line = _merged(line, _line(tracks.pop(0), place))
        if len(line):
            parts.append(Part(found.name.strip(), line, hands, pedals))
    return parts


def _is_keyboard(found: Any) -> bool:
    return not found.is_drum and found.program in KEYBOARDS


def _line(found: Any, place: Place) -> GridLine:
    notes = found.notes.numpy()
    onset, length = place(notes["time"], notes["duration"])
    pitch, velocity = notes["pitch"].astype(np.int64), np.clip(notes["velocity"], 1, 127).astype(np.int64)
    inside = onset >= 0
    columns = [column[inside] for column in (onset, np.maximum(1, length), pitch, velocity)]
    return _sorted(columns, instrument_class(found.program, found.is_drum))


def _pedals(found: Any, place: Place) -> tuple[tuple[int, int], ...]:
    """Where the sustain pedal goes down and up, rising."""
    if not len(found.pedals):
        return ()
    pressed = found.pedals.numpy()
    down, length = place(pressed["time"], pressed["duration"])
    return tuple(sorted(zip(down.tolist(), (down + length).tolist(), strict=True)))


def _merged(right: GridLine, left: GridLine) -> GridLine:
    """Both hands as one line."""
    pairs = [(getattr(right, name), getattr(left, name)) for name in ("onset", "length", "pitch", "velocity")]
    return _sorted([np.concatenate(pair) for pair in pairs], right.instrument)


def _sorted(columns: Sequence[Ints], kind: int) -> GridLine:
    """Onset, length, pitch and velocity, sorted by onset and pitch; of notes at one place and pitch the first stays."""
    order = np.lexsort((columns[2], columns[0]))
    onset, length, pitch, velocity = (column[order] for column in columns)
    keep = np.ones(len(onset), np.bool_)
    keep[1:] = (np.diff(onset) > 0) | (np.diff(pitch) > 0)
    return GridLine(onset[keep], length[keep], pitch[keep], velocity[keep], kind)


def _role(part: CorpusSet, found: Part, index: int) -> str:
    if part.first_track_share is not None and index == 0:
        return "solo"
    if part.track_shares:
        return f"{part.name} {found.name}"
    return part.name + BOTH_HANDS if found.hands else part.name


def _told(part: CorpusSet, found: FileParts, path: Path, number: int, learned: Part) -> Floats:
    """The chords that can be told from the notes around a learned part; of files with symbols for one part of three."""
    if found.marks and (zlib.crc32(path.name.encode()) + part.version + number) % ONE_IN:
        return np.zeros((found.quarters, CHORD), np.float32)
    meters = MeterMap(GRID, tuple(found.meters))
    return estimated_chords(_context(part, found.parts, learned), meters, found.quarters)


def _context(part: CorpusSet, parts: list[Part], learned: Part) -> list[GridLine]:
    """The lines that tell the chords of a line that is learned: the other pitched ones, or itself where it is alone."""
    rest = [other.line for other in parts if other is not learned] if _is_heard(part) else []
    pitched = [line for line in rest if line.instrument != DRUMS]
    return pitched or [learned.line] * (learned.line.instrument != DRUMS)


def estimated_chords(lines: Sequence[GridLine], meters: MeterMap, quarters: int) -> Floats:
    """(quarters, CHORD): the chords that can be told from what pitched lines play, with their confidence at the end."""
    notes = [
        Notes.from_columns(line.onset, line.length, line.pitch, line.velocity, np.zeros(len(line), np.int16))
        for line in lines
    ]
    found = np.zeros((quarters, CHORD), np.float32)
    for span in chords_of(notes, GRID, meters):
        chord = parse_chord(span.symbol) if span.symbol != NO_CHORD else None
        if chord is not None:
            found[span.start // GRID : span.end // GRID] = chord_row(chord, span.confidence)
    return found


def _learned(part: CorpusSet, parts: list[Part], quarters: int) -> Iterator[tuple[Part, str, Floats]]:
    """The parts that are learned from, each with its role and what the others play."""
    shares = {"solo": part.first_track_share or 0, **part.role_shares}
    for index, found in enumerate(parts):
        role = _role(part, found, index)
        if len(found.line) < FEWEST_NOTES or (role != "solo" and not shares.get(role)):
            continue
        # Lines that are not good enough to be learned from are not good enough to be heard either.
        rest = [other.line for other in parts if other is not found] if _is_heard(part) else []
        yield found, role, others(rest, quarters).astype(np.float16)


def _is_heard(part: CorpusSet) -> bool:
    return any(part.role_shares.values())
