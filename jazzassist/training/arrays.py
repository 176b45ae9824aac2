"""The arrays of a corpus: written line by line, so that they may be larger than memory, and read mapped.

While they are written a journal says what is in them, so that a broken build goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt

from jazzassist.neural.encoding import CHORD, OTHERS, Floats, GridLine

FEWEST_NOTES = 24  # in a line worth learning from
TRAIN, VALIDATION, TEST = range(3)
COLUMNS = ("onset", "length", "pitch", "velocity")
# columns of table.npy
FIRST, COUNT, HEARD_FIRST, QUARTERS, INSTRUMENT, ROLE, PART, SONG, CHORDS_FIRST = range(9)
# The type and the length of a row of each array.
ROWS: dict[str, tuple[str, int]] = dict.fromkeys(COLUMNS, ("<i4", 1)) | {
    "others": ("<f2", OTHERS),
    "chords": ("|u1", CHORD),
    "estimated": ("|u1", CHORD),  # a row for each of `others`; the last column is the confidence in 255ths
}
JOURNAL = "journal.jsonl"
BLOCK = 1 << 16  # rows copied at once


@dataclass(frozen=True)
class SongLines:
    """What one file gives: time signatures and chords on the grid, and (role, line, what the other lines play).

    `tempi`: (grid position, quarter notes a minute), each until the next; none where it is not known. Of each line,
    where they are known, `estimated`: the chords that can be told from the notes, (quarters, CHORD), with the
    confidence of each in the last column; `pedals`: where its sustain pedal goes down and up, on the grid.
    """

    meters: list[tuple[int, int, int]]
    chords: Floats
    lines: list[tuple[str, GridLine, Floats]]
    tempi: list[tuple[int, float]] = field(default_factory=list)
    estimated: list[Floats] = field(default_factory=list)
    pedals: list[list[tuple[int, int]]] = field(default_factory=list)


def fingerprint(line: GridLine) -> str:
    """A hash of a line's onsets, intervals and instrument: the same in every key."""
    music = np.concatenate([line.onset - line.onset[0], np.diff(line.pitch), [line.instrument]])
    return hashlib.sha256(music.astype("<i8").tobytes()).hexdigest()


class CorpusWriter:
    """Writes a corpus into the folder `out`, or goes on with one of the same `identity` that was broken off there."""

    def __init__(self, out: Path, identity: str) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self.out = out
        self.files = 0
        self.rows = dict.fromkeys(ROWS, 0)
        self.table: list[tuple[int, ...]] = []
        self.roles: list[str] = []
        self.meters: list[list[tuple[int, int, int]]] = []
        self.tempi: list[list[tuple[int, float]]] = []
        self.pedals: list[list[tuple[int, int]]] = []
        self.left_out: dict[str, str] = {}
        self.seen: set[str] = set()
        entries = self._entries(identity)
        for entry in entries:
            self._count(entry)
        self._streams = {name: self._opened(name) for name in ROWS}
        self._journal = (out / JOURNAL).open("w", encoding="utf-8")
        for line in ({"identity": identity}, *entries):
            self._journal.write(json.dumps(line) + "\n")
        self._journal.flush()

    def __enter__(self) -> CorpusWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in self._streams.values():
            stream.close()
        self._journal.close()

    def add(self, name: str, part: int, result: SongLines | str) -> None:
        """Takes in what the file `name` of a part of the split gives, or notes why it gives nothing."""
        entry: dict[str, Any] = {"file": name}
        lines = [] if isinstance(result, str) else self._new_lines(result)
        if isinstance(result, str):
            entry["left out"] = result
        elif not lines:
            short = f"has no line of {FEWEST_NOTES} notes to learn from"
            entry["left out"] = "holds only lines that another file holds" if result.lines else short
        else:
            entry |= {"part": part, "meters": result.meters, "chords": len(result.chords), "tempi": result.tempi}
            entry["lines"] = [
                {
                    "role": role,
                    "notes": len(line),
                    "quarters": len(heard),
                    "instrument": line.instrument,
                    "hash": digest,
                    "pedals": result.pedals[number] if result.pedals else [],
                }
                for number, (role, line, heard), digest in lines
            ]
            self._write(result, [number for number, _, _ in lines])
        self._count(entry)
        self._journal.write(json.dumps(entry) + "\n")
        self._journal.flush()

    def finish(self) -> dict[str, Any]:
        """Makes the mapped arrays, the table and meta.json of what was written; the report."""
        for name, stream in self._streams.items():
            stream.close()
            self._as_array(name)
        table = np.array(self.table, np.int64).reshape(-1, CHORDS_FIRST + 1)
        np.save(self.out / "table.npy", table)
        meta = {"roles": self.roles, "meters": self.meters, "tempi": self.tempi, "pedals": self.pedals}
        (self.out / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
        self._journal.close()
        for name in (*(f"{name}.part" for name in ROWS), JOURNAL):
            (self.out / name).unlink()
        roles = {}
        for index, role in enumerate(self.roles):
            rows = table[table[:, ROLE] == index]
            held = rows[rows[:, PART] != TRAIN]
            roles[role] = {"lines": len(rows), "notes": int(rows[:, COUNT].sum()), "held out lines": len(held)}
        return {"notes": self.rows["onset"], "roles": roles, "left out": self.left_out}

    def _entries(self, identity: str) -> list[dict[str, Any]]:
        """What a journal of the same identity says, whole lines alone; [] where there is none."""
        path = self.out / JOURNAL
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
        whole = [json.loads(line) for line in lines if line.endswith("\n")]
        return whole[1:] if whole and whole[0] == {"identity": identity} else []

    def _opened(self, name: str) -> IO[bytes]:
        """The stream of an array, cut to the rows that the journal knows."""
        path, (kind, width) = self.out / f"{name}.part", ROWS[name]
        stream = path.open("r+b" if path.exists() else "w+b")
        stream.truncate(self.rows[name] * width * np.dtype(kind).itemsize)
        stream.seek(0, 2)
        return stream

    def _new_lines(self, result: SongLines) -> list[tuple[int, tuple[str, GridLine, Floats], str]]:
        """The lines that no file before had, each with its number and its fingerprint."""
        found = []
        for number, item in enumerate(result.lines):
            digest = fingerprint(item[1])
            if digest not in self.seen:
                found.append((number, item, digest))
            self.seen.add(digest)
        return found

    def _write(self, result: SongLines, numbers: list[int]) -> None:
        for number in numbers:
            _, line, heard = result.lines[number]
            for name in COLUMNS:
                self._append(name, getattr(line, name))
            self._append("others", heard)
            told = result.estimated[number] if result.estimated else np.zeros((len(heard), CHORD), np.float32)
            self._append("estimated", np.concatenate([told[:, :-1], np.round(told[:, -1:] * 255)], 1))
        self._append("chords", result.chords)
        for stream in self._streams.values():
            stream.flush()

    def _append(self, name: str, rows: npt.NDArray[Any]) -> None:
        self._streams[name].write(rows.astype(ROWS[name][0]).tobytes())

    def _count(self, entry: dict[str, Any]) -> None:
        """Takes an entry of the journal into account."""
        self.files += 1
        if "left out" in entry:
            self.left_out[entry["file"]] = entry["left out"]
            return
        for line in entry["lines"]:
            if line["role"] not in self.roles:
                self.roles.append(line["role"])
            self.seen.add(line["hash"])
            place = (self.rows["onset"], line["notes"], self.rows["others"], line["quarters"], line["instrument"])
            self.table.append(
                (*place, self.roles.index(line["role"]), entry["part"], len(self.meters), self.rows["chords"])
            )
            for name in COLUMNS:
                self.rows[name] += line["notes"]
            self.rows["others"] += line["quarters"]
            self.rows["estimated"] += line["quarters"]
            self.pedals.append([(int(down), int(up)) for down, up in line["pedals"]])
        self.meters.append([cast(tuple[int, int, int], tuple(meter)) for meter in entry["meters"]])
        self.tempi.append([(int(at), float(bpm)) for at, bpm in entry["tempi"]])
        self.rows["chords"] += entry["chords"]

    def _as_array(self, name: str) -> None:
        """The stream as a .npy file, block by block."""
        kind, width = ROWS[name]
        shape: tuple[int, ...] = (self.rows[name],) if width == 1 else (self.rows[name], width)
        found = np.lib.format.open_memmap(self.out / f"{name}.npy", "w+", np.dtype(kind), shape)
        if self.rows[name]:
            source = np.memmap(self.out / f"{name}.part", np.dtype(kind), "r", shape=shape)
            for first in range(0, len(source), BLOCK):
                found[first : first + BLOCK] = source[first : first + BLOCK]
        found.flush()
