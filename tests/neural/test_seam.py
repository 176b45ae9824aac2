"""How surprised the network is at what follows a candidate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch

from jazzassist.domain.suggestion import Controls
from jazzassist.neural.encoding import END, GridLine
from jazzassist.neural.generation import Candidate, Writer, generate
from jazzassist.neural.graphs import Values
from jazzassist.neural.guard import WINDOW
from jazzassist.neural.hearing import hear_before
from jazzassist.neural.sampling import taste
from jazzassist.neural.scene import Scene, scene_of
from jazzassist.neural.seam import NEXT, seam_nats
from jazzassist.neural.state import State
from jazzassist.neural.steps import Previous, Span, step_arrays
from jazzassist.training.network.batches import stacked
from jazzassist.training.network.fields import field_losses
from tests.neural.requests import TINY, band, bridge, continuation, tiny_graphs, tiny_network


def scene() -> Scene:
    return scene_of(bridge(band(), 0, 8 * 480, 12 * 480))


def written(count: int) -> list[Candidate]:
    return generate(tiny_graphs(), scene(), count, taste(50), 3, lambda share: None, lambda: False)


@torch.no_grad()
def whole_line_nats(here: Scene, candidate: Candidate, counting: bool) -> float:
    """The same measure from one reading of left side, candidate and right side together.

    `counting`: whether the steps of the candidate know how much of the gap is left, as they do when it is written.
    """
    network, after = tiny_network(), here.after.part(0, NEXT)
    columns = [
        np.concatenate([getattr(here.before, name), getattr(candidate, name), getattr(after, name)]).astype(np.int64)
        for name in ("onset", "length", "pitch", "velocity")
    ]
    line = GridLine(columns[0], columns[1], columns[2], columns[3], here.instrument)
    low, high = len(here.before), len(here.before) + len(candidate.onset)
    spans = [Span(here.start, here.end, low, high)] if counting else []
    arrays = step_arrays(line, Previous(int(line.onset[0]) // 96 * 96), here.around, spans)
    arrays = {name: array[arrays["target_ahead"] != END] for name, array in arrays.items()}
    arrays["instrument"] = np.array(here.instrument, np.int64)
    batch = stacked([arrays], TINY.right_notes)
    return float(torch.stack(field_losses(network(batch), batch)).sum(0)[-len(after) :].mean())


def unwritten(candidates: list[Candidate]) -> list[Candidate]:
    """The same notes of candidates that nobody wrote, so that they left nothing behind."""
    return [replace(candidate, left=None) for candidate in candidates]


def test_left_side_read_once_gives_what_reading_all_again_gives() -> None:
    candidates = unwritten(written(4))
    assert len({len(candidate.onset) for candidate in candidates}) > 1  # of unequal length, so some are padded
    found = seam_nats(tiny_graphs(), scene(), candidates)
    for nats, candidate in zip(found, candidates, strict=True):
        assert nats == pytest.approx(whole_line_nats(scene(), candidate, counting=False), rel=1e-4)


@pytest.mark.parametrize("track", [0, 2])
@pytest.mark.parametrize("bars", [2, 10])
def test_what_candidates_leave_behind_is_gone_on_from(track: int, bars: int) -> None:
    """As if all had been read again, whenever they ended, and whatever was wished."""
    wished = replace(bridge(band(bars=16), track, 8 * 480, (8 + 4 * bars) * 480), controls=Controls(density=5.0))
    here = scene_of(wished)
    candidates = generate(tiny_graphs(), here, 4, taste(50), 3, lambda share: None, lambda: False)
    assert len({len(candidate.onset) for candidate in candidates}) > 1
    found = seam_nats(tiny_graphs(), here, candidates)
    for nats, candidate in zip(found, candidates, strict=True):
        assert nats == pytest.approx(whole_line_nats(here, candidate, counting=True), rel=1e-3)


def test_what_one_candidate_leaves_behind_does_not_depend_on_the_others() -> None:
    candidates = written(4)
    together = seam_nats(tiny_graphs(), scene(), candidates)
    alone = [seam_nats(tiny_graphs(), scene(), [candidate])[0] for candidate in candidates]
    assert together == pytest.approx(alone, rel=1e-4)


def test_only_the_steps_after_the_gap_are_read_of_candidates_that_were_written() -> None:
    steps: list[tuple[int, ...]] = []

    class Counted:
        sizes = tiny_graphs().sizes

        def run(self, name: str, feeds: Mapping[str, Values]) -> dict[str, Values]:
            steps.append(feeds["columns"].shape[:2])
            return tiny_graphs().run(name, feeds)

    candidates = written(4)
    seam_nats(Counted(), scene(), candidates)
    assert steps == [(4, NEXT)]


def test_candidates_are_measured_alike_where_one_of_them_left_nothing() -> None:
    first, *others = written(4)
    some = seam_nats(tiny_graphs(), scene(), [*unwritten([first]), *others])
    assert some == pytest.approx(seam_nats(tiny_graphs(), scene(), unwritten([first, *others])))


def test_it_may_be_told_what_lies_before() -> None:
    graphs, candidates = tiny_graphs(), unwritten(written(4))
    before = hear_before(graphs, scene())
    told = seam_nats(graphs, scene(), candidates, before)
    assert told == pytest.approx(seam_nats(graphs, scene(), candidates))
    silent = before._replace(state=State.first(graphs.sizes))
    assert told != pytest.approx(seam_nats(graphs, scene(), candidates, silent))


def test_a_candidate_that_is_done_is_written_no_further() -> None:
    writer = Writer(tiny_graphs(), scene(), 6, taste(50), 3)
    rows = []
    while not writer.write_note():
        rows.append(len(writer.written))
        assert writer.guard is not None
        assert len(writer.written.previous["onset"]) == len(writer.guard.heat) == writer.stepper.count == rows[-1]
        assert writer.stepper.deaf
        going = set(writer.written.rows.tolist())
        assert [number for number, candidate in enumerate(writer.candidates) if not candidate.done] == sorted(going)
    assert rows == sorted(rows, reverse=True) and rows[0] > rows[-1]
    assert all(candidate.done for candidate in writer.candidates)
    lengths = [len(candidate.onset) for candidate in writer.candidates]
    assert max(lengths) == len(rows) and min(lengths) < max(lengths)


def test_rows_that_go_on_keep_their_own_past() -> None:
    """After another row was dropped a row's state, guard and last note are still those of its candidate."""
    writer = Writer(tiny_graphs(), scene(), 6, taste(50), 3)
    dropped = False
    while not writer.write_note():
        written, candidates = writer.written, writer.candidates
        assert writer.guard is not None
        dropped = dropped or len(written) < 6
        for row, number in enumerate(written.rows.tolist()):
            candidate = candidates[number]
            assert written.previous["onset"][row] == candidate.onset[-1]
            assert written.previous["pitch"][row] == candidate.pitch[-1]
            latest = candidate.pitch[::-1][:WINDOW]
            assert writer.guard._pitches[row].tolist() == latest + [-1] * (WINDOW - len(latest))
    assert dropped


def test_only_where_something_follows_or_is_wished_candidates_are_compared_with_deaf_ones() -> None:
    onward = scene_of(continuation(band(), 0, 8 * 480, 16 * 480))
    wished = replace(onward, request=replace(onward.request, controls=Controls(density=2.0)))
    for here, compared in ((scene(), True), (onward, False), (wished, True)):
        assert Writer(tiny_graphs(), here, 3, taste(50), 3).stepper.deaf == compared
