"""The set-up script: what it says, and that it installs only what is missing."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
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
