"""What players do in a gap, as figures."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from jazzassist.domain.song import DRUM_CHANNEL, EMPTY, Notes
from jazzassist.training.arranging.rules import Harmony
from jazzassist.training.evaluation.tasks import Task
from jazzassist.training.evaluation.traits import traits_of
from tests.training.evaluation.songs import BAR, BASS, DRUMS, PPQ, SAX, notes_of, task

GAP = 32  # quarters before the gap of `task`
HARMONY = Harmony(((0, "C7"), (GAP * PPQ, "F7"), ((GAP + 4) * PPQ, "Bbm7/Eb")))


def fill(*rows: tuple[float, float, int], channel: int = 0) -> Notes:
    """Notes at quarters from the gap's start."""
    return notes_of(*((GAP + start, length, pitch) for start, length, pitch in rows), channel=channel)


def with_past(asked: Task, notes: Notes) -> Task:
    """The same task after other notes."""
    lines = list(asked.request.lines)
    line = lines[asked.request.target]
    lines[asked.request.target] = replace(line, notes=notes)
    return replace(asked, request=replace(asked.request, lines=tuple(lines)))


def test_roots_on_the_first_beat_may_be_a_little_early_or_the_bass_of_the_symbol() -> None:
    asked = task(BASS, "bass")
    assert (
        traits_of(asked, fill((-0.1, 1, 41), (4, 1, 51)), HARMONY)["root on beat 1"] == 0.5
    )  # before the gap: left out
    assert traits_of(asked, fill((0.1, 1, 41), (3.9, 1, 39)), HARMONY)["root on beat 1"] == 1
    assert traits_of(asked, fill((0, 1, 41), (4, 1, 46)), HARMONY)["root on beat 1"] == 1
    assert traits_of(asked, fill((0, 1, 43), (4, 1, 45)), HARMONY)["root at chord changes"] == 0
    assert traits_of(asked, EMPTY, HARMONY)["root on beat 1"] == 0
    assert math.isnan(traits_of(asked, fill((0, 1, 41)), HARMONY)["root on beat 1 of waltzes"])
    assert math.isnan(traits_of(task(SAX), fill((0, 1, 41)), HARMONY)["root on beat 1"])


def test_the_left_hand_counts_where_it_sounds() -> None:
    asked = task(SAX, "comping")
    assert traits_of(asked, fill((0, 4, 48), (0, 8, 60)), HARMONY)["quarters with a note below G3"] == 0.5
    assert math.isnan(traits_of(task(SAX), fill((0, 4, 48)), HARMONY)["quarters with a note below G3"])


def test_notes_in_the_chord_belong_to_the_chord_in_force() -> None:
    found = traits_of(task(), fill((0, 1, 65), (1, 1, 64), (3.9, 1, 61), (5, 1, 60)), HARMONY)
    assert found["notes in the chord"] == 0.5  # F of F7, D flat of what follows; not E, not C


def test_likeness_to_an_earlier_bar_tolerates_timing_and_not_pitch() -> None:
    before = notes_of((24, 1, 60), (25, 1, 62), (28, 1, 70), (29, 1, 71))
    asked = with_past(task(bars=1), before)
    assert traits_of(asked, fill((0.1, 1, 60), (1.1, 1, 62)), HARMONY)["likeness to the best earlier bar"] == 1
    assert traits_of(asked, fill((0, 1, 60), (1.1, 1, 63)), HARMONY)["likeness to the best earlier bar"] == 0.5
    assert traits_of(asked, fill((0.5, 1, 60), (1.5, 1, 62)), HARMONY)["likeness to the best earlier bar"] == 0


def test_deviations_and_chords() -> None:
    rows = (*((0, 1, pitch) for pitch in (60, 64, 67)), (0.05, 1, 70), (2, 1, 60))
    found = traits_of(task(SAX, "comping"), fill(*rows), HARMONY)
    assert found["onsets of three notes or more"] == 0.5
    assert found["deviation of velocity"] == 0
    assert found["deviation of pitch, semitones"] == pytest.approx(3.92, abs=0.01)


def test_the_hi_hat_is_asked_for_only_where_the_seed_has_it() -> None:
    beats = notes_of(*((at, 0.1, 44) for at in range(1, 32, 2)), channel=DRUM_CHANNEL)
    ride = notes_of(*((at, 0.1, 51) for at in range(32)), channel=DRUM_CHANNEL)
    asked = with_past(task(DRUMS, "drums"), beats.joined(ride))
    half = fill((1.1, 0.1, 44), (3, 0.1, 36), (5, 0.1, 44), *((at / 2, 0.1, 51) for at in range(16)), channel=9)
    found = traits_of(asked, half, HARMONY)
    assert found["pedal hi-hat on 2 and 4"] == 0.5
    assert found["ride, relative to before"] == 2
    assert math.isnan(traits_of(with_past(asked, ride), half, HARMONY)["pedal hi-hat on 2 and 4"])
    assert math.isnan(traits_of(task(), half, HARMONY)["pedal hi-hat on 2 and 4"])


def test_waltzes_are_counted_apart() -> None:
    asked = task(BASS, "bass")
    waltz = replace(asked, request=replace(asked.request, meters=((0, 3, 4),), start=33 * PPQ, end=39 * PPQ))
    found = traits_of(waltz, notes_of((33, 1, 41), (36, 1, 46)), Harmony(((0, "F7"), (36 * PPQ, "Bb7"))))
    assert found["root on beat 1 of waltzes"] == found["root on beat 1"] == 1
    assert BAR == 4 * PPQ


def test_how_long_single_notes_are_held_counts_within_phrases() -> None:
    name, rows = "held, share of the way to the next note", ((0, 0.5, 41), (1, 0.75, 43), (2, 0.75, 45), (3, 0.1, 41))
    phrase = fill(*rows, (8, 1, 43), (9, 4, 41))
    assert traits_of(task(BASS, "bass"), phrase, HARMONY)[name] == 0.75
    assert math.isnan(traits_of(task(BASS, "bass"), fill((0, 1, 41)), HARMONY)[name])
    assert math.isnan(traits_of(task(SAX, "comping"), phrase, HARMONY)[name])
