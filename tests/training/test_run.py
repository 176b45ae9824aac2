"""A training run learns, goes on exactly where it stopped, and can be exported and scored."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch

from jazzassist.midi.files import write_song
from jazzassist.training.arrays import TEST
from jazzassist.training.commands import main
from jazzassist.training.config import read_recipe
from jazzassist.training.dataset import Dataset
from jazzassist.training.evaluation.folder import folder_data
from jazzassist.training.held_out import held_out
from jazzassist.training.network.checkpoint import load
from jazzassist.training.train import BEST, LOG, MODES, Progress, Run, learning_rate, weighted
from tests.neural.requests import band, save_whole, tiny_network
from tests.training.tiny_corpus import RECIPE, TRAINING

RECIPE_FILE = """
name = "tiny"
[network]
hidden = 16
layers = 2
decoder = 12
right = 8
right_notes = 12
embedding = 6
[training]
minutes = 0.02
batch = 4
steps = 40
[[sets]]
name = "combo"
folder = "combo"
licence = "own"
share = 1.0
"""


def trained(corpus: Path, folder: Path, updates: int) -> Run:
    # The schedule follows the clock; here it ticks a second a call, so that only what is tested can differ.
    run = Run(RECIPE, corpus, folder, clock=count().__next__)
    run.resume()
    run.train(updates, report=False)
    return run


def test_resumed_run_goes_on_to_the_bit(corpus: Path, tmp_path: Path) -> None:
    whole = trained(corpus, tmp_path / "whole", 6)
    trained(corpus, tmp_path / "parts", 4)
    parts = trained(corpus, tmp_path / "parts", 2)
    assert parts.progress == whole.progress
    assert whole.progress.updates == 6
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(parts.network.state_dict()[name], tensor), name


def test_run_learns(corpus: Path, tmp_path: Path) -> None:
    data = Dataset(corpus, RECIPE)
    run = Run(RECIPE, corpus, tmp_path)
    before = held_out(run.network, data, 1, 8)["bridge"]["total"]
    run.train(40, report=False)
    assert held_out(run.network, data, 1, 8)["bridge"]["total"] < before - 1


def test_held_out_scores_are_the_same_at_every_call(corpus: Path, tmp_path: Path) -> None:
    data, network = Dataset(corpus, RECIPE), Run(RECIPE, corpus, tmp_path).network
    first = held_out(network, data, 1, 8)
    assert first == held_out(network, data, 1, 8)
    assert set(first["plain"]) == {"ahead", "sub", "pitch", "duration", "velocity", "total"}


def test_best_weights_are_kept(corpus: Path, tmp_path: Path) -> None:
    run = Run(RECIPE, corpus, tmp_path)
    run.evaluate()
    best = run.progress.best
    head = run.network.fields.heads[0]
    assert isinstance(head, torch.nn.Linear)
    with torch.no_grad():
        head.weight.mul_(100)
    run.evaluate()
    assert run.progress.best == best
    kept = torch.load(tmp_path / "best.pt", weights_only=True)["network"]
    assert not torch.equal(kept["fields.heads.0.weight"], head.weight)
    assert len((tmp_path / LOG).read_text().splitlines()) == 2


def test_run_stops_when_no_task_gets_better(corpus: Path, tmp_path: Path) -> None:
    """A learning rate of nothing changes nothing: two evaluations later the run is over, long before its minutes."""
    training = replace(TRAINING, learning_rate=0.0, weight_decay=0.0, evaluate_minutes=0.0, patience=2)
    run = Run(replace(RECIPE, training=training), corpus, tmp_path, clock=count().__next__)
    run.train(20, report=False)
    assert run.is_stale
    assert run.progress.updates == 3
    assert set(run.progress.best_of) == set(MODES)
    again = Run(replace(RECIPE, training=replace(training, patience=0)), corpus, tmp_path, clock=count().__next__)
    assert again.resume() and again.progress.stale == 2
    assert not again.is_stale


def test_task_that_gets_better_keeps_the_run_going(corpus: Path, tmp_path: Path) -> None:
    run = Run(RECIPE, corpus, tmp_path)
    run.evaluate()
    run.evaluate()
    assert run.progress.stale == 1
    run.progress.best_of["plain"] += 1  # as if it had been worse before
    run.evaluate()
    assert run.progress.stale == 0


def test_learning_rate_warms_up_and_falls_with_the_minutes() -> None:
    rates = [
        learning_rate(TRAINING, Progress(updates, 0, seconds))
        for updates, seconds in ((1, 0), (2, 0), (9, 300), (9, 600))
    ]
    assert rates == pytest.approx([5e-3, 1e-2, 1e-2 * 0.51, 1e-2 * 0.02])


def test_fields_count_as_much_as_the_recipe_says() -> None:
    losses = [torch.full((2,), float(10**field)) for field in range(5)]
    assert float(weighted(losses, replace(TRAINING, duration_weight=0.0, velocity_weight=0.0))) == 2 * 111
    assert float(weighted(losses, replace(TRAINING, duration_weight=0.5, velocity_weight=0.25))) == 2 * (
        111 + 500 + 2500
    )


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    (tmp_path / "tiny.toml").write_text(RECIPE_FILE)
    return [str(tmp_path / "tiny.toml"), "--runs", str(tmp_path / "runs")]


def test_from_files_to_a_checkpoint_by_commands(
    files: Path, place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["corpus", "build", *place, "--data", str(files)]) == 0
    assert "combo" in capsys.readouterr().out
    assert main(["train", *place]) == 0
    assert main(["export", *place, "--to", str(tmp_path / "checkpoint")]) == 0
    assert main(["train", *place, "--from", str(tmp_path / "checkpoint"), "--minutes", "0"]) == 0
    name, network = load(tmp_path / "checkpoint")
    assert name == "tiny"
    assert network.config.hidden == 16
    capsys.readouterr()
    few = ["--batches", "1", "--gaps", "5", "--bridges", "1", "--seeds", "4", "--each", "2"]
    arguments = ["evaluate", str(tmp_path / "checkpoint"), "--config", *place, "--data", str(files), *few]
    parts = ["likelihood", "gaps", "bridges", "originality", "wishes"]
    assert main([*arguments, "--json", "--only", *parts]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert np.isfinite(scores["likelihood"]["held_out"]["bridge"]["total"])
    assert list(scores["likelihood"]["bridges_by_role"]) == ["combo"]
    assert scores["bridges"]["tables"]["all gaps"]["ours"]["tasks"] > 0
    assert scores["originality"]["collapse"]["all"]["suggestions"] == 8
    assert scores["originality"]["copying"]["all"]["longest"] >= 0
    wishes = {"density", "register", "polyphony", "notes like earlier ones", "rhythm like earlier ones"}
    assert {item["wish"] for item in scores["wishes"]["wishes"]} == wishes
    assert main([*arguments, "--only", "likelihood", "--markdown"]) == 0
    told = capsys.readouterr().out
    assert "| bridge without chords |" in told
    assert "--batches 1 --gaps 5 --bridges 1 --seeds 4 --each 2 --only likelihood`" in told


def test_a_folder_of_ones_own_needs_no_corpus(
    files: Path, place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_whole(tiny_network(), tmp_path / "checkpoint", "tiny")
    words = ["evaluate", str(tmp_path / "checkpoint"), "--config", *place, "--on", str(files / "combo")]
    few = ["--batches", "1", "--gaps", "5", "--bridges", "1", "--seeds", "4", "--each", "2"]
    assert main([*words, *few]) == 0
    told = capsys.readouterr().out
    for title in ("Bits per note", "What the right side helps", "Bridges, all gaps", "Collapse", "Wishes"):
        assert title in told
    assert "bridge, your files" in told and "WJazzD" not in told
    assert main([*words, *few, "--only", "likelihood", "--json"]) == 0
    assert np.isfinite(json.loads(capsys.readouterr().out)["likelihood"]["held_out"]["bridge"]["total"])


def test_all_tunes_of_a_folder_count(files: Path, tmp_path: Path) -> None:
    """Also those that the split of a recipe would train on, and files whose ending is in capitals."""
    (tmp_path / "own").mkdir()
    for number, path in enumerate(sorted((files / "combo").glob("Player_Tune*.mid"))[:4]):
        (tmp_path / "own" / f"{number}.MID").write_bytes(path.read_bytes())
    data = folder_data(tmp_path / "own", RECIPE, tmp_path / "work")
    assert len(data.lines(TEST)) == len(data.table) == 4 * 3


def test_the_best_weights_are_exported_or_the_last(corpus: Path, place: list[str], tmp_path: Path) -> None:
    recipe = read_recipe(Path(place[0]))
    run = Run(recipe, corpus, tmp_path / "runs" / recipe.run)
    run.save()
    better = {name: part + 1 for name, part in run.network.state_dict().items()}
    torch.save({"network": better}, run.folder / BEST)
    for options, expected in (([], better), (["--last"], run.network.state_dict())):
        assert main(["export", *place, *options, "--to", str(tmp_path / "out")]) == 0
        found = load(tmp_path / "out")[1].state_dict()
        assert all(torch.allclose(found[name], part, atol=1e-2) for name, part in expected.items())


def test_a_recipe_is_like_another_where_it_says_nothing(tmp_path: Path) -> None:
    base = tmp_path / "base.toml"
    base.write_text('name = "a"\ncorpus = "c"\n[network]\nhidden = 8\nlayers = 1\n[[sets]]\nname = "s"\nfolder = "f"\n'
                    'licence = "l"\nshare = 1.0\n')  # fmt: skip
    (tmp_path / "other.toml").write_text('like = "base.toml"\nname = "b"\n[network]\nhidden = 16\n')
    first, second = read_recipe(base), read_recipe(tmp_path / "other.toml")
    assert (second.name, second.corpus, second.sets) == ("b", "c", first.sets)
    assert (second.network.hidden, second.network.layers) == (16, 1)
    judge, shipped = (read_recipe(Path(name)) for name in ("judge", "jazz-6"))
    assert (judge.sets, judge.test_tunes) == (shipped.sets, shipped.test_tunes)  # so it never heard what it judges
    assert judge.training.seed != shipped.training.seed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "{place}/no.toml"], "no.toml cannot be read"),
        (["train", "{place}/tiny.toml", "--runs", "{place}/none"], "holds no corpus"),
        (["train", "{place}/broken.toml"], "is no TOML file"),
        (["train", "{place}/unknown.toml"], "a setting that is not known"),
        (["evaluate", "{place}"], "There is no checkpoint"),
        (["evaluate", "{place}/tiny", "--config", "{place}/tiny.toml", "--only", "bridges"], "after --data"),
        (["evaluate", "{place}/tiny", "--config", "{place}/tiny.toml", "--only", "wjazzd"], "after --data"),
        (["rolls", "--data", "{place}"], "holds no set of piano rolls"),
        (["evaluate", "{place}/tiny", "--config", "{place}/tiny.toml", "--on", "{place}/tiny"], "no MIDI or MusicXML"),
        (["evaluate", "{place}/tiny", "--config", "{place}/tiny.toml", "--on", "{place}/short"], "enough notes"),
        (["train", "{place}/ring.toml"], "to be like itself"),
        (["corpus", "build", "{place}/tiny.toml", "--data", "{place}"], "holds none of the sets"),
    ],
)
def test_what_cannot_be_used_is_named(
    arguments: list[str], sentence: str, place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_whole(tiny_network(), tmp_path / "tiny", "tiny")
    (tmp_path / "short").mkdir()
    write_song(band(bars=2), tmp_path / "short" / "short.mid")
    (tmp_path / "broken.toml").write_text("name =")
    (tmp_path / "ring.toml").write_text('like = "round.toml"\n')
    (tmp_path / "round.toml").write_text('like = "ring.toml"\n')
    (tmp_path / "unknown.toml").write_text('name = "x"\n[network]\nhiden = 3\n')
    assert main([argument.format(place=tmp_path) for argument in arguments]) == 3
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1
