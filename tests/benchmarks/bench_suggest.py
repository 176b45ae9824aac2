"""Alternatives of a 4-bar bridge in a four-track song on one core, against the memory floor; the worker.

A batch of one reads every weight of the step once per note, so a note cannot take less than their bytes
over the speed at which this core reads them; all candidates of a request share that read, but each
needs its own products: the floor of a batch is the larger of the two. In a bridge each candidate is
stepped twice (`neural.stepping`), so its rows are twice as many. All alternatives of an answer come
together, so an answer's time is also that to the first one that can be heard.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import torch

from jazzassist.domain.passage import Gap
from jazzassist.domain.suggestion import Controls, SuggestionRequest, bridge_request
from jazzassist.midi.files import read_song
from jazzassist.neural.folding import FoldedNetwork, Layer
from jazzassist.neural.generation import Writer
from jazzassist.neural.sampling import taste
from jazzassist.neural.scene import scene_of
from jazzassist.neural.stepping import Stepper
from jazzassist.neural.suggester import LstmSuggester
from jazzassist.paths import default_checkpoint, resources
from jazzassist.suggest.asking import answer
from jazzassist.suggest.worker import warm
from tests.benchmarks.measure import row

CANDIDATES = (1, 8, 12)  # written at once: for eight alternatives four more, for up to four 8
TORCH = "import torch; print('ready', flush=True); input()"
MEGABYTE = 1024


def main() -> None:
    """Prints a request's time and a note's beside their floors, and the worker's start and memory."""
    torch.set_num_threads(1)
    suggester = LstmSuggester(default_checkpoint())
    warm(suggester)  # as the worker does before it says that it is ready
    step = _bytes(_layers(suggester.folded))
    read, multiplied = step / _bytes_per_second(step), 2 * step / 4 / _products_per_second()
    for name, count, seed in (
        ("first request, 4 alternatives", 4, 1),
        ("4 alternatives", 4, 2),
        ("8 alternatives", 8, 3),
    ):
        request = _request(count, seed)
        start = time.perf_counter()
        suggestions = answer(suggester, request, lambda share: None, lambda: False)
        seconds = time.perf_counter() - start
        steps = max(len(suggestion.notes) for suggestion in suggestions) + 1
        row(f"{name} ({steps} notes)", seconds, "reading the weights once a note", steps * read)
    trunk = _bytes(suggester.folded.layers)
    trunk_read = trunk / _bytes_per_second(trunk)
    row("the LSTM's step of 1 candidate", _step_seconds(suggester), "reading the LSTM's weights", trunk_read)
    for count in CANDIDATES:
        floor = max(read, 2 * count * multiplied)
        what = "reading the weights" if floor == read else "products of that many rows"
        row(f"a note of {count} candidate{'s' * (count > 1)}", _note_seconds(suggester, count), what, floor)
    worker, torch_alone = (
        _started([sys.executable, "-m", "jazzassist.suggest.worker"]),
        _started([sys.executable, "-c", TORCH]),
    )
    row("worker ready", worker[0], "a process that imports torch", torch_alone[0])
    print(f"memory of the worker {worker[1] / MEGABYTE:.0f} MB, with torch alone {torch_alone[1] / MEGABYTE:.0f} MB")


def _request(alternatives: int, seed: int) -> SuggestionRequest:
    song = read_song(resources() / "songs" / "blue-lamp.mid").song
    track = next(i for i, t in enumerate(song.tracks) if len(t.notes) and not t.is_drums)
    meters = song.meter_map
    gap = Gap((track,), meters.bar_start(9), meters.bar_start(13))
    return bridge_request(song, gap, Controls(), alternatives=alternatives, rng_seed=seed)


def _note_seconds(suggester: LstmSuggester, candidates: int, notes: int = 16) -> float:
    """Seconds a note takes, the best of a few goes; what is heard before it is not counted."""
    scene = scene_of(_request(4, 1))

    def go() -> float:
        writer = Writer(suggester.folded, scene, candidates, taste(50), 1)
        start = time.perf_counter()
        for _ in range(notes):
            writer.write_note()
        return (time.perf_counter() - start) / notes

    return min(go() for _ in range(5))


@torch.inference_mode()
def _step_seconds(suggester: LstmSuggester) -> float:
    """Seconds of the LSTM's layers alone, one row, as a note takes them."""
    network, folded = suggester.network, suggester.folded
    stepper = Stepper(folded, network.first_state(1), network.follow_nothing(1, 1), 0, 1, deaf=False)
    gates, heard = torch.rand(1, 4 * network.config.hidden), torch.rand(1, folded.heard_ahead.weight.shape[1])
    return _best(lambda: stepper.step_layers(gates.clone(), heard))


def _layers(folded: FoldedNetwork) -> list[Layer]:
    """All layers that a step multiplies; what it looks up in tables is a few rows of them."""
    single = [layer for layer in vars(folded).values() if isinstance(layer, Layer)]
    return [*single, *folded.layers, *folded.heads[0]]


def _bytes(layers: list[Layer]) -> int:
    return sum(layer.weight.numel() for layer in layers) * 4


def _bytes_per_second(size: int) -> float:
    """How fast this core reads a matrix of so many bytes in a matrix-vector product."""
    matrix, vector = torch.rand(size // 4 // 512, 512), torch.rand(512)
    return matrix.numel() * 4 / _best(lambda: torch.mv(matrix, vector))


def _products_per_second() -> float:
    """How many products and sums this core makes in large matrices."""
    matrix = torch.rand(1024, 1024)
    return 2 * 1024**3 / _best(lambda: torch.mm(matrix, matrix))


def _best(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(50):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def _started(command: list[str]) -> tuple[float, int]:
    """(seconds until a process says its first line, its resident kilobytes then or 0 where that cannot be seen)."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None and process.stdin is not None
    process.stdout.readline()
    seconds = time.perf_counter() - start
    try:
        with open(f"/proc/{process.pid}/status", encoding="utf-8") as status:
            memory = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    except OSError:
        memory = 0
    process.stdin.close()
    process.wait()
    return seconds, memory
