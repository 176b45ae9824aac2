"""The pointers: where they may look, what they read there, and that it means the same in every key."""

from __future__ import annotations

import torch

from jazzassist.neural.encoding import (
    ECHOED,
    END,
    HEADS,
    HEARD,
    INTERVAL,
    INTERVALS,
    NO_PITCH,
    OTHERS,
    PITCHES,
    QUARTERS_HERE,
)
from jazzassist.training.network.attention import Part, parted
from jazzassist.training.network.pointers import Hints, KeyLogits, Pointers, answers, told_pitches
from tests.neural.requests import TINY
from tests.training.network.test_network import in_gap


def told(pitches: list[int]) -> torch.Tensor:
    """The answers of notes that differ in nothing but pitch, but for the first one, which answers nothing."""
    pitch = torch.tensor([pitches])
    same = torch.ones(1, len(pitches) - 1, dtype=torch.int64)
    return answers(pitch[:, :-1], same, same * 2, pitch[:, 1:], same * 3, same * 4)


def test_answers_are_pitch_interval_and_the_other_fields() -> None:
    found = told([60, 64, 100])
    assert found.shape == (1, 1, 2, PITCHES + INTERVALS + sum(ECHOED))
    first, second = found[0, 0]
    place = PITCHES + INTERVALS
    expected = {64, PITCHES + INTERVAL + 4, place + 1, place + 18 + 2, place + 18 + 24 + 3, place + 18 + 24 + 32 + 4}
    assert set(first.nonzero()[:, 0].tolist()) == expected
    assert not second[PITCHES:place].any()  # 36 semitones are no interval that is pointed at
    assert not told([NO_PITCH, 64])[0, 0, 0, PITCHES:place].any()  # nor is there one from no note


def pointing(keys_at: torch.Tensor, pitches: list[int], after: Part | None) -> Hints:
    """The hints for the last of as many steps as there are pitches, whose keys and query are given."""
    torch.manual_seed(0)
    pointers = Pointers(TINY.hidden, TINY.right, 8)
    with torch.no_grad():
        pointers.query.weight.zero_()
        pointers.query.bias.fill_(30.0)
        answered = Part(parted(keys_at, HEADS), told(pitches), torch.tensor(True))
        previous = torch.tensor([pitches[-1:]])
        hints: Hints = pointers(torch.randn(1, 1, TINY.hidden), previous, [answered], after)
    return hints


@torch.no_grad()
def test_what_followed_is_pointed_at_in_pitch_and_in_interval() -> None:
    """The key of the second step is the one that is looked for: a fourth up from 62, now put onto 70."""
    keys = torch.full((1, 4, 8), -1.0)
    keys[0, 1] = 1.0
    hints = pointing(keys, [60, 62, 67, 65, 70], None)
    shares = hints.keys[0, 0]
    assert shares.shape == (3 * HEADS, PITCHES)
    assert shares[:HEADS].argmax(-1).tolist() == [67] * HEADS
    assert shares[HEADS : 2 * HEADS].argmax(-1).tolist() == [75] * HEADS
    assert shares[: 2 * HEADS].amax(-1).min() > 0.99
    assert not shares[2 * HEADS :].any()  # nothing follows
    assert hints.previous.tolist() == [[70]]


@torch.no_grad()
def test_notes_that_follow_are_pointed_at_only_where_they_are_heard() -> None:
    keys, pitch = torch.randn(1, HEADS, 3, 4), torch.tensor([[50, 55, 58]])
    heard = torch.tensor([[[[True, False, True]]]])
    after = Part(keys, told_pitches(pitch), heard)
    shares = pointing(torch.randn(1, 2, 8), [60, 62, 64], after).keys[0, 0, 2 * HEADS :]
    assert shares[:, [50, 58]].all()
    assert not shares[:, 55].any()
    assert (shares.sum(-1) < 1).all()  # the rest of the attention is for nothing


@torch.no_grad()
def test_no_step_points_at_its_own_note_or_at_later_ones() -> None:
    network, batch, _ = in_gap()
    hints = network.outputs(batch).hints
    changed = {name: part.clone() for name, part in batch.items()}
    changed["previous_pitch"][0, 20:] += 1  # the notes of the steps from 19 on
    changed["target_pitch"][0, 19:] += 1
    after = network.outputs(changed).hints
    assert hints is not None and after is not None
    assert torch.equal(hints.keys[0, :20], after.keys[0, :20])
    assert not torch.equal(hints.keys[0, 20], after.keys[0, 20])
    assert not hints.keys[0, 0, : 2 * HEADS].any()  # nothing was played before the first


@torch.no_grad()
def test_an_end_answers_nothing() -> None:
    """The step behind an END has the same note before it as the END itself: that note is pointed at once."""
    network, batch, _ = in_gap()
    end = int((batch["target_ahead"][0] == END).nonzero()[0])
    told = torch.ones_like(batch["target_ahead"])
    hints = network.outputs(batch).hints
    also_end = network.outputs(batch | {"target_ahead": told}).hints
    assert hints is not None and also_end is not None
    assert torch.equal(hints.keys[0, : end + 1], also_end.keys[0, : end + 1])
    assert not torch.equal(hints.keys[0, end + 1], also_end.keys[0, end + 1])


def key_logits() -> KeyLogits:
    """With random weights in all its parts."""
    torch.manual_seed(2)
    logits = KeyLogits(TINY.decoder)
    with torch.no_grad():
        for weight in logits.parameters():
            weight.normal_(0, 0.3)
    return logits


def hints_at(semitones: int) -> tuple[Hints, torch.Tensor]:
    """Hints and what is heard beside them, in one key or another."""
    torch.manual_seed(3)
    keys = torch.zeros(1, 3 * HEADS, PITCHES)
    keys[..., 55:70] = torch.rand(1, 3 * HEADS, 15)
    here = torch.rand(1, QUARTERS_HERE, HEARD)
    for first in (0, 12, OTHERS, OTHERS + 12):
        here[..., first : first + 12] = here[..., first : first + 12].roll(semitones, -1)
    hints = Hints(keys.roll(semitones, -1), torch.rand(1, HEADS, sum(ECHOED)), torch.tensor([60 + semitones]))
    return hints, here.flatten(1)


@torch.no_grad()
def test_in_another_key_the_same_is_said_of_the_same_steps_of_the_scale() -> None:
    logits, state = key_logits(), torch.randn(1, TINY.decoder)
    (here, heard), (there, heard_there) = hints_at(0), hints_at(5)
    first = logits.of_pitch(state, torch.tensor([False]), here, heard)
    second = logits.of_pitch(state, torch.tensor([False]), there, heard_there)
    # But for the keys so near the ends of the keyboard that the convolution sees beyond them.
    torch.testing.assert_close(first[:, 30:95], second[:, 35:100])


@torch.no_grad()
def test_keys_and_kits_of_one_batch_are_answered_each_as_alone() -> None:
    logits, state = key_logits(), torch.randn(3, TINY.decoder)
    drums = torch.tensor([False, True, False])
    found = [hints_at(step) for step in range(3)]
    hints = Hints(*(torch.cat([getattr(one, name) for one, _ in found]) for name in ("keys", "fields", "previous")))
    here = torch.cat([heard for _, heard in found])
    together = logits.of_pitch(state, drums, hints, here)
    for row in range(3):
        only = torch.tensor([row])
        alone = logits.of_pitch(state[only], drums[only], hints[only], here[only])
        torch.testing.assert_close(together[row], alone[0])
    assert not together[1, :50].any()  # no key of a kit that was neither struck nor follows


@torch.no_grad()
def test_untrained_it_says_nothing() -> None:
    logits, state = KeyLogits(TINY.decoder), torch.randn(1, TINY.decoder)
    hints, here = hints_at(0)
    for drums in (False, True):
        assert not logits.of_pitch(state, torch.tensor([drums]), hints, here).any()
    for name in ("ahead", "sub", "duration", "velocity"):
        assert not logits.of_field(name, state, hints).any()
        assert key_logits().of_field(name, state, hints).any()
