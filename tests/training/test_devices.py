"""Devices by name, checkpoints that move between them, and a network that creates nothing on the wrong one."""

from __future__ import annotations

import zipfile
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._device import _device_constructors

from jazzassist.training.arrays import TRAIN
from jazzassist.training.commands import main
from jazzassist.training.config import ConfigError, Recipe
from jazzassist.training.dataset import Dataset
from jazzassist.training.devices import device_of, usual_workers
from jazzassist.training.loading import smaller
from jazzassist.training.network.batches import tensors
from jazzassist.training.ranks import Ranks
from jazzassist.training.train import LOG, STATE, Run
from tests.training.tiny_corpus import RECIPE, SETS, SIZES, TRAINING

GPU = torch.device("cuda")


def presence(monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_auto_takes_the_first_that_is_present(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, expected: str
) -> None:
    presence(monkeypatch, cuda, mps)
    assert device_of("auto").type == expected
    assert device_of("cpu").type == "cpu"


@pytest.mark.parametrize(("name", "words"), [("cuda", "no CUDA device"), ("mps", "no Apple GPU"), ("tpu", "'tpu'")])
def test_an_absent_device_is_named(monkeypatch: pytest.MonkeyPatch, name: str, words: str) -> None:
    presence(monkeypatch, False, False)
    with pytest.raises(ConfigError, match=words):
        device_of(name)


def test_the_command_names_it_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    presence(monkeypatch, False, False)
    (tmp_path / "tiny.toml").write_text(f'name = "tiny"\ncorpus = "{corpus.as_posix()}"\n')
    assert main(["train", str(tmp_path / "tiny.toml"), "--runs", str(tmp_path), "--device", "cuda"]) == 3
    told = capsys.readouterr().err
    assert told == "jazzassist: PyTorch finds no CUDA device on this machine; --device auto uses what there is.\n"


def test_several_processes_stay_on_the_processor(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="on the processor alone"):
        Run(RECIPE, corpus, tmp_path, ranks=Ranks(0, 2), device=GPU)


def test_a_gpu_has_more_workers_than_the_processor() -> None:
    assert usual_workers(torch.device("cpu")) == 1
    assert usual_workers(GPU) >= 1


def as_saved_on_cuda(path: Path) -> None:
    """Rewrites a file of torch.save as if all its tensors had been on a CUDA device."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            if name.endswith("data.pkl"):
                assert b"X\x03\x00\x00\x00cpu" in part
                part = part.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
            archive.writestr(name, part)


def test_a_state_saved_on_cuda_resumes_on_the_processor(corpus: Path, tmp_path: Path) -> None:
    run = Run(RECIPE, corpus, tmp_path, clock=count().__next__)
    run.train(2, report=False)
    as_saved_on_cuda(tmp_path / STATE)
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="CUDA"):
            torch.load(tmp_path / STATE, weights_only=True)
    again = Run(RECIPE, corpus, tmp_path, clock=count().__next__)
    assert again.resume()
    assert again.progress == run.progress
    for name, tensor in run.network.state_dict().items():
        assert torch.equal(again.network.state_dict()[name], tensor), name
    again.train(1, report=False)
    assert again.progress.updates == 3


class Pretended(TorchFunctionMode):
    """Keeps everything on the processor, and notes each tensor that is created without a word of where."""

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self.device, self.created = device, 0
        self.wrong: list[str] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func in _device_constructors():
            self.created += 1
            if "device" not in kwargs:  # said by the context, or taken from a tensor
                self.wrong.append(func.__name__)
            kwargs["device"] = "cpu"
        elif func is torch.Tensor.to:
            args = tuple("cpu" if part == self.device else part for part in args)
        return func(*args, **kwargs)


def test_training_creates_every_tensor_on_its_device(corpus: Path, tmp_path: Path) -> None:
    """With all attentions and pointers, on a batch in small types."""
    sizes = {**SIZES.as_dict(), "recall": 8, "ahead": 8, "pointers": 8, "phrase": 8}
    recipe = Recipe("tiny", network=type(SIZES)(**sizes), training=TRAINING, sets=SETS)  # type: ignore[arg-type]
    run = Run(recipe, corpus, tmp_path)
    run.autocast = False
    arrays = Dataset(corpus, recipe).batch(np.random.default_rng(0), 4, TRAIN, "bridge")
    run.device = GPU
    with Pretended(GPU) as pretended:
        run._update(tensors(smaller(arrays)))
    assert pretended.created > 10
    assert pretended.wrong == []
    assert run.progress.updates == 1


def test_the_log_says_how_many_notes_a_second(corpus: Path, tmp_path: Path) -> None:
    run = Run(RECIPE, corpus, tmp_path, clock=count().__next__)
    run.train(3, report=False)
    run.log({"loss": 1.0})
    run.log({"loss": 1.0})
    lines = (tmp_path / LOG).read_text().splitlines()
    assert f'"notes_per_second": {round(run.progress.notes / run.progress.seconds)}' in lines[0]
    assert "notes_per_second" not in lines[1]  # nothing was trained since
