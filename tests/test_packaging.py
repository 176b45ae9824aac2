"""A wheel and an sdist carry the songs, the sounds and the weights, and the installed package finds them."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODEL_FILES = (".safetensors", ".onnx", ".json", ".md")
GRAPHS = sorted((ROOT / "models").glob("*/*.onnx"))
# What onnxruntime 1.23.2 reads, the oldest that pyproject.toml allows.
NEWEST_FORMAT, NEWEST_OPERATORS = 11, 23
CARRIED = (
    "resources/songs/blue-lamp.mid",
    "resources/soundfont/FluidR3Mono_GM.sf3",
    "resources/icons/play.svg",
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "models").glob("*/*") if path.suffix in MODEL_FILES),
)
FIND = """
from jazzassist import paths
print(all((folder / name).is_file() for folder, name in (
    (paths.resources(), "songs/blue-lamp.mid"), (paths.default_checkpoint(), "weights.safetensors"))))
print(paths.resources())
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist of this tree, built without fetching anything."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("dist")
    for target in ("wheel", "sdist"):
        command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def test_the_wheel_carries_what_the_program_needs(built: Path) -> None:
    names = zipfile.ZipFile(next(built.glob("*.whl"))).namelist()
    assert [name for name in CARRIED if f"jazzassist/{name}" not in names] == []


def test_the_sdist_carries_it_and_the_tests(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert [name for name in (*CARRIED, "dev.py", "tests/test_packaging.py") if name not in names] == []


def test_an_editable_installation_copies_nothing(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel:editable", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    assert [name for name in names if "dist-info" not in name] == ["_jazzassist.pth"]


def test_an_installed_wheel_finds_its_own_data(built: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(next(built.glob("*.whl"))).extractall(tmp_path)
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{FIND}"]
    found = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.splitlines()
    assert found == ["True", str(tmp_path / "jazzassist" / "resources")]


def test_a_checkout_finds_its_data() -> None:
    found = subprocess.run([sys.executable, "-c", FIND], cwd=ROOT, check=True, capture_output=True, text=True)
    assert found.stdout.splitlines() == ["True", str(ROOT / "resources")]


def test_each_shipped_network_has_graphs() -> None:
    folders = {path.parent for path in (ROOT / "models").glob("*/config.json")}
    assert folders == {path.parent for path in GRAPHS}


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_shipped_graph_can_be_read_by_the_oldest_runtime(path: Path) -> None:
    model = pytest.importorskip("onnx").load(path, load_external_data=False)
    assert model.ir_version <= NEWEST_FORMAT
    assert {opset.domain: opset.version for opset in model.opset_import}[""] <= NEWEST_OPERATORS


def test_git_leaves_weights_and_graphs_as_they_are() -> None:
    rules = (ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()
    assert {"*.onnx binary", "*.safetensors binary"} <= set(rules)
