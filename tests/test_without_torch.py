"""The program where PyTorch and what exports the networks cannot be imported, and what each process imports."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from jazzassist.cli import _TRAINING
from jazzassist.midi.files import read_song
from jazzassist.paths import default_checkpoint, resources, shipped_checkpoints
from tests.main_job import SAX

ROOT = Path(__file__).resolve().parents[1]
SONG = resources() / "songs" / "blue-lamp.mid"
TORCH = ("torch", "onnx", "onnxscript")  # what only training and export need
# Imports of these take long or much memory, and nothing that a composer starts needs them.
HEAVY = {*TORCH, "music21", "scipy", "matplotlib", "symusic", "sympy", "rich", "pandas", "IPython"}
# Shipped networks that hear what follows a gap; the others only continue.
BRIDGING = {"markov", "jazz-6", "jazz-7", "jazz-8", "jiang2019"}
# One of each kind is enough for a quick run.
QUICK = {("markov", "bridge"), (default_checkpoint().name, "bridge"), ("rokvic2021", "continuation")}
ASKED = [
    pytest.param(name, kind, marks=() if (name, kind) in QUICK else pytest.mark.slow)
    for name in ("markov", *shipped_checkpoints())
    for kind in ("bridge", "continuation")
    if kind == "continuation" or name in BRIDGING
]
MISSING = """
import pathlib, traceback
with pathlib.Path(__file__).with_name("tried.txt").open("a") as file:
    traceback.print_stack(file=file)
raise ModuleNotFoundError(f"No module named {__name__!r}", name=__name__)
"""

Imported = Callable[[str], set[str]]


class Without:
    """An environment in which some libraries cannot be imported by any process. It notices each attempt."""

    def __init__(self, folder: Path, *libraries: str) -> None:
        self.folder = folder
        for library in libraries:
            (folder / f"{library}.py").write_text(MISSING)
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self.environment = {**kept, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        """How `python WORDS` ends."""
        command = [sys.executable, *map(str, words)]
        return subprocess.run(
            command, env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False
        )

    @property
    def tried(self) -> str:
        """Where a missing library was wanted, as stacks; empty when nowhere."""
        path = self.folder / "tried.txt"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def without_torch(tmp_path: Path) -> Without:
    """An environment without PyTorch."""
    folder = tmp_path / "without"
    folder.mkdir()
    return Without(folder, *TORCH)


def test_in_this_environment_torch_is_missing_and_trying_is_noticed(without_torch: Without) -> None:
    ended = without_torch.run("-c", "import torch")
    assert "No module named 'torch'" in ended.stderr
    assert without_torch.tried


@pytest.mark.parametrize(("checkpoint", "kind"), ASKED)
def test_the_main_job_is_done_in_the_window(without_torch: Without, tmp_path: Path, checkpoint: str, kind: str) -> None:
    song, out = Path(shutil.copy(SONG, tmp_path)), tmp_path / "out.mid"
    ended = without_torch.run("-m", "tests.main_job", song, tmp_path / "tape.jsonl", out, checkpoint, kind)
    found = json.loads(ended.stdout or "{}")
    assert found.get("failed") == [], ended.stderr
    assert found["checkpoint"] == checkpoint
    assert found["played"] and found["undone"]
    before, after = read_song(song).song, read_song(out).song
    assert len(after.tracks[SAX].notes) - len(before.tracks[SAX].notes) == found["added"] > 0
    assert [a == b for a, b in zip(before.tracks, after.tracks, strict=True)].count(False) == 1
    assert without_torch.tried == ""


@pytest.mark.parametrize(("checkpoint", "kind"), ASKED)
def test_the_main_job_is_done_in_the_terminal(
    without_torch: Without, tmp_path: Path, checkpoint: str, kind: str
) -> None:
    what: tuple[object, ...] = ("bridge", SONG, "--from", 13, "--to", 17)
    if kind == "continuation":
        what = ("continue", SONG, "--from", 9, "--to", 13, "--length", 4)
    out = tmp_path / "out.mid"
    ended = without_torch.run(
        "-m", "jazzassist", *what, "--track", SAX + 1, "--checkpoint", checkpoint, "--out", out, "--json"
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["suggestions"][0]["receipt"]["checkpoint"] == checkpoint
    assert len(read_song(out).song.tracks[SAX].notes) > len(read_song(SONG).song.tracks[SAX].notes)
    assert without_torch.tried == ""


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("--version",),
        ("bridge", "--help"),
        ("info", SONG),
        ("chords", SONG),
        ("check", SONG),
        ("ports", "--json"),
        ("render", SONG, "out.wav"),
    ],
    ids=lambda words: words[0],
)
def test_every_other_command_does_its_work(without_torch: Without, words: tuple[object, ...]) -> None:
    ended = without_torch.run("-m", "jazzassist", *words)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout or (without_torch.folder / "out.wav").exists()
    assert without_torch.tried == ""


@pytest.mark.parametrize("command", _TRAINING)
def test_a_command_of_training_names_the_extra_that_it_needs(without_torch: Without, command: str) -> None:
    ended = without_torch.run("-m", "jazzassist", command, "--help")
    assert ended.returncode == 1
    wanted = f"{command} needs the extra 'train': pip install 'jazzassist[train]'"
    assert ended.stderr == f"jazzassist: {wanted} (torch is not installed).\n"


def test_a_missing_runtime_of_the_networks_is_named(tmp_path: Path) -> None:
    ended = Without(tmp_path, "onnxruntime").run(
        "-m", "jazzassist", "bridge", SONG, "--track", SAX + 1, "--from", 13, "--to", 17
    )
    assert ended.returncode == 4
    assert ended.stderr == "jazzassist: The network cannot be used, since onnxruntime is not installed.\n"


def test_a_runtime_that_cannot_be_loaded_gives_its_reason(tmp_path: Path) -> None:
    without = Without(tmp_path)
    (tmp_path / "onnxruntime.py").write_text("raise ImportError('DLL load failed: no such module\\nmore')")
    ended = without.run("-m", "jazzassist", "bridge", SONG, "--track", SAX + 1, "--from", 13, "--to", 17)
    assert ended.returncode == 4
    assert "cannot be loaded (DLL load failed: no such module)." in ended.stderr
    assert "Traceback" not in ended.stderr


# What is imported at the start

WINDOW = "import jazzassist.gui.app"
PLAYER = "import jazzassist.playback.player"
WORKER = "import jazzassist.suggest.worker, jazzassist.suggesters"
MARKOV = f"{WORKER}; jazzassist.suggesters.open_suggester('markov')"
NETWORK = f"{WORKER}; jazzassist.suggesters.open_suggester()"
NETWORKS = ("jazzassist.neural", "jazzassist.literature", "jazzassist.training", "onnxruntime")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """Names of all modules that are there after the code; none of those that are missing was tried."""

    @cache
    def names(code: str) -> set[str]:
        without = Without(tmp_path_factory.mktemp("without"), *TORCH)
        ended = without.run("-c", f"{code}\nimport sys; print(*sys.modules)")
        assert ended.returncode == 0, ended.stderr
        assert without.tried == ""
        return set(ended.stdout.split())

    return names


@pytest.mark.parametrize("code", [WINDOW, PLAYER, WORKER, MARKOV, NETWORK])
def test_nothing_heavy_is_imported(imported: Imported, code: str) -> None:
    assert {name.partition(".")[0] for name in imported(code)} & HEAVY == set()


@pytest.mark.parametrize("code", [WINDOW, PLAYER, WORKER, MARKOV])
def test_only_a_process_that_opens_a_network_imports_what_runs_it(imported: Imported, code: str) -> None:
    assert [name for name in sorted(imported(code)) if name.startswith(NETWORKS)] == []


@pytest.mark.parametrize("code", [PLAYER, WORKER, MARKOV, NETWORK])
def test_only_the_window_imports_qt(imported: Imported, code: str) -> None:
    assert not {name for name in imported(code) if name.startswith(("PySide6", "shiboken6"))}
