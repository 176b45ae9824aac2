"""The command line as a whole: help, version, opening the window, imports, and no tracebacks."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import jazzassist
from tests.cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (
    "info",
    "bridge",
    "continue",
    "ports",
    "play",
    "render",
    "train",
    "evaluate",
    "corpus",
    "export",
    "figures",
    "rolls",
    "survey",
    "literature",
)


def python(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the checkout."""
    command = [sys.executable, *map(str, words)]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)


def test_the_version(run: Run) -> None:
    assert run("--version").out == f"jazzassist {jazzassist.__version__}\n"


def test_the_help_names_every_command_and_exit_status(run: Run) -> None:
    ended = run("--help")
    assert ended.status == 0
    named = {line.split()[0] for line in ended.out.splitlines() if line.startswith("    ")}
    assert named >= set(COMMANDS)
    assert "4 nothing could be suggested" in ended.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run: Run, command: str) -> None:
    ended = run(command, "--help")
    assert ended.status == 0
    assert ended.out.startswith(f"usage: jazzassist {command}")


@pytest.mark.parametrize("words", [("info",), ("--nonsense",), ("a.mid", "b.mid"), ("train",), ("info", "a", "b")])
def test_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    ended = run(*words)
    assert ended.status == 2
    assert "error:" in ended.err


HEAVY = ("torch", "PySide6", "music21", "rtmidi", "miniaudio")


@pytest.mark.parametrize(
    ("words", "without"),
    [
        (("info", "{song}"), HEAVY),
        (("bridge", "{song}", "--track", "2", "--from", "9", "--to", "13", "--checkpoint", "markov"), HEAVY),
        (("ports",), ("torch", "PySide6", "music21")),
    ],
)
def test_a_command_imports_only_what_it_needs(
    song_path: Path, words: tuple[str, ...], without: tuple[str, ...]
) -> None:
    given = [word.format(song=song_path) for word in words]
    program = (
        f"import sys; from jazzassist.cli import main; status = main({given!r}); "
        f"print([name for name in {without!r} if name in sys.modules]); sys.exit(status)"
    )
    ended = python("-c", program)
    assert ended.returncode == 0
    assert ended.stdout.splitlines()[-1] == "[]"


def test_it_runs_as_a_module(song_path: Path) -> None:
    ended = python("-m", "jazzassist", "info", song_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Walking Bass" in ended.stdout


def test_a_terminal_that_lacks_letters_is_no_reason_to_fail(song_path: Path) -> None:
    odd = song_path.with_name("Blå töne ♫.mid")
    song_path.rename(odd)
    ended = python("-m", "jazzassist", "info", odd, PYTHONIOENCODING="ascii")
    assert ended.returncode == 0


def test_a_reader_that_goes_away_is_no_fault(song_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    words = [sys.executable, "-m", "jazzassist", "info", str(song_path)]
    ended = subprocess.run(words, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert ended.stderr == b""


def test_a_fault_of_our_own_is_one_sentence_and_a_log(
    run: Run, song_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(arguments: object) -> int:
        raise RuntimeError("the strings\nare broken")

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(importlib.import_module("jazzassist.terminal.info"), "run", broken)
    ended = run("info", song_path)
    assert ended.status == 1
    assert "(RuntimeError: the strings)" in ended.sentence
    assert "Traceback" not in ended.err
    if sys.platform == "linux":
        assert "are broken" in (tmp_path / "jazzassist" / "errors.log").read_text()
