"""Installed size: what `dev.py run` needs in a new virtual environment, and what the extra `train` adds to it.

Packages are installed as `dev.py run` does it and imported once, so that bytecode counts as far as it is used. What
`train` adds is measured where this runs: the packages that are only needed for it. Sizes are what files take on disk.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import Distribution, PackageNotFoundError
from importlib.util import cache_from_source
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
SHOWN = 12
MEGABYTE = 1 << 20
FOLDERS = ("jazzassist", "models", "resources")  # of the checkout, which the virtual environment refers to
IMPORTS = "import jazzassist.gui.app, jazzassist.playback.player, jazzassist.suggesters as s; s.open_suggester()"


def main() -> None:
    """Prints the sizes of the largest packages, their sum, and what the extra `train` would add."""
    with tempfile.TemporaryDirectory() as folder:
        python = _new_environment(Path(folder))
        if not _install(python):
            print("pip could not install the packages, so there is nothing to measure")
            return
        subprocess.run([python, "-c", IMPORTS], env=_environment(), check=True, stderr=subprocess.DEVNULL)
        sizes = _sizes(_site_packages(Path(folder)))
    packages = sum(sizes.values())
    files = (path for name in FOLDERS for path in (ROOT / name).rglob("*"))
    own = sum(_size(path) for path in files if path.suffix != ".pyc")
    for name, size in sizes.most_common(SHOWN):
        print(f"  {name:<24}{size / MEGABYTE:>7.0f} MB")
    print(f"  {f'{len(sizes) - SHOWN} others':<24}{sum(sorted(sizes.values())[:-SHOWN]) / MEGABYTE:>7.0f} MB")
    print(f"packages that run needs   {packages / MEGABYTE:>7.0f} MB, JazzAssist itself {own / MEGABYTE:.0f} MB")
    added = _only_for_train(set(sizes))
    more = sum(added.values())
    largest = ", ".join(f"{name} {size / MEGABYTE:.0f}" for name, size in added.most_common(4))
    print(f"the extra train adds      {more / MEGABYTE:>7.0f} MB here ({largest})")
    print(f"with it {(packages + more) / MEGABYTE:.0f} MB, ratio {packages / (packages + more):.2f}")


def _new_environment(folder: Path) -> str:
    """A virtual environment without pip; its interpreter."""
    venv.create(folder, with_pip=False)
    return str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def _install(python: str) -> bool:
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    command = [*pip, "--no-compile", "--editable", str(ROOT)]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _environment() -> dict[str, str]:
    """The environment of a process that writes bytecode and needs no display."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "QT_QPA_PLATFORM": "offscreen"}


def _site_packages(folder: Path) -> Path:
    return next(path for path in folder.rglob("site-packages") if path.is_dir())


def _sizes(folder: Path) -> Counter[str]:
    """Bytes on disk of each distribution in a folder of packages, its bytecode included."""
    found: Counter[str] = Counter()
    for distribution in importlib.metadata.distributions(path=[str(folder)]):
        found[canonicalize_name(distribution.name)] = _bytes_of(distribution)
    found.pop("jazzassist", None)  # a reference to the checkout
    return found


def _bytes_of(distribution: Distribution) -> int:
    files = {Path(str(distribution.locate_file(file))) for file in distribution.files or ()}
    files |= {Path(cache_from_source(str(file))) for file in files if file.suffix == ".py"}
    return sum(_size(file) for file in files)


def _size(path: Path) -> int:
    """Bytes that a file takes on the disk; 0 where there is none."""
    if not path.is_file():
        return 0
    found = path.stat()
    return getattr(found, "st_blocks", 0) * 512 or found.st_size


def _only_for_train(needed: set[str]) -> Counter[str]:
    """Bytes of the distributions that are installed here and needed for `train` alone."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    waiting = _required(extras["train"])
    found: Counter[str] = Counter()
    while waiting:
        name = waiting.pop()
        if name not in needed and name not in found:
            with suppress(PackageNotFoundError):
                distribution = importlib.metadata.distribution(name)
                found[name] = _bytes_of(distribution)
                waiting |= _required(distribution.requires or ())
    return found


def _required(lines: Iterable[str]) -> set[str]:
    """The distributions that these requirements name, where they apply here and to no extra."""
    wanted = [Requirement(line) for line in lines]
    return {canonicalize_name(one.name) for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})}
