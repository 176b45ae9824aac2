"""Bars that come back: found by form, followed in time, touch and key as they are played, and kept away from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import Controls, Line, MotifWish, SuggestionRequest
from jazzassist.domain.timing import MeterMap
from jazzassist.neural.cues import EXACT, LOOSE, in_steps, scale_of, spread_of, steps_between
from jazzassist.neural.encoding import FIELD_CLASSES, GRID, HEARD, OTHERS, GridLine, duration_class
from jazzassist.neural.form import Bars, Form
from jazzassist.neural.generation import Candidate, generate
from jazzassist.neural.memory import Memory
from jazzassist.neural.motifs import USUAL, Motifs, Voices, likelihoods, moments, played_through, share_for
from jazzassist.neural.returning import Returning, whole_line
from jazzassist.neural.sampling import taste
from jazzassist.neural.scene import Scene, scene_of
from jazzassist.neural.steps import Surroundings
from tests.neural.requests import never, no_progress, tiny_graphs

BAR = 4 * GRID
METERS = MeterMap(GRID, ((0, 4, 4),))
# Onsets in a bar and pitches of four bars that have nothing in common.
TUNE = (
    ([0, 24, 36, 60], [60, 64, 67, 72]),
    ([12, 30, 54, 84], [65, 69, 62, 77]),
    ([0, 6, 42, 66], [59, 71, 55, 74]),
    ([18, 48, 72, 90], [70, 58, 63, 66]),
)


def tune(bars: list[int], shift: int = 0, move: int = 0, velocity: int = 80) -> GridLine:
    """Bars of TUNE by their numbers, -1 for an empty one; played `shift` late, `move` semitones higher."""
    rows = [
        (at * BAR + place + shift, pitch + move)
        for at, bar in enumerate(bars)
        if bar >= 0
        for place, pitch in zip(*TUNE[bar], strict=True)
    ]
    onset, pitch = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return GridLine(onset, np.full(len(onset), 12), pitch, np.full(len(onset), velocity), 0)


def around(bars: int, heard: np.ndarray | None = None) -> Surroundings:
    return Surroundings(METERS, np.zeros((bars * 4 + 12, HEARD), np.float32) if heard is None else heard)


def motifs_of(line: GridLine, start: int, end: int, bars: int = 24, heard: np.ndarray | None = None) -> Motifs:
    found = Motifs.of(line, around(bars, heard), start * BAR, end * BAR)
    assert found is not None
    return found


def form_of(line: GridLine, start: int, end: int) -> Form:
    return Form.of(line, Bars.around(line, start * BAR, end * BAR, METERS), around(24))


@pytest.mark.parametrize("period", [4, 3, 2])
def test_form_is_the_distance_at_which_bars_come_back(period: int) -> None:
    line = tune([at % period for at in range(12)] + [-1] * 4 + [at % period for at in range(16, 20)])
    form = form_of(line, 12, 16)
    for bar in range(12, 16):
        chances = form.chances[bar]
        assert chances.sum() == pytest.approx(1, abs=1e-5)
        best = abs(form.distances[np.argsort(-chances)[:3]])
        assert all(distance % period == 0 for distance in best.tolist())
    assert form.likeness > 0.6


def test_music_without_repeats_has_no_form() -> None:
    random = np.random.default_rng(5)
    onset = np.cumsum(random.integers(3, 20, 120))
    line = GridLine(onset, np.full(120, 6), random.integers(48, 84, 120), np.full(120, 80), 0)
    form = form_of(line, 8, 10)
    assert form.likeness < 0.3
    assert form.chances[8].max() < 0.2


def test_a_bar_of_the_gap_follows_no_later_one_of_it() -> None:
    form = form_of(tune([0, 1, 2, 3, -1, -1, -1, -1, 0, 1, 2, 3]), 4, 8)
    for bar in range(4, 8):
        others = bar - form.distances[form.chances[bar] > 0]
        assert not any(bar <= other < 8 for other in others.tolist())
        assert any(other < 4 for other in others.tolist()) and any(other >= 8 for other in others.tolist())


def test_a_figure_of_the_gap_comes_back_the_less_the_more_often_it_may_have() -> None:
    line = tune([0, 0, 1, 1, 2, 2, 3, 3] + [-1] * 8 + [1, 1])
    form = form_of(line, 8, 16)
    before = form.distances == 1
    chances = [float(form.chances[bar][before][0]) for bar in range(9, 16)]
    assert chances[0] > 2 * chances[2] > 4 * chances[4] and chances[-1] < 0.02


def test_other_lines_say_which_bar_comes_back() -> None:
    """The line alone cannot tell; the chords of the gap are those of its second bar."""
    heard = np.zeros((60, HEARD), np.float32)
    for quarter in range(40):
        heard[quarter, [0, 5, 7, 10][quarter // 4 % 4] + OTHERS] = 1
    heard[16:20] = heard[4:8]
    random = np.random.default_rng(2)
    onset = np.concatenate([bar * BAR + random.permutation(BAR)[:4] for bar in range(9) if bar != 4])
    line = GridLine(np.sort(onset), np.full(32, 9), random.integers(40, 90, 32), np.full(32, 80), 0)
    form = Form.of(line, Bars.around(line, 4 * BAR, 5 * BAR, METERS), around(24, heard))
    best = 4 - int(form.distances[np.argmax(form.chances[4])])
    assert np.array_equal(heard[best * 4], heard[16])


def said_next(line: GridLine, played: list[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """Onset from the beginning of the gap, and pitch, that the voices think likeliest after some notes in it."""
    motifs = motifs_of(line, start, end).decided(3, 1.0)
    request = SuggestionRequest("bridge", GRID, start * BAR, end * BAR, 0, (0,), (line_of(line),))
    scene = replace(scene_of(request), around=around(24))
    returning = Returning(motifs, scene, 1, int(line.onset[line.onset < start * BAR].max()))
    last = int(line.onset[line.onset < start * BAR].max())
    for onset, pitch in [(start * BAR + at, pitch) for at, pitch in played]:
        values = [onset // GRID - last // GRID, onset % GRID, pitch, int(duration_class(12)), 10]
        for field, value in enumerate(values):
            returning.mixed(field, flat(field), [np.array([value]) for value in values[:field]])
            returning.learn(field, np.array([value]))
        last = onset
        returning.add(np.array([onset]), [np.array([value]) for value in values])
    chosen: list[np.ndarray] = []
    for field in range(3):
        chosen.append(returning.mixed(field, flat(field), chosen).argmax(-1))
    onset = (last // GRID + int(chosen[0][0])) * GRID + int(chosen[1][0])
    return onset - start * BAR, int(chosen[2][0])


def flat(field: int) -> np.ndarray:
    return np.full((1, FIELD_CLASSES[field]), 1 / FIELD_CLASSES[field], np.float32)


def line_of(line: GridLine) -> Line:
    columns = (line.onset, line.length, line.pitch, line.velocity, np.zeros(len(line), np.int64))
    return Line("a line", 0, 0, Notes.from_columns(*columns))


REPEATED = tune([0, 1, 2, 3] * 3 + [-1] * 4 + [0, 1, 2, 3])


def test_a_bar_begins_and_goes_on_as_the_one_that_it_comes_back_to() -> None:
    onsets, pitches = TUNE[0]
    for count in range(4):
        played = list(zip(onsets[:count], pitches[:count], strict=True))
        assert said_next(REPEATED, played, 12, 16) == (onsets[count], pitches[count])


@pytest.mark.parametrize("off", [-1, 1, 2])
def test_what_is_played_a_little_off_goes_on_all_the_same(off: int) -> None:
    onsets, pitches = TUNE[0]
    played = [(onsets[1] + off, pitches[1]), (onsets[2] - off, pitches[2])]
    assert said_next(REPEATED, played, 12, 16) == (onsets[3], pitches[3])


def test_a_note_that_is_left_out_or_another_pitch_does_not_end_it() -> None:
    onsets, pitches = TUNE[0]
    assert said_next(REPEATED, [(onsets[0], pitches[0]), (onsets[2], pitches[2])], 12, 16) == (onsets[3], pitches[3])
    assert said_next(REPEATED, [(onsets[0], pitches[0] + 1)], 12, 16) == (onsets[1], pitches[1])


def test_touch_does_not_hide_a_repeat() -> None:
    loud = tune([0, 1, 2, 3] * 3 + [-1] * 4 + [0, 1, 2, 3], velocity=120)
    mixed = replace(
        REPEATED, velocity=np.where(REPEATED.onset < 4 * BAR, loud.velocity, 30), length=REPEATED.pitch % 7 + 3
    )
    assert said_next(mixed, [], 12, 16) == (TUNE[0][0][0], TUNE[0][1][0])


def test_bars_that_the_gap_has_written_come_back_in_it() -> None:
    """Nothing outside is like it, but every second bar was like the one before the last."""
    line = tune([0, 0, 1, 1, 2, 2, 3, 3, -1, -1, -1, -1, 1, 1])
    played = [(0, 50), (33, 51), (57, 80)]
    motifs = motifs_of(line, 8, 12)
    chances = motifs.form.chances[9]
    assert chances[motifs.form.distances == 1] > chances[motifs.form.distances == 3]
    again = said_next(line, [*played, (96, 50), (129, 51)], 8, 12)
    assert again == (153, 80)


def test_steps_of_the_scale() -> None:
    weights = np.zeros(12)
    weights[[7, 9, 11, 0, 2, 4, 6]] = 1
    assert scale_of(weights) == 7  # G major, with its F sharp
    table = in_steps(0)
    assert table[6 + 1, [60, 64, 65, 71]].tolist() == [62, 65, 67, 72]
    assert table[6 - 2, [60, 64]].tolist() == [57, 60]
    assert table[6 + 2, 61] == 65  # a C sharp, as much above its step
    assert steps_between(0, np.array([0, 7, -1, 9]), np.array([7, 0, 5, 11])).tolist() == [-3, 3, 0, 1]


def test_a_figure_is_moved_to_its_chord() -> None:
    """Arpeggios of C, and of F in the bar before the gap: in the gap stands G, and the figure is asked for on it."""
    places, heard = [0, 24, 48, 72], np.zeros((60, HEARD), np.float32)
    roots, pitches = {0: 0, 1: 5, 2: 0, 3: 7}, {0: [48, 52, 55, 60], 1: [53, 57, 60, 65], 2: [48, 52, 55, 60]}
    for bar in range(8):
        heard[bar * 4 : bar * 4 + 4, OTHERS + 12 + roots[bar % 4]] = 1
        heard[bar * 4 : bar * 4 + 4, :12] = [1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1]
    onset = np.array([bar * BAR + place for bar in range(3) for place in places])
    line = GridLine(onset, np.full(12, 20), np.array([p for bar in range(3) for p in pitches[bar]]), np.full(12, 80), 0)
    motifs = motifs_of(line, 3, 4, 8, heard)
    row = motifs.moves[3]
    from_c, from_f = (int(row[motifs.form.distances == distance][0]) for distance in (1, 2))
    assert motifs.table[6 + from_f, pitches[1]].tolist() == [55, 59, 62, 67]
    assert [pitch % 12 for pitch in motifs.table[6 + from_c, pitches[2]].tolist()] == [7, 11, 2, 7]


def test_played_music_is_heard_with_more_tolerance_than_written() -> None:
    assert spread_of(REPEATED) is EXACT
    random = np.random.default_rng(0)
    assert spread_of(replace(REPEATED, onset=np.sort(REPEATED.onset + random.integers(-2, 3, len(REPEATED))))) is LOOSE


def test_voices_give_whole_chances_and_learn_who_was_right() -> None:
    motifs = motifs_of(REPEATED, 12, 16).decided(1, 0.5)
    voices = Voices(motifs, np.array([12, 13]))
    assert voices.weights.sum(1) == pytest.approx([1, 1], abs=1e-5)
    count = len(motifs.form.distances) * 2
    said = np.full((2, count, 1), 5, np.int64), np.ones((2, count, 1), np.float32)
    chances = np.full((2, 128), 1 / 128, np.float32)
    mixed = voices.mixed(2, chances, said)
    assert mixed.sum(1) == pytest.approx([1, 1], abs=1e-4) and mixed[0].argmax() == 5
    before = voices.weights[:, -1].copy()
    voices.learn(2, chances, said, np.array([5, 9]))
    assert voices.weights[0, -1] < before[0] and voices.weights[1, -1] > before[1]
    assert voices.weights.sum(1) == pytest.approx([1, 1], abs=1e-4)


def test_chances_of_known_notes_do_not_depend_on_what_comes_after_them() -> None:
    line = tune([0, 1, 2, 3] * 2)
    motifs = motifs_of(REPEATED, 12, 16)
    results = []
    for changed in (line, replace(line, pitch=np.where(line.onset >= 5 * BAR, 90, line.pitch))):
        whole = replace(motifs, line=replace(changed, onset=changed.onset + 8 * BAR))
        columns = targets_of(whole.line)
        own = [np.full(len(line) - 1, 0.1, np.float32)] * 5
        found, bar = likelihoods(whole, whole.line.onset[:-1], columns, own, (8 * BAR, 16 * BAR))
        results.append(played_through(whole, found, bar, np.array([0.5], np.float32)))
    until = int(np.searchsorted(line.onset, 5 * BAR)) - 1
    assert np.array_equal(results[0][:until], results[1][:until])


def targets_of(line: GridLine) -> list[np.ndarray]:
    ahead = np.diff(line.onset // GRID)
    return [ahead, line.onset[1:] % GRID, line.pitch[1:], duration_class(line.length)[1:], line.velocity[1:] // 8]


def test_notes_that_begin_nearly_together_are_one_moment() -> None:
    start, count = moments(np.array([0, 1, 2, 24, 48, 50]))
    assert start.tolist() == [0, 0, 0, 24, 48, 48] and count.tolist() == [1, 2, 3, 1, 1, 2]


def scene(line: GridLine, wish: MotifWish | None, start: int = 12, end: int = 16) -> Scene:
    request = SuggestionRequest("bridge", GRID, start * BAR, end * BAR, 0, (0,), (line_of(line),))
    return scene_of(replace(request, controls=Controls(motifs=wish)))


def written(here: Scene, count: int = 4) -> list[Candidate]:
    return generate(tiny_graphs(), here, count, taste(50), 3, no_progress, never)


def likeness(candidate: Candidate, line: GridLine, rhythm: bool = False) -> float:
    """The share of a candidate's notes that stand so in a bar of the line at a distance of 4 bars."""
    there = set(zip(((line.onset) % (4 * BAR)).tolist(), line.pitch.tolist(), strict=True))
    notes = list(zip([at % (4 * BAR) for at in candidate.onset], candidate.pitch, strict=True))
    there, found = ({(at, 0) for at, _ in there}, [(at, 0) for at, _ in notes]) if rhythm else (there, notes)
    return sum(note in there for note in found) / max(1, len(found))


def test_wishes_repeat_vary_and_renew() -> None:
    known = replace(REPEATED, instrument=0)
    alike, rhythm = {}, {}
    for wish in ("repeat", "vary", "new"):
        found = written(scene(known, wish))
        alike[wish] = np.mean([likeness(candidate, known) for candidate in found])
        rhythm[wish] = np.mean([likeness(candidate, known, rhythm=True) for candidate in found])
    assert alike["repeat"] > 0.8 > 0.3 > alike["vary"] and alike["new"] < 0.2
    assert rhythm["vary"] > 0.7 > rhythm["new"]


def test_a_song_without_form_stays_as_it_is() -> None:
    random = np.random.default_rng(8)
    onset = np.cumsum(random.choice([5, 7, 9, 11, 13, 17, 19, 23], 200))
    free = GridLine(onset, np.full(200, 4), random.integers(48, 84, 200), random.integers(30, 110, 200), 0)
    here = scene(free, None)
    assert Returning.of(here, None, 4, here.start - 1) is None
    repeated = scene(REPEATED, None)
    assert Returning.of(repeated, None, 4, repeated.start - 1) is not None


def test_the_same_request_writes_the_same() -> None:
    here = scene(REPEATED, "vary")
    assert written(here) == written(here)
    few, many = written(here, 2), written(here, 6)
    assert [candidate.onset for candidate in few] == [candidate.onset for candidate in many[:2]]


@pytest.mark.parametrize("wish", ["repeat", "vary", "new"])
def test_wishes_do_no_harm_where_there_is_nothing_to_come_back_to(wish: MotifWish) -> None:
    lonely = GridLine(np.array([0, 30]), np.array([12, 12]), np.array([60, 62]), np.array([80, 80]), 0)
    for here in (scene(lonely, wish, 1, 2), scene(lonely, wish, 4, 5), scene(tune([-1] * 6 + [0, 1]), wish, 2, 4)):
        for candidate in written(here):
            assert all(here.start <= onset < here.end for onset in candidate.onset)


def test_a_gap_that_begins_within_a_bar_and_an_odd_meter() -> None:
    line = line_of(REPEATED)
    for meters in ((), ((0, 7, 8),), ((0, 3, 4), (8 * BAR, 5, 8))):
        request = SuggestionRequest("bridge", GRID, 12 * BAR + 30, 15 * BAR + 7, 0, (0,), (line,), meters)
        for wish in (None, "repeat", "vary", "new"):
            here = scene_of(replace(request, controls=Controls(motifs=wish)))
            for candidate in written(here, 2):
                assert all(here.start <= onset < here.end for onset in candidate.onset)


def test_the_whole_line_is_more_than_the_network_hears() -> None:
    line = tune([at % 4 for at in range(60)] + [-1] * 2 + [at % 4 for at in range(20)])
    here = scene(line, None, 60, 62)
    assert len(whole_line(here)) == len(line) > len(here.before) + len(here.after)


def test_the_share_is_found_on_the_seed_or_else_by_form() -> None:
    motifs, seed = motifs_of(REPEATED, 12, 16), REPEATED.part(0, 48)
    assert share_for(motifs, seed, None) == USUAL
    assert share_for(replace(motifs, form=replace(motifs.form, likeness=0.2)), seed, None) == 0
    own = [np.full(48, 0.05, np.float32)] * 5
    targets = [np.concatenate([[0], column]) for column in targets_of(seed)]
    memory = Memory(np.zeros((48, 1), np.float32), {}, {}, targets, own)
    assert share_for(motifs, seed, memory) > USUAL
    sure = replace(memory, own=[np.full(48, 0.99, np.float32)] * 5)  # a network that knows it all by itself
    assert share_for(motifs, seed, sure) == USUAL
