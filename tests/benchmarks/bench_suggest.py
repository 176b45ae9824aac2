"""Suggesting on one core: what a note costs by each runtime, and what a composer waits for.

Every time stands beside what the matrix products of its notes alone would take in numpy, in the same run. In a bridge
each candidate is stepped twice (`neural.stepper`), so its rows are twice as many. The last rows are the worker's start
and memory, and a network of twice the weights.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnx.reference import ReferenceEvaluator
from torch import nn

from jazzassist import paths
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Notes, Song, Track
from jazzassist.domain.suggestion import Controls, SuggestionRequest, bridge_request
from jazzassist.midi.files import read_song
from jazzassist.neural.encoding import FIELDS
from jazzassist.neural.generation import Writer
from jazzassist.neural.graphs import Graphs, Runner, Values
from jazzassist.neural.sampling import taste
from jazzassist.neural.scene import scene_of
from jazzassist.neural.sizes import NetworkConfig
from jazzassist.neural.suggester import LstmSuggester
from jazzassist.suggest.asking import answer
from jazzassist.suggest.worker import warm
from jazzassist.training.network.checkpoint import load, save
from jazzassist.training.network.export import export, graphs_of, traced
from jazzassist.training.network.network import Network
from jazzassist.training.network.runner import TorchRunner
from tests.benchmarks.measure import row
from tests.benchmarks.shares import note_shares
from tests.neural.requests import nats_per_note

CANDIDATES = 12  # for eight alternatives
NOTES = 16  # that are written to measure one
GOES = 5
IMPORTS = "import numpy, onnxruntime; print('ready', flush=True); input()"
MEGABYTE = 1024
# Of twice the weights of the shipped network.
LARGER = {"hidden": 576, "decoder": 256, "right": 256, "recall": 128, "ahead": 128, "pointers": 128}


def main() -> None:
    """Prints the runtimes, the time of a note, of whole requests, and of the worker's start."""
    torch.set_num_threads(1)
    folder = paths.default_checkpoint()
    network = load(folder)[1]
    suggester = LstmSuggester(folder)
    warm(suggester)  # as the worker does before it says that it is ready
    products = products_seconds(network, 2 * CANDIDATES)
    _runtimes(network, suggester.graphs)
    _note(suggester, network)
    _requests(folder, products)
    _worker()
    _larger(network.config)


def _runtimes(network: Network, shipped: Graphs) -> None:
    """The same step and the same readings by each runtime: the fastest within 0.1 % of the likelihood is used."""
    with tempfile.TemporaryDirectory() as place:
        exact = _exported(network, Path(place), in_8_bits=False)
    runners: dict[str, Runner] = {
        "PyTorch": TorchRunner(network),
        "numpy (onnx.reference)": NumpyRunner(network),
        "onnxruntime, float32": exact,
        "onnxruntime, LSTM in int8": shipped,
    }
    feeds = _step_feeds(exact)
    print(f"{'runtime':<28}{f'a step of {2 * CANDIDATES} rows':>22}{'bits per note':>16}{'difference':>12}")
    first = 0.0
    for name, runner in runners.items():
        seconds = _best(partial(runner.run, "step", feeds), 5 if "numpy" in name else 40)
        bits = _bits_per_note(exact if "numpy" in name else runner)
        first = first or bits
        said = "" if "numpy" in name else f"{bits:>16.4f}{(bits / first - 1) * 100:>11.3f} %"
        print(f"{name:<28}{seconds * 1e3:>19.2f} ms{said}", flush=True)


def _note(suggester: LstmSuggester, network: Network) -> None:
    """A note of a bridge for few and many candidates, and how its time divides."""
    scene = scene_of(_bridge(8, 1))
    for count in (8, CANDIDATES, 32):
        products = products_seconds(network, 2 * count)
        inside, around = note_shares(partial(Writer, suggester.graphs, scene, count, taste(50), 1), NOTES, GOES)
        row(f"a note of {count} candidates", inside + around, f"matrix products of {2 * count} rows", products)
        parts = f"graphs {inside * 1e3:.2f} ms, masks, guidance, memory and sampling {around * 1e3:.2f} ms"
        print(f"    {parts} ({around / (inside + around):.0%})")


def _requests(folder: Path, products: float) -> None:
    dense, together = partial(_dense, 8), partial(_three, 8)
    for name, ask in (
        ("8 alternatives, 4-bar bridge", partial(_bridge, 8)),
        ("28 alternatives (32 candidates)", partial(_bridge, 28)),
        ("8 alternatives, 4 bars of dense piano", dense),
        ("8 alternatives, 8 bars, three tracks", together),
    ):
        times = [_asked(LstmSuggester(folder), ask(seed)) for seed in range(1, 1 + GOES)]
        seconds, first, heard, notes = min(times)
        row(f"{name} ({notes} notes)", seconds, "matrix products of its notes", notes * products)
        print(f"    first note after {first * 1e3:.0f} ms, first suggestion after {heard * 1e3:.0f} ms")
    suggester = LstmSuggester(folder)
    _asked(suggester, _bridge(8, 1))
    wished = [replace(_bridge(8, 1), controls=Controls(adventurous=50 + go)) for go in range(GOES)]
    seconds, first, heard, notes = min(_asked(suggester, request) for request in wished)
    row(f"the same with a warm context ({notes} notes)", seconds, "matrix products of its notes", notes * products)
    print(f"    first note after {first * 1e3:.0f} ms, first suggestion after {heard * 1e3:.0f} ms")


def _asked(suggester: LstmSuggester, request: SuggestionRequest) -> tuple[float, float, float, int]:
    """(seconds of the answer, to the first note of a candidate, to the first suggestion, notes stepped)."""
    steps: list[float] = []
    heard: list[float] = []
    run = suggester.graphs.run

    def noted(name: str, feeds: Mapping[str, Values]) -> dict[str, Values]:
        found = run(name, feeds)
        if name == "velocity":
            steps.append(time.perf_counter())
        return found

    suggester.graphs.run = noted  # type: ignore[method-assign]
    start = time.perf_counter()
    answer(suggester, request, lambda share: None, lambda: False, lambda found: heard.append(time.perf_counter()))
    seconds = time.perf_counter() - start
    suggester.graphs.run = run  # type: ignore[method-assign]
    return seconds, steps[0] - start, (heard[0] if heard else start + seconds) - start, len(steps)


def _worker() -> None:
    worker = _started([sys.executable, "-m", "jazzassist.suggest.worker"])
    alone = _started([sys.executable, "-c", IMPORTS])
    row("worker ready", worker[0], "importing numpy and onnxruntime", alone[0])
    print(f"    memory {worker[1] / MEGABYTE:.0f} MB, with numpy and onnxruntime alone {alone[1] / MEGABYTE:.0f} MB")


def _larger(config: NetworkConfig) -> None:
    """A note by a network of twice the weights, beside the same by the shipped one."""
    larger = Network(replace(config, **LARGER)).eval()
    times: list[float] = []
    weights: list[int] = []
    with tempfile.TemporaryDirectory() as place:
        scene = scene_of(_bridge(8, 1))
        for network in (larger, Network(config).eval()):
            graphs = _exported(network, Path(place), in_8_bits=True)
            times.append(sum(note_shares(partial(Writer, graphs, scene, CANDIDATES, taste(50), 1), 8, GOES)))
            weights.append(sum(part.numel() for part in network.state_dict().values()))
    sizes = ", ".join(f"{name} {size}" for name, size in LARGER.items())
    row(f"a note with {weights[0] / weights[1]:.2f} times the weights", times[0], "with the shipped sizes", times[1])
    print(f"    {weights[0] / 1e6:.1f} million weights: {sizes}")


class NumpyRunner:
    """The float32 graphs in numpy, by the reference implementation of ONNX."""

    def __init__(self, network: Network) -> None:
        self.sizes = network.config
        self._step = ReferenceEvaluator(traced(graphs_of(network)["step"]))

    def run(self, name: str, feeds: Mapping[str, Values]) -> dict[str, Values]:
        """The outputs of the step."""
        found = self._step.run(None, {each: feeds[each] for each in self._step.input_names})
        return dict(zip(self._step.output_names, found, strict=True))


def _exported(network: Network, folder: Path, in_8_bits: bool) -> Graphs:
    save(network, folder, "exported")
    export(network.config, folder, in_8_bits)
    return Graphs(folder)


def _step_feeds(graphs: Graphs) -> dict[str, Values]:
    """What the last of some steps of a bridge is given."""
    last: dict[str, Values] = {}

    class Kept:
        sizes = graphs.sizes

        def run(self, name: str, feeds: Mapping[str, Values]) -> dict[str, Values]:
            if name == "step":
                last.update(feeds)
            return graphs.run(name, feeds)

    writer = Writer(Kept(), scene_of(_bridge(8, 1)), CANDIDATES, taste(50), 1)
    for _ in range(8):
        writer.write_note()
    return last


def _bits_per_note(runner: Runner) -> float:
    """How surprising the beginnings of the demo songs are."""
    songs = (read_song(path).song for path in sorted((paths.resources() / "songs").glob("*.mid")))
    return nats_per_note(runner, songs) / float(np.log(2))


def products_seconds(network: Network, rows: int) -> float:
    """What the matrix products of a note take in numpy, for so many rows: those with the weights of its layers."""
    total = 0.0
    for inputs, outputs in _layers(network):
        values, matrix = (
            np.random.default_rng(0).random(size, np.float32) for size in ((rows, inputs), (inputs, outputs))
        )
        total += _best(partial(np.matmul, values, matrix), 20)
    return total


def _layers(network: Network) -> list[tuple[int, int]]:
    """(inputs, outputs) of all layers that a step multiplies; the convolution along the keys is not among them."""
    found = []
    for layer in range(network.trunk.num_layers):
        inputs = network.trunk.input_size if layer == 0 else network.trunk.hidden_size
        found.append((inputs + network.trunk.hidden_size, 4 * network.trunk.hidden_size))
    once = ("ahead.key", "ahead.value", "pointers.key_right", "right")
    for name, module in network.named_modules():
        if isinstance(module, nn.Linear) and not name.startswith(once):
            found.append((module.in_features, module.out_features))
    cell = network.fields.cell
    return found + [(cell.input_size + cell.hidden_size, 3 * cell.hidden_size)] * len(FIELDS)


def _bridge(alternatives: int, seed: int) -> SuggestionRequest:
    """A 4-bar bridge on the first pitched track of a four-track song."""
    song = read_song(paths.resources() / "songs" / "blue-lamp.mid").song
    track = next(at for at, line in enumerate(song.tracks) if len(line.notes) and not line.is_drums)
    gap = Gap((track,), song.meter_map.bar_start(9), song.meter_map.bar_start(13))
    return bridge_request(song, gap, Controls(), alternatives=alternatives, rng_seed=seed)


def _three(alternatives: int, seed: int) -> SuggestionRequest:
    """An 8-bar bridge on three tracks at once."""
    song = read_song(paths.resources() / "songs" / "blue-lamp.mid").song
    tracks = [at for at, line in enumerate(song.tracks) if len(line.notes)][:3]
    gap = Gap(tuple(tracks), song.meter_map.bar_start(9), song.meter_map.bar_start(17))
    return bridge_request(song, gap, Controls(), alternatives=alternatives, rng_seed=seed)


def _dense(alternatives: int, seed: int) -> SuggestionRequest:
    """A 4-bar bridge on a piano that plays about 100 notes in four bars: two-note chords in eighths and a bass."""
    random = np.random.default_rng(5)
    rows = [(at * 240, 200, pitch + int(random.integers(-5, 6)), 80, 0) for at in range(160) for pitch in (52, 64, 71)]
    song = Song(480, (Track("Piano", Notes.of(rows)),))
    gap = Gap((0,), 8 * 1920, 12 * 1920)
    return bridge_request(song, gap, Controls(density=100 / 16), alternatives=alternatives, rng_seed=seed)


def _best(work: Callable[[], object], goes: int) -> float:
    best = float("inf")
    for _ in range(goes):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def _started(command: list[str]) -> tuple[float, int]:
    """(seconds until a process says its first line, its resident kilobytes then or 0 where that cannot be seen).

    The best of some goes, with compiled modules, as an installed program has them.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    best: tuple[float, int] = (float("inf"), 0)
    for _ in range(GOES):
        start = time.perf_counter()
        process: Any = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        process.stdout.readline()
        seconds = time.perf_counter() - start
        try:
            with open(f"/proc/{process.pid}/status", encoding="utf-8") as status:
                memory = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        except OSError:
            memory = 0
        process.stdin.close()
        process.wait()
        best = min(best, (seconds, memory))
    return best
