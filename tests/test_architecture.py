"""Who may import whom. pytest-archon prints the chain of imports that breaks a rule."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from pytest_archon import archrule

from jazzassist.paths import PACKAGE

ROOMS = ("domain", "beats", "harmony", "midi", "playback", "neural", "literature", "suggest", "training", "gui")
WORKER, PLAYER = "jazzassist.suggest.worker", "jazzassist.playback.player"
# The places that put rooms together: the terminal, and the one function that opens a checkpoint.
TERMINAL = ("jazzassist.cli", "jazzassist.__main__", "jazzassist.terminal*")
OPENER = "jazzassist.suggesters"
TORCH = ("torch*", "onnx", "onnx.*", "onnxscript*")
# What a room may import that is neither in the standard library nor the room itself.
MAY_IMPORT = {
    "domain": {"numpy"},
    "neural": {"numpy", "onnxruntime", "safetensors", "jazzassist.domain"},
    "literature": {"numpy", "onnxruntime", "safetensors", "jazzassist.domain", "jazzassist.neural"},
}


def room(name: str) -> str:
    return f"jazzassist.{name}.*"


def imported_by(path: Path) -> set[str]:
    """The packages that a file imports anywhere in it; of our own, the rooms."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module is not None, f"{path} has a relative import"
            names.add(node.module)
    return {".".join(name.split(".")[: 2 if name.startswith("jazzassist.") else 1]) for name in names}


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_a_room_imports_only_what_it_is_made_of(name: str) -> None:
    files = sorted((PACKAGE / name).rglob("*.py"))
    assert files, f"jazzassist/{name} is gone"
    allowed = {*sys.stdlib_module_names, *MAY_IMPORT[name], f"jazzassist.{name}"}
    assert {file.name: found for file in files if (found := imported_by(file) - allowed)} == {}


def test_only_the_gui_imports_qt() -> None:
    rule = archrule("Qt stays in gui").match("jazzassist*").exclude(room("gui"), *TERMINAL)
    rule.should_not_import("PySide6*", "shiboken6*").check("jazzassist")


def test_only_training_imports_torch_music21_and_what_exports_the_networks() -> None:
    rule = archrule("torch and music21 stay in training").match("jazzassist*").exclude(room("training"))
    rule.should_not_import(*TORCH, "music21*").check("jazzassist", only_direct_imports=True)


def test_training_is_imported_by_the_command_line_alone() -> None:
    rule = archrule("training is offline").match("jazzassist*").exclude(room("training"), *TERMINAL)
    rule.should_not_import(room("training")).check("jazzassist")


def test_the_window_knows_no_network_and_no_analysis() -> None:
    rule = archrule("the window asks a worker").match(room("gui"))
    networks = [room(name) for name in ("neural", "literature", "training")]
    rule.should_not_import(*TORCH, "onnxruntime*", "music21*", *networks).check("jazzassist")


def test_midi_playback_and_the_networks_do_not_know_each_other() -> None:
    rooms = {"midi", "playback", "neural", "suggest"}
    for name in sorted(rooms):
        rule = archrule(f"{name} stands alone").match(room(name)).exclude(WORKER, PLAYER)
        if name == "playback":  # the player process opens MIDI ports
            parts = ("engine", "transport", "silencer")
            rule = rule.exclude(*(f"jazzassist.playback.{part}" for part in parts))
        others = [room(other) for other in sorted(rooms - {name})]
        alone = rule.should_not_import(*others, room("gui"), room("training"), room("literature"))
        alone.check("jazzassist", only_direct_imports=True)


def test_harmony_knows_the_domain_alone() -> None:
    rule = archrule("harmony is analysis").match(room("harmony"))
    others = [room(name) for name in ROOMS if name not in ("domain", "harmony")]
    rule.should_not_import(*others, *TORCH, "onnxruntime*", "PySide6*").check("jazzassist")


def test_beats_know_the_domain_alone() -> None:
    rule = archrule("beats are analysis").match(room("beats"))
    others = [room(name) for name in ROOMS if name not in ("domain", "beats")]
    rule.should_not_import(*others, "torch*", "PySide6*").check("jazzassist")


def test_training_is_imported_by_the_command_line_and_the_opener_alone() -> None:
    rule = archrule("training is offline").match("jazzassist*")
    rule = rule.exclude(room("training"), *TERMINAL, OPENER, WORKER)
    rule.should_not_import(room("training")).check("jazzassist")


def test_the_networks_of_the_papers_stand_on_the_domain_and_what_ours_shares_with_them() -> None:
    """They run from exported graphs, so neither torch nor training is needed."""
    rule = archrule("the papers' networks need no torch").match("jazzassist.literature*")
    others = [room(name) for name in ROOMS if name not in ("domain", "neural", "literature")]
    rule.should_not_import(*others, "torch*", "onnx", "onnxscript*", "rich*", "scipy*").check("jazzassist")


def test_only_the_opener_and_training_know_the_networks_of_the_papers() -> None:
    rule = archrule("the papers' networks are opened by name").match("jazzassist*")
    rule = rule.exclude("jazzassist.literature*", room("training"), *TERMINAL, OPENER, WORKER)
    rule.should_not_import("jazzassist.literature*").check("jazzassist")


def test_the_worker_and_the_player_are_started_by_name_not_imported() -> None:
    rule = archrule("processes are started").match("jazzassist*").exclude(WORKER, PLAYER)
    rule.should_not_import(WORKER, PLAYER).check("jazzassist")
