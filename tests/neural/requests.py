"""Small real networks, songs and requests for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Event, Notes, Song, Track
from jazzassist.domain.suggestion import Controls, SuggestionRequest, bridge_request, continuation_request
from jazzassist.neural.encoding import FIELDS, TARGETS
from jazzassist.neural.graphs import Graphs, Runner, Values
from jazzassist.neural.hearing import hear_before
from jazzassist.neural.scene import scene_of
from jazzassist.neural.seam import nats_of
from jazzassist.neural.sizes import NetworkConfig
from jazzassist.training.network.checkpoint import save
from jazzassist.training.network.export import export
from jazzassist.training.network.network import Network

TINY = NetworkConfig(
    hidden=16,
    layers=2,
    decoder=12,
    right=8,
    right_notes=12,
    embedding=6,
    dropout=0.1,
    recall=8,
    ahead=8,
    pointers=8,
    phrase=4,
)


def tiny_network(seed: int = 0, loudness: float = 1.0, config: NetworkConfig = TINY) -> Network:
    """A network with random weights; `loudness` above 1 makes its opinions strong."""
    torch.manual_seed(seed)
    network = Network(config).eval()
    with torch.no_grad():
        for weight in network.parameters():
            if not weight.any():
                weight.normal_(0, 0.3)  # parts that add nothing until they are trained
            weight.mul_(loudness)
        network.right_none.normal_()
    return network


def save_whole(network: Network, folder: Path, name: str = "Tiny") -> Path:
    """The folder, with the network's checkpoint and graphs written into it."""
    save(network, folder, name)
    export(network.config, folder, in_8_bits=False)
    return folder


def graphs_of(network: Network) -> Graphs:
    """The network as the program runs it. Its weights are rounded to half precision."""
    with TemporaryDirectory() as folder:
        found = Graphs(save_whole(network, Path(folder)))
    network.load_state_dict({name: part.half().float() for name, part in network.state_dict().items()})
    return found


@cache
def tiny_graphs() -> Graphs:
    """The tiny network as the program runs it."""
    return graphs_of(tiny_network())


def meter_event(tick: int, numerator: int, denominator: int) -> Event:
    """A time signature."""
    power = denominator.bit_length() - 1
    return Event(tick, bytes([0xFF, 0x58, numerator, power, 24, 8]))


def walk(ppq: int, quarters: int, seed: int = 1, low: int = 52, per_quarter: int = 2) -> Notes:
    """A line that wanders in even notes."""
    random = np.random.default_rng(seed)
    count = quarters * per_quarter
    pitch = np.clip(low + np.cumsum(random.integers(-4, 5, count)) % 24, 0, 127)
    start = np.arange(count) * ppq // per_quarter
    length = np.maximum(1, ppq // per_quarter - random.integers(0, max(1, ppq // 8), count))
    return Notes.from_columns(start, length, pitch, random.integers(50, 110, count), np.zeros(count))


def band(ppq: int = 480, bars: int = 12, meter: tuple[int, int] = (4, 4), seed: int = 0) -> Song:
    """Sax, bass and drums for some bars in one meter; another seed gives other notes."""
    quarters = bars * meter[0] * 4 // meter[1]
    sax = Track("Sax", walk(ppq, quarters, seed + 1), (meter_event(0, *meter),), channel=0, program=66)
    bass = Track(
        "Bass", walk(ppq, quarters, seed + 2, 30, 1).changed(channel=np.full(quarters, 1)), channel=1, program=32
    )
    kit = walk(ppq, quarters, seed + 3)
    keys = np.array([36, 38, 42, 51])[kit.pitch % 4]
    return Song(ppq, (sax, bass, Track("Drums", kit.changed(pitch=keys, channel=np.full(len(kit), 9)), channel=9)))


def bridge(song: Song, track: int, start: int, end: int, **others: Any) -> SuggestionRequest:
    """The request for a bridge over ticks [start, end) of a track."""
    return bridge_request(song, Gap((track,), start, end), Controls(), **others)


def continuation(song: Song, track: int, start: int, end: int, **others: Any) -> SuggestionRequest:
    """The request to go on from all that stands before `start`."""
    return continuation_request(song, Gap((track,), start, end), 0, Controls(), **others)


def nats_per_note(runner: Runner, songs: Iterable[Song]) -> float:
    """How surprising the music before bar 9 of all lines is, in nats per note, read at once."""
    total, count = 0.0, 0

    class Reading:
        sizes = runner.sizes

        def run(self, name: str, feeds: Mapping[str, Values]) -> dict[str, Values]:
            nonlocal total, count
            found = runner.run(name, feeds)
            true = feeds["targets"].reshape(-1, len(TARGETS))[feeds["asked"]]
            total += sum(float(nats_of(found[f"logits_{name}"], true[:, at]).sum()) for at, name in enumerate(FIELDS))
            count += len(true)
            return found

    for song in songs:
        for track, line in enumerate(song.tracks):
            if len(line.notes):
                gap = Gap((track,), song.meter_map.bar_start(9), song.meter_map.bar_start(13))
                hear_before(Reading(), scene_of(bridge_request(song, gap, Controls())))
    return total / count


def no_progress(share: float) -> None:
    """Takes progress and says nothing."""


def never() -> bool:
    """Never cancels."""
    return False
