"""A packed corpus gives the same lines again; what is no such file is named."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jazzassist.neural.encoding import EXTRAS
from jazzassist.training import packing
from jazzassist.training.arrays import COLUMNS, COUNT, HEARD_FIRST, PART, QUARTERS, ROWS, SONG, TEST, TRAIN, VALIDATION
from jazzassist.training.commands import main
from jazzassist.training.config import ConfigError
from jazzassist.training.dataset import Dataset
from jazzassist.training.packing import pack, unpack
from tests.training.tiny_corpus import RECIPE

MORE = replace(RECIPE, network=replace(RECIPE.network, extras=len(EXTRAS)))


def heard(data: Dataset, part: int) -> list[tuple[object, ...]]:
    """All that the lines of a part hold."""
    found: list[tuple[object, ...]] = []
    for row in data.table[data.table[:, PART] == part]:
        line, before, around = data.stretch(row, 0, int(row[COUNT]))
        columns = [getattr(line, name).tolist() for name in COLUMNS]
        told = data.estimated
        own = None if told is None else told[row[HEARD_FIRST] : row[HEARD_FIRST] + row[QUARTERS]].tolist()
        more = (own, around.pedals.tolist(), data.tempi[row[SONG]])
        found.append((columns, before, around.heard.tolist(), around.meters.changes, row[-4:-1].tolist(), *more))
    return found


@pytest.fixture
def full(corpus: Path, tmp_path: Path) -> Path:
    """The corpus with pedals of each line and tempi of each song, no two of them alike, and chords that are told."""
    own = tmp_path / "full"
    shutil.copytree(corpus, own)
    meta = json.loads((own / "meta.json").read_text())
    meta["pedals"] = [[[line, line + 5], [line + 9, line + 11]] for line in range(len(np.load(own / "table.npy")))]
    meta["tempi"] = [[[0, 100.5 + song], [48, 90.0]] for song in range(len(meta["meters"]))]
    (own / "meta.json").write_text(json.dumps(meta))
    told = np.load(own / "estimated.npy")
    np.save(own / "estimated.npy", np.random.default_rng(0).integers(0, 256, told.shape).astype(told.dtype))
    return own


@pytest.mark.parametrize("validated", [1, 200])
def test_a_packed_corpus_holds_chords_tempi_and_pedals(full: Path, tmp_path: Path, validated: int) -> None:
    pack(full, MORE, tmp_path / "packed", validated)
    assert unpack(tmp_path / "packed", tmp_path / "again") == MORE
    before, after = Dataset(full, MORE), Dataset(tmp_path / "again", MORE)
    assert heard(before, TRAIN) == heard(after, TRAIN) != []
    kept = heard(after, VALIDATION)
    assert 0 < len(kept) <= validated and all(line in heard(before, VALIDATION) for line in kept)
    assert after.estimated is not None and before.estimated is not None
    assert len(after.estimated) == len(after.others) < len(before.estimated)
    assert len(after.pedals) == len(after.table) < len(before.pedals)
    test = {*before.table[before.table[:, PART] == TEST][:, SONG].tolist()}
    assert not any(after.tempi[song] for song in test)  # what is tested on stays at home


def test_networks_without_extras_need_no_chords_that_are_told(corpus: Path, tmp_path: Path) -> None:
    """Nor does a corpus that was built before there were any."""
    own = tmp_path / "own"
    shutil.copytree(corpus, own)
    (own / "estimated.npy").unlink()
    meta = json.loads((own / "meta.json").read_text())
    (own / "meta.json").write_text(json.dumps({name: meta[name] for name in ("roles", "meters")}))
    pack(own, RECIPE, tmp_path / "packed")
    unpack(tmp_path / "packed", tmp_path / "again")
    assert heard(Dataset(own, RECIPE), TRAIN) == heard(Dataset(tmp_path / "again", RECIPE), TRAIN)


@pytest.mark.parametrize("lacking", ["estimated.npy", "tempi", "pedals", "others.npy", "meta.json"])
def test_a_corpus_that_lacks_what_the_recipe_needs_is_named(full: Path, tmp_path: Path, lacking: str) -> None:
    if "." in lacking:
        (full / lacking).unlink()
    else:
        (full / "meta.json").write_text((full / "meta.json").read_text().replace(f'"{lacking}"', '"other"'))
    with pytest.raises(ConfigError, match=rf"full holds no {lacking}.*tiny.*corpus build"):
        pack(full, MORE, tmp_path / "packed")
    assert not (tmp_path / "packed").exists()


def test_a_packed_corpus_holds_the_same_lines(corpus: Path, tmp_path: Path) -> None:
    size = pack(corpus, RECIPE, tmp_path / "packed")
    assert unpack(tmp_path / "packed", tmp_path / "again") == RECIPE
    before, after = Dataset(corpus, RECIPE), Dataset(tmp_path / "again", RECIPE)
    for part in (TRAIN, VALIDATION):
        assert heard(before, part) == heard(after, part) != []
    assert not (after.table[:, PART] == TEST).any()
    assert len(after.others) < len(before.others) and len(after.chords) < len(before.chords)
    for name in {*ROWS} - {"estimated"}:
        kind, _ = ROWS[name]
        assert np.load(tmp_path / "again" / f"{name}.npy").dtype == np.dtype(kind), name
    assert size == (tmp_path / "packed").stat().st_size < 0.2 * sum(f.stat().st_size for f in corpus.glob("*.npy"))


def test_few_lines_are_kept_to_validate_on(corpus: Path, tmp_path: Path) -> None:
    pack(corpus, RECIPE, tmp_path / "packed", validated=1)
    unpack(tmp_path / "packed", tmp_path / "again")
    assert (np.load(tmp_path / "again" / "table.npy")[:, PART] == VALIDATION).sum() == 1


def test_an_array_that_is_new_stays_next_to_those_of_its_length(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one number more of each note, or one of which no line says where it begins."""
    own = tmp_path / "own"
    shutil.copytree(corpus, own)
    pitch = np.load(own / "pitch.npy")
    np.save(own / "more.npy", (pitch * 3.5).astype(np.float32))
    np.save(own / "other.npy", np.array([5, 4, -3]))
    monkeypatch.setattr(packing, "ROWS", {**ROWS, "more": ("<f4", 1), "other": ("<i8", 1)})
    pack(own, RECIPE, tmp_path / "packed")
    unpack(tmp_path / "packed", tmp_path / "again")
    more, fresh = (np.load(tmp_path / "again" / f"{name}.npy") for name in ("more", "pitch"))
    assert len(fresh) < len(pitch)
    assert (more == fresh * 3.5).all() and more.dtype == np.float32
    assert np.load(tmp_path / "again" / "other.npy").tolist() == [5, 4, -3]


@pytest.mark.parametrize("damage", ["text", "cut", "part missing", "none"])
def test_what_is_no_packed_corpus_is_named(corpus: Path, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "packed"
    pack(corpus, RECIPE, path)
    if damage == "text":
        path.write_text("no archive")
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:2000])
    elif damage == "part missing":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("recipe.json", "{}")
    else:
        path.unlink()
    with pytest.raises(ConfigError, match="packed"):
        unpack(path, tmp_path / "again")


def test_the_command_packs_a_built_corpus(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text('name = "tiny"\n[[sets]]\nname = "combo"\nfolder = "combo"\nlicence = "own"\nshare = 1.0\n')
    words = ["--config", str(recipe)]
    assert main(["train", "pack", str(corpus), str(tmp_path / "packed"), *words]) == 0
    assert "holds the corpus in" in capsys.readouterr().out
    assert main(["train", "pack", str(tmp_path), str(tmp_path / "packed"), *words]) == 3
    assert "holds no corpus" in capsys.readouterr().err
