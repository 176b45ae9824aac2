"""Held-out songs as people played them: POP909, Groove and the Weimar Jazz Database with their real timing.

A song lies on the beats that were annotated or played to, and every note keeps its distance from them. Chord
symbols are kept apart from the song, so that no request holds them: real files rarely have any.
"""

from __future__ import annotations

import csv
import io
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt
import symusic

from jazzassist.domain.song import DRUM_CHANNEL, Event, Notes, Song, Track
from jazzassist.midi.files import MidiFileError, read_song
from jazzassist.neural.encoding import GRID
from jazzassist.training.arrays import TEST
from jazzassist.training.beats import LEAD_BEATS, BeatGrid, read_beats
from jazzassist.training.config import ConfigError, CorpusSet, Recipe, read_recipe
from jazzassist.training.corpus import files_of, part_of, tune_of
from jazzassist.training.evaluation.tasks import Source, folder_sources

PPQ = 480
LIKE = Path("jazz-7")  # the shipped recipe that says where a set lies, where the recipe in use lacks it
WJAZZD_TABLES = "csv.tar.xz"
TABLE_ENDINGS = {"mcsv_melody": "_FINAL", "mcsv_beat": "_FINAL_beattrack"}  # folders in it, and ends of names
SLOWEST_TEMPO = 0xFFFFFF  # microseconds a quarter, as MIDI holds it

Seconds = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RealSong:
    """A song, the set it is from, and its known chords: (tick, symbol), each until the next."""

    group: str
    path: Path
    song: Song
    chords: tuple[tuple[int, str], ...] = ()


def real_songs(recipe: Recipe, data: Path, part: int = TEST) -> Iterator[RealSong]:
    """The songs of each set of READERS in `data` that lie in a part of the split; ConfigError where there is none."""
    found = False
    for name, read in READERS.items():
        played = _set(name, recipe)
        for path in files_of(played, data):
            side = part_of(tune_of(path, played.tune_from), recipe.test_tunes)
            song = read(played, path, data) if side == part else None
            if song is not None:
                found = True
                yield song
    if not found:
        raise ConfigError(f"{data} holds none of the sets of played music: {', '.join(READERS)}.")


def aligned(sources: Sequence[Source], recipe: Recipe, data: Path) -> list[Source]:
    """The sources with those of sets that are aligned to annotated beats as songs on these beats, as a corpus has them.

    A file of such a set has no beats of its own; those that cannot be aligned are left out.
    """
    sets = {part.name: part for part in recipe.sets if part.beats and part.name in READERS}
    found: list[Source] = []
    for source in sources:
        if source.group not in sets:
            found.append(source)
            continue
        song = READERS[source.group](sets[source.group], source.path, data)
        if song is not None:
            found.append(replace(source, song=song.song))
    return found


def songs_in(folder: Path) -> Iterator[RealSong]:
    """The MIDI files in a folder and the folders in it that can be read; ConfigError where there is none."""
    found = False
    for source in folder_sources(folder):
        try:
            song = read_song(source.path).song
        except MidiFileError:
            continue
        found = True
        yield RealSong("", source.path, song)
    if not found:
        raise ConfigError(f"{folder} holds no MIDI file that can be read.")


def _set(name: str, recipe: Recipe) -> CorpusSet:
    """The set as the recipe has it, or else as LIKE has it; with all of its files."""
    shipped = read_recipe(LIKE)
    found = next(part for part in (*recipe.sets, *shipped.sets) if part.name == name)
    return replace(found, unless_in=None)


def _pop909(part: CorpusSet, path: Path, data: Path) -> RealSong | None:
    grid = read_beats(data / part.beats).get(path.stem) if part.beats else None
    if grid is None:
        return None
    score: Any = symusic.Score(str(path))
    lines = []
    for found in score.to("second").tracks:
        notes = found.notes.numpy()
        lines.append((found.name, found.program, notes["time"], notes["duration"], notes["pitch"], notes["velocity"]))
    song = song_on_beats(grid, lines)
    return RealSong(part.name, path, song, tuple((at * PPQ // GRID, symbol) for at, symbol in grid.marks))


def _groove(part: CorpusSet, path: Path, data: Path) -> RealSong | None:
    try:
        return RealSong(part.name, path, read_song(path).song)
    except MidiFileError:
        return None


def _wjazzd(part: CorpusSet, path: Path, data: Path) -> RealSong | None:
    """The solo alone, timed in seconds against the beats; velocities are those of the file of exact positions."""
    tables = _wjazzd_tables((data / part.folder).parent / WJAZZD_TABLES)
    texts = [tables[kind].get(path.stem) for kind in TABLE_ENDINGS]
    notes, beats = (_rows(text or "") for text in texts)
    if not notes or not beats:
        return None
    score: Any = symusic.Score(str(path))
    exact = score.tracks[0]
    velocity = exact.notes.numpy()["velocity"]
    seconds = np.array([float(row["onset"]) for row in beats])
    rising = np.append(True, np.diff(seconds) > 0)
    downbeats = np.array([row["beat"] == "1" for row in beats])[rising]
    grid = BeatGrid(seconds[rising], downbeats)
    if len(notes) != len(velocity) or len(grid.seconds) < 2:
        return None
    onset, duration, pitch = (np.array([float(row[name]) for row in notes]) for name in ("onset", "duration", "pitch"))
    song = song_on_beats(grid, [(exact.name, exact.program, onset, duration, pitch, velocity)])
    return RealSong(part.name, path, song, tuple(_changes(grid, beats)))


def _changes(grid: BeatGrid, beats: Sequence[Mapping[str, str]]) -> Iterator[tuple[int, str]]:
    ticks = np.round(grid.quarters([float(row["onset"]) for row in beats]) * PPQ).astype(int).tolist()
    for tick, row in zip(ticks, beats, strict=True):
        if row["chord"]:
            yield tick, row["chord"]


READERS: dict[str, Callable[[CorpusSet, Path, Path], RealSong | None]] = {
    "pop909": _pop909,
    "groove": _groove,
    "wjazzd": _wjazzd,
}


@cache
def _wjazzd_tables(archive: Path) -> dict[str, dict[str, str]]:
    """The text of each table by its folder and the name of the solo."""
    found: dict[str, dict[str, str]] = {kind: {} for kind in TABLE_ENDINGS}
    if not archive.exists():
        return found
    with tarfile.open(archive) as files:
        for member in files:
            path = PurePosixPath(member.name)
            stream = files.extractfile(member) if path.parent.name in found and path.suffix == ".csv" else None
            if stream is not None:
                name = path.stem.removesuffix(TABLE_ENDINGS[path.parent.name])
                found[path.parent.name][name] = stream.read().decode("utf-8")
    return found


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def song_on_beats(grid: BeatGrid, lines: Sequence[tuple[str, int, Seconds, Seconds, Any, Any]]) -> Song:
    """A song whose quarters are the beats of `grid`.

    `lines`: name, program, onsets and durations in seconds, pitches and velocities. Notes before the grid are left out.
    """
    tracks = [Track("", events=(*_meters(grid), *_tempi(grid)))]
    for channel, (name, program, onset, duration, pitch, velocity) in enumerate(lines):
        channel += channel >= DRUM_CHANNEL
        start, end = (np.round(grid.quarters(times) * PPQ).astype(np.int64) for times in (onset, onset + duration))
        inside = np.asarray(start >= 0)
        columns = (start, np.maximum(1, end - start), np.asarray(pitch), np.clip(velocity, 1, 127))
        begin, length, pitches, touch = (np.asarray(column, np.int64)[inside] for column in columns)
        notes = Notes.from_columns(begin, length, pitches, touch, np.full(len(begin), channel))
        tracks.append(Track(name.strip(), notes, channel=channel, program=program, end=notes.last_end))
    return Song(PPQ, tuple(tracks))


def _meters(grid: BeatGrid) -> Iterator[Event]:
    for at, numerator, denominator in grid.meters:
        power = denominator.bit_length() - 1
        yield Event(at * PPQ // GRID, bytes([0xFF, 0x58, numerator, power, 24, 8]))


def _tempi(grid: BeatGrid) -> Iterator[Event]:
    for beat, seconds in enumerate(np.diff(grid.seconds).tolist()):
        tempo = min(SLOWEST_TEMPO, max(1, round(seconds * 1e6)))
        yield Event((beat + LEAD_BEATS) * PPQ, bytes([0xFF, 0x51, *tempo.to_bytes(3, "big")]))
