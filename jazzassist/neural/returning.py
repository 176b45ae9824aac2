"""Candidates while they come back to the motifs of the piece, or keep away from them, as is wished."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jazzassist.domain.suggestion import MotifWish
from jazzassist.neural.cues import NEAR, Cues, Material, Now
from jazzassist.neural.encoding import PITCH, Floats, GridLine, Ints, joined
from jazzassist.neural.memory import Memory
from jazzassist.neural.motifs import Motifs, Said, Voices, following, share_for
from jazzassist.neural.places import without_joins
from jazzassist.neural.scene import Scene

SHARES: dict[MotifWish, float] = {"repeat": 0.97, "vary": 0.9, "new": 1.0}
AVOIDED = 0.9  # of what the voices say, where other notes are wished
DECIDED = 3.0  # how much surer of the bars to come back to than when they are only expected
LED = (1.0, 0.8, 0.6, 0.4)  # weights of the voices for candidates in turn, so that alternatives differ
VETO = 0.003  # chances of a pitch below which the network speaks against a voice that says it


class Returning:
    """The voices of a batch of candidates. Each note: `mixed` and `learn` by field, then `add`."""

    def __init__(self, motifs: Motifs, scene: Scene, count: int, onset: int) -> None:
        self.motifs, self.wish = motifs, scene.request.controls.motifs
        bars = motifs.form.bars
        self.material = Material.of(motifs.line, int(bars.starts[0]), int(bars.starts[-1]) + 1, count, room=64)
        self._last: Ints = np.full(count, onset)
        self._moment: Ints = np.full(count, scene.start - 1)
        self._together: Ints = np.zeros(count, np.int64)
        self.voices = Voices(motifs, self._bars())
        self._cues: Cues | None = None
        self._said: Said = (np.zeros((count, 0, 0), np.int64), np.zeros((count, 0, 0), np.float32))
        self._own: Floats = np.zeros((count, 0), np.float32)
        self._led: Floats = np.resize(np.array(LED if self.wish is None else (1.0,), np.float32), count)

    @staticmethod
    def of(scene: Scene, memory: Memory | None, count: int, onset: int) -> Returning | None:
        """What candidates for a scene come back to; None where there is nothing that they should.

        `onset`: of the note before the gap.
        """
        wish, controls = scene.request.controls.motifs, scene.request.controls
        numbers = (controls.density, controls.register, controls.polyphony, controls.left_hand)
        if wish is None and any(number is not None for number in numbers):
            return None  # what is asked for in numbers comes before what the song does
        motifs = Motifs.of(whole_line(scene), scene.around, scene.start, scene.end)
        if motifs is None:
            return None
        share = share_for(motifs, scene.before, memory) if wish is None else SHARES[wish]
        return Returning(motifs.decided(DECIDED, share), scene, count, onset) if share > 0 else None

    def mixed(self, field: int, chances: Floats, values: Sequence[Ints]) -> Floats:
        """The chances of a field, (candidates, classes), as the voices would have them."""
        if self._cues is None:
            self.voices.enter(self._bars())
            now = Now(self._last, self._moment, self._together, self.voices.bar)
            self._cues = self.motifs.cues(self.material, now)
        self._own, self._said = chances, following(self.motifs, self._cues, field, values)
        if field == PITCH:
            self._said = with_veto(self._said, chances)
        if self.wish == "new" or (self.wish == "vary" and field == PITCH):
            return chances * (1 - AVOIDED * self.voices.heard(self._said, chances.shape))
        led = self._led[:, None]
        return led * self.voices.mixed(field, chances, self._said) + (1 - led) * chances

    def learn(self, field: int, value: Ints) -> None:
        """Takes the classes that were chosen."""
        if self.wish != "vary" or field != PITCH:
            self.voices.learn(field, self._own, self._said, value)

    def add(self, onset: Ints, values: Sequence[Ints]) -> None:
        """Takes the notes that were added, at these onsets."""
        self.material.add(self._last, onset, values)
        again = (onset - self._moment <= NEAR) & (self._together > 0)
        self._moment = np.where(again, self._moment, onset)
        self._together = np.where(again, self._together + 1, 1)
        self._last, self._cues = onset, None

    def keep(self, rows: Ints) -> None:
        """Goes on with some of the candidates."""
        self.material.keep(rows)
        self.voices.keep(rows)
        self._led = self._led[rows]
        self._last, self._moment, self._together = self._last[rows], self._moment[rows], self._together[rows]

    def _bars(self) -> Ints:
        return self.motifs.bars_at(np.maximum(self._moment, self._last))


def with_veto(said: Said, chances: Floats) -> Said:
    """Voices are the less sure of pitches the further their chances, (candidates, pitches), lie below VETO."""
    classes, sure = said
    rows = np.arange(len(chances))[:, None, None]
    return classes, sure * np.minimum(1, chances[rows, classes] / np.float32(VETO))


def whole_line(scene: Scene) -> GridLine:
    """All notes of the line that the request has on both sides of the gap, more than the network hears."""
    sides = (scene.request.before, scene.request.after)
    return joined([without_joins(GridLine.of(side, scene.request.ppq, scene.instrument)) for side in sides])
