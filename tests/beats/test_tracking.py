"""The grid of a song: the file's own grid exactly if it fits, and the correct beats if it does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jazzassist.beats import tempo_path
from jazzassist.beats.grid import Grid
from jazzassist.beats.own import own_beats
from jazzassist.beats.tracking import track
from jazzassist.domain.song import EMPTY, Event, Notes, Song, Track
from tests.beats.songs import PPQ, Doubles, f_measure, played, trio, wandering
from tests.midi.strategies import tried

BARS = 32
NEAR = 70  # ticks at 120 beats per minute: 73 ms


def beats(bars: int = BARS, meter: int = 4) -> Doubles:
    return np.arange(bars * meter, dtype=np.float64) * PPQ


@pytest.mark.parametrize("meter", [3, 4])
@pytest.mark.parametrize("swing", [0.5, 0.62, 2 / 3])
def test_a_good_grid_is_kept_exactly(meter: int, swing: float) -> None:
    grid = track(trio(meter=meter, swing=swing))
    assert grid.own
    assert grid.beats.tolist() == own_beats(trio(meter=meter).meter_map, 0, BARS * meter * PPQ - 1)[0].tolist()
    assert np.flatnonzero(grid.downbeats).tolist() == list(range(0, BARS * meter, meter))
    assert grid.to_grid([0, 480, 123]).tolist() == [0, 1, 123 / 480]
    assert grid.from_grid(grid.to_grid([7, 1234])).tolist() == [7, 1234]


@pytest.mark.parametrize("jitter", [4, 10, 16])
@pytest.mark.parametrize("late", [-24, 0, 30])
def test_people_who_play_to_the_click_keep_its_grid(jitter: float, late: int) -> None:
    grid = track(played(trio(), lambda at: at + late + 480, jitter))
    assert grid.own


@pytest.mark.parametrize("by", [100, 133, 200, 290, 391])
def test_a_shifted_grid_is_found(by: int) -> None:
    grid = track(played(trio(), lambda at: at + by))
    assert not grid.own
    assert f_measure(beats() + by, grid.beats, 12) > 0.97
    assert f_measure(beats()[::4] + by, grid.beats[grid.downbeats], 12) > 0.9


@pytest.mark.parametrize("depth", [0.0, 0.05, 0.12])
@pytest.mark.parametrize("speed", [0.97, 1.31])
def test_music_without_a_click_is_tracked(depth: float, speed: float) -> None:
    grid = track(played(trio(bars=48), lambda at: wandering(at, depth, speed=speed), jitter=8))
    assert not grid.own
    assert f_measure(wandering(beats(48), depth, speed=speed), grid.beats, NEAR) > 0.95
    assert f_measure(wandering(beats(48)[::4], depth, speed=speed), grid.beats[grid.downbeats], NEAR) > 0.85
    assert grid.certainty > 0.5


def test_rubato_that_slows_to_half_is_followed() -> None:
    def slowing(at: Doubles) -> Doubles:
        return np.asarray(0.7 * at + 0.35 * at**2 / (BARS * 4 * PPQ) + 333)

    grid = track(played(trio(), slowing, jitter=5))
    assert f_measure(slowing(beats()), grid.beats, NEAR) > 0.95


def test_bars_of_three_are_found() -> None:
    grid = track(played(trio(bars=48, meter=3), wandering, jitter=5))
    assert f_measure(wandering(beats(48, 3)[::3]), grid.beats[grid.downbeats], NEAR) > 0.9
    assert {length for _, length in grid.bars} == {3}


def test_drums_alone_are_tracked() -> None:
    song = played(trio(), wandering, jitter=5)
    grid = track(replace(song, tracks=song.tracks[3:]))
    assert f_measure(wandering(beats()), grid.beats, NEAR) > 0.9


def test_a_stretch_is_tracked_alone() -> None:
    song = played(trio(bars=64), wandering)
    low, high = wandering(np.array([16.0, 48.0]) * 4 * PPQ).astype(int).tolist()
    grid = track(song, low, high)
    assert low - PPQ < grid.beats[0] and grid.beats[-1] < high + PPQ
    assert f_measure(wandering(beats(64))[64:192], grid.beats, NEAR) > 0.95


def test_swing_and_how_late_each_line_is() -> None:
    song = trio(swing=0.62)
    late = song.tracks[0].notes.shifted(20)
    grid = track(song.with_track(0, replace(song.tracks[0], notes=late)))
    assert grid.own
    assert grid.swing == pytest.approx(0.62, abs=0.01)
    bass, chords = grid.feel[0], grid.feel[1]
    assert bass is not None and chords is not None
    assert bass.late == pytest.approx(20 * 500 / 480, abs=1)
    assert chords.late == pytest.approx(0, abs=1)


def test_a_change_of_meter_is_kept_in_an_own_grid() -> None:
    first, second = trio(bars=16), trio(bars=16, meter=3)
    later = 16 * 4 * PPQ
    tracks = tuple(
        replace(
            a,
            notes=a.notes.joined(b.notes.shifted(later)),
            events=(*a.events, *(e._replace(tick=later) for e in b.events)),
        )
        for a, b in zip(first.tracks, second.tracks, strict=True)
    )
    grid = track(Song(PPQ, tracks))
    assert grid.own
    assert grid.bars == ((0, 4), (64, 3))


@pytest.mark.parametrize(
    "notes",
    [EMPTY, Notes.of([(500, 100, 60)]), Notes.of([(0, 10, 60), (1 << 40, 10, 60)]), Notes.of([(9, 1, 60)] * 40)],
    ids=["none", "one", "far apart", "all at once"],
)
def test_too_few_notes_keep_the_grid_without_confidence(notes: Notes) -> None:
    grid = track(Song(480, (Track("Few", notes), Track("Empty"))))
    assert grid.own
    assert grid.feel[1] is None and grid.swing is None
    assert grid.certainty == 0
    assert grid.from_grid(grid.to_grid([0, 3, 10**6])).tolist() == [0, 3, 10**6]


def test_noise_is_not_tracked_with_confidence() -> None:
    random = np.random.default_rng(1)
    start = np.cumsum(random.exponential(130, 600)).astype(np.int64)
    notes = Notes.of((int(at), 60, int(p), 80, 0) for at, p in zip(start, random.integers(40, 80, 600), strict=True))
    assert track(Song(480, (Track("Noise", notes),))).certainty < 0.5


@settings(tried, max_examples=8)
@given(st.integers(0, 5000), st.sampled_from([24, 96, 480, 960]))
def test_what_is_played_later_has_its_beats_later(by: int, ppq: int) -> None:
    """Also for a recording without a click, at any number of ticks per quarter."""

    def free(song: Song) -> Song:
        return played(song, lambda at: wandering(at) * ppq / PPQ)

    song = Song(ppq, free(trio(bars=12)).tracks)
    moved = replace(song, tracks=tuple(replace(t, notes=t.notes.shifted(by)) for t in song.tracks))
    first, second = track(song), track(moved)
    if not first.own and not second.own:
        assert f_measure(first.beats + by, second.beats, 0.06 * ppq + 2) > 0.9


@settings(tried, max_examples=30)
@given(st.lists(st.integers(0, 40_000), min_size=1, max_size=50))
def test_ticks_come_back_exactly(ticks: list[int]) -> None:
    assert FREE.from_grid(FREE.to_grid(ticks)).tolist() == ticks


def _free() -> Grid:
    grid = track(played(trio(bars=12), wandering, jitter=6))
    assert not grid.own
    return grid


FREE = _free()


def test_work_grows_no_faster_than_the_song(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured in cells of the dynamic program, which does nearly all of the work."""
    cells: list[int] = []
    real = tempo_path._forward

    def counted(observed: tempo_path.Floats, frames: int) -> object:
        cells.append(observed.size)
        return real(observed, frames)

    monkeypatch.setattr(tempo_path, "_forward", counted)
    for bars in (32, 64):
        track(played(trio(bars=bars), wandering))
    assert len(cells) == 2
    assert cells[1] < 2.2 * cells[0]


def test_a_pause_of_hours_costs_no_more_than_what_is_tracked(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    real = tempo_path._forward
    monkeypatch.setattr(tempo_path, "_forward", lambda o, n: (sizes.append(o.size), real(o, n))[1])
    song = played(trio(bars=16), wandering)
    late = Notes.of([(10**8, 100, 60, 80, 0)])
    grid = track(replace(song, tracks=(*song.tracks, Track("Late", late))))
    assert all(size < 20 * 60 * 110 * len(tempo_path.PERIODS) for size in sizes)
    assert np.isfinite(grid.beats).all()


def test_tempo_changes_of_the_file_count() -> None:
    """Exact notes under a tempo that changes at every bar are on their grid."""
    song = trio()
    tempi = tuple(
        Event(bar * 4 * PPQ, b"\xff\x51" + (400_000 + bar % 5 * 40_000).to_bytes(3, "big")) for bar in range(BARS)
    )
    assert track(song.with_track(0, replace(song.tracks[0], events=(*song.tracks[0].events, *tempi)))).own
