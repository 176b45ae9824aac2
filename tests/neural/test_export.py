"""The exported graphs: the network itself, without its weights, whatever it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from jazzassist import paths
from jazzassist.domain.passage import Gap
from jazzassist.domain.suggestion import Controls, SuggestionRequest, bridge_request, continuation_request
from jazzassist.neural.checkpoint import CONFIG, WEIGHTS, CheckpointError
from jazzassist.neural.generation import generate
from jazzassist.neural.graphs import GRAPH_SUFFIX, GRAPHS, Graphs, Runner, Values
from jazzassist.neural.hearing import hear_before
from jazzassist.neural.sampling import taste
from jazzassist.neural.scene import scene_of
from jazzassist.neural.seam import seam_nats
from jazzassist.training.network.checkpoint import load
from jazzassist.training.network.export import WITH_TRUNK, export, graph_files
from jazzassist.training.network.runner import TorchRunner
from tests.neural.requests import TINY, band, nats_per_note, never, no_progress, save_whole, tiny_network, walk

REQUESTS = 300
CLOSE = 2e-3  # of logits up to 30 in size


def random_request(number: int, bars: int = 1) -> SuggestionRequest:
    """A bridge or a continuation on the sax, the bass or the drums, with or without wishes and chords."""
    random = np.random.default_rng(number)
    meter = [(4, 4), (3, 4), (6, 8)][random.integers(3)]
    song = band(bars=8, meter=meter, seed=int(random.integers(1000)))
    bar = song.meter_map.bar_start(2) - song.meter_map.bar_start(1)
    start = bar * int(random.integers(0, 7))
    gap = Gap((int(random.integers(3)),), start, start + bars * bar)
    wishes = [None, 0.5, 1.0, 2.0, 4.0]
    controls = Controls(
        adventurous=int(random.integers(101)),
        density=wishes[random.integers(5)],
        register=None if random.random() < 0.6 else float(random.integers(36, 84)),
        polyphony=None if random.random() < 0.6 else float(random.integers(1, 4)),
    )
    if random.random() < 0.5 or not start:
        request = bridge_request(song, gap, controls, alternatives=1, rng_seed=number)
    else:
        request = continuation_request(song, gap, 0, controls, alternatives=1, rng_seed=number)
    marks = tuple((at * bar, symbol) for at, symbol in enumerate(("C7", "F7", "Am7", "D7", "G7", "C")))
    return replace(request, chords=marks) if random.random() < 0.5 else request


def long_request() -> SuggestionRequest:
    """A gap with more notes than can be looked back on."""
    song = band(bars=24)
    dense = song.tracks[0].notes.joined(walk(480, 96, seed=9, low=70, per_quarter=6))
    song = song.with_track(0, replace(song.tracks[0], notes=dense))
    return bridge_request(song, Gap((0,), 6 * 1920, 18 * 1920), Controls(density=8.0), alternatives=1)


class Both:
    """Runs the graphs in onnxruntime and in PyTorch, and keeps the largest difference between their outputs."""

    def __init__(self, graphs: Graphs, network: TorchRunner) -> None:
        self.graphs, self.network, self.sizes = graphs, network, graphs.sizes
        self.worst, self.runs = 0.0, dict.fromkeys(GRAPHS, 0)

    def run(self, name: str, feeds: Mapping[str, Values]) -> dict[str, Values]:
        """The outputs of onnxruntime."""
        found, expected = self.graphs.run(name, feeds), self.network.run(name, feeds)
        assert found.keys() == expected.keys()
        for output, values in expected.items():
            assert found[output].shape == values.shape
            if values.size:
                self.worst = max(self.worst, float(np.abs(found[output] - values).max()))
        self.runs[name] += 1
        return found


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    return tiny_network(loudness=2.0)


@pytest.fixture(scope="module")
def graphs(network: torch.nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Graphs:
    found = Graphs(save_whole(network, tmp_path_factory.mktemp("graphs")))  # type: ignore[arg-type]
    network.load_state_dict({name: part.half().float() for name, part in network.state_dict().items()})
    return found


def written(runner: Runner, request: SuggestionRequest, count: int = 2) -> list[tuple[object, ...]]:
    """The notes of the candidates for a request, and how well the music goes on behind them."""
    scene = scene_of(request)
    before = hear_before(runner, scene)
    controls = request.controls
    found = generate(runner, scene, count, taste(controls.adventurous), request.rng_seed, no_progress, never, before)
    seams = seam_nats(runner, scene, found, before)
    return [
        (found.onset, found.length, found.pitch, found.velocity, None if seam is None else round(seam, 2))
        for found, seam in zip(found, seams, strict=True)
    ]


def test_all_outputs_are_those_of_the_network_over_hundreds_of_requests(
    graphs: Graphs, network: torch.nn.Module
) -> None:
    """Keys and drums, wishes, chords, with and without music on either side, and more steps than are looked back on."""
    both = Both(graphs, TorchRunner(network))  # type: ignore[arg-type]
    for number in range(REQUESTS):
        written(both, random_request(number))
    written(both, long_request(), count=1)
    assert both.worst < CLOSE
    assert min(both.runs.values()) > 0
    assert both.runs["step"] > 1000


def test_the_same_request_gives_the_same_notes_either_way(graphs: Graphs, network: torch.nn.Module) -> None:
    runner = TorchRunner(network)  # type: ignore[arg-type]
    for number in range(40):
        request = random_request(1000 + number, bars=2)
        assert written(graphs, request) == written(runner, request)


def test_graphs_hold_no_weights_and_come_out_the_same_again(tmp_path: Path) -> None:
    """They depend on the sizes of the network alone, and name no file or folder of the machine that made them."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        graph_files.cache_clear()
        export(TINY, tmp_path / name)
    for graph in GRAPHS:
        one, other = ((tmp_path / name / f"{graph}{GRAPH_SUFFIX}").read_bytes() for name in ("one", "other"))
        assert one == other
        for word in (b"/home", b"/root", b"site-packages", b"jazzassist", str(Path.cwd()).encode()):
            assert word not in one
        assert (b"DynamicQuantizeLSTM" in one) == (graph in WITH_TRUNK)


def test_an_export_leaves_the_random_numbers_of_a_training_alone(tmp_path: Path) -> None:
    graph_files.cache_clear()
    before = torch.get_rng_state()
    export(TINY, tmp_path)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("graph", GRAPHS)
def test_a_graph_that_is_missing_or_of_other_sizes_is_named(tmp_path: Path, graph: str) -> None:
    folder = save_whole(tiny_network(), tmp_path)
    path = folder / f"{graph}{GRAPH_SUFFIX}"
    kept = path.read_bytes()
    path.unlink()
    with pytest.raises(CheckpointError, match=path.name):
        Graphs(folder)
    path.write_bytes(kept[: len(kept) // 2])
    with pytest.raises(CheckpointError, match=path.name):
        Graphs(folder)
    other = next(name for name in GRAPHS if name != graph and not {name, graph} <= {"duration", "velocity", "sub"})
    path.write_bytes((folder / f"{other}{GRAPH_SUFFIX}").read_bytes())
    with pytest.raises(CheckpointError, match=path.name):
        Graphs(folder)


def test_graphs_of_a_network_of_other_sizes_are_refused(tmp_path: Path) -> None:
    folder = save_whole(tiny_network(), tmp_path)
    text = (folder / CONFIG).read_text()
    (folder / CONFIG).write_text(text.replace(f'"hidden": {TINY.hidden}', f'"hidden": {TINY.hidden + 1}'))
    with pytest.raises(CheckpointError, match="does not fit its config"):
        Graphs(folder)


def test_eight_bits_cost_less_than_a_thousandth_of_the_likelihood() -> None:
    """Of the shipped network, which in 8 bits is another one than the network in PyTorch, but hardly."""
    folder = paths.default_checkpoint()
    songs = [band(seed=seed) for seed in range(6)]
    exact = nats_per_note(TorchRunner(load(folder)[1]), songs)
    assert nats_per_note(Graphs(folder), songs) == pytest.approx(exact, rel=1e-3)


def test_the_shipped_graphs_are_those_of_the_shipped_weights(tmp_path: Path) -> None:
    folder = paths.default_checkpoint()
    export(load(folder)[1].config, tmp_path)
    for graph in GRAPHS:
        file = f"{graph}{GRAPH_SUFFIX}"
        assert (tmp_path / file).read_bytes() == (folder / file).read_bytes(), file
    assert (folder / WEIGHTS).exists()
