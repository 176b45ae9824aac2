"""The motifs of a piece: each bar of a gap follows, as far as it wants to, the bars that it should be like.

Every distance (see `form`) is a voice that says what comes next, twice: as it was, and moved in the scale to the
chord of its new place. The network is one more voice. Each has a weight, which grows when it was right about what was
chosen, so that a figure that was begun is finished. What they say together is a mixture (Herbster and Warmuth 1998,
"Tracking the best expert": at each note a little weight is given back to all, at each bar most of it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from jazzassist.neural.cues import MOST_STEPS, NEAR, Cues, Material, Now, in_steps, scale_of, spread_of, steps_between
from jazzassist.neural.encoding import DRUMS, GRID, MOST_AHEAD, OTHERS, PITCHES, Floats, GridLine, Ints
from jazzassist.neural.form import Bars, Form, roots
from jazzassist.neural.memory import Memory
from jazzassist.neural.steps import Surroundings

# By field, the share of what a voice says that is left to the network.
LEFT = np.array([0.08, 0.12, 0.09, 0.3, 0.5], np.float32)
EACH_NOTE, EACH_BAR = 0.03, 0.3  # how much weight is given back
SOON = GRID // 2  # so long before a bar line the next bar has begun
SHARES = (0.0, 0.05, 0.15, 0.35, 0.6, 0.85)  # of the voices together, that are tried on the seed
LEAST_GAIN = 4.0  # nats by which the voices must make the seed likelier, for their share to be found there
FORMAL, USUAL = 0.4, 0.15  # how like their best earlier bars bars must be for a song to have form; the share then
LEAST_CHANCE = 0.002  # of a distance in some bar of the gap
MOST_NOTES = 96  # of the seed on which they are tried
TINY = np.float32(1e-20)

Said = tuple[Ints, Floats]  # classes and how sure each voice is of them, (rows, voices - 1, ways)


@dataclass(frozen=True)
class Motifs:
    """The material of a line and what its bars follow. `share`: of the voices together, at the beginning of a bar."""

    line: GridLine
    form: Form
    moves: Ints  # (bars, distances): steps of the scale from the other bar to each
    table: Ints  # each pitch moved by so many steps
    spread: Floats
    gap: tuple[int, int]
    share: float = 0.0

    @staticmethod
    def of(line: GridLine, around: Surroundings, start: int, end: int) -> Motifs | None:
        """The motifs of a line around the gap [start, end); None where there is nothing to come back to."""
        bars = Bars.around(line, start, end, around.meters)
        if len(line) == 0 or len(bars) < 3:
            return None
        form = Form.of(line, bars, around)
        tonic, count = scale_of(_pitch_classes(line, around)), len(bars)
        other = np.clip(np.arange(count)[:, None] - form.distances, 0, count - 1)
        bass = roots(bars, around)
        moves = steps_between(tonic, bass[other], np.repeat(bass[:, None], len(form.distances), 1))
        if line.instrument == DRUMS:
            moves = np.zeros_like(moves)
        return Motifs(line, form, moves, in_steps(tonic), spread_of(line), (start, end))

    def decided(self, times: float, share: float) -> Motifs:
        """The same with a share of the voices, and so many times as sure of the bars to come back to.

        Distances at which hardly any bar of the gap will come back are left out.
        """
        form = self.form.decided(times)
        kept = form.chances[form.bars.low : form.bars.high].max(0, initial=0) >= LEAST_CHANCE
        return replace(self, form=form.of_distances(kept), moves=self.moves[:, kept], share=share)

    def bars_at(self, onset: Ints) -> Ints:
        """The bars in which notes after these are expected: that of the onset, or the next where it is near."""
        bars = self.form.bars
        found = bars.at(onset + SOON)
        return np.where(onset < self.gap[1], np.minimum(found, max(0, bars.high - 1)), found)

    def prior(self, bar: Ints, share: npt.NDArray[np.float32] | None = None) -> Floats:
        """(rows, voices): the weights at the beginning of bars; the network's is the last."""
        shares = np.full(len(bar), self.share, np.float32) if share is None else share
        chances = self.form.chances[bar] * shares[:, None]
        moved = self.moves[bar] != 0
        as_it_was = np.where(moved, 0.5 * chances, chances)
        network = np.maximum(0, 1 - chances.sum(1, keepdims=True))  # rounding may leave less than nothing
        return np.concatenate([as_it_was, chances - as_it_was, network], axis=1)

    def cues(self, material: Material, now: Now, gap: tuple[int, int] | None = None) -> Cues:
        """What comes next by each distance."""
        bar = now.bar
        possible = self.form.chances[bar] > 0
        return Cues.of(material, self.form.shifts[bar], possible, now, gap or self.gap, self.spread)

    def moved(self, cues: Cues) -> Ints:
        """(rows, distances): the pitches of cues, moved to the chords of their new places."""
        return self.table[self.moves[cues.now.bar] + MOST_STEPS, np.minimum(cues.pitch, PITCHES - 1)]


class Voices:
    """The weights of the voices while notes are chosen, (rows, voices)."""

    def __init__(self, motifs: Motifs, bar: Ints) -> None:
        self.motifs, self.bar = motifs, bar
        self.weights = motifs.prior(bar)

    def keep(self, rows: Ints) -> None:
        """Goes on with some of the rows."""
        self.bar, self.weights = self.bar[rows], self.weights[rows]

    def enter(self, bar: Ints) -> None:
        """Before the next note, which is in these bars or soon will be."""
        given = np.where(bar != self.bar, EACH_BAR, EACH_NOTE)[:, None].astype(np.float32)
        self.weights = (1 - given) * self.weights + given * self.motifs.prior(bar)
        self.bar = bar

    def mixed(self, field: int, chances: Floats, said: Said) -> Floats:
        """The chances of a field, (rows, classes), mixed with what the voices say."""
        heard = (1 - LEFT[field]) * self.heard(said, chances.shape)
        left = np.maximum(0, 1 - heard.sum(1, keepdims=True))
        return np.asarray(left * chances + heard, np.float32)

    def heard(self, said: Said, shape: tuple[int, ...]) -> Floats:
        """(rows, classes): how much is said for each class, altogether 1 at most."""
        classes, sure = said
        index = (np.arange(shape[0])[:, None, None] * shape[1] + np.clip(classes, 0, shape[1] - 1)).ravel()
        weight = (self.weights[:, :-1, None] * sure).ravel()
        return np.bincount(index, weight, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float32)

    def learn(self, field: int, chances: Floats, said: Said, value: Ints) -> None:
        """Takes the class that was chosen; `chances`: the network's own."""
        own = chances[np.arange(len(value)), np.minimum(value, chances.shape[1] - 1)]
        self.weights = learned(self.weights, *evidence(field, own, said, value))


def evidence(field: int, own: Floats, said: Said, value: Ints) -> tuple[Floats, Floats]:
    """How likely what was chosen was to each voice, (rows, voices - 1), and to the network, (rows,)."""
    classes, sure = said
    right = (sure * (classes == value[:, None, None])).sum(-1)
    said_so = sure.sum(-1)
    kept = 1 - (1 - LEFT[field]) * said_so
    return np.asarray(kept * own[:, None] + (1 - LEFT[field]) * right, np.float32), own


def learned(weights: Floats, voices: Floats, network: Floats) -> Floats:
    """Weights after voices and network gave such chances to what was chosen."""
    found = weights * np.concatenate([voices, network[:, None]], axis=1)
    total = found.sum(1, keepdims=True)
    # What nobody expected was chosen because it alone was possible, and says nothing of anybody.
    return np.where(total > TINY, found / np.maximum(total, TINY), weights)


def both(said: Said, moved: Said | None = None) -> Said:
    """What voices say as it was and moved; both the same but for pitches."""
    other = said if moved is None else moved
    return np.concatenate([said[0], other[0]], 1), np.concatenate([said[1], other[1]], 1)


def following(motifs: Motifs, cues: Cues, field: int, values: Sequence[Ints]) -> Said:
    """What the voices say of a field, given the classes of those before it."""
    if field == 0:
        return both(cues.ahead())
    if field == 1:
        return both(cues.sub(values[0]))
    if field == 2:
        cues.place((cues.now.onset // GRID + np.minimum(values[0], MOST_AHEAD)) * GRID + values[1])
        return both(cues.pitches(cues.pitch), cues.pitches(motifs.moved(cues)))
    return both(cues.lengths() if field == 3 else cues.levels())


def likelihoods(
    motifs: Motifs, before: Ints, targets: Sequence[Ints], own: Sequence[Floats], gap: tuple[int, int]
) -> tuple[list[tuple[Floats, Floats]], Ints]:
    """Evidence of every field for notes that are known, and the bars in which they are expected.

    `before`: (notes,), the onset of the note before each; `targets`, `own`: by field their classes and the chances
    that the network gave them. Of [gap[0], gap[1]) only what lies before a note is looked back on.
    """
    bars = motifs.form.bars
    moment, count = moments(before)
    first = (before < gap[0]) & (np.arange(len(before)) == 0)
    moment, count = np.where(first, gap[0] - 1, moment), np.where(first, 0, count)
    bar = motifs.bars_at(np.maximum(moment, before))
    material = Material.of(motifs.line, int(bars.starts[0]), int(bars.starts[-1]) + 1, 1)
    cues = motifs.cues(material, Now(before, moment, count, bar), gap)
    found, values = list[tuple[Floats, Floats]](), list[Ints]()
    for field, value in enumerate(targets):
        found.append(evidence(field, own[field], following(motifs, cues, field, values), value))
        values.append(value)
    return found, bar


def played_through(
    motifs: Motifs, found: Sequence[tuple[Floats, Floats]], bar: Ints, shares: Floats
) -> npt.NDArray[np.float64]:
    """(notes, fields, shares): the chances that the mixture gives to notes that are known, for shares of the voices."""
    each = np.stack([np.concatenate([voices, network[:, None]], 1) for voices, network in found], 1)
    result = np.ones((len(bar), len(found), len(shares)))
    weights = motifs.prior(bar[:1].repeat(len(shares)), shares)
    for note in range(len(bar)):
        if note:
            given = EACH_BAR if bar[note] != bar[note - 1] else EACH_NOTE
            prior = motifs.prior(bar[note : note + 1].repeat(len(shares)), shares)
            weights = (1 - given) * weights + given * prior
        after = weights * np.cumprod(each[note], 0)[:, None]  # (fields, shares, voices)
        total = np.concatenate([weights.sum(1)[None], after.sum(2)])
        result[note] = total[1:] / np.maximum(total[:-1], TINY)
        weights = after[-1] / np.maximum(total[-1][:, None], TINY)
    return result


def _pitch_classes(line: GridLine, around: Surroundings) -> npt.NDArray[np.float64]:
    heard = around.heard if around.heard.ndim == 2 else around.heard.mean(0)
    classes = np.asarray(heard[:, :12].sum(0) + heard[:, OTHERS : OTHERS + 12].sum(0), np.float64)
    if line.instrument != DRUMS:
        classes += np.bincount(line.pitch % 12, minlength=12)
    return classes


def moments(before: Ints) -> tuple[Ints, Ints]:
    """Of notes at these onsets, (notes,): where the first of those began that each begins with, and how many so far."""
    start, count = before.copy(), np.ones(len(before), np.int64)
    for index in range(1, len(before)):
        if before[index] - start[index - 1] <= NEAR:
            start[index], count[index] = start[index - 1], count[index - 1] + 1
    return start, count


def share_for(motifs: Motifs, seed: GridLine, memory: Memory | None) -> float:
    """The share of the voices under which the seed is likeliest; where it does not tell, USUAL if there is form.

    `seed`: the notes of which `memory` knows what the network gave them.
    """
    usual = USUAL if motifs.form.likeness >= FORMAL else 0.0
    count = min(MOST_NOTES, len(seed) - 1)
    if memory is None or count < 1:
        return usual
    targets, own = [column[-count:] for column in memory.targets], [column[-count:] for column in memory.own]
    nowhere = (motifs.gap[0], motifs.gap[0])
    found, bar = likelihoods(motifs, seed.onset[-count - 1 : -1], targets, own, nowhere)
    gains = np.log(played_through(motifs, found, bar, np.array(SHARES, np.float32))).sum((0, 1))
    best = int(np.argmax(gains))
    return SHARES[best] if gains[best] - gains[0] > LEAST_GAIN else usual
