"""The set-up script: what it says, and that it installs only what is missing."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_old_interpreter_can_read_the_script_and_so_say_what_it_lacks() -> None:
    ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_without_a_command_it_says_how_it_is_used() -> None:
    found = subprocess.run([sys.executable, str(ROOT / "dev.py")], capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert "run [FILE]" in found.stderr
    assert "test" in found.stderr


def test_libraries_that_are_there_are_not_installed(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(dev, "PYTHON", sys.executable)
    monkeypatch.setattr(dev, "apt_install", lambda names: bool(asked.append(names)) or True)
    assert dev.install_libraries({"libc.so.6": "libc6"} if sys.platform.startswith("linux") else {})
    assert asked == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="shared libraries by their Linux names")
def test_a_missing_library_is_installed_by_its_package(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(dev, "PYTHON", sys.executable)
    monkeypatch.setattr(dev, "apt_install", lambda names: not asked.append(names))
    assert dev.install_libraries({"libc.so.6": "libc6", "libnothing.so.9": "libnothing9"})
    assert asked == [["libnothing9"]]


def test_without_rights_the_exact_line_is_said(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev.shutil, "which", lambda name: None)
    assert not dev.apt_install(["libgl1", "libegl1"])
    assert "sudo apt-get install --yes --no-install-recommends libgl1 libegl1" in capsys.readouterr().err


def test_an_environment_that_is_set_up_is_left_alone(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dev, "VENV", str(tmp_path))
    (tmp_path / "set-up-run").write_text(dev.stamp_of(sys.executable))
    monkeypatch.setattr(dev.subprocess, "call", lambda *words, **more: pytest.fail("something was run"))
    assert dev.set_up(sys.executable, "", None)


def test_what_test_has_installed_is_enough_for_run(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dev, "VENV", str(tmp_path))
    (tmp_path / "set-up-test").write_text(dev.stamp_of(sys.executable))
    monkeypatch.setattr(dev.subprocess, "call", lambda *words, **more: pytest.fail("something was run"))
    assert dev.set_up(sys.executable, "", None)
    assert dev.set_up(sys.executable, "test", None)


class Installing:
    """Stands in for pip: records what is asked for and refuses what it does not know."""

    def __init__(self, dev: ModuleType, monkeypatch: pytest.MonkeyPatch, venv: Path, unknown: str = "") -> None:
        self.asked: list[list[str]] = []
        self.unknown = unknown
        monkeypatch.setattr(dev, "VENV", str(venv))
        monkeypatch.setattr(dev, "PYTHON", sys.executable)
        monkeypatch.setattr(dev, "has_torch", lambda: False)
        monkeypatch.setattr(dev, "install_libraries", lambda wanted: True)
        monkeypatch.setattr(dev.sys, "platform", "linux")
        monkeypatch.setattr(dev.subprocess, "call", self.call)

    def call(self, command: list[str], **more: object) -> int:
        self.asked.append(command[command.index("install") + 1 :])
        return int(command[-1] == self.unknown)

    @property
    def packages(self) -> list[str]:
        return [words[-1] for words in self.asked]


def test_run_installs_no_torch(dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pip = Installing(dev, monkeypatch, tmp_path)
    assert dev.set_up(sys.executable, "", None)
    assert pip.packages == ["."]


def test_test_after_run_adds_torch_and_run_after_that_nothing(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pip = Installing(dev, monkeypatch, tmp_path)
    assert dev.set_up(sys.executable, "", None)
    assert dev.set_up(sys.executable, "test", None)
    assert pip.packages == [".", dev.TORCH + dev.CPU_BUILD, ".[test]"]
    assert dev.set_up(sys.executable, "", None)
    assert len(pip.asked) == 3


def test_without_a_cpu_build_the_usual_one_is_taken_and_its_size_said(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pip = Installing(dev, monkeypatch, tmp_path, unknown=dev.TORCH + dev.CPU_BUILD)
    assert dev.set_up(sys.executable, "test", None)
    assert pip.packages == [dev.TORCH + dev.CPU_BUILD, dev.TORCH, ".[test]"]
    said = capsys.readouterr().out
    assert "3 GB" in said
    assert "--torch-index" in said


def test_torch_comes_from_the_named_index_alone(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pip = Installing(dev, monkeypatch, tmp_path)
    assert dev.set_up(sys.executable, "test", "an-index")
    assert [words[-3:] for words in pip.asked if "--index-url" in words] == [["--index-url", "an-index", dev.TORCH]]
    assert pip.packages == [dev.TORCH, ".[test]"]


def test_when_torch_cannot_be_had_the_environment_is_not_called_set_up(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pip = Installing(dev, monkeypatch, tmp_path, unknown=dev.TORCH)
    assert not dev.set_up(sys.executable, "test", "an-index")
    assert list(tmp_path.iterdir()) == []
    assert pip.packages == [dev.TORCH]


@pytest.mark.parametrize(("command", "extra"), [("run", ""), ("test", "test"), ("bench", "test")])
def test_each_command_asks_for_what_it_needs(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, command: str, extra: str
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(dev, "set_up", lambda interpreter, extra, index: asked.append((extra, index)))
    assert dev.main([command, "--torch-index", "an-index"]) == 1
    assert asked == [(extra, "an-index")]


class Calling:
    """Stands in for what the script calls: records the commands, of which `failing` fails."""

    def __init__(self, dev: ModuleType, monkeypatch: pytest.MonkeyPatch, failing: str = "") -> None:
        self.called: list[list[str]] = []
        self.failing = failing
        monkeypatch.setattr(dev, "call", self.call)

    def call(self, command: list[str], environment: dict[str, str]) -> int:
        assert environment["QT_QPA_PLATFORM"] == "offscreen"
        assert environment["OPENBLAS_NUM_THREADS"] == "1"
        self.called.append(command[2:])
        return int(command[2] == self.failing)

    @property
    def programs(self) -> list[str]:
        return [words[0] for words in self.called]


def test_the_quick_tests_run_on_all_cores_after_the_checks(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    calling = Calling(dev, monkeypatch)
    assert dev.test([]) == 0
    assert calling.programs == ["ruff", "ruff", "mypy", "pytest"]
    assert calling.called[-1][-2:] == ["-m", "not slow"]
    assert calling.called[-1][2:4] == ["-n", "auto"]
    assert "--cov" not in calling.called[-1]


def test_all_tests_are_run_with_their_coverage(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    calling = Calling(dev, monkeypatch)
    assert dev.test(["--all"]) == 0
    assert calling.programs == ["ruff", "ruff", "mypy", "pytest"]
    assert "--cov" in calling.called[-1] and "-n" in calling.called[-1]
    assert "not slow" not in calling.called[-1]


def test_chosen_tests_are_run_alone_the_slow_ones_too(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    calling = Calling(dev, monkeypatch)
    assert dev.test(["tests/midi", "-k", "edit"]) == 0
    assert calling.called == [["pytest", "-q", "tests/midi", "-k", "edit"]]


def test_after_a_failed_check_nothing_else_is_run(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    calling = Calling(dev, monkeypatch, "mypy")
    assert dev.test([]) == 1
    assert calling.programs == ["ruff", "ruff", "mypy"]


def test_the_interpreters_that_it_takes_are_those_of_the_project(dev: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest, beyond = (".".join(map(str, version)) for version in (dev.OLDEST, dev.BEYOND))
    assert project["requires-python"] == f">={oldest},<{beyond}"


def test_a_changed_project_is_set_up_again(dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    monkeypatch.setattr(dev, "HERE", str(tmp_path))
    before = dev.stamp_of(sys.executable)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert dev.stamp_of(sys.executable) != before


def test_no_display_means_none_of_the_three(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not dev.has_display()
    monkeypatch.setitem(os.environ, "WAYLAND_DISPLAY", "wayland-0")
    assert dev.has_display()


@pytest.mark.parametrize("display", [True, False])
@pytest.mark.parametrize("name", ["song.mid", "sub/song", "missing.mid", "../missing.KAR"])
def test_a_file_is_named_from_the_folder_of_the_caller(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, display: bool
) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(dev.subprocess, "call", lambda command, **more: called.append(command) or 0)
    monkeypatch.setattr(dev, "has_display", lambda: display)
    monkeypatch.setattr(dev, "install_libraries", lambda wanted: True)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "song.mid").write_bytes(b"")
    assert dev.run([name]) == 0
    assert called[0][-1] == os.path.abspath(tmp_path / name)


def test_words_that_name_no_file_stay(dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["bridge", "--from", "9:3.5", "--track", "1", "-h"]
    assert [dev.absolute(word) for word in words] == words
