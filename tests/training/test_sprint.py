"""A sprint trains from a packed corpus, goes on from its own weights, and needs little more than PyTorch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from jazzassist.neural.encoding import EXTRAS
from jazzassist.training.network.checkpoint import load, save
from jazzassist.training.network.network import Network
from jazzassist.training.packing import pack
from jazzassist.training.sittings import main
from tests.training.tiny_corpus import RECIPE

ROOT = Path(__file__).parents[2]
# Libraries of the program and of the extra `train` that a bare machine lacks.
MISSING = (
    *("PySide6", "chardet", "miniaudio", "mido", "onnxruntime", "platformdirs", "rtmidi", "rtmidi2", "soundfile"),
    *("onnx", "onnxscript", "music21", "matplotlib", "mir_eval", "rich", "symusic", "scipy", "bs4", "httpx", "protego"),
)


@pytest.fixture(scope="module")
def packed(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packed") / "tiny.pack"
    pack(corpus, RECIPE, path)
    return path


def words(packed: Path, out: Path, *more: object) -> list[str]:
    fixed = ("train", "sprint", packed, "--out", out, "--device", "cpu", "--workers", 0, "--updates", 2)
    return [str(word) for word in (*fixed, *more)]


def test_sprints_go_on_from_each_other(packed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(words(packed, out, "--batch", 3)) == 0
    told = capsys.readouterr().out.splitlines()[-1]
    assert "after 2 updates on cpu" in told and "bits a note" in told and "a second" in told
    name, first = load(out)
    assert name == "tiny"
    assert main(words(packed, out)) == 0
    progress = json.loads((out / "progress.json").read_text())
    assert (progress["sprints"], progress["updates"]) == (2, 4)
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    held_out = [line["held_out"]["bridge"]["total"] for line in lines if "held_out" in line]
    assert len(held_out) == 4  # before and after each
    assert held_out[2] == pytest.approx(held_out[1], abs=0.01)  # the second begins where the first ended
    assert not torch.equal(load(out)[1].norm.weight, first.norm.weight)
    written = {path.name for path in out.iterdir()}
    assert written == {"weights.safetensors", "config.json", "progress.json", "log.jsonl"}


def test_a_sprint_trains_all_inputs_from_a_checkpoint_without_them(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As jazz-8 is trained from jazz-7."""
    save(Network(RECIPE.network), tmp_path / "old", "old")
    pack(corpus, replace(RECIPE, network=replace(RECIPE.network, extras=len(EXTRAS))), tmp_path / "packed")
    out = tmp_path / "out"
    assert main(words(tmp_path / "packed", out, "--from", tmp_path / "old", "--learning-rate", 0.1)) == 0
    assert "after 2 updates" in capsys.readouterr().out
    first = load(out)[1]
    assert first.config.extras == len(EXTRAS) and first.extras is not None
    assert first.extras.table.weight.any()
    assert main(words(tmp_path / "packed", out)) == 0


def test_a_sprint_begins_with_a_checkpoint(packed: Path, tmp_path: Path) -> None:
    assert main(words(packed, tmp_path / "first")) == 0
    assert main(words(packed, tmp_path / "second", "--from", tmp_path / "first", "--learning-rate", 1e-9)) == 0
    first, second = (load(tmp_path / name)[1].state_dict() for name in ("first", "second"))
    assert all(torch.allclose(first[name], second[name], atol=1e-3) for name in first)


def test_too_little_time_is_said(packed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(packed, tmp_path / "out", "--minutes", 0.0001)) == 3
    told = capsys.readouterr().err
    assert "0.0001 minutes are too few" in told and told.count("\n") == 1


@pytest.mark.parametrize(
    ("more", "sentence"),
    [(["--from", "none"], "There is no checkpoint in none"), (["--out", "broken"], "is damaged")],
)
def test_what_cannot_be_begun_with_is_named(
    packed: Path, tmp_path: Path, more: list[str], sentence: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "weights.safetensors").write_text("")
    (tmp_path / "broken" / "progress.json").write_text("{")
    assert main(words(packed, tmp_path / "out", *more)) == 3
    told = capsys.readouterr().err
    assert sentence in told and told.count("\n") == 1


def test_a_bare_machine_is_enough(packed: Path, tmp_path: Path) -> None:
    """With Python, PyTorch, NumPy and safetensors, through the program's own command."""
    for library in MISSING:
        (tmp_path / f"{library}.py").write_text("raise ModuleNotFoundError(f'No module named {__name__!r}')\n")
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "jazzassist", *words(packed, tmp_path / "out")]
    ended = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "out" / "weights.safetensors").exists()
