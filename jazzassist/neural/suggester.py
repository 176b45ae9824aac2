"""The LSTM as a suggester: candidates for a request, each with its scores and its landing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import (
    Cancelled,
    Landing,
    NothingToSuggest,
    Progress,
    Receipt,
    Suggestion,
    SuggestionRequest,
)
from jazzassist.neural.checkpoint import load
from jazzassist.neural.encoding import GRID, GridLine
from jazzassist.neural.generation import Candidate, generate
from jazzassist.neural.sampling import taste
from jazzassist.neural.scene import Scene, scene_of, to_song
from jazzassist.neural.seam import seam_nats

FEWEST_CANDIDATES = 8


class LstmSuggester:
    """Suggests with the checkpoint in a folder: the same request gives the same notes."""

    def __init__(self, checkpoint: Path) -> None:
        self.name, self.network = load(checkpoint)

    def suggest(self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled) -> list[Suggestion]:
        """Unranked candidates, twice as many as asked for and at least 8; [] when cancelled."""
        scene = scene_of(request)
        if scene.end - scene.start < 1 or request.end <= request.start:
            raise NothingToSuggest("the gap has no length")
        count = max(FEWEST_CANDIDATES, 2 * request.alternatives)
        manner = taste(request.controls.adventurous)
        found = generate(
            self.network, scene, count, manner, request.rng_seed, lambda share: progress(0.9 * share), cancelled
        )
        written = [candidate for candidate in found if candidate.onset]
        if not written:
            if found:
                raise NothingToSuggest("the network wrote no note into this gap")
            return []
        seams = seam_nats(self.network, scene, written)
        progress(1.0)
        return [self._suggestion(scene, c, seam, i) for i, (c, seam) in enumerate(zip(written, seams, strict=True))]

    def _suggestion(self, scene: Scene, candidate: Candidate, seam: float | None, index: int) -> Suggestion:
        request = scene.request
        notes = to_notes(scene, candidate)
        scores = {"likelihood": -float(np.mean(candidate.nats)), "pitches": float(len(set(candidate.pitch)))}
        scores["density"] = len(notes) / ((request.end - request.start) / request.ppq)
        scores["seed_density"] = seed_density(scene)
        if seam is not None:
            scores["seam"] = seam
        receipt = Receipt(
            self.name,
            request.kind,
            request.context_hash,
            request.rng_seed,
            request.controls,
            request.alternatives,
            index,
        )
        return Suggestion(notes, scores, landing(request, notes, seam), receipt)


def to_notes(scene: Scene, candidate: Candidate) -> Notes:
    """The candidate at song ticks."""
    return to_song(scene, np.array(candidate.onset, np.int64), candidate.fields)


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


def landing(request: SuggestionRequest, notes: Notes, seam: float | None) -> Landing:
    """How the notes meet what follows."""
    exact = bool(len(notes) == 0 or (notes.start.min() >= request.start and notes.end.max() <= request.end))
    interval = None
    if len(notes) and len(request.after):
        first = request.after.select(request.after.start == request.after.start[0])
        last = notes.select(notes.start == notes.start[-1])
        interval = int(first.pitch.max()) - int(last.pitch.max())
    return Landing(exact, request.end - notes.last_end if len(notes) else request.end - request.start, interval, seam)
