"""Songs whose beats are known: as files give them, as annotated, and moved off their own grid."""

from __future__ import annotations

import csv
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from jazzassist.beats.own import own_beats
from jazzassist.domain.song import Event, Notes, Song, Track
from jazzassist.midi.files import MidiFileError, read_song
from jazzassist.training.arrays import TEST, TRAIN
from jazzassist.training.beats import read_beats
from jazzassist.training.corpus import part_of, tune_of

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

PPQ, TEMPO = 480, 500_000  # of songs that are written as if recorded without a click
MOST_BEATS = 600  # of a song that are kept
SHORTEST = 16  # beats: a shorter song is left out
DRIFT, WAVES, JITTER = 0.06, (12.0, 40.0), 0.010  # share of the tempo, beats in a wave, seconds
# Sets on a grid of their own: folder, and how a tune is named in file names.
GRIDDED = {
    "wjazzd-combo": "after-performer",
    "mma-synth": "scheme",
    "openscore-lieder": "",
    "nottingham": "",
    "freedoom": "",
    "mutopia-rag": "",
    "groove": "",
}
# Files that nothing is learned from: three are kept for tests, one has a licence that weights could not keep.
KEPT_FOR_TESTS = ("d_dm24", "d_map32", "JoplinS-maple", "GershwinG-rialto_ripples-score")


@dataclass(frozen=True)
class Known:
    """A song with its true quarter beats in ticks, whether each begins a bar, and what was done to it."""

    set_name: str
    case: str
    song: Song
    beats: Doubles
    downbeats: Flags


def known_songs(data: Path, part: int, limit: int, distort: bool = True) -> Iterator[Known]:
    """At most `limit` songs of each set of one part of the split (TEST, or TRAIN for all others).

    With `distort` those on a grid come in every distortion as well.
    """
    yield from _pop909(data, part, limit, distort)
    yield from _wjazzd(data, part, limit)
    for name in GRIDDED:
        for number, known in enumerate(_gridded(name, data, part, limit)):
            yield known
            if distort:
                yield from distorted(known, np.random.default_rng(number))


def distorted(known: Known, random: np.random.Generator) -> Iterator[Known]:
    """The song shifted against its grid, played freely without a click, and at half and double tempo."""
    by = int(random.uniform(0.2, 0.8) * known.song.ppq)
    if known.set_name != "groove":
        yield replace(known, case="shifted", song=_moved(known.song, by), beats=known.beats + by)
    yield _without_click(known, random)
    for case, factor in (("half", 2), ("double", 1)):
        yield _scaled(known, case, factor)


def _moved(song: Song, by: int) -> Song:
    return replace(song, tracks=tuple(replace(t, notes=t.notes.shifted(by)) for t in song.tracks))


def _scaled(known: Known, case: str, factor: int) -> Known:
    """The notes on twice or half as many ticks, and the tempo with them, so that it sounds the same."""
    ppq = known.song.ppq
    if case == "half":  # the notated quarter lasts two real ones: the notes take half the ticks of their quarter
        song, beats, rate = replace(known.song, ppq=2 * ppq), known.beats, 2.0
    else:
        tracks = tuple(
            replace(
                track,
                notes=track.notes.changed(start=2 * track.notes.start, duration=2 * track.notes.duration),
                events=tuple(event._replace(tick=2 * event.tick) for event in track.events),
            )
            for track in known.song.tracks
        )
        song, beats, rate = replace(known.song, tracks=tracks), 2 * known.beats, 0.5
    return replace(known, case=case, song=_without_meters(_retimed(song, rate)), beats=beats)


def _retimed(song: Song, rate: float) -> Song:
    """The song with its tempi in microseconds per quarter multiplied."""
    changes = song.tempo_map.changes or ((0, float(TEMPO)),)
    kept = [replace(t, events=tuple(e for e in t.events if e.meta != 0x51)) for t in song.tracks]
    tempi = tuple(_tempo(tick, us * rate) for tick, us in changes)
    return replace(song, tracks=(replace(kept[0], events=(*tempi, *kept[0].events)), *kept[1:]))


def _without_meters(song: Song) -> Song:
    tracks = (replace(t, events=tuple(e for e in t.events if e.meta != 0x58)) for t in song.tracks)
    return replace(song, tracks=tuple(tracks))


def _tempo(tick: int, us: float) -> Event:
    return Event(tick, b"\xff\x51" + min(0xFFFFFF, round(us)).to_bytes(3, "big"))


def _without_click(known: Known, random: np.random.Generator) -> Known:
    """The song as it sounds when the tempo wanders and each onset is a little early or late, at TEMPO throughout."""
    beats = known.beats
    seconds = known.song.tempo_map.seconds_of(beats)
    gaps, at = np.diff(seconds), np.arange(len(beats) - 1)
    waves = sum(np.sin(2 * np.pi * (at / random.uniform(*WAVES) + random.random())) for _ in range(3))
    played = np.concatenate([[0.0], np.cumsum(gaps * np.exp(DRIFT / 2 * np.asarray(waves)))]) + random.uniform(0.5, 1.5)
    jitter = 0.0 if known.set_name == "groove" else JITTER

    def ticks(at: Doubles) -> Doubles:
        ahead = (played[-1] - played[-2]) / (beats[-1] - beats[-2])
        time = np.interp(at, beats, played) + np.maximum(0, at - beats[-1]) * ahead
        time = time + np.minimum(0, at - beats[0]) * (played[1] - played[0]) / (beats[1] - beats[0])
        return np.asarray(np.maximum(0, time) * PPQ * 1e6 / TEMPO)

    def play(notes: Notes) -> Notes:
        late = random.normal(0, jitter, len(notes)) * PPQ * 1e6 / TEMPO
        start = np.maximum(0, np.round(ticks(notes.start.astype(np.float64)) + late)).astype(np.int64)
        end = np.round(ticks(notes.end.astype(np.float64)) + late).astype(np.int64)
        return notes.changed(start=start, duration=np.maximum(1, end - start))

    tracks = tuple(replace(t, notes=play(t.notes), events=()) for t in known.song.tracks)
    return replace(known, case="no click", song=Song(PPQ, tracks), beats=ticks(beats))


def _gridded(name: str, data: Path, part: int, limit: int) -> Iterator[Known]:
    paths = sorted((data / name / "midi").rglob("*.mid"))
    np.random.default_rng(7).shuffle(paths)
    found = 0
    for path in paths:
        if found == limit:
            return
        known = _own(name, path) if _part(path, GRIDDED[name]) == part else None
        if known is not None:
            found += 1
            yield known


def _part(path: Path, tune_from: str) -> int:
    return TEST if path.stem in KEPT_FOR_TESTS or part_of(tune_of(path, tune_from)) == TEST else TRAIN


def _own(name: str, path: Path) -> Known | None:
    try:
        song = read_song(path).song
    except MidiFileError:
        return None
    song = shortened(song, MOST_BEATS * song.ppq)
    beats, downbeats = _beats_played(song)
    return Known(name, "own grid", song, beats, downbeats) if len(beats) >= SHORTEST else None


def shortened(song: Song, end: int) -> Song:
    """The song with the notes that begin before a tick."""
    return replace(song, tracks=tuple(replace(t, notes=t.notes.starting_in(0, end)) for t in song.tracks))


def _beats_played(song: Song) -> tuple[Doubles, Flags]:
    """The beats of the file's own grid from the first note's to the last's, and whether each begins a bar."""
    starts = [track.notes.start for track in song.tracks if len(track.notes)]
    if not starts:
        return np.zeros(0), np.zeros(0, np.bool_)
    first, last = min(int(s[0]) for s in starts), max(int(s[-1]) for s in starts)
    beats, downbeats = own_beats(song.meter_map, first, last + 1)
    kept = (beats > first - song.ppq) & (beats < last + song.ppq)
    return beats[kept], downbeats[kept]


def _pop909(data: Path, part: int, limit: int, distort: bool) -> Iterator[Known]:
    archive = data / "pop909" / "annotations.tar.xz"
    if not archive.exists():
        return
    songs = [(name, grid) for name, grid in sorted(read_beats(archive).items()) if _in(name, part)]
    for name, grid in songs[:limit]:
        song = read_song(data / "pop909" / "midi" / f"{name}.mid").song
        beats = np.array([song.tempo_map.tick_at(at) for at in grid.seconds])
        known = Known("pop909", "as played", song, beats, grid.downbeats)
        yield known
        if distort:
            yield _without_click(known, np.random.default_rng(int(name)))


def _in(name: str, part: int) -> bool:
    return (part_of(name) == TEST) == (part == TEST)


def _wjazzd(data: Path, part: int, limit: int) -> Iterator[Known]:
    archive = data / "wjazzd" / "csv.tar.xz"
    if not archive.exists():
        return
    solos = _solos(archive)
    names = [name for name in sorted(solos) if _part(Path(name.removesuffix("_FINAL")), "after-performer") == part]
    for name in names[:: max(1, len(names) // limit)][:limit]:
        known = _solo(*solos[name])
        if known is not None:
            yield known


@cache
def _solos(archive: Path) -> dict[str, tuple[str, str]]:
    """Notes and beats of each solo as the text of CSV files."""
    texts: dict[str, dict[str, str]] = {}
    with tarfile.open(archive) as files:
        for member in files:
            stream = files.extractfile(member) if member.name.endswith(".csv") else None
            if stream is not None:
                path = PurePosixPath(member.name)
                texts.setdefault(path.stem.removesuffix("_beattrack"), {})[path.parent.name] = stream.read().decode()
    return {
        name: (found["mcsv_melody"], found["mcsv_beat"])
        for name, found in texts.items()
        if {"mcsv_melody", "mcsv_beat"} <= found.keys()
    }


def _solo(melody: str, beats: str) -> Known | None:
    """The solo alone, in seconds, as a file at TEMPO, with the beats of the recording."""
    ticks = PPQ * 1e6 / TEMPO
    notes = list(csv.DictReader(io.StringIO(melody)))
    rows = list(csv.DictReader(io.StringIO(beats)))
    at = np.array([float(row["onset"]) for row in rows]) * ticks
    start = np.array([float(row["onset"]) for row in notes]) * ticks
    keep = (at >= start.min() - PPQ) & (at <= start.max() + PPQ)
    if keep.sum() < SHORTEST or not (np.diff(at[keep]) > 0).all():
        return None
    downs = np.array([row["beat"] == "1" for row in rows])
    length = np.maximum(1, np.array([float(row["duration"]) for row in notes]) * ticks)
    loud = np.array([float(row["loud_median"] or 66) for row in notes])
    velocity = np.clip(80 + 2 * (loud - np.median(loud)), 30, 120)
    pitch = np.array([float(row["pitch"]) for row in notes])
    start, length, velocity = np.round(start), np.round(length), np.round(velocity)
    solo = Track("Solo", Notes.from_columns(start, length, pitch, velocity, np.zeros(len(start))), program=66)
    song = shortened(Song(PPQ, (solo,)), int(at[keep][:MOST_BEATS][-1]))
    return Known("wjazzd", "as played", song, at[keep][:MOST_BEATS], downs[keep][:MOST_BEATS])
