"""Frames of piano rolls: their likelihood is one, empty frames count, and a network learns from them."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from jazzassist.neural.encoding import PITCH
from jazzassist.neural.sizes import NetworkConfig
from jazzassist.training.config import ConfigError
from jazzassist.training.evaluation.frames import KEYS, LOWEST, WAIT, Roll, Space, arrays_of, batch_of, step_nats
from jazzassist.training.evaluation.polyphony import (
    SEMITONES,
    SETS,
    Manner,
    Score,
    Trainer,
    frame_nll,
    polyphony,
    read_set,
    sheet,
    some,
    train_on,
)
from jazzassist.training.evaluation.report import as_text
from jazzassist.training.evaluation.roll_network import REACH, RollNetwork
from jazzassist.training.evaluation.windows import windows
from jazzassist.training.network.network import Network

SIZES = NetworkConfig(hidden=16, layers=1, decoder=12, right=4, right_notes=1, embedding=6, dropout=0.0, recall=4)
MANNER = Manner(sizes=SIZES, dropout=(0.0, 0.0), steps=40, context=20, batch=4, learning_rate=1e-2)


def network() -> Network:
    torch.manual_seed(1)
    found = RollNetwork(SIZES).eval()
    torch.nn.init.normal_(found.near_logits.weight)  # zero in a fresh one
    return found


def roll(*frames: tuple[int, ...], space: Space | None = None) -> Roll:
    table = np.zeros((len(frames), KEYS), np.bool_)
    for frame, keys in enumerate(frames):
        table[frame, list(keys)] = True
    return Roll.of(table, space)


def nats(judge: Network, pieces: list[Roll]) -> torch.Tensor:
    batch = batch_of([arrays_of(piece, 0, len(piece)) for piece in pieces], 1)
    with torch.no_grad():
        return step_nats(judge(batch), batch).double().sum(1)


@pytest.mark.parametrize(
    ("keys", "frames", "reach"), [((0, 2), 4, 2), ((40, 43), 2, 15), ((87, 88), 7, 1), ((86, 88), 3, 3)]
)
def test_likelihoods_of_all_rolls_of_one_length_sum_to_one(keys: tuple[int, int], frames: int, reach: int) -> None:
    """Every subset of the keys in every frame, with and without frames passed in one step, written out."""
    space, judge = Space(*keys, reach), network()
    subsets = [
        tuple(itertools.compress(range(*keys), chosen))
        for chosen in itertools.product((0, 1), repeat=keys[1] - keys[0])
    ]
    pieces = [roll(*choice, space=space) for choice in itertools.product(subsets, repeat=frames)]
    assert len(pieces) == 2 ** (frames * (keys[1] - keys[0]))
    assert float(torch.exp(-nats(judge, pieces)).sum()) == pytest.approx(1, abs=1e-5)


def test_steps_go_from_low_to_high_and_pass_empty_frames() -> None:
    piece = roll((3, 7), (), (), (5,), (), (), (), (), space=Space(reach=2))
    assert piece.ahead.tolist() == [1, 0, WAIT, 1, WAIT, WAIT, 99]
    assert piece.key.tolist() == [3, 7, -1, 5, -1, -1, -1]
    assert piece.at.tolist() == [-1, 0, 0, 2, 3, 5, 7]
    assert piece.rest == 0


def test_empty_frames_cost_and_count() -> None:
    """Silence has a likelihood of its own, and a frame of it is a frame."""
    judge = network()
    full, longer = roll((3,), (3,)), roll((3,), (3,), (), ())
    total = [float(nats(judge, [piece])[0]) for piece in (full, longer)]
    assert total[1] > total[0]
    assert frame_nll(judge, [full], MANNER) == pytest.approx(total[0] / 2, rel=1e-5)
    assert frame_nll(judge, [longer], MANNER) == pytest.approx(total[1] / 4, rel=1e-5)
    assert frame_nll(judge, [roll((), ())], MANNER) > 0
    assert frame_nll(judge, [full, longer], MANNER) == pytest.approx(sum(total) / 6, rel=1e-5)


def test_the_network_hears_no_key_before_it_is_chosen() -> None:
    """What a step hears is the same whatever comes: the keys from there on and the frames behind them."""
    first, second = roll((3, 7), (5, 9), (1,)), roll((3, 7), (5, 30), (), (2, 4))
    one, two = arrays_of(first, 0, len(first)), arrays_of(second, 0, len(second))
    until = 4  # the step that chooses 9 or 30
    for name in one:
        if name.startswith(("previous", "heard_ahead", "ahead_possible")):
            assert np.array_equal(one[name][:until], two[name][:until]), name
    assert np.flatnonzero(one["heard_ahead"][3]).tolist() == [5, KEYS + 3, KEYS + 7]
    assert np.flatnonzero(one["heard_here"][2]).tolist() == [3, 7]
    assert np.flatnonzero(one["heard_here"][3]).tolist() == [3, 7]


def test_long_pieces_are_scored_in_windows_that_lose_no_step() -> None:
    random = np.random.default_rng(0)
    piece = Roll.of(random.random((90, KEYS)) < 0.03)
    parts = windows(len(piece), MANNER.steps, MANNER.context)
    assert len(parts) > 4
    assert [part.scored for part in parts[1:]] == [part.high for part in parts[:-1]]
    assert parts[-1].high == len(piece)
    assert all(part.scored - part.low == 20 for part in parts[1:])
    whole = frame_nll(network(), [piece], Manner(sizes=SIZES, steps=len(piece), context=20))
    assert frame_nll(network(), [piece], MANNER) == pytest.approx(whole, rel=0.02)


def test_windows_shorter_than_the_context_go_on_all_the_same() -> None:
    assert [(part.low, part.scored, part.high) for part in windows(9, 4, 50)] == [
        (0, 0, 4),
        (2, 4, 6),
        (4, 6, 8),
        (6, 8, 9),
    ]


def test_transposition_moves_all_and_stays_on_the_piano() -> None:
    piece = roll((0, 3), (85,))
    trainer = Trainer([piece], 1.0, MANNER, lambda: 0.0)
    lowest = {int(window["target_pitch"].max()) for window in (trainer._window() for _ in range(60))}
    assert lowest == {21 + 85, 21 + 86, 21 + 87}
    inner = Trainer([roll((40, 43))], 1.0, MANNER, lambda: 0.0)
    shifts = {int(inner._window()["target_pitch"][0]) - 61 for _ in range(300)}
    assert shifts == set(range(-SEMITONES, SEMITONES + 1))
    moved = piece.moved(2)
    assert Roll.of(moved.frames).key.tolist() == moved.key.tolist()
    assert Roll.of(moved.frames).last.tolist() == moved.last.tolist()


def repeated(keys: int, count: int = 12) -> list[Roll]:
    """Pieces of one triad, each on another key."""
    return [roll(*([(key, key + 4, key + 7)] * 16)) for key in range(keys, keys + count)]


@pytest.mark.slow
def test_learns_keeps_the_weights_that_validate_best_and_stops() -> None:
    ticks = itertools.count(0, 5).__next__  # an update takes five seconds
    told: list[str] = []
    score = train_on("x", (repeated(30), repeated(33, 3), repeated(35, 3)), 8.0, MANNER, told.append, ticks)
    before = frame_nll(network(), repeated(35, 3), MANNER)
    assert score.test < before / 2
    assert 0 < score.updates <= 96
    assert score.parameters == sum(weight.numel() for weight in network().parameters())
    best = min(float(line.rsplit(" ", 1)[1]) for line in told)
    assert score.valid == pytest.approx(best, abs=2e-3)


def test_stops_when_validation_gets_no_better() -> None:
    told: list[str] = []
    elsewhere = [roll((2, 80), (), (11, 60), (), ()) for _ in range(3)]
    manner = Manner(sizes=SIZES, dropout=(0.0, 0.0), steps=40, batch=4, learning_rate=0.05)
    train_on("x", (repeated(30, 1), elsewhere, elsewhere), 16.0, manner, told.append, itertools.count(0, 5).__next__)
    assert len(told) < 24


def test_sets_are_read_with_their_split(tmp_path: Path) -> None:
    io = pytest.importorskip("scipy.io")
    parts = {}
    for number, name in enumerate(("traindata", "validdata", "testdata")):
        cells = np.empty((1, number + 1), object)
        for index in range(number + 1):
            cells[0, index] = roll((number,), (), (5,)).frames.astype(np.uint8)
        parts[name] = cells
    io.savemat(tmp_path / "JSB_Chorales.mat", parts)
    found = read_set(tmp_path, "JSB_Chorales")
    assert [len(part) for part in found] == [1, 2, 3]
    assert [part[0].key[0] for part in found] == [0, 1, 2]
    outcome = polyphony(tmp_path, 0.001, ("JSB_Chorales",), MANNER)
    assert math.isfinite(outcome.figures["JSB_Chorales"]["test"])
    with pytest.raises(ConfigError, match=r"Nottingham\.mat holds no set"):
        read_set(tmp_path, "Nottingham")


def test_table_says_the_class_of_each_line() -> None:
    text = as_text([sheet([Score("Nottingham", 2.2, 2.3456, 9.5, 100, 1_500_000)])], "command")
    ours = next(line for line in text.splitlines() if line.startswith("this network family"))
    assert "note factors" in ours and " 2.35 " in ours and "1.5 M" in ours
    assert ours.count(" - ") == len(SETS) - 1
    nade = next(line for line in text.splitlines() if line.startswith("RNN-NADE"))
    assert "joint output" in nade and "remembered" in nade and "5.56" in nade
    assert "independent outputs" in next(line for line in text.splitlines() if line.startswith("RRU"))


def test_a_part_of_the_pieces_comes_from_all_over() -> None:
    pieces = repeated(10, 10)
    few = some(pieces, len(pieces[0]) * 2)
    assert [piece.key[0] for piece in few] == [10, 15]
    assert some(pieces, 10**9) == pieces


@torch.no_grad()
def test_what_the_keys_around_say_is_the_same_in_every_key() -> None:
    """The convolution moves with the music, and changes pitches alone."""
    judge, piece = network(), roll((30, 34), (30, 37, 41), (), (33,))
    alone = Network(SIZES).eval()
    alone.load_state_dict({name: value for name, value in judge.state_dict().items() if not name.startswith("near")})
    added = []
    for by in (0, 5):
        batch = batch_of([arrays_of(piece.moved(by), 0, len(piece))], 1)
        fields = list(zip(judge(batch), alone(batch), strict=True))
        assert all(torch.equal(one, other) for number, (one, other) in enumerate(fields) if number != PITCH)
        added.append((fields[PITCH][0] - fields[PITCH][1])[:, LOWEST : LOWEST + KEYS])
    assert float(added[0].abs().max()) > 0.1
    inside = slice(2 * REACH, 59)  # nearer to the ends of the piano there are fewer keys around
    torch.testing.assert_close(added[0][:, inside], added[1][:, 2 * REACH + 5 : 64], atol=1e-4, rtol=1e-4)
