"""What networks of other sizes cost: time for a suggestion, measured; bits per note, where one was trained.

Time does not depend on what a network has learned, so those that were not trained have random weights. All take turns,
and of each the fastest round counts, so that other work on the machine hits them alike.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Notes, Song, Track
from jazzassist.domain.suggestion import Controls, bridge_request
from jazzassist.neural.generation import Writer
from jazzassist.neural.graphs import Graphs
from jazzassist.neural.hearing import hear_before
from jazzassist.neural.sampling import taste
from jazzassist.neural.scene import Scene, scene_of
from jazzassist.neural.sizes import NetworkConfig, described
from jazzassist.training.arrays import TEST
from jazzassist.training.dataset import Dataset
from jazzassist.training.evaluation.report import Cell, Sheet
from jazzassist.training.held_out import held_out
from jazzassist.training.network.checkpoint import load, save
from jazzassist.training.network.export import export
from jazzassist.training.network.network import Network

CANDIDATES, STEPS = 8, 24  # as many as the program writes at once; notes of each that are timed in a round
BARS = 16  # before the gap
BATCHES = 6  # of 32 held-out windows
LEGEND = (
    "before: milliseconds to read 16 bars before the gap; a note: milliseconds for one note of 8 candidates; times: as "
    "many times the note of the first row; bits: per note in held-out bridges, - where no network of the size was "
    "trained. The fastest of {rounds} rounds"
)
# What differs from the trained network's sizes.
VARIANTS: dict[str, dict[str, int]] = {
    "hidden 256": {"hidden": 256, "decoder": 128, "right": 128},
    "hidden 512": {"hidden": 512, "decoder": 256, "right": 256},
    "hidden 640": {"hidden": 640, "decoder": 320, "right": 320},
    "hidden 768": {"hidden": 768, "decoder": 384, "right": 384},
    "3 layers": {"layers": 3},
}


@dataclass
class Sized:
    """A network to be timed: its name, its number of weights, its graphs; `network` where it was trained."""

    name: str
    weights: int
    graphs: Graphs
    network: Network | None = None
    before: list[float] = field(default_factory=list)  # seconds, by round
    note: list[float] = field(default_factory=list)


def size_sheet(
    trained: Sequence[Path],
    data: Dataset | None = None,
    rounds: int = 5,
    variants: dict[str, dict[str, int]] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Sheet:
    """The table: the trained checkpoints, then the variants of the first. `data`: for bits, which need a corpus."""
    sizes = described(trained[0])[1]
    scene = _scene()
    with TemporaryDirectory(ignore_cleanup_errors=True) as work:
        found = [_trained(path) for path in trained]
        for name, changes in (VARIANTS if variants is None else variants).items():
            tell(f"graphs of {name} ...")
            found.append(_untrained(name, replace(sizes, **changes), Path(work) / name.replace(" ", "-")))
        for number in range(max(1, rounds)):
            tell(f"round {number + 1} of {rounds} ...")
            for one in found:
                _time(one, scene)
        rows = tuple(_row(one, found[0], data) for one in found)
    header = ("", "weights", "before, ms", "a note, ms", "times", "bits")
    return Sheet("Network size", header, rows, LEGEND.format(rounds=rounds))


def _trained(folder: Path) -> Sized:
    name, network = load(folder)
    return Sized(name, _weights(network), Graphs(folder), network)


def _untrained(name: str, sizes: NetworkConfig, folder: Path) -> Sized:
    network = Network(sizes)
    save(network, folder, name)
    export(sizes, folder)
    return Sized(f"{name}, not trained", _weights(network), Graphs(folder))


def _weights(network: Network) -> int:
    return sum(part.numel() for part in network.parameters())


def _scene() -> Scene:
    """A gap of four bars after BARS bars of eighth notes, with eight bars of them after it."""
    random = np.random.default_rng(0)
    pitches = 60 + np.cumsum(random.integers(-3, 4, 8 * (BARS + 12))) % 24
    notes = Notes.of((at * 12, 12, int(pitch), 80, 0) for at, pitch in enumerate(pitches))
    song = Song(24, (Track("", notes),))
    return scene_of(bridge_request(song, Gap((0,), BARS * 96, (BARS + 4) * 96), Controls()))


def _time(one: Sized, scene: Scene) -> None:
    began = time.perf_counter()
    before = hear_before(one.graphs, scene)
    one.before.append(time.perf_counter() - began)
    spent: list[float] = []
    for seed in range(STEPS):
        writer = Writer(one.graphs, scene, CANDIDATES, taste(50), seed, before)
        # A candidate of random weights ends when it likes; what is timed are all of them together.
        while len(writer.written) == CANDIDATES and len(spent) < STEPS:
            began = time.perf_counter()
            writer.write_note()
            spent.append(time.perf_counter() - began)
    one.note.append(float(np.median(spent)))


def _row(one: Sized, first: Sized, data: Dataset | None) -> tuple[Cell, ...]:
    bits = math.nan
    if one.network is not None and data is not None:
        bits = held_out(one.network, data, BATCHES, part=TEST)["bridge"]["total"] / math.log(2)
    note, before = min(one.note), min(one.before)
    times = f"{note / min(first.note):.2f}"
    return (one.name, f"{one.weights / 1e6:.1f} M", f"{before * 1e3:.0f}", f"{note * 1e3:.1f}", times, bits)
