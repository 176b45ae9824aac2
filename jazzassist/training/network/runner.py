"""The network in PyTorch in the place of its exported graphs: for weights that were not exported, and to compare."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import torch

from jazzassist.neural.graphs import Values
from jazzassist.neural.sizes import NetworkConfig
from jazzassist.training.network.export import graphs_of
from jazzassist.training.network.network import Network


class TorchRunner:
    """A `neural.graphs.Runner` that runs the modules that are exported."""

    def __init__(self, network: Network) -> None:
        self.sizes: NetworkConfig = network.config
        self._graphs = graphs_of(network.eval())

    @torch.no_grad()
    def run(self, name: str, feeds: Mapping[str, Values]) -> dict[str, Values]:
        """The outputs by name; inputs that are not fed are those that the network does not use."""
        graph = self._graphs[name]
        inputs = []
        for each in inspect.signature(graph.module.forward).parameters:
            inputs.append(torch.as_tensor(feeds[each]) if each in feeds else graph.inputs[each][0])
        found = graph.module(*inputs)
        return {output: part.numpy() for output, part in zip(graph.outputs, found, strict=True)}
