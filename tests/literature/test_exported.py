"""The exported graphs of the literature networks give the same logits and notes as the networks in PyTorch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from jazzassist.literature.checkpoint import open_checkpoint
from jazzassist.literature.network import AHEAD, STEP, Ending
from jazzassist.literature.suggester import LiteratureSuggester
from jazzassist.literature.systems import HEARD, SYSTEMS
from jazzassist.neural.checkpoint import CONFIG, WEIGHTS, CheckpointError
from jazzassist.neural.graph_file import sealed
from jazzassist.paths import models
from jazzassist.suggesters import NoSuggester, open_suggester
from jazzassist.training.commands import main
from jazzassist.training.literature.checkpoint import load
from jazzassist.training.literature.export import graphs, write_graphs
from jazzassist.training.literature.in_torch import InTorch
from jazzassist.training.literature.systems import build
from tests.neural.requests import band, bridge, continuation, never, no_progress

BAR = 1920
CONTEXTS = 40


@pytest.mark.parametrize("system", HEARD)
def test_the_logits_are_those_of_the_network(system: str) -> None:
    """For random contexts of all lengths, with and without music after the gap, also for steps past the window."""
    exported, loaded = open_checkpoint(models() / system).network, load(models() / system)
    original, random = InTorch(loaded.network), np.random.default_rng(7)
    words, window = len(loaded.vocabulary), loaded.network.window
    for at in range(CONTEXTS):
        rows, length = int(random.integers(1, 4)), int(random.integers(1, 1 + window * 3 // 2))
        seed = random.integers(words, size=(rows, length))
        ending = None
        if loaded.network.system.can_bridge and at % 2:
            after = random.integers(words, size=(rows, int(random.integers(1, 80))))
            ending = Ending(after, int(random.integers(1, 100)))
        pairs = [network.begin(seed, ending) for network in (exported, original)]
        for step in range(4):
            (logits, _), (wanted, _) = pairs
            assert logits.shape == (rows, words) and np.allclose(logits, wanted, atol=1e-4), (at, step)
            token = random.integers(words, size=rows)
            pairs = [
                network.step(token, state) for network, (_, state) in zip((exported, original), pairs, strict=True)
            ]


@pytest.mark.parametrize("system", HEARD)
def test_a_request_gets_the_same_notes_from_the_graphs_and_from_the_network(system: str) -> None:
    song = band(480)
    requests = [continuation(song, 0, 8 * BAR, 10 * BAR, rng_seed=seed) for seed in range(3)]
    if SYSTEMS[system].can_bridge:
        requests += [bridge(song, 0, 4 * BAR, 5 * BAR), bridge(song, 0, 4 * BAR, 6 * BAR)]
    exported, original = (
        LiteratureSuggester(checkpoint) for checkpoint in (models() / system, load(models() / system).opened())
    )
    for request in requests:
        first, second = (way.suggest(request, no_progress, never) for way in (exported, original))
        assert [found.notes for found in first] == [found.notes for found in second] and first


@pytest.mark.parametrize("system", HEARD)
def test_the_shipped_graphs_are_what_export_writes(system: str, tmp_path: Path) -> None:
    write_graphs(load(models() / system).network, tmp_path)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_bytes() for path in (models() / system).glob("*.onnx")}


def test_the_command_writes_the_graphs_that_a_checkpoint_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(models() / "jiang2019", tmp_path / "old"))
    for path in folder.glob("*.onnx"):
        path.unlink()
    with pytest.raises(NoSuggester, match=r"step\.onnx is missing; `jazzassist graphs .*old` writes it\.$"):
        open_suggester(str(folder))
    assert main(["graphs", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder} holds the graphs of its network\n"
    assert open_suggester(str(folder))[0] == "jiang2019"


def test_exporting_twice_gives_the_same_bytes() -> None:
    first = graphs("jiang2019", vocabulary=9, units=8)
    graphs.cache_clear()
    assert graphs("jiang2019", vocabulary=9, units=8) == first and set(first) == {STEP, AHEAD}


def test_an_export_leaves_the_random_numbers_of_a_training_alone(tmp_path: Path) -> None:
    network = build("mangal2019", vocabulary=9, units=8)
    graphs.cache_clear()
    before = torch.get_rng_state()
    write_graphs(network, tmp_path)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_graph_holds_structure_and_takes_every_weight(system: str) -> None:
    made = graphs(system, vocabulary=9, units=8)
    found: set[str] = set()
    for data in made.values():
        model = onnx.load_from_string(data)
        assert len(data) < 30_000 and not any(node.doc_string or node.metadata_props for node in model.graph.node)
        inside = [each for each in model.graph.initializer if each.data_location != onnx.TensorProto.EXTERNAL]
        assert all(each.name.startswith("constant_") for each in inside)
        found |= {each.name for each in model.graph.initializer} - {each.name for each in inside}
        onnx.checker.check_model(_with_weights(model))
    network = load(models() / system).network if system in HEARD else load(models() / "agarwal2018").network
    assert found == {name for name in network.state_dict() if "num_batches" not in name}


def _with_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with zeros in it, since the checker opens the files that others are in."""
    for tensor in model.graph.initializer:
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            continue
        zeros = onnx.numpy_helper.from_array(np.zeros(tuple(tensor.dims), np.float32), tensor.name)
        tensor.CopyFrom(zeros)
    return model


@pytest.fixture(params=HEARD)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a shipped checkpoint."""
    return Path(shutil.copytree(models() / request.param, tmp_path / request.param))


def other_network(folder: Path) -> str:
    return "rokvic2021" if folder.name != "rokvic2021" else "mangal2019"


def change(edit: Callable[[onnx.ModelProto], object]) -> Callable[[Path], None]:
    """Edit the graph and update its checksum."""

    def damage(folder: Path) -> None:
        model = onnx.load(folder / STEP, load_external_data=False)
        edit(model)
        model.ClearField("metadata_props")
        (folder / STEP).write_bytes(sealed(model.SerializeToString()))

    return damage


def resize(name: str, *sizes: int) -> Callable[[onnx.ModelProto], None]:
    def edit(model: onnx.ModelProto) -> None:
        first = model.graph.initializer[0]
        first.dims[:] = sizes

    return edit


def swap(model: onnx.ModelProto) -> None:
    """Reorder the outputs by their names."""
    model.graph.output[0].name, last = "next_hidden", model.graph.output[0].name
    for node in model.graph.node:
        node.output[:] = ["next_hidden" if name == last else name + "_" for name in node.output]
        node.input[:] = [name + "_" for name in node.input]


def rename(model: onnx.ModelProto) -> None:
    """Rename an input, as in the graph of another network."""
    old = model.graph.input[0].name
    model.graph.input[0].name = "notes"
    for node in model.graph.node:
        node.input[:] = ["notes" if name == old else name for name in node.input]


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": lambda folder: (folder / STEP).unlink(),
    "a folder": lambda folder: ((folder / STEP).unlink(), (folder / STEP).mkdir()),
    "empty": lambda folder: (folder / STEP).write_bytes(b""),
    "half": lambda folder: os.truncate(folder / STEP, 3000),
    "a byte": lambda folder: (folder / STEP).write_bytes(b"\x08\x09" + (folder / STEP).read_bytes()[2:-3] + b"abc"),
    "huge": lambda folder: os.truncate(folder / STEP, 1 << 36),
    "another network's": lambda folder: shutil.copy(models() / other_network(folder) / STEP, folder / STEP),
    "an absurd size": change(resize("", 1 << 50, 1 << 50)),
    "another size": change(resize("", 3, 3)),
    "operators of the future": change(lambda model: setattr(model.opset_import[0], "version", 99)),
    "unknown operators": change(lambda model: setattr(model.graph.node[-1], "op_type", "Reboot")),
    "a broken wire": change(lambda model: model.graph.node[-1].input.__setitem__(0, "nowhere")),
    "other inputs": change(rename),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_graph_is_refused_in_one_sentence(folder: Path, damage: str) -> None:
    DAMAGES[damage](folder)
    with pytest.raises(NoSuggester) as caught:
        open_suggester(str(folder))
    said = str(caught.value)
    assert STEP in said and str(folder) in said
    assert "\n" not in said and said.endswith(".") and len(said) < len(str(folder)) + 300


def test_the_graph_of_what_follows_may_be_damaged_too(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(models() / "jiang2019", tmp_path / "jiang2019"))
    shutil.copy(folder / STEP, folder / AHEAD)
    with pytest.raises(CheckpointError, match=rf"{AHEAD} is not the graph of jiang2019\.$"):
        open_checkpoint(folder)
    (folder / AHEAD).unlink()
    with pytest.raises(CheckpointError, match=AHEAD):
        open_checkpoint(folder)


def test_weights_of_another_size_are_refused_by_name(folder: Path) -> None:
    shutil.copy(models() / other_network(folder) / WEIGHTS, folder / WEIGHTS)
    with pytest.raises(NoSuggester, match=WEIGHTS):
        open_suggester(str(folder))


def test_a_config_with_other_sizes_is_refused(folder: Path) -> None:
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    config["vocabulary"].append("new")
    config["network"]["vocabulary"] += 1
    (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(NoSuggester, match="not the graph"):
        open_suggester(str(folder))


def test_flipped_bits_never_get_as_far_as_notes(folder: Path) -> None:
    whole, random = (folder / STEP).read_bytes(), np.random.default_rng(1)
    for place in random.integers(8 * len(whole), size=60).tolist():
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        (folder / STEP).write_bytes(damaged)
        with pytest.raises(CheckpointError, match=STEP):
            open_checkpoint(folder)


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None  # from now on importing it fails
from jazzassist.domain.passage import Gap
from jazzassist.domain.suggestion import Controls, continuation_request
from jazzassist.literature.suggester import LiteratureSuggester
from jazzassist.midi.files import read_song
from jazzassist.paths import models, resources

song = read_song(resources() / "songs" / "blue-lamp.mid").song
bar = 4 * song.ppq
request = continuation_request(song, Gap((1,), 8 * bar, 9 * bar), 0, Controls())
found = LiteratureSuggester(models() / sys.argv[1]).suggest(request, lambda share: None, lambda: False)
assert not [name for name in sys.modules if name == "onnx" or name.startswith("jazzassist.training")]
print(len(found), all(len(suggestion.notes) for suggestion in found))
"""


@pytest.mark.parametrize("system", HEARD)
def test_each_suggests_where_torch_cannot_be_imported(system: str) -> None:
    asked = [sys.executable, "-c", WITHOUT_TORCH, system]
    told = subprocess.run(asked, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert told.stdout.split() == ["8", "True"], told.stderr
