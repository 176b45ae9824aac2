"""The LSTM as a suggester: candidates for a request, each with its scores and its landing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import (
    Cancelled,
    NothingToSuggest,
    Part,
    Progress,
    Receipt,
    Suggestion,
    SuggestionRequest,
    landing_of,
)
from jazzassist.neural.encoding import GRID, GridLine
from jazzassist.neural.generation import Candidate, generate
from jazzassist.neural.graphs import Graphs
from jazzassist.neural.hearing import hear_before
from jazzassist.neural.playing import to_song
from jazzassist.neural.sampling import seed_of_line, taste
from jazzassist.neural.scene import Scene, scene_of
from jazzassist.neural.seam import seam_nats

FEWEST_CANDIDATES, SPARE_CANDIDATES = 8, 4


class LstmSuggester:
    """Suggests with the checkpoint in a folder: the same request gives the same notes."""

    def __init__(self, checkpoint: Path) -> None:
        """CheckpointError when the checkpoint cannot be used."""
        self.graphs = Graphs(checkpoint)
        self.name = self.graphs.name

    def suggest(self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled) -> list[Suggestion]:
        """Unranked candidates, at most 4 more than asked for or 8; [] when cancelled.

        The lines are written one after another. Each candidate hears in a line what it has itself
        written into those before; one that leaves a line empty is given up.
        """
        if request.end <= request.start:
            raise NothingToSuggest("the gap has no length")
        rows: list[tuple[Part, ...]] = [()] * max(FEWEST_CANDIDATES, request.alternatives + SPARE_CANDIDATES)
        targets = request.each()
        for number, alone in enumerate(targets):
            parts = self._write(
                scene_of(alone, rows),
                len(rows),
                seed_of_line(request.rng_seed, number),
                lambda share, number=number: progress((number + share) / len(targets)),  # type: ignore[misc]
                cancelled,
            )
            rows = [(*row, part) for row, part in zip(rows, parts, strict=True) if part is not None] if parts else []
            if not rows:
                return []
        receipt = Receipt.of(self.name, request, 0)
        return [Suggestion(row, replace(receipt, index=index)) for index, row in enumerate(rows)]

    def _write(
        self, scene: Scene, count: int, rng_seed: int, progress: Progress, cancelled: Cancelled
    ) -> list[Part | None]:
        """`count` parts for a line, None where nothing was written into it; [] when cancelled."""
        manner = taste(scene.request.controls.adventurous)
        before = hear_before(self.graphs, scene)
        found = generate(
            self.graphs, scene, count, manner, rng_seed, lambda share: progress(0.9 * share), cancelled, before
        )
        if not found:
            return []
        written = [row for row, candidate in enumerate(found) if candidate.onset]
        if not written:
            raise NothingToSuggest(f"the network wrote no note into the gap of track {scene.request.target + 1}")
        seams = seam_nats(self.graphs, scene.of_rows(written), [found[row] for row in written], before.of_rows(written))
        progress(1.0)
        parts: list[Part | None] = [None] * len(found)
        for row, seam in zip(written, seams, strict=True):
            parts[row] = _part(scene, found[row], row, seam)
        return parts


def _part(scene: Scene, candidate: Candidate, row: int, seam: float | None) -> Part:
    request = scene.request
    notes = to_notes(scene, candidate, row)
    scores = {"likelihood": -float(np.mean(candidate.nats)), "pitches": float(len(set(candidate.pitch)))}
    scores["density"] = len(notes) / ((request.end - request.start) / request.ppq)
    scores["seed_density"] = seed_density(scene)
    if seam is not None:
        scores["seam"] = seam
    return Part(request.target, notes, scores, landing_of(notes, request, seam))


def to_notes(scene: Scene, candidate: Candidate, row: int) -> Notes:
    """The candidate of that row at song ticks."""
    return to_song(scene, np.array(candidate.onset, np.int64), candidate.fields, row)


def seed_density(scene: Scene) -> float:
    """Notes per quarter in the seed, over the stretch in which it plays."""
    densities = [
        _density(side) for side in (scene.before.part(max(0, len(scene.before) - 64), len(scene.before)), scene.after)
    ]
    known = [density for density in densities if density > 0]
    return sum(known) / len(known) if known else 0.0


def _density(line: GridLine) -> float:
    if len(line) < 2:
        return 0.0
    return len(line) / max(1.0, (int(line.onset[-1]) - int(line.onset[0])) / GRID + 1)
