"""The networks as the papers describe them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from jazzassist.literature.network import Ending
from jazzassist.literature.systems import LOOKED_BACK, SYSTEMS, rising
from jazzassist.literature.writing import Manner, write
from jazzassist.training.literature.in_torch import InTorch
from jazzassist.training.literature.layers import (
    IGNORED,
    KerasLSTM,
    LiteratureNetwork,
    parameters_of,
    table_text,
    totals,
)
from jazzassist.training.literature.mangal2019 import Mangal2019
from jazzassist.training.literature.rokvic2021 import Rokvic2021
from jazzassist.training.literature.systems import build

PAPER = (264_192, 525_312, 525_312, 1_024, 65_792, 0, 1_024, 173_218, 0)


def tiny(system: str, vocabulary: int = 9) -> LiteratureNetwork:
    """A small network with random weights, for generation."""
    torch.manual_seed(1)
    return build(system, vocabulary=vocabulary, units=6).eval()


def test_the_papers_network_has_the_papers_parameters_layer_by_layer() -> None:
    network = build("rokvic2021", vocabulary=674)
    assert tuple(parameters_of(layer.module)[0] for layer in network.table()) == PAPER
    assert totals(network) == (1_555_874, 1_554_850)


def test_its_printed_table_has_the_papers_totals() -> None:
    text = table_text(build("rokvic2021", vocabulary=674))
    assert "(None, 100, 256)        264192" in text and "(None, 674)             173218" in text
    for line in ("Total params: 1,555,874", "Trainable params: 1,554,850", "Non-trainable params: 1,024"):
        assert line in text


def test_the_table_leaves_no_trained_parameter_out() -> None:
    for system in SYSTEMS:
        network = tiny(system)
        assert totals(network)[1] == sum(weight.numel() for weight in network.trained())


def test_a_layer_has_one_bias_as_in_keras_also_after_training() -> None:
    layer = KerasLSTM(2, 3)
    out, _ = layer(torch.randn(4, 5, 2))
    out.sum().backward()
    assert layer.bias_hh_l0.grad is None and not layer.bias_hh_l0.any()
    assert layer.bias_ih_l0.tolist() == [0.0] * 3 + [1.0] * 3 + [0.0] * 6


def test_the_papers_network_hears_a_word_as_one_normalised_number() -> None:
    network = tiny("rokvic2021")
    heard: list[torch.Tensor] = []
    assert isinstance(network, Rokvic2021)
    network.lstm[0].register_forward_hook(lambda layer, given, out: heard.append(given[0]))
    network(torch.tensor([[0, 3, 8]]))
    assert heard[0].flatten().tolist() == pytest.approx([0, 3 / 9, 8 / 9])


def test_mangal_learns_by_rmsprop_with_512_units() -> None:
    network = Mangal2019(20)
    assert isinstance(network.optimizer(), torch.optim.RMSprop) and network.lstm.hidden_size == 512


@pytest.mark.parametrize("system", SYSTEMS)
def test_stepper_says_what_reading_at_once_says(system: str) -> None:
    network, tokens = tiny(system), torch.randint(9, (2, 12))
    writer = InTorch(network)
    logits, state = writer.begin(tokens[:, :9].numpy())
    for at in range(9, 12):
        logits, state = writer.step(tokens[:, at].numpy(), state)
    with torch.no_grad():
        assert np.allclose(logits, network(tokens)[:, -1], atol=1e-5)


@pytest.mark.parametrize("system", SYSTEMS)
def test_tokens_behind_the_end_of_a_line_do_not_count(system: str) -> None:
    network = tiny(system)
    windows = torch.randint(9, (3, 41))
    windows[:, 30:] = IGNORED
    losses = network.losses(windows, 40, torch.Generator().manual_seed(3))
    assert 0 < losses.count <= 3 * 29 and torch.isfinite(losses.loss)


def test_the_paper_counts_the_last_step_alone() -> None:
    losses = tiny("rokvic2021").losses(torch.randint(9, (5, 21)), 1, torch.Generator())
    assert losses.count == 5


def test_the_bidirectional_network_hears_what_follows_and_how_far_it_is() -> None:
    network, seed = InTorch(tiny("jiang2019")), np.array([[1, 2, 3]])
    alone, _ = network.begin(seed)
    led, _ = network.begin(seed, Ending(np.array([[5, 6]]), 4))
    elsewhere, _ = network.begin(seed, Ending(np.array([[5, 7]]), 4))
    later, _ = network.begin(seed, Ending(np.array([[5, 6]]), 9))
    assert not any(np.allclose(led, other) for other in (alone, elsewhere, later))


def test_its_loss_counts_sure_notes_less() -> None:
    network = tiny("jiang2019")
    losses = network.losses(torch.randint(9, (2, 20)), 10, torch.Generator().manual_seed(0))
    assert losses.loss.item() < float(losses.nats) / losses.count


def test_its_temperature_rises_where_a_line_goes_in_circles() -> None:
    rows = np.array([[1] * LOOKED_BACK, [number % 9 for number in range(LOOKED_BACK)]])
    stuck, fresh = rising(rows)[:, 0].tolist()
    assert stuck > fresh == 1.0 and rising(rows[:, 1:]).tolist() == [[1.0], [1.0]]


def test_the_likeliest_word_needs_no_luck_and_nothing_forbidden_is_written() -> None:
    network, seed = InTorch(tiny("mangal2019")), np.zeros((1, 3), np.int64)
    first, second = (
        write(network, seed, 6, Manner(likeliest=True), np.random.default_rng(number)).tokens for number in range(2)
    )
    assert np.array_equal(first, second)
    banned = write(network, seed, 40, Manner(), np.random.default_rng(0), forbidden=(4, 5)).tokens
    assert not {4, 5} & set(banned.flatten().tolist())


def test_what_is_read_once_is_written_on_as_if_it_were_read_for_each() -> None:
    for system in SYSTEMS:
        network, seed = InTorch(tiny(system)), np.array([[1, 2, 3]])
        ways = [(seed, 4), (np.repeat(seed, 4, 0), 1)]
        first, second = (write(network, rows, 9, Manner(), np.random.default_rng(1), copies=n) for rows, n in ways)
        assert np.array_equal(first.tokens, second.tokens) and len({*map(tuple, first.tokens.tolist())}) > 1


def test_top_p_leaves_the_likeliest_and_a_temperature_of_almost_nothing_the_first() -> None:
    network, seed = InTorch(tiny("mangal2019")), np.zeros((1, 3), np.int64)
    likeliest, cut, cold = (
        write(network, seed, 20, manner, np.random.default_rng(3)).tokens
        for manner in (Manner(likeliest=True), Manner(kept=1e-9), Manner(temperature=1e-6))
    )
    assert np.array_equal(likeliest, cut) and np.array_equal(likeliest, cold)


def test_words_are_drawn_as_often_as_they_are_likely() -> None:
    network = InTorch(tiny("mangal2019"))
    logits, _ = network.begin(np.zeros((1, 3), np.int64))
    drawn = write(network, np.zeros((1, 3), np.int64), 1, Manner(), np.random.default_rng(5), copies=20_000)
    shares = np.bincount(drawn.tokens[:, 0], minlength=9) / 20_000
    assert np.allclose(shares, np.exp(logits[0]) / np.exp(logits[0]).sum(), atol=0.02)
    assert np.allclose(np.exp(-drawn.nats[:, 0]).mean(), (shares**2).sum(), atol=0.02)


def test_a_bridge_is_as_long_as_asked_for() -> None:
    ending = Ending(np.array([[1, 2]]), 7)
    network = InTorch(tiny("jiang2019"))
    written = write(network, np.array([[3]]), 7, Manner(), np.random.default_rng(0), ending=ending)
    assert written.tokens.shape == (1, 7) and bool((written.nats > 0).all())
