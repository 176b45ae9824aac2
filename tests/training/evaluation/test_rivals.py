"""What each rival writes into a gap."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jazzassist.domain.song import EMPTY
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.training.evaluation.context_copy import copied
from jazzassist.training.evaluation.rivals import (
    ALL,
    LEFT_ONLY,
    OTHER,
    OURS,
    REAL,
    SAMPLE,
    another_passage,
    fills,
    first_suggestion,
    fitted,
    without_after,
)
from tests.training.evaluation.songs import BAR, DRUMS, Always, notes_of, task


def test_every_rival_fills_the_gap_and_no_more() -> None:
    asked = task()
    found = fills(asked, [asked, task(song=1)], MarkovSuggester())
    assert set(found) == set(ALL)
    for name, notes in found.items():
        assert len(notes), name
        assert notes.start.min() >= asked.request.start, name
        assert notes.start.max() < asked.request.end, name
        assert (notes.channel == 0).all(), name
    assert found[REAL] == asked.removed


def test_ours_is_the_best_and_the_sample_the_first_candidate() -> None:
    asked = task(first=2, bars=1)
    start = asked.request.start / 480
    poor = notes_of(*((start + at / 4, 0.25, 45) for at in range(16)))  # leaps far out of what follows
    good = notes_of(*((start + at / 2, 0.5, 60 + at) for at in range(8)))
    found = fills(asked, [], Always([poor, good]))
    assert (found[OURS], found[SAMPLE]) == (good, poor)
    assert OTHER not in found


def test_a_suggester_without_a_suggestion_leaves_the_gap_empty() -> None:
    found = fills(task(), [], Always([]))
    assert found[OURS] == found[SAMPLE] == found[LEFT_ONLY] == EMPTY
    assert first_suggestion(Always([EMPTY]), task().request) == EMPTY


def test_the_sample_is_as_midi_can_hold_it() -> None:
    asked = task(first=2, bars=1)
    found = fills(asked, [], Always([notes_of((4, 3, 60), (5, 1, 60))]))
    assert found[SAMPLE] == notes_of((4, 1, 60), (5, 1, 60))


def test_nothing_is_longer_than_to_the_end_of_the_gap() -> None:
    asked, other = task(first=9), task(first=5, song=1)
    long = replace(other, removed=other.removed.changed(duration=other.removed.duration + 9 * BAR))
    assert fitted(long, asked).last_end == asked.request.end
    line = asked.request.lines[0]
    held = replace(line, notes=line.notes.changed(duration=line.notes.duration + 9 * BAR))
    request = replace(asked.request, lines=(held, *asked.request.lines[1:]))
    assert copied(replace(asked, request=request)).last_end == asked.request.end


def test_left_side_only_is_asked_without_what_follows() -> None:
    asked, suggester = task(), Always([EMPTY])
    fills(asked, [], suggester)
    heard, deaf = suggester.requests
    assert len(heard.after)
    assert not len(deaf.after)
    assert deaf == without_after(asked.request)
    assert deaf.kind == "continuation"
    assert deaf.before == asked.request.before
    assert [line.notes for line in deaf.lines[1:]] == [line.notes for line in asked.request.lines[1:]]


def test_copy_of_the_bars_before() -> None:
    asked = task(first=9, bars=2)
    before = asked.request.before.starting_in(6 * BAR, 8 * BAR)
    assert copied(asked).start.tolist() == (before.start + 2 * BAR).tolist()
    assert copied(asked).pitch.tolist() == before.pitch.tolist()
    assert copied(task(first=2, bars=4)).start.min() >= 4 * BAR  # only one bar was there to copy


def test_another_passage_is_of_another_song_and_the_same_role() -> None:
    asked = task()
    others = [task(DRUMS, "drums", song=2), *(task(song=number, bars=4) for number in range(3, 9))]
    pool = [asked, task(song=1), *others]
    found = another_passage(asked, pool)
    assert found is not None
    assert found == another_passage(asked, pool) == fitted(pool[1], asked)
    assert another_passage(asked, [asked, pool[2]]) is None
    assert another_passage(asked, [asked, pool[3]]) == fitted(pool[3], asked)  # of another length if need be


def test_a_passage_is_moved_into_gap_and_register() -> None:
    asked, other = task(first=9), task(first=5, song=1)
    found = fitted(other, asked)
    assert (found.start - asked.request.start).tolist() == (other.removed.start - other.request.start).tolist()
    moved = set((found.pitch - other.removed.pitch).tolist())
    assert len(moved) == 1
    around = asked.past.notes.joined(asked.future.notes)
    assert float(found.pitch.mean()) == pytest.approx(float(around.pitch.mean()), abs=0.51)


def test_a_longer_passage_is_begun_and_a_shorter_one_ends_early() -> None:
    asked, longer, shorter = task(bars=2), task(bars=4, song=1), task(bars=1, song=1)
    first_half = longer.removed.starting_in(longer.request.start, longer.request.start + 2 * BAR)
    assert len(fitted(longer, asked)) == len(first_half)
    assert fitted(shorter, asked).start.max() < asked.request.start + BAR
    assert len(fitted(shorter, asked)) == len(shorter.removed)


def test_drums_are_not_transposed() -> None:
    asked, other = task(DRUMS, "drums"), task(DRUMS, "drums", song=1)
    assert fitted(other, asked).pitch.tolist() == other.removed.pitch.tolist()
    assert (fitted(other, asked).channel == 9).all()
