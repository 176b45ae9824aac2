"""The network as ONNX graphs, which programs without PyTorch can run.

Each graph is the network itself, traced by torch.onnx: reading a line, reading what follows a gap, one step of the
trunk, and the fields of a note one after another. The graphs hold no weights: `neural.graphs` gives them those of
weights.safetensors, so that a checkpoint has its weights once.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from jazzassist.neural.encoding import (
    DRUMS,
    FIELDS,
    PITCH,
    RECALLED,
    TARGETS,
)
from jazzassist.neural.graphs import GRAPH_SUFFIX, Sizes, inputs_of
from jazzassist.neural.sizes import NetworkConfig
from jazzassist.neural.steps import COLUMNS
from jazzassist.training.graph_files import fill, quantised, sealed_file, trace
from jazzassist.training.network.attention import Following, Part
from jazzassist.training.network.fields import Batch
from jazzassist.training.network.network import Ahead, Network, Past, State
from jazzassist.training.network.pointers import Hints
from jazzassist.training.network.pointers import answers as _answers

# Sizes of the examples with which the modules are traced: no two alike, and rows a multiple of groups.
EXAMPLE = {"rows": 6, "steps": 5, "earlier": 7, "own": 8, "notes": 9, "groups": 2, "asked": 4}
BOOLS = ("drums", "hearing")
INTEGERS = (
    "columns",
    "extra",
    "targets",
    "instrument",
    "asked",
    "age",
    "own_age",
    "notes",
    "last_pitch",
    "chosen",
    "previous",
)
WITH_TRUNK = ("read", "read_kit", "step")
Tensors = tuple[Tensor, ...]


def batch_of(columns: Tensor, extra: Tensor, heard_ahead: Tensor, instrument: Tensor) -> Batch:
    """The batch of steps by the names of COLUMNS."""
    named = {name: columns[..., number] for number, name in enumerate(COLUMNS)}
    return named | {"extra": extra} | {"heard_ahead": heard_ahead, "instrument": instrument.expand(columns.shape[0])}


class Read(nn.Module):
    """Reads lines outside of gaps, and says what was expected at some of their steps."""

    def __init__(self, network: Network, drums: bool) -> None:
        super().__init__()
        self.network, self.drums = network, drums

    def forward(
        self,
        columns: Tensor,
        extra: Tensor,
        targets: Tensor,
        heard_ahead: Tensor,
        heard_here: Tensor,
        instrument: Tensor,
        asked: Tensor,
        hidden: Tensor,
        cell: Tensor,
        keys: Tensor,
        values: Tensor,
        pointed: Tensor,
        answers: Tensor,
        age: Tensor,
    ) -> Tensors:
        """The state after the lines; and of the steps `asked`, the trunk's outputs and the logits of the five fields.

        `asked`: indices into all rows' steps, (n,); `heard_here`: (n, ...), of these steps.
        """
        network = self.network
        batch = batch_of(columns, extra, heard_ahead, instrument)
        batch |= {name: targets[..., number] for number, name in enumerate(TARGETS)}
        before = State(hidden, cell, keys, values, pointed, answers, age)
        ahead = network.ahead_of(network.follow_nothing(*columns.shape[:2]))
        outlook, state = network.advance(batch, ahead, network.past(batch, before))
        chosen = outlook.flat()[asked]
        true = targets.flatten(0, 1)[asked]
        taught = {name: true[:, number] for number, name in enumerate(TARGETS)}
        logits = network.fields.teach(chosen, taught | {"heard_here": heard_here[None]}, self.drums)
        left = (state.hidden, state.cell, state.keys, state.values, state.pointed, state.answers)
        return (*left, chosen.out, *logits)


class After(nn.Module):
    """Reads the notes after a gap, (notes, 6) as `encoding.right_fields` gives them."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, notes: Tensor, drums: Tensor) -> Tensors:
        """What the steps of the gap hear: the state after the nearest note, and the notes to attend to.

        Before them: what is heard where nothing is known.
        """
        network = self.network
        read = network.read_back(notes[None], torch.full((1,), notes.shape[0]), drums)
        ahead = network.ahead_of(Following(read[:, :1], read, notes[None, :, 2], torch.ones(1, 1, notes.shape[0]) > 0))
        found = [network.right_none[None], ahead.last[:, 0]]
        for part in (ahead.notes, ahead.pointed):
            found += [part.keys, part.values] if part is not None else []
        return tuple(found)


class Step(nn.Module):
    """One step of the trunk for rows that write into a gap, and the logits of the first field.

    Rows have all their earlier steps in common, or some of them: those before the gap are in groups (see `Part`),
    those in the gap are each row's own. `age`: how many steps ago each was, for those of the gap NEVER where there is
    none. The step before is not among the pointers' keys: what it led to is known only now.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(
        self,
        columns: Tensor,
        extra: Tensor,
        heard_ahead: Tensor,
        instrument: Tensor,
        right: Tensor,
        hearing: Tensor,
        hidden: Tensor,
        cell: Tensor,
        age: Tensor,
        own_age: Tensor,
        keys: Tensor,
        values: Tensor,
        own_keys: Tensor,
        own_values: Tensor,
        ahead_keys: Tensor,
        ahead_values: Tensor,
        pointed: Tensor,
        answers: Tensor,
        own_pointed: Tensor,
        own_answers: Tensor,
        last_pointed: Tensor,
        last_pitch: Tensor,
        after_keys: Tensor,
        after_told: Tensor,
    ) -> Tensors:
        """`columns`: (rows, COLUMNS); `hearing`: (rows,), which rows hear the notes after the gap."""
        network = self.network
        batch = dict(zip(COLUMNS, torch.split(columns, 1, 1), strict=True))
        batch |= {"extra": extra[:, None], "heard_ahead": heard_ahead[:, None]}
        batch["instrument"] = instrument.expand(columns.shape[0])
        heard = hearing[:, None, None, None]
        recalled = (
            Part(keys, values, age < RECALLED),
            Part(own_keys, own_values, own_age < RECALLED),
        )
        led_to = _answers(last_pitch[:, None], *(batch[f"previous_{name}"] for name in FIELDS))
        pointing = (
            Part(pointed, answers, age <= RECALLED),
            Part(own_pointed, own_answers, (own_age > 1) & (own_age <= RECALLED)),
            Part(last_pointed, led_to, (own_age == 1).any()),
        )
        notes = Part(ahead_keys, ahead_values, heard) if network.ahead is not None else None
        told = Part(after_keys, after_told, heard) if network.pointers is not None else None
        past = Past(hidden, cell, recalled, pointing if network.pointers is not None else ())
        outlook, state = network.advance(batch, Ahead(right[:, None], notes, told), past)
        flat = outlook[:, 0]
        logits = network.fields.logits(0, flat.first, False, flat.hints)
        hints = () if flat.hints is None else (flat.hints.keys, flat.hints.fields)
        left = (state.hidden, state.cell, state.keys, state.values, state.pointed, led_to)
        return (flat.out, flat.first, logits, *hints, *left)


class Field(nn.Module):
    """Takes the classes that were chosen for a field, and gives the logits of the next one."""

    def __init__(self, network: Network, field: int, drums: bool = False) -> None:
        """`field`: the index of the chosen one; `drums`: whether the next one is a drum's pitch."""
        super().__init__()
        self.network, self.field, self.drums = network, field, drums

    def forward(
        self,
        chosen: Tensor,
        state: Tensor,
        instrument: Tensor,
        hint_keys: Tensor,
        hint_fields: Tensor,
        previous: Tensor,
        heard_here: Tensor,
    ) -> Tensors:
        """The decoder's state and the logits. `previous`: the pitch of the note before; `heard_here`: at the onset."""
        decoder = self.network.fields
        hints = Hints(hint_keys, hint_fields, previous) if self.network.pointers is not None else None
        here = heard_here if self.field + 1 == PITCH else None
        state = decoder.choose_from_tables(self.field, chosen, state, instrument == DRUMS, here)
        return state, decoder.logits(self.field + 1, state, self.drums, hints, here)


@dataclass(frozen=True)
class Graph:
    """A module to be traced: an example of each of its inputs, with its sizes."""

    module: nn.Module
    inputs: dict[str, tuple[Tensor, Sizes]]
    outputs: tuple[str, ...]


def graphs_of(network: Network) -> dict[str, Graph]:
    """The graphs of a network by their names."""
    state = tuple(f"next_{name}" for name in ("hidden", "cell", "keys", "values", "pointed", "answers"))
    read = (*state, "out", *(f"logits_{name}" for name in FIELDS))
    after = ["nothing", "right"]
    after += ["ahead_keys", "ahead_values"] * (network.ahead is not None)
    after += ["after_keys", "after_told"] * (network.pointers is not None)
    step = ["out", "next_state", "logits"] + ["hint_keys", "hint_fields"] * (network.pointers is not None)
    step += state
    field = ("next_state", "logits")
    found: dict[str, tuple[nn.Module, tuple[str, ...]]] = {
        "read": (Read(network, False), read),
        "read_kit": (Read(network, True), read),
        "after": (After(network), tuple(after)),
        "step": (Step(network), tuple(step)),
        "kit": (Field(network, PITCH - 1, drums=True), field),
    }
    for number, name in enumerate(FIELDS[1:]):
        found[name] = (Field(network, number), field)
    return {name: Graph(module, _examples(name, network), outputs) for name, (module, outputs) in found.items()}


def _examples(name: str, network: Network) -> dict[str, tuple[Tensor, Sizes]]:
    """The inputs of one of GRAPHS, all zeros, each with its sizes."""
    found = {}
    for each, sizes in inputs_of(name, network.config).items():
        kind = torch.bool if each in BOOLS else torch.int64 if each in INTEGERS else torch.float32
        example = torch.zeros([EXAMPLE[size] if isinstance(size, str) else size for size in sizes], dtype=kind)
        found[each] = example, sizes
    return found


def export(config: NetworkConfig, folder: Path, in_8_bits: bool = True) -> None:
    """Writes the graphs of networks of these sizes into the folder of a checkpoint. See `graph_files`."""
    for name, data in graph_files(config, in_8_bits).items():
        (folder / name).write_bytes(data)


@cache
def graph_files(config: NetworkConfig, in_8_bits: bool = True) -> dict[str, bytes]:
    """The graphs of networks of these sizes, by the names of their files; some seconds the first time.

    `in_8_bits`: whether the trunk's LSTM is computed in integers, which is faster and hardly changes the likelihood;
    else all is computed as the network itself does.
    """
    with torch.random.fork_rng(devices=[]):  # a training that exports goes on with its own random numbers
        network = Network(config).eval()
    fill(network)
    found = {}
    for name, graph in graphs_of(network).items():
        model = traced(graph)
        found[f"{name}{GRAPH_SUFFIX}"] = sealed_file(
            quantised(model) if in_8_bits and name in WITH_TRUNK else model, name
        )
    return found


def traced(graph: Graph) -> onnx.ModelProto:
    """The graph in ONNX, with its weights."""
    inputs = {each: graph.inputs[each] for each in inspect.signature(graph.module.forward).parameters}
    examples = {each: example for each, (example, _) in inputs.items()}
    free = {each: _named(sizes) for each, (_, sizes) in inputs.items()}
    return trace(graph.module, examples, free, graph.outputs)


def _named(sizes: Sizes) -> dict[int, str]:
    """The names of an array's dimensions that differ from run to run, by their place."""
    return {place: size for place, size in enumerate(sizes) if isinstance(size, str)}
