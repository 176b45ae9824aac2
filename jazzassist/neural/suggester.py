"""The LSTM as a suggester: candidates for a request, each with its scores and its landing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from jazzassist.domain.familiar import UNFAMILIAR
from jazzassist.domain.room import around_given
from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import (
    Cancelled,
    Complete,
    NothingToSuggest,
    Part,
    Progress,
    Receipt,
    Suggestion,
    SuggestionRequest,
    landing_of,
)
from jazzassist.neural.contexts import Contexts, key_before
from jazzassist.neural.encoding import GRID, GridLine
from jazzassist.neural.familiarity import is_unfamiliar, leaning, read_limits
from jazzassist.neural.generation import Candidate, generate
from jazzassist.neural.given import is_given
from jazzassist.neural.graphs import Graphs
from jazzassist.neural.hearing import Before, hear_before
from jazzassist.neural.playing import to_song
from jazzassist.neural.sampling import seed_of_line, taste
from jazzassist.neural.scene import Scene, scene_of
from jazzassist.neural.seam import seam_nats

FEWEST_CANDIDATES, SPARE_CANDIDATES = 8, 4
WRITING = 0.9  # of the work on a line; the rest is asking how well the candidates lead on


class LstmSuggester:
    """Suggests with the checkpoint in a folder: the same request gives the same notes."""

    def __init__(self, checkpoint: Path) -> None:
        """CheckpointError when the checkpoint cannot be used."""
        self.graphs = Graphs(checkpoint)
        self.name = self.graphs.name
        self.contexts = Contexts()
        self.limits = read_limits(checkpoint)

    def suggest(self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled) -> list[Suggestion]:
        """Unranked candidates, at most 4 more than asked for or 8; [] when cancelled.

        The lines are written one after another. Each candidate hears in a line what it has itself
        written into those before; one that leaves a line empty is given up.
        """
        return self.stream(request, progress, cancelled, lambda suggestion: None)

    def stream(
        self, request: SuggestionRequest, progress: Progress, cancelled: Cancelled, complete: Complete
    ) -> list[Suggestion]:
        """As `suggest`. `complete` gets each candidate when its last line has ended, without the score of its seam."""
        if request.end <= request.start:
            raise NothingToSuggest("the gap has no length")
        rows: list[tuple[Part, ...]] = [()] * max(FEWEST_CANDIDATES, request.alternatives + SPARE_CANDIDATES)
        receipt, targets = Receipt.of(self.name, request, 0), request.each()

        def hand_over(row: int, part: Part) -> None:
            if len(rows[row]) + 1 == len(targets):
                complete(Suggestion((*rows[row], part), replace(receipt, index=row)))

        for number, alone in enumerate(targets):
            if cancelled():
                return []
            share = _share(progress, number, len(targets))
            job = _Job(self._scene(alone, rows), len(rows), seed_of_line(request.rng_seed, number))
            parts = self._write(job, share, cancelled, hand_over)
            rows = [(*row, part) for row, part in zip(rows, parts, strict=True) if part is not None] if parts else []
            if not rows:
                return []
        return [Suggestion(row, replace(receipt, index=index)) for index, row in enumerate(rows)]

    def warm(self, request: SuggestionRequest, cancelled: Cancelled) -> None:
        """Reads what lies before the gap of the first line; what further lines hear depends on what is written."""
        scene = self._scene(request.alone(0))
        if not cancelled():
            self._hear_before(scene)

    def _write(
        self, job: _Job, progress: Progress, cancelled: Cancelled, finished: Callable[[int, Part], None]
    ) -> list[Part | None]:
        """A part for each candidate for a line, None where nothing was written into it; [] when cancelled."""
        scene = job.scene
        before = self._hear_before(scene)
        strange = is_unfamiliar(before.nats, scene.before, self.limits)
        parts: dict[int, Part] = {}

        def finish(row: int, candidate: Candidate) -> None:
            if adds_notes(scene, candidate):
                parts[row] = _part(scene, candidate, row, strange)
                finished(row, parts[row])

        manner = taste(scene.request.controls.adventurous)
        writing = _share(progress, 0, 1, WRITING)
        found = generate(self.graphs, scene, job.count, manner, job.rng_seed, writing, cancelled, before, finish)
        if not found or cancelled():
            return []
        written = [row for row, candidate in enumerate(found) if adds_notes(scene, candidate)]
        if not written:
            raise NothingToSuggest(f"the network wrote no note into the gap of track {scene.request.target + 1}")
        endless = [row for row in written if row not in parts]
        parts |= {row: _part(scene, found[row], row, strange) for row in endless}
        seams = seam_nats(self.graphs, scene.of_rows(written), [found[row] for row in written], before.of_rows(written))
        parts |= {row: _with_seam(parts[row], seam) for row, seam in zip(written, seams, strict=True)}
        progress(1.0)
        return [parts.get(row) for row in range(job.count)]

    def _scene(self, alone: SuggestionRequest, rows: Sequence[Sequence[Part]] = ()) -> Scene:
        return scene_of(alone, rows, doubtful=self.hears_doubt)

    @property
    def hears_doubt(self) -> bool:
        """Whether the network is told how sure estimated chords are."""
        return self.graphs.sizes.extras > 0

    def _hear_before(self, scene: Scene) -> Before:
        """What lies before the gap, read now or earlier."""
        key = key_before(scene)
        return self._read(scene) if key is None else self.contexts.get(key, partial(self._read, scene))

    def _read(self, scene: Scene) -> Before:
        before = hear_before(self.graphs, scene)
        strange = is_unfamiliar(before.nats, scene.before, self.limits)
        return before._replace(memory=leaning(before.memory)) if strange else before


@dataclass(frozen=True)
class _Job:
    """One line to write: how many candidates, and their random seed."""

    scene: Scene
    count: int
    rng_seed: int


def _share(progress: Progress, number: int, count: int, most: float = 1.0) -> Progress:
    """The progress of part `number` of `count` as that of the whole, `most` at its end."""
    return lambda share: progress(most * (number + share) / count)


def _with_seam(part: Part, seam: float | None) -> Part:
    if seam is None:
        return part
    return replace(part, scores={**part.scores, "seam": seam}, landing=replace(part.landing, seam=seam))


def _part(scene: Scene, candidate: Candidate, row: int, strange: bool) -> Part:
    request = scene.request
    notes = to_notes(scene, candidate, row)
    scores = {"likelihood": -float(np.mean(candidate.nats)), "pitches": float(len(set(candidate.pitch)))}
    scores["density"] = (len(notes) + len(request.given)) / ((request.end - request.start) / request.ppq)
    scores["seed_density"] = seed_density(scene)
    if strange:
        scores[UNFAMILIAR] = 1.0
    return Part(request.target, notes, scores, landing_of(notes, request))


def adds_notes(scene: Scene, candidate: Candidate) -> bool:
    """Whether a candidate has notes that are not given."""
    if not candidate.onset or not len(scene.given):
        return bool(candidate.onset)
    onset, pitch = (np.array(column, np.int64) for column in (candidate.onset, candidate.pitch))
    return not is_given(scene, onset, pitch).all()


def to_notes(scene: Scene, candidate: Candidate, row: int) -> Notes:
    """What the candidate of that row adds to the given notes, at song ticks."""
    onset, fields = np.array(candidate.onset, np.int64), candidate.fields
    new = ~is_given(scene, onset, fields[:, 1])
    notes = to_song(scene, onset[new], fields[new], row)
    return around_given(notes, scene.request.given) if scene.is_monophonic else notes


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
