"""Several processes train as one would: the same weights, one log, and on again after one of them was killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from jazzassist.neural.steps import Arrays
from jazzassist.training.arrays import TRAIN
from jazzassist.training.config import ConfigError
from jazzassist.training.dataset import Dataset
from jazzassist.training.network.batches import tensors
from jazzassist.training.network.checkpoint import load, save
from jazzassist.training.network.network import Network
from jazzassist.training.ranks import Ranks
from jazzassist.training.train import LOG, STATE, Run
from tests.training.ranks_run import begin
from tests.training.tiny_corpus import RECIPE

ROOT = Path(__file__).parents[2]
SCRIPT = "tests.training.ranks_run"


def torchrun(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", SCRIPT]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [*command, *map(str, arguments)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240
    )


def alike(weights: dict[str, torch.Tensor], others: dict[str, torch.Tensor]) -> bool:
    return all(torch.allclose(tensor, others[name], atol=2e-4) for name, tensor in weights.items())


@pytest.fixture(scope="module")
def alone(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Four updates by one process."""
    run = begin(corpus, tmp_path_factory.mktemp("alone"), Ranks())
    run.train(4, report=False)
    run.evaluate()
    return run


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_processes_train_as_one_and_go_on_when_one_was_killed(corpus: Path, tmp_path: Path, alone: Run) -> None:
    broken = torchrun(corpus, tmp_path, 2, 1)
    assert broken.returncode != 0
    assert torch.load(tmp_path / STATE, weights_only=True)["progress"]["updates"] == 2
    assert not (tmp_path / "rank-1.pt").exists()

    again = torchrun(corpus, tmp_path, 2)
    assert again.returncode == 0, again.stderr
    first, second = (torch.load(tmp_path / f"rank-{number}.pt", weights_only=True) for number in (0, 1))
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())
    assert alike(alone.network.state_dict(), first)
    state = torch.load(tmp_path / STATE, weights_only=True)
    assert state["progress"]["updates"] == 4
    assert state["progress"]["notes"] == alone.progress.notes
    assert state["progress"]["seconds"] == alone.progress.seconds
    assert len(state["other_randoms"]) == 1 and not torch.equal(state["random"], state["other_randoms"][0])
    logs = [(folder / LOG).read_text().splitlines() for folder in (tmp_path, alone.folder)]
    assert [len(lines) for lines in logs] == [1, 1]  # by the first process alone
    scores = [json.loads(lines[0])["held_out"]["bridge"]["total"] for lines in logs]
    assert scores[0] == pytest.approx(scores[1], abs=0.01)

    one = begin(corpus, tmp_path, Ranks())  # what two have saved, one can take up
    assert one.progress.updates == 4


def test_processes_share_every_row_once() -> None:
    batch: Arrays = {"rows": np.arange(7), "deep": np.arange(14).reshape(7, 2)}
    shares = [Ranks(number, 3).share(batch) for number in range(3)]
    assert sorted(np.concatenate([share["rows"] for share in shares]).tolist()) == list(range(7))
    assert all((share["deep"][:, 0] == 2 * share["rows"]).all() for share in shares)
    assert Ranks().share(batch) is batch


def test_more_processes_than_windows_are_refused(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be shared by 9 processes"):
        Run(RECIPE, corpus, tmp_path, ranks=Ranks(0, 9))


def test_alone_without_torchrun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    ranks = Ranks.join()
    assert (ranks.number, ranks.count, ranks.is_first) == (0, 1, True)
    assert ranks.now(lambda: 3.5) == 3.5
    value = torch.tensor([1.0])
    assert ranks.total(value) is value and ranks.gathered(value) == [value]
    ranks.leave()


def test_a_checkpoint_of_one_process_is_taken_up_without_other_randoms(corpus: Path, tmp_path: Path) -> None:
    run = begin(corpus, tmp_path, Ranks())
    run.train(1, report=False)
    state = torch.load(tmp_path / STATE, weights_only=True)
    del state["other_randoms"]  # as it was before several processes could share a run
    torch.save(state, tmp_path / STATE)
    assert begin(corpus, tmp_path, Ranks()).progress.updates == 1


def test_a_run_begins_with_the_weights_of_a_checkpoint(corpus: Path, tmp_path: Path) -> None:
    torch.manual_seed(99)
    network = Network(replace(RECIPE.network, dropout=0.7))
    save(network, tmp_path / "checkpoint", "other")
    run = Run(RECIPE, corpus, tmp_path / "run")
    run.start_from(tmp_path / "checkpoint")
    for name, tensor in network.state_dict().items():
        assert torch.allclose(run.network.state_dict()[name], tensor, atol=4e-3), name
    assert run.progress.updates == 0 and not run.optimizer.state
    assert run.network.config.dropout == RECIPE.network.dropout


def test_a_run_begins_with_a_checkpoint_that_lacks_parts_which_add_nothing_at_first(
    corpus: Path, tmp_path: Path
) -> None:
    """Its chances are those of the checkpoint; the new parts are trained from the first update on."""
    torch.manual_seed(99)
    save(Network(RECIPE.network), tmp_path / "checkpoint", "other")
    recipe = replace(RECIPE, network=replace(RECIPE.network, ahead=8, pointers=8))
    run = Run(recipe, corpus, tmp_path / "run")
    run.start_from(tmp_path / "checkpoint")
    batch = tensors(Dataset(corpus, recipe).batch(np.random.default_rng(0), 2, TRAIN, "bridge"))
    _, other = load(tmp_path / "checkpoint")
    run.network.eval()
    with torch.no_grad():
        assert all(torch.equal(*pair) for pair in zip(run.network(batch), other(batch), strict=True))
    run.train(2, report=False)  # the warm-up begins with a rate of 0
    added = {name: part for name, part in run.network.state_dict().items() if name not in other.state_dict()}
    assert added["ahead.back.weight"].any() and added["fields.hinted.far.weight"].any()


def test_a_checkpoint_of_other_sizes_is_refused(corpus: Path, tmp_path: Path) -> None:
    save(Network(replace(RECIPE.network, decoder=8)), tmp_path / "checkpoint", "other")
    with pytest.raises(ConfigError, match="other has decoder 8 and the recipe tiny 12"):
        Run(RECIPE, corpus, tmp_path / "run").start_from(tmp_path / "checkpoint")
