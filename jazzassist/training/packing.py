"""A built corpus as one small file, to be trained on elsewhere: the part that is trained on, and some to validate.

The file is a NumPy archive (.npz) compressed with LZMA. Each array is kept in the smallest type that holds its values:
whole numbers as differences where those are smaller, other numbers as places in a table of the values that occur,
columns one after another. Unpacking gives the same arrays, value for value. It needs NumPy alone.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from jazzassist.neural.sizes import NetworkConfig
from jazzassist.training.arrays import (
    CHORDS_FIRST,
    COUNT,
    FIRST,
    HEARD_FIRST,
    PART,
    QUARTERS,
    ROWS,
    SONG,
    TRAIN,
    VALIDATION,
)
from jazzassist.training.config import ConfigError, CorpusSet, Recipe, TrainingConfig

VALIDATED = 200  # lines that are packed to validate on
BLOCK = 1 << 16  # rows that are unpacked at once
RISING = 0.99
TABLE, META, RECIPE = "table", "meta.json", "recipe.json"
ESTIMATED = "estimated"  # the array that only networks with extras take
OF_SONGS, OF_LINES = ("meters", "tempi"), "pedals"  # entries of meta.json with one item for each song, or line
# What is kept of an array: its values, differences from row to row, or places in a table; and that table's name.
PLAIN, STEPS, PLACES = "plain", "steps", "places"
# The columns of the table that say where a line's rows of an array begin, and how many they are, by an array's name.
KNOWN = {"onset": (FIRST, COUNT), "others": (HEARD_FIRST, QUARTERS), "chords": (CHORDS_FIRST, QUARTERS)}

Array = npt.NDArray[Any]
Table = npt.NDArray[np.int64]


def pack(corpus: Path, recipe: Recipe, out: Path, validated: int = VALIDATED) -> int:
    """Packs a built corpus and its recipe; the bytes of the file.

    ConfigError when the file cannot be written or the corpus lacks what the recipe needs.
    """
    _check(corpus, recipe)
    whole = np.load(corpus / f"{TABLE}.npy")
    parts = whole[:, PART]
    lines = np.concatenate([np.flatnonzero(parts == TRAIN), _some(np.flatnonzero(parts == VALIDATION), validated)])
    table = whole[lines]
    sources = {name: np.load(corpus / f"{name}.npy", mmap_mode="r") for name in _needed(recipe)}
    owners = {name: _owner(sources, name) for name in sources}
    chosen, fresh = _chosen(table, sources, owners)
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
            for name, source in sources.items():
                owner = owners[name]
                for part, array in _packed(source if owner is None else source[chosen[owner]]).items():
                    _write(archive, f"{name}.{part}", array)
            _write(archive, TABLE, fresh)
            archive.writestr(META, json.dumps(_meta(corpus, lines, table)))
            archive.writestr(RECIPE, json.dumps(asdict(recipe)))
    except OSError as error:
        raise ConfigError(f"{out} cannot be written: {error.strerror}.") from error
    return out.stat().st_size


def unpack(path: Path, folder: Path) -> Recipe:
    """Writes the corpus in a packed file into `folder`; its recipe. ConfigError when it is no such file."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(path) as archive:
            recipe = _recipe(json.loads(archive.read(RECIPE)))
            for name in _needed(recipe):
                np.save(folder / f"{name}.npy", _unpacked(archive, name))
            np.save(folder / f"{TABLE}.npy", _read(archive, TABLE).astype(np.int64))
            (folder / META).write_bytes(archive.read(META))
            return recipe
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, TypeError) as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise ConfigError(f"{path} is no packed corpus of this version: {reason}.") from error


def _needed(recipe: Recipe) -> list[str]:
    """The names of the arrays that training by a recipe reads: all, or those that networks without extras know."""
    return [name for name in ROWS if name != ESTIMATED or recipe.network.extras]


def _check(corpus: Path, recipe: Recipe) -> None:
    """ConfigError when a built corpus lacks an array, or an entry of meta.json, that training by a recipe reads."""
    names = [*(f"{name}.npy" for name in (TABLE, *_needed(recipe))), META]
    missing = [name for name in names if not (corpus / name).exists()]
    if not missing and recipe.network.extras:
        meta = json.loads((corpus / META).read_text(encoding="utf-8"))
        missing = [name for name in (*OF_SONGS, OF_LINES) if name not in meta]
    if missing:
        raise ConfigError(
            f"{corpus} holds no {missing[0]}, which {recipe.name} needs; build it again with `jazzassist corpus build`."
        )


def _meta(corpus: Path, lines: Table, table: Table) -> dict[str, Any]:
    """What meta.json says of the chosen lines of a corpus, in their order; songs keep their numbers."""
    meta: dict[str, Any] = json.loads((corpus / META).read_text(encoding="utf-8"))
    kept = {*table[:, SONG].tolist()}
    for name in {*OF_SONGS} & {*meta}:
        meta[name] = [entry if song in kept else [] for song, entry in enumerate(meta[name])]
    if OF_LINES in meta:
        meta[OF_LINES] = [meta[OF_LINES][line] for line in lines.tolist()]
    return meta


def _some(rows: Table, most: int) -> Table:
    """At most so many rows, evenly from all."""
    return rows[np.linspace(0, len(rows) - 1, most).astype(int)] if len(rows) > most else rows


def _owner(sources: Mapping[str, Array], name: str) -> str | None:
    """The array of KNOWN whose rows another one's stand next to: itself, or one of the same length; None for none."""
    if name in KNOWN:
        return name
    return next((known for known in KNOWN if len(sources[known]) == len(sources[name])), None)


def _chosen(
    table: Table, sources: Mapping[str, Array], owners: Mapping[str, str | None]
) -> tuple[dict[str, npt.NDArray[np.bool_]], Table]:
    """By the names in KNOWN which rows of an array belong to the lines of a table; the table of these rows alone."""
    chosen, fresh = {}, table.copy()
    for name, (first, count) in KNOWN.items():
        kept = np.zeros(len(sources[name]) + 1, np.bool_)
        for low, rows in table[:, [first, count]].tolist():
            kept[low : low + rows] = True
        # A line's rows stay next to each other, so where they begin is how many were kept before.
        fresh[:, first] = np.concatenate([[0], np.cumsum(kept)])[table[:, first]]
        chosen[name] = kept[:-1]
    return chosen, fresh


def _packed(array: Array) -> dict[str, Array]:
    """What an array is kept as, by PLAIN, STEPS or PLACES, and the table of values for places."""
    values = np.asarray(array)
    if not np.issubdtype(values.dtype, np.integer):
        table = np.unique(values)
        if len(table) > np.iinfo(np.uint16).max:
            return {PLAIN: values.T}
        return {PLACES: _smallest(np.searchsorted(table, values).T), "values": table}
    if values.ndim == 1 and _is_rising(values):
        kept = {STEPS: _smallest(np.diff(values.astype(np.int64), prepend=0))}
    else:
        kept = {PLAIN: _smallest(values).T}
    return {**kept, "type": np.zeros(0, values.dtype)}


def _is_rising(values: Array) -> bool:
    """Whether values hardly ever fall, as onsets do from line to line alone."""
    return bool(np.mean(values[1:] >= values[:-1]) > RISING) if len(values) > 1 else False


def _smallest(array: Array) -> Array:
    """Whole numbers in the smallest type that holds them."""
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    kinds = ("u1", "i1", "<u2", "<i2", "<i4", "<i8")
    return array.astype(next(kind for kind in kinds if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max))


def _unpacked(archive: zipfile.ZipFile, name: str) -> Array:
    """The array of that name as it was."""
    names = archive.namelist()
    if f"{name}.{STEPS}.npy" in names:
        kind = _read(archive, f"{name}.type").dtype
        return np.cumsum(_read(archive, f"{name}.{STEPS}"), dtype=np.int64).astype(kind)
    if f"{name}.{PLACES}.npy" in names:
        values, places = _read(archive, f"{name}.values"), _read(archive, f"{name}.{PLACES}").T
        found = np.empty(places.shape, values.dtype)
        for low in range(0, len(places), BLOCK):
            found[low : low + BLOCK] = values[places[low : low + BLOCK]]
        return found
    plain = _read(archive, f"{name}.{PLAIN}").T
    kind = _read(archive, f"{name}.type").dtype if f"{name}.type.npy" in names else plain.dtype
    return np.ascontiguousarray(plain, kind)


def _write(archive: zipfile.ZipFile, name: str, array: Array) -> None:
    stream = io.BytesIO()
    np.save(stream, np.ascontiguousarray(array), allow_pickle=False)
    archive.writestr(f"{name}.npy", stream.getbuffer())


def _read(archive: zipfile.ZipFile, name: str) -> Array:
    found: Array = np.load(io.BytesIO(archive.read(f"{name}.npy")), allow_pickle=False)
    return found


def _recipe(table: dict[str, Any]) -> Recipe:
    """The recipe in what `dataclasses.asdict` made of it."""
    network, training = NetworkConfig(**table.pop("network")), TrainingConfig(**table.pop("training"))
    sets = tuple(CorpusSet(**part) for part in table.pop("sets"))
    tuples = {name: tuple(value) for name, value in table.items() if isinstance(value, list)}
    return Recipe(**{**table, **tuples}, network=network, training=training, sets=sets)
