"""Generation with a network in PyTorch, without an export, during training and evaluation."""

from __future__ import annotations

import torch

from jazzassist.literature.network import Ending, State, TokenNetwork
from jazzassist.literature.systems import Floats
from jazzassist.neural.encoding import Ints
from jazzassist.training.literature.layers import LiteratureNetwork
from jazzassist.training.literature.layers import State as Tensors


class InTorch(TokenNetwork):
    """A network in PyTorch with the interface of an exported one."""

    def __init__(self, network: LiteratureNetwork) -> None:
        super().__init__(network.system)
        self.network = network

    def start(self, rows: int) -> State:
        """See TokenNetwork."""
        return _arrays(self.network.start(rows))

    @torch.no_grad()
    def read(self, tokens: Ints, state: State) -> tuple[Floats, State]:
        """See TokenNetwork."""
        tensors = {name: torch.tensor(array) for name, array in state.items()}
        logits, after = self.network.read(torch.tensor(tokens), tensors)
        return logits.numpy(), _arrays(after)

    @torch.no_grad()
    def ahead(self, ending: Ending) -> State:
        """See TokenNetwork."""
        left = torch.full((len(ending.after),), ending.count)
        return _arrays(self.network.ahead(torch.tensor(ending.after), left))


def _arrays(state: Tensors) -> State:
    return {name: tensor.numpy() for name, tensor in state.items()}
