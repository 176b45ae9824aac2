"""Whether wishes are obeyed: each wish against what was written, and given chords.

Density, register, polyphony and motifs; left hand and dynamics for networks that take them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from jazzassist.domain.chords import Chord, parse_chord
from jazzassist.domain.manner import begin_together
from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import Controls, MotifWish, NothingToSuggest, Suggester, SuggestionRequest
from jazzassist.domain.timing import MeterMap
from jazzassist.neural.encoding import EXTRAS, MIDDLE_C, WHOLE_WISHES
from jazzassist.neural.sizes import NetworkConfig
from jazzassist.suggest.asking import answer
from jazzassist.suggest.features import Manner
from jazzassist.training.evaluation.tasks import Task

DENSITIES = (0.5, 1.0, 1.75, 2.75, 4.0)  # notes per quarter
SHIFTS = (-12, -6, 0, 6, 12)  # semitones from the seed's mean pitch
POLYPHONIES = (1.0, 1.5, 2.0, 3.0, 4.0)  # notes that begin together
LEFT_HANDS = (0.0, 0.25, 0.5, 0.75, 1.0)  # shares of notes below middle C
DYNAMICS = (1.0, 5.0, 10.0, 16.0, 24.0)  # standard deviations of velocity
MELODIC = ("melody", "comping")
MOTIFS: tuple[MotifWish, ...] = ("new", "vary", "repeat")
TRITONE = 6


@dataclass(frozen=True)
class Obeyed:
    """One wish: Spearman's rank correlation of setting and result, over `count` suggestions; means by setting."""

    wish: str
    rho: float
    count: int
    means: tuple[float, ...]


def takes_whole_wishes(sizes: NetworkConfig) -> bool:
    """Whether a network of these sizes is told the wishes for the left hand and for dynamics."""
    return all(EXTRAS.index(name) < sizes.extras for name in WHOLE_WISHES)


def obeyed(suggester: Suggester, tasks: list[Task], most: int = 50, whole: bool = False) -> list[Obeyed]:
    """How each wish is obeyed, every one alone, over its settings and up to `most` tasks; first suggestions only.

    `whole`: also the wishes for the left hand (of comping) and for dynamics, which not all networks take.
    """
    melodic = [task for task in tasks if task.role in MELODIC][:most]
    chordal = [task for task in tasks if task.role == "comping"][:most]
    found = [
        _obeyed("density", suggester, melodic, _with_density, DENSITIES, density),
        _obeyed("register", suggester, melodic, _with_register, SHIFTS, _shift),
        _obeyed("polyphony", suggester, chordal, _with_polyphony, POLYPHONIES, polyphony),
    ]
    if not whole:
        return found
    return [
        *found,
        _obeyed("left hand", suggester, chordal, _with_left_hand, LEFT_HANDS, left_hand),
        _obeyed("dynamics", suggester, melodic, _with_dynamics, DYNAMICS, dynamics),
    ]


def motifs_obeyed(suggester: Suggester, tasks: list[Task], most: int = 50) -> list[Obeyed]:
    """How the wish to repeat, vary or avoid earlier bars is obeyed: likeness to the best of them, notes and rhythm."""
    alike, rhythm = list[list[float]](), list[list[float]]()
    for task in tasks[:most]:
        manner = Manner.of(task.request)
        rows = [_first(suggester, replace(task.request, controls=Controls(motifs=wish))) for wish in MOTIFS]
        alike.append([manner.likeness(notes, manner.inside) for notes in rows])
        rhythm.append([manner.likeness(notes, manner.inside, rhythm=True) for notes in rows])
    return [_motifs_obeyed("notes like earlier ones", alike), _motifs_obeyed("rhythm like earlier ones", rhythm)]


def _motifs_obeyed(wish: str, rows: list[list[float]]) -> Obeyed:
    """`rows`: for each gap a value for each of MOTIFS."""
    settings = [float(at) for _ in rows for at in range(len(MOTIFS))]
    rho = spearman(settings, [value for row in rows for value in row])
    return Obeyed(wish, rho, len(settings), tuple(float(np.mean(column)) for column in zip(*rows, strict=True)))


def density(notes: Notes, request: SuggestionRequest) -> float:
    """Notes per quarter note of the gap."""
    return len(notes) * request.ppq / (request.end - request.start)


def polyphony(notes: Notes, request: SuggestionRequest) -> float:
    """Notes that begin together, on average."""
    return begin_together(notes, request.ppq)


def left_hand(notes: Notes, request: SuggestionRequest) -> float:
    """The share of notes below middle C."""
    return float((notes.pitch < MIDDLE_C).mean())


def dynamics(notes: Notes, request: SuggestionRequest) -> float:
    """The standard deviation of velocity."""
    return float(notes.velocity.std())


def spearman(first: list[float], second: list[float]) -> float:
    """Spearman's rank correlation; ties get their mean rank. 0 where one of them never changes."""
    ranks = [_ranks(np.array(values, float)) for values in (first, second)]
    if len(first) < 2 or any(rank.std() == 0 for rank in ranks):
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


@dataclass(frozen=True)
class ChordTones:
    """Shares of the notes on strong beats that are chord tones, for chords that are known."""

    human: float
    ours: float
    ours_without_chords: float
    moved: float  # of the chords that were given a tritone away from the real ones
    moved_but_not_given: float  # of the same chords, when the real ones were given
    notes: int


def chord_tones(suggester: Suggester, tasks: list[Task], most: int = 50) -> ChordTones:
    """Chord tones on strong beats of melodies: human, ours, ours deaf to chords, ours given other chords.

    The other lines are left out, so that the chords can be known from the symbols alone.
    """
    melodic = [_alone(task) for task in tasks if task.role == "melody" and task.request.chords][:most]
    given = [_first(suggester, task.request) for task in melodic]
    unknown = [_first(suggester, replace(task.request, chords=())) for task in melodic]
    moved = [replace(task.request, chords=_moved(task.request.chords)) for task in melodic]
    answers = [_first(suggester, request) for request in moved]
    requests = [task.request for task in melodic]
    human = [_on_chords(task.removed, task.request) for task in melodic]
    return ChordTones(
        _share(human),
        _share([_on_chords(notes, request) for notes, request in zip(given, requests, strict=True)]),
        _share([_on_chords(notes, request) for notes, request in zip(unknown, requests, strict=True)]),
        _share([_on_chords(notes, request) for notes, request in zip(answers, moved, strict=True)]),
        _share([_on_chords(notes, request) for notes, request in zip(given, moved, strict=True)]),
        sum(count for _, count in human),
    )


def _obeyed(
    wish: str,
    suggester: Suggester,
    tasks: list[Task],
    change: Callable[[SuggestionRequest, float], SuggestionRequest],
    settings: tuple[float, ...],
    measure: Callable[[Notes, SuggestionRequest], float],
) -> Obeyed:
    pairs: list[tuple[float, float]] = []
    for task in tasks:
        for setting in settings:
            notes = _first(suggester, change(task.request, setting))
            if len(notes):
                pairs.append((setting, measure(notes, task.request)))
    means = [[result for at, result in pairs if at == setting] for setting in settings]
    rho = spearman([setting for setting, _ in pairs], [result for _, result in pairs])
    return Obeyed(wish, rho, len(pairs), tuple(float(np.mean(found)) if found else 0.0 for found in means))


def _with_density(request: SuggestionRequest, setting: float) -> SuggestionRequest:
    return replace(request, controls=Controls(density=setting))


def _with_register(request: SuggestionRequest, setting: float) -> SuggestionRequest:
    return replace(request, controls=Controls(register=float(np.clip(_seed_pitch(request) + setting, 0, 127))))


def _with_polyphony(request: SuggestionRequest, setting: float) -> SuggestionRequest:
    return replace(request, controls=Controls(polyphony=setting))


def _with_left_hand(request: SuggestionRequest, setting: float) -> SuggestionRequest:
    return replace(request, controls=Controls(left_hand=setting))


def _with_dynamics(request: SuggestionRequest, setting: float) -> SuggestionRequest:
    return replace(request, controls=Controls(dynamics=setting))


def _shift(notes: Notes, request: SuggestionRequest) -> float:
    """Semitones from the seed's mean pitch to the notes'."""
    return float(notes.pitch.mean()) - _seed_pitch(request)


def _seed_pitch(request: SuggestionRequest) -> float:
    around = request.before.joined(request.after)
    return float(around.pitch.mean()) if len(around) else 60.0


def _ranks(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[where], np.float64)


def _first(suggester: Suggester, request: SuggestionRequest) -> Notes:
    """The notes of the first suggestion; none when nothing can be suggested."""
    try:
        found = answer(suggester, replace(request, alternatives=1), lambda share: None, lambda: False)
    except NothingToSuggest:
        return request.before.select(np.zeros(len(request.before), np.bool_))
    return found[0].notes


def _alone(task: Task) -> Task:
    line = task.request.lines[task.request.target]
    return replace(task, request=replace(task.request, lines=(line,), targets=(0,)))


def _on_chords(notes: Notes, request: SuggestionRequest) -> tuple[int, int]:
    """(chord tones, notes) on the strong beats, the first and the middle one of each bar, where a chord is known."""
    meters, chords = MeterMap(request.ppq, request.meters), [(at, parse_chord(text)) for at, text in request.chords]
    hits = count = 0
    for start, pitch in zip(notes.start.tolist(), notes.pitch.tolist(), strict=True):
        chord = _chord_at(chords, start)
        if chord is not None and _is_strong(meters, start, request.ppq):
            count += 1
            hits += pitch % 12 in chord.pitch_classes
    return hits, count


def _chord_at(chords: list[tuple[int, Chord | None]], tick: int) -> Chord | None:
    found = [chord for at, chord in chords if at <= tick]
    return found[-1] if found else None


def _is_strong(meters: MeterMap, tick: int, ppq: int) -> bool:
    within = tick - meters.bar_start(meters.bar_at(tick))
    return within // ppq in (0, 2) and within % ppq < ppq // 4


def _moved(chords: tuple[tuple[int, str], ...]) -> tuple[tuple[int, str], ...]:
    """The chords a tritone away."""
    names = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
    roots = {name: index for index, name in enumerate(names)} | {"C#": 1, "D#": 3, "F#": 6, "G#": 8, "A#": 10}
    roots |= {"Cb": 11, "B#": 0, "E#": 5, "Fb": 4}

    def moved(text: str) -> str:
        head, _, bass = text.partition("/")
        size = 2 if head[1:2] in ("#", "b") else 1
        there = names[(roots[head[:size]] + TRITONE) % 12] + head[size:] if head[:size] in roots else head
        return there + (f"/{names[(roots[bass] + TRITONE) % 12]}" if bass in roots else "")

    return tuple((tick, moved(text)) for tick, text in chords)


def _share(pairs: list[tuple[int, int]]) -> float:
    total = sum(count for _, count in pairs)
    return sum(hits for hits, _ in pairs) / total if total else math.nan
