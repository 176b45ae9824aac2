"""`jazzassist check`: opens, saves and compares all files of a folder, without changing them."""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from jazzassist.domain.song import Note, Notes, Song
from jazzassist.midi.files import MidiFileError, read_song, write_song
from jazzassist.terminal.ending import DONE, FAILED, WRONG_USAGE, Stop
from jazzassist.terminal.places import printable


class Outcome(StrEnum):
    """A finding about a file, in the order of the table's columns. The values are its headings and are used in JSON."""

    IDENTICAL = "identical"
    DAMAGED = "damaged"
    REPAIRED = "repaired"
    REFUSED = "refused"
    CHANGED = "changed"
    NOT_REPAIRED = "not repaired"
    CRASHED = "crashed"
    TOO_SLOW = "too slow"


COLUMNS = ("files", *Outcome)
_FAULTS = (Outcome.CHANGED, Outcome.NOT_REPAIRED, Outcome.CRASHED, Outcome.TOO_SLOW)


class Result(NamedTuple):
    """The result for one file: its outcomes, and a sentence if there was a problem."""

    outcomes: tuple[Outcome, ...]
    sentence: str = ""


def run(arguments: argparse.Namespace) -> int:
    """Print a table of the folders' files, or one JSON object. Return FAILED if any file failed."""
    paths = {str(folder): _files(folder) for folder in arguments.folders}
    every = [path for found in paths.values() for path in found]
    results = dict(zip(every, _all_results(every, float(arguments.seconds)), strict=True))
    counts = {folder: _counted(results[path] for path in found) for folder, found in paths.items()}
    counts["all"] = _counted(results[path] for found in paths.values() for path in found)
    if arguments.json:
        found = [
            {"file": str(path), "what": result.outcomes, "why": result.sentence} for path, result in results.items()
        ]
        print(json.dumps({"folders": counts, "files": found}, indent=2))
    else:
        print(_table(counts))
        for path, result in results.items():
            if any(fault in result.outcomes for fault in _FAULTS):
                print(printable(f"{path}: {', '.join(result.outcomes)}. {result.sentence}"))
    return FAILED if any(counts["all"][fault] for fault in _FAULTS) else DONE


def check_file(path: Path, folder: Path) -> Result:
    """Open a file, save it unedited in `folder` and compare. A damaged one is also edited, saved and opened again."""
    try:
        opened = read_song(path)
    except MidiFileError as reason:
        return Result((Outcome.REFUSED,), str(reason))
    copy = folder / "copy.mid"
    write_song(opened.song, copy)
    outcome = Outcome.IDENTICAL if copy.read_bytes() == path.read_bytes() else Outcome.CHANGED
    if not opened.damaged:
        return Result((outcome,))
    why = _why_not_repaired(opened.song, folder / "repaired.mid")
    return Result((outcome, Outcome.DAMAGED, Outcome.NOT_REPAIRED if why else Outcome.REPAIRED), why)


def _why_not_repaired(song: Song, target: Path) -> str:
    """Return what is still wrong after an edit was saved and opened again, "" if nothing is."""
    edited = _with_note(song)
    write_song(edited, target, repair=True)
    again = read_song(target)
    if again.damaged:
        return " ".join(again.warnings)
    starts = [Counter(_beginnings(song)) for song in (edited, again.song)]
    return "" if starts[0] == starts[1] else "Its notes differ from those that were saved."


def _with_note(song: Song) -> Song:
    """Return the song with a short note added after the end of its last track."""
    if not song.tracks:
        return song
    track = song.tracks[-1]
    added = Notes.of([Note(track.end + song.ppq, song.ppq, 60, 80, track.channel)])
    return song.with_track(len(song.tracks) - 1, replace(track, notes=track.notes.joined(added)))


def _beginnings(song: Song) -> Iterator[tuple[int, ...]]:
    for track in song.tracks:
        yield from ((note.start, note.pitch, note.velocity, note.channel) for note in track.notes)


def _files(folder: Path) -> list[Path]:
    if not folder.exists():
        raise Stop(WRONG_USAGE, f"{folder} does not exist.")
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else [folder]


def _counted(results: Iterator[Result]) -> dict[str, int]:
    counts = dict.fromkeys(COLUMNS, 0)
    for result in results:
        counts["files"] += 1
        for outcome in result.outcomes:
            counts[outcome] += 1
    return counts


def _table(counts: dict[str, dict[str, int]]) -> str:
    """Return a table in Markdown, with a single row if there is one folder."""
    rows = list(counts.items()) if len(counts) > 2 else list(counts.items())[:1]
    lines = [f"| folder | {' | '.join(COLUMNS)} |", "|---|" + "---:|" * len(COLUMNS)]
    lines += [
        f"| {folder} | " + " | ".join(f"{found[column]:,}" for column in COLUMNS) + " |" for folder, found in rows
    ]
    return "\n".join(printable(line) for line in lines)


def _all_results(paths: Sequence[Path], seconds: float) -> Iterator[Result]:
    """Yield the result for each file, from a process that is replaced if it dies or takes too long."""
    checker = _Checker()
    try:
        for path in paths:
            yield checker.result(path, seconds)
    finally:
        checker.end()


class _Checker:
    """A process that checks files one by one, so that neither a hang nor a crash ends the command."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def result(self, path: Path, seconds: float) -> Result:
        """Return the result for a file: TOO_SLOW after the time limit, CRASHED if the process died."""
        pipe = self._started()
        try:
            pipe.send(path)
            if pipe.poll(seconds):
                found: Result = pipe.recv()
                return found
        except (EOFError, OSError):
            self.end()
            return Result((Outcome.CRASHED,), "The process that opened it died.")
        self.end()
        return Result((Outcome.TOO_SLOW,), f"It took more than {seconds:g} seconds.")

    def end(self) -> None:
        """Kill the process."""
        if self._process is not None and self._pipe is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
        self._process = self._pipe = None

    def _started(self) -> Connection:
        if self._pipe is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()
            self._pipe.recv()  # wait until it is ready: the time limit is for files only
        return self._pipe


def _serve(pipe: Connection) -> None:
    """Check the files whose paths are received from the pipe, until it is closed."""
    pipe.send("ready")
    with TemporaryDirectory(prefix="jazzassist-") as folder:
        while True:
            try:
                path = pipe.recv()
            except EOFError:
                return
            try:
                pipe.send(check_file(path, Path(folder)))
            except Exception as error:
                pipe.send(Result((Outcome.CRASHED,), f"{type(error).__name__}: {error}"))
