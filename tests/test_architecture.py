"""Who may import whom. pytest-archon prints the chain of imports that breaks a rule."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_archon import archrule

from jazzassist.paths import PACKAGE

ROOMS = (
    "domain", "beats", "harmony", "midi", "playback", "neural", "literature", "suggest", "training", "session", "gui",
)  # fmt: skip
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


def test_the_session_knows_neither_the_window_nor_a_network() -> None:
    rule = archrule("the session needs no window").match("jazzassist.session*")
    others = [room(name) for name in ("gui", "neural", "literature", "training", "terminal")]
    rule.should_not_import("PySide6*", *TORCH, "onnxruntime*", "music21*", *others).check("jazzassist")


def test_controllers_and_widgets_do_not_reach_into_the_window() -> None:
    """Only the main window, and the programs that drive one, know its parts."""
    may = {"main_window.py", "app.py", "tour.py"}
    files = [file for file in sorted((PACKAGE / "gui").rglob("*.py")) if file.name not in may]
    assert len(files) > 30
    assert [file.name for file in files if re.search(r"\b_?window\.\w", _code(file))] == []
    assert [file.name for file in files if "gui.window.main_window" in file.read_text(encoding="utf-8")] == []


def _code(path: Path) -> str:
    """A file's code without imports, docstrings and comments."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant("")
    return "\n".join(ast.unparse(node) for node in body)


def modules() -> dict[str, Path]:
    """The files of all our modules, by name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported_modules(name: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    """Our modules that a module imports anywhere in it: also in functions, and for type checkers only."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [each if each in known else node.module for each in inside]
        yield from (each for each in names if each in known and each != name)


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that import each other, by whatever way."""
    reached = {name: _reach(graph, name) for name in graph}
    groups = {tuple(sorted({name, *(to for to in reached[name] if name in reached[to])})) for name in graph}
    return sorted([*group] for group in groups if len(group) > 1)


def _reach(graph: dict[str, set[str]], start: str) -> set[str]:
    found, pending = set[str](), [start]
    while pending:
        new = graph[pending.pop()] - found
        found |= new
        pending.extend(new)
    return found


def test_no_modules_import_each_other() -> None:
    known = modules()
    graph = {name: set(imported_modules(name, path, known)) for name, path in known.items()}
    assert sum(map(len, graph.values())) > 500, "the imports were not found"
    assert cycles(graph) == []


def test_no_rooms_of_the_window_import_each_other() -> None:
    known = {name: path for name, path in modules().items() if name.startswith("jazzassist.gui.")}
    graph: dict[str, set[str]] = {_room_of(name): set() for name in known}
    for name, path in known.items():
        graph[_room_of(name)] |= {_room_of(to) for to in imported_modules(name, path, known)} - {_room_of(name)}
    assert {"window", "roll", "tracks", "transport", "suggestions", "files", "widgets"} <= graph.keys()
    assert cycles(graph) == []


def _room_of(name: str) -> str:
    """The third part of a module's name."""
    return name.split(".")[2]


def test_a_cycle_is_found_however_long_it_is() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"a"}}) == [["a", "b", "c"]]
    assert cycles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


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
