"""From the grid back to song ticks: a candidate's notes played as the seed plays."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from jazzassist.domain.room import beside
from jazzassist.domain.song import Notes
from jazzassist.neural.encoding import GRID, PITCHES, Ints, duration_class
from jazzassist.neural.scene import Scene
from jazzassist.neural.touch import Struck


def to_song(scene: Scene, onset: npt.NDArray[np.int64], fields: npt.NDArray[np.int64], row: int = 0) -> Notes:
    """Notes at song ticks from onsets on the grid and (length, pitch, velocity) rows, exactly inside the gap.

    Played as the seed plays: its timing off the grid, its way to break chords, its lengths, one after another, and its
    touch. None sounds with a key that is down already for the candidate of that row.
    """
    request, ticks = scene.request, scene.request.ppq / GRID
    start = np.round(onset * ticks + scene.off_grid[onset % GRID]).astype(np.int64)
    start = np.clip(start + _broken(scene, onset, fields[:, 1]), request.start, request.end - 1)
    end = start + _lengths(scene, fields[:, 0])
    if scene.is_monophonic:
        end = _joined(scene, start, end)
    kept = _without_overlaps(scene, start, np.minimum(end, request.end), fields[:, 1])
    velocities = scene.touch.struck(Struck(onset, fields[:, 1], fields[:, 2]))
    length, pitch, velocity = kept[:, 1] - kept[:, 0], fields[:, 1][kept[:, 2]], velocities[kept[:, 2]]
    channel = np.full(len(kept), request.lines[request.target].channel)
    notes = Notes.from_columns(kept[:, 0], length, pitch, velocity, channel)
    return beside(notes, scene.taken.notes(row), request.ppq)


def _broken(scene: Scene, onset: Ints, pitch: Ints) -> Ints:
    """By how many ticks each note begins after the first of its chord: as in one of the seed's chords, in turn."""
    found = np.zeros(len(onset), np.int64)
    places, counts = np.unique(onset, return_counts=True)
    broken = places[counts > 1] if scene.spreads else ()
    for turn, place in enumerate(broken):
        chord, spread = np.flatnonzero(onset == place), np.array(scene.spreads[turn % len(scene.spreads)])
        ranks = np.minimum(np.argsort(np.argsort(pitch[chord], kind="stable")), len(spread) - 1)
        found[chord] = spread[ranks] - spread[ranks].min()
    return found


def _lengths(scene: Scene, grid: Ints) -> Ints:
    """Lengths in ticks: each as one of the seed's notes of that class, in turn, or as it is where there is none."""
    turn = Counter[int]()
    found = np.maximum(1, np.round(grid * (scene.request.ppq / GRID))).astype(np.int64)
    for index, kind in enumerate(duration_class(grid).tolist()):
        if played := scene.lengths.get(kind):
            found[index] = max(1, played[turn[kind] % len(played)])
            turn[kind] += 1
    return found


def _joined(scene: Scene, start: Ints, end: Ints) -> Ints:
    """The ends of a single line's notes, joined as the seed joins its own."""
    after = scene.request.after
    order = np.argsort(start, kind="stable")
    found = end.copy()
    following = int(after.start[0]) if len(after) else None
    found[order] = scene.legato.joined(start[order], end[order], following)
    return found


def _without_overlaps(
    scene: Scene, start: npt.NDArray[np.int64], end: npt.NDArray[np.int64], pitch: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """(n, 3) start, end, index of the notes that stay, cut where the same pitch, or a single voice, begins again."""
    order = np.lexsort((pitch, start))
    begin, key = start[order], np.zeros(len(start), np.int64) if scene.is_monophonic else pitch[order]
    # Where the next note of the same pitch, or of the single voice, begins; notes are found by pitch, then by tick.
    width = scene.request.end + 1
    places = np.append(np.sort(key * width + begin), (PITCHES + 1) * width)
    later = places[np.searchsorted(places, key * width + begin, side="right")] - key * width
    stop = np.minimum(end[order], np.minimum(later, scene.request.end))
    rows = np.stack([begin, stop, order], 1)[stop > begin]
    first = np.ones(len(rows), np.bool_)  # of those that begin together on one pitch
    first[1:] = (np.diff(rows[:, 0]) != 0) | (np.diff(pitch[rows[:, 2]]) != 0)
    return rows[first]
