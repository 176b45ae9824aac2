"""Folders of MIDI files and lead sheets -> a corpus of lines, split by tune, with a report."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.progress import track

from jazzassist.neural.encoding import EXTRAS, VERSION
from jazzassist.training.arrays import TEST, TRAIN, VALIDATION, CorpusWriter, fingerprint
from jazzassist.training.config import ConfigError, CorpusSet, Recipe
from jazzassist.training.file_lines import read_lines

VALIDATION_PERCENT, TEST_PERCENT = 3, 5
KINDS = (".mid", ".midi", ".mxl", ".musicxml", ".abc", ".ls")
MUSIC21 = "music21:"  # before the name of a folder in the corpus that comes with music21


def build(
    recipe: Recipe,
    data: Path,
    out: Path,
    part_of_all: int | None = None,
    folders: Mapping[str, Path] | None = None,
    without_missing: bool = False,
) -> dict[str, Any]:
    """Writes the corpus of `recipe` from the folder `data` into `out`; the report, which is also written there.

    `folders`: those of sets that are not included, by name.
    `part_of_all`: TRAIN, VALIDATION or TEST, where all tunes shall lie in one part of the split.
    `without_missing`: whether sets that hold no files are left out; otherwise they raise ConfigError.
    A build that was broken off goes on where it was, if recipe and files are still the same.
    """
    recipe = recipe.with_folders(folders or {})
    missing = missing_sets(recipe, data)
    kept = tuple(part for part in recipe.sets if part.name not in missing)
    if not kept or (missing and all(part.folder.startswith(MUSIC21) for part in kept)):
        raise ConfigError(f"{data} holds none of the sets of the recipe {recipe.name}.")
    if missing and not without_missing:
        raise ConfigError(
            f"{data} lacks files for these sets of the recipe {recipe.name}: {named(missing)}. "
            "Add them, or leave them out with --without-missing."
        )
    recipe = replace(recipe, sets=kept)
    work = [
        (replace(part, version=version), path, data)
        for part in recipe.sets
        for path in files_of(part, data)
        for version in range(part.versions)
    ]
    with CorpusWriter(out, _identity(recipe, work)) as writer, ProcessPoolExecutor() as pool:
        rest = work[writer.files :]
        kept_out = _fingerprints(recipe, data)
        results = pool.map(read_lines, rest, chunksize=16)
        progress = track(zip(rest, results, strict=True), "Reading", len(work), writer.files, transient=True)
        for (part, path, _), result in progress:
            if not isinstance(result, str) and any(fingerprint(line) in kept_out for _, line, _ in result.lines):
                result = "is kept for testing"
            by_tune = part_of(tune_of(path, part.tune_from), recipe.test_tunes)
            writer.add(path.name, by_tune if part_of_all is None else part_of_all, result)
        report = {"sets": manifest(recipe, data), "recipe": recipe.name, "missing": missing, **writer.finish()}
    (out / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return report


def missing_sets(recipe: Recipe, data: Path) -> dict[str, str]:
    """Where the files of each set should be that has none in the folder `data`, by the set's name.

    Sets with `elsewhere` are not looked for.
    """
    return {
        part.name: "the package music21" if part.folder.startswith(MUSIC21) else str(data / part.folder)
        for part in recipe.sets
        if not part.elsewhere and not (_is_installed(part) and any(files_of(part, data)))
    }


def named(missing: Mapping[str, str]) -> str:
    """Missing sets and where they should be, in words."""
    return ", ".join(f"{name} ({place})" for name, place in missing.items())


def _is_installed(part: CorpusSet) -> bool:
    """Whether the package that a set comes with is installed; True for a set that comes with none."""
    return not part.folder.startswith(MUSIC21) or find_spec("music21") is not None


def _fingerprints(recipe: Recipe, data: Path) -> set[str]:
    """The fingerprints of all lines in the folders that are kept for testing, hands merged and apart."""
    found: set[str] = set()
    for folder in recipe.without:
        for hands in (None, 1.0):
            part = CorpusSet(folder, folder, "", share=1.0, hands_share=hands)
            results = [read_lines((part, path, data), tell_chords=False) for path in files_of(part, data)]
            found |= {fingerprint(line) for r in results if not isinstance(r, str) for _, line, _ in r.lines}
    return found


def _identity(recipe: Recipe, work: Sequence[tuple[CorpusSet, Path, Path]]) -> str:
    """A hash of the version of the encoding, the recipe's sets and test tunes, and the names and sizes of its files."""
    names = [(part.name, path.name, path.stat().st_size) for part, path, _ in work]
    known = [VERSION, EXTRAS, [vars(part) for part in recipe.sets], recipe.test_tunes, recipe.without, names]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()


def files_of(part: CorpusSet, data: Path) -> Iterator[Path]:
    """The files of a set that its licence and the recipe let in, sorted; none of a set that is not included."""
    folder = None if part.elsewhere else _folder(part, data)
    if folder is None or not folder.exists():
        return
    allowed = _public_domain(data / part.licences) if part.licences else None
    better = {path.name for path in (data / part.unless_in).rglob("*")} if part.unless_in else set()
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in KINDS and path.name not in better and (allowed is None or path.name in allowed):
            yield path


def _folder(part: CorpusSet, data: Path) -> Path:
    if not part.folder.startswith(MUSIC21):
        return data / part.folder
    package = find_spec("music21")
    if package is None or package.origin is None:
        raise ConfigError(f"The set {part.name} comes with the package music21, which is not installed.")
    return Path(package.origin).parent / "corpus" / part.folder.removeprefix(MUSIC21)


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
    if not table.exists():
        raise ConfigError(f"{table} is missing: it says which files of the set are in the public domain.")
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
    elif tune_from == "folder":  # performer-tune-others-year-hash
        words = path.parent.name.split("-")
        name = words[1] if len(words) > 1 else words[0]
    return re.sub(r"[^a-z0-9]", "", name.lower())


def part_of(tune: str, test_tunes: Collection[str] = ()) -> int:
    """TRAIN, VALIDATION or TEST, by a fixed hash of the tune's name; a recipe may name further tunes to test on."""
    if tune in test_tunes:
        return TEST
    number = int(hashlib.sha256(tune.encode()).hexdigest()[:8], 16) % 100
    if number >= 100 - TEST_PERCENT:
        return TEST
    return VALIDATION if number >= 100 - TEST_PERCENT - VALIDATION_PERCENT else TRAIN
