"""Four alternatives of a 4-bar bridge in a four-track song on one core, against the memory floor.

A batch of one reads every weight once per note, so a note cannot take less than the bytes of the
network over the speed at which this core reads them; all candidates of a request share that read.
"""

from __future__ import annotations

import time

import torch
from safetensors.torch import load_file

from jazzassist.domain.passage import Gap
from jazzassist.domain.suggestion import Controls, bridge_request
from jazzassist.midi.files import read_song
from jazzassist.neural.suggester import LstmSuggester
from jazzassist.paths import default_checkpoint, resources
from jazzassist.suggest.asking import answer
from tests.benchmarks.measure import row


def main() -> None:
    """Prints the request's time beside the floor of its steps, cold and warm."""
    torch.set_num_threads(1)
    song = read_song(resources() / "songs" / "blue-lamp.mid").song
    track = next(i for i, t in enumerate(song.tracks) if len(t.notes) and not t.is_drums)
    meters = song.meter_map
    gap = Gap(track, meters.bar_start(9), meters.bar_start(13))
    suggester = LstmSuggester(default_checkpoint())
    floor_of_a_step = _network_bytes() / _bytes_per_second()
    for name, seed in (("first request", 1), ("4 alternatives, warm", 2), ("4 alternatives, warm, again", 3)):
        request = bridge_request(song, gap, Controls(), alternatives=4, rng_seed=seed)
        start = time.perf_counter()
        suggestions = answer(suggester, request, lambda share: None, lambda: False)
        seconds = time.perf_counter() - start
        steps = max(len(suggestion.notes) for suggestion in suggestions) + 1
        row(f"{name} ({steps} notes)", seconds, "reading the weights once a note", steps * floor_of_a_step)


def _network_bytes() -> int:
    """Bytes of all weights as they lie in memory while generating (float32)."""
    weights = load_file(default_checkpoint() / "weights.safetensors")
    return sum(tensor.numel() for tensor in weights.values()) * 4


def _bytes_per_second() -> float:
    """How fast this core reads a matrix of the network's size in a matrix-vector product."""
    size = _network_bytes() // 4
    matrix, vector = torch.rand(size // 512, 512), torch.rand(512)
    best = float("inf")
    for _ in range(50):
        start = time.perf_counter()
        torch.mv(matrix, vector)
        best = min(best, time.perf_counter() - start)
    return matrix.numel() * 4 / best
