"""`jazzassist check`: what becomes of all files in a folder. Nothing in it is written to."""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from jazzassist.domain.song import Note, Notes, Song
from jazzassist.midi.files import MidiFileError, read_song, write_song
from jazzassist.terminal.ending import DONE, FAILED, WRONG_USAGE, Stop
from jazzassist.terminal.places import printable

COLUMNS = ("files", "identical", "damaged", "repaired", "refused", "changed", "not repaired", "crashed", "too slow")
_FAULTS = ("changed", "not repaired", "crashed", "too slow")


class Result(NamedTuple):
    """What became of one file: the columns in which it counts, and a sentence when it did not go well."""

    columns: tuple[str, ...]
    sentence: str = ""


def run(arguments: argparse.Namespace) -> int:
    """Prints a table of the folders' files, or one JSON object; FAILED when a file was changed, crashed or hung."""
    paths = {str(folder): _files(folder) for folder in arguments.folders}
    every = [path for found in paths.values() for path in found]
    results = dict(zip(every, _all_results(every, float(arguments.seconds)), strict=True))
    counts = {folder: _counted(results[path] for path in found) for folder, found in paths.items()}
    counts["all"] = _counted(results[path] for found in paths.values() for path in found)
    if arguments.json:
        told = [{"file": str(path), "what": result.columns, "why": result.sentence} for path, result in results.items()]
        print(json.dumps({"folders": counts, "files": told}, indent=2))
    else:
        print(_table(counts))
        for path, result in results.items():
            if any(fault in result.columns for fault in _FAULTS):
                print(printable(f"{path}: {', '.join(result.columns)}. {result.sentence}"))
    return FAILED if any(counts["all"][fault] for fault in _FAULTS) else DONE


def check_file(path: Path, folder: Path) -> Result:
    """Opens a file, saves it unedited in `folder` and compares; a damaged one is edited, saved and opened again too."""
    try:
        opened = read_song(path)
    except MidiFileError as reason:
        return Result(("refused",), str(reason))
    copy = folder / "copy.mid"
    write_song(opened.song, copy)
    columns = ("identical" if copy.read_bytes() == path.read_bytes() else "changed",)
    if not opened.damaged:
        return Result(columns)
    why = _why_not_repaired(opened.song, folder / "repaired.mid")
    return Result((*columns, "damaged", "not repaired" if why else "repaired"), why)


def _why_not_repaired(song: Song, target: Path) -> str:
    """What is still wrong after an edit was saved and opened again; "" when nothing is."""
    edited = _with_note(song)
    write_song(edited, target, repair=True)
    again = read_song(target)
    if again.damaged:
        return " ".join(again.warnings)
    starts = [Counter(_beginnings(song)) for song in (edited, again.song)]
    return "" if starts[0] == starts[1] else "Its notes are not those that were saved."


def _with_note(song: Song) -> Song:
    """The song with a short note after the end of its last track."""
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
        for column in result.columns:
            counts[column] += 1
    return counts


def _table(counts: dict[str, dict[str, int]]) -> str:
    """Rows in Markdown; only one when there is one folder."""
    rows = list(counts.items()) if len(counts) > 2 else list(counts.items())[:1]
    lines = [f"| folder | {' | '.join(COLUMNS)} |", "|---|" + "---:|" * len(COLUMNS)]
    lines += [
        f"| {folder} | " + " | ".join(f"{found[column]:,}" for column in COLUMNS) + " |" for folder, found in rows
    ]
    return "\n".join(printable(line) for line in lines)


def _all_results(paths: Sequence[Path], seconds: float) -> Iterator[Result]:
    """The result for each file, from a process that is replaced when it dies or takes too long."""
    checker = _Checker()
    try:
        for path in paths:
            yield checker.result(path, seconds)
    finally:
        checker.end()


class _Checker:
    """A process that checks one file after the other, so that neither a hang nor a crash ends the command."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def result(self, path: Path, seconds: float) -> Result:
        """The result for a file: "too slow" after the time limit, "crashed" if the process died."""
        pipe = self._started()
        try:
            pipe.send(path)
            if pipe.poll(seconds):
                found: Result = pipe.recv()
                return found
        except (EOFError, OSError):
            self.end()
            return Result(("crashed",), "The process that opened it died.")
        self.end()
        return Result(("too slow",), f"It took more than {seconds:g} seconds.")

    def end(self) -> None:
        """Ends the process at once."""
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
            self._pipe.recv()  # it is ready: only files count against the time
        return self._pipe


def _serve(pipe: Connection) -> None:
    """Checks the files whose paths come through the pipe, until it is closed."""
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
                pipe.send(Result(("crashed",), f"{type(error).__name__}: {error}"))
