"""Folders of MIDI files and lead sheets -> a corpus of lines, split by tune, with a report."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import symusic
from rich.progress import track

from jazzassist.domain.chords import chord_marks, parse_chord
from jazzassist.neural.encoding import GRID, VERSION, Floats, GridLine, chords, instrument_class, others
from jazzassist.training.arrays import FEWEST_NOTES, TEST, TRAIN, VALIDATION, CorpusWriter, SongLines
from jazzassist.training.config import ConfigError, CorpusSet, Recipe
from jazzassist.training.lead_sheets import read_lead_sheet

LONGEST = 6000  # quarters in a file
VALIDATION_PERCENT, TEST_PERCENT = 3, 5
KINDS = (".mid", ".midi", ".mxl", ".musicxml")


def build(recipe: Recipe, data: Path, out: Path, part_of_all: int | None = None) -> dict[str, Any]:
    """Writes the corpus of `recipe` from the folder `data` into `out`; the report, which is also written there.

    `part_of_all`: TRAIN, VALIDATION or TEST, where all tunes shall lie in one part of the split.
    A build that was broken off goes on where it was, if recipe and files are still the same.
    """
    work = [(part, path) for part in recipe.sets for path in files_of(part, data)]
    if not work:
        raise ConfigError(f"{data} holds none of the sets of the recipe {recipe.name}.")
    with CorpusWriter(out, _identity(recipe, work)) as writer, ProcessPoolExecutor() as pool:
        rest = work[writer.files :]
        results = pool.map(read_lines, rest, chunksize=16)
        progress = track(zip(rest, results, strict=True), "Reading", len(work), writer.files, transient=True)
        for (part, path), result in progress:
            by_tune = part_of(tune_of(path, part.tune_from), recipe.test_tunes)
            writer.add(path.name, by_tune if part_of_all is None else part_of_all, result)
        report = {"sets": manifest(recipe, data), "recipe": recipe.name, **writer.finish()}
    (out / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return report


def _identity(recipe: Recipe, work: Sequence[tuple[CorpusSet, Path]]) -> str:
    """A hash of the version of the encoding, the recipe's sets and test tunes, and the names and sizes of its files."""
    names = [(part.name, path.name, path.stat().st_size) for part, path in work]
    known = [VERSION, [vars(part) for part in recipe.sets], recipe.test_tunes, names]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()


def files_of(part: CorpusSet, data: Path) -> Iterator[Path]:
    """The files of a set that its licence and the recipe let in, sorted."""
    allowed = _public_domain(data / part.licences) if part.licences else None
    better = {path.name for path in (data / part.unless_in).rglob("*")} if part.unless_in else set()
    for path in sorted((data / part.folder).rglob("*")):
        if path.suffix.lower() in KINDS and path.name not in better and (allowed is None or path.name in allowed):
            yield path


def manifest(recipe: Recipe, data: Path) -> dict[str, dict[str, str | int]]:
    """What each set was when it was read: licence, number of files, one SHA-256 over their bytes in order."""
    found: dict[str, dict[str, str | int]] = {}
    for part in recipe.sets:
        paths, digest = list(files_of(part, data)), hashlib.sha256()
        for path in paths:
            digest.update(path.read_bytes())
        found[part.name] = {"licence": part.licence, "files": len(paths), "sha256": digest.hexdigest()}
    return found


def _public_domain(table: Path) -> set[str]:
    with table.open(encoding="utf-8") as file:
        return {row["file"] for row in csv.DictReader(file) if _is_public_domain(row)}


def _is_public_domain(row: dict[str, str]) -> bool:
    """By a licence in the file, or by the date of the work."""
    return "Public Domain" in row.get("licence in header", "") or row.get("us_pd_by_date") == "yes"


def tune_of(path: Path, tune_from: str) -> str:
    """The name of the tune a file holds, so that takes and arrangements of one tune stay on one side of the split."""
    name = path.stem
    if tune_from == "after-performer":
        name = re.sub(r"-\d+$", "", name.split("_", 1)[-1])
    elif tune_from == "scheme":  # number_scheme_key_groove_bpm: one made set of changes, in one key
        number, scheme, key = name.split("_")[:3]
        name = f"{scheme}_{key}{number[:2]}"
    return re.sub(r"[^a-z0-9]", "", name.lower())


def part_of(tune: str, test_tunes: Collection[str] = ()) -> int:
    """TRAIN, VALIDATION or TEST, by a fixed hash of the tune's name; a recipe may name further tunes to test on."""
    if tune in test_tunes:
        return TEST
    number = int(hashlib.sha256(tune.encode()).hexdigest()[:8], 16) % 100
    if number >= 100 - TEST_PERCENT:
        return TEST
    return VALIDATION if number >= 100 - TEST_PERCENT - VALIDATION_PERCENT else TRAIN


def read_lines(job: tuple[CorpusSet, Path]) -> SongLines | str:
    """What a file of a set gives, or why it gives nothing."""
    part, path = job
    if path.suffix.lower() in (".mxl", ".musicxml"):
        return _from_lead_sheet(part, path)
    try:
        score: Any = symusic.Score(str(path))
    except (RuntimeError, ValueError, OSError) as error:
        return f"cannot be read: {error}"
    ppq = score.ticks_per_quarter
    lines = [line for line in (_line(found, ppq) for found in score.tracks) if len(line)]
    if not lines:
        return "has no notes"
    quarters = max(int((line.onset + line.length).max()) for line in lines) // GRID + 12
    if quarters > LONGEST:
        return f"is longer than {LONGEST} quarter notes"
    meters = [(round(m.time * GRID / ppq), m.numerator, m.denominator) for m in score.time_signatures]
    marks = chord_marks(tuple((round(mark.time * GRID / ppq), mark.text) for mark in score.markers))
    table = chords([(onset, parse_chord(text)) for onset, text in marks], quarters)
    return SongLines(meters or [(0, 4, 4)], table, list(_learned(part, lines, quarters)))


def _from_lead_sheet(part: CorpusSet, path: Path) -> SongLines | str:
    sheet = read_lead_sheet(path)
    if isinstance(sheet, str):
        return sheet
    quarters = int((sheet.melody.onset + sheet.melody.length).max()) // GRID + 12
    lines = list(_learned(part, [sheet.melody], quarters))
    return SongLines(sheet.meters, chords(sheet.chords, quarters), lines)


def _line(found: Any, ppq: int) -> GridLine:
    notes = found.notes.numpy()
    onset = np.round(notes["time"] * GRID / ppq).astype(np.int64)
    length = np.maximum(1, np.round(notes["duration"] * GRID / ppq)).astype(np.int64)
    pitch, velocity = notes["pitch"].astype(np.int64), np.clip(notes["velocity"], 1, 127).astype(np.int64)
    order = np.lexsort((pitch, onset))
    onset, length, pitch, velocity = onset[order], length[order], pitch[order], velocity[order]
    keep = np.ones(len(onset), np.bool_)
    keep[1:] = (np.diff(onset) > 0) | (np.diff(pitch) > 0)
    kind = instrument_class(found.program, found.is_drum)
    return GridLine(onset[keep], length[keep], pitch[keep], velocity[keep], kind)


def _learned(part: CorpusSet, lines: list[GridLine], quarters: int) -> Iterator[tuple[str, GridLine, Floats]]:
    for index, line in enumerate(lines):
        role = "solo" if part.first_track_share is not None and index == 0 else part.name
        if len(line) < FEWEST_NOTES or (role == part.name and part.share == 0):
            continue
        # Lines that are not good enough to be learned from are not good enough to be heard either.
        rest = [other for other in lines if other is not line] if part.share else []
        yield role, line, others(rest, quarters).astype(np.float16)
