"""Known beats, what is done to them, and how well they are found again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jazzassist.beats.model import BeatModel, BeatModelError, shipped_model
from jazzassist.beats.own import own_beats
from jazzassist.beats.tracking import track
from jazzassist.domain.song import Song
from jazzassist.training.beat_data import Known, distorted
from jazzassist.training.beat_scores import score, sheet
from jazzassist.training.beat_training import fit, lessons, save
from tests.beats.songs import PPQ, trio


def known(song: Song | None = None) -> Known:
    song = song or trio()
    return Known("made", "own grid", song, *own_beats(song.meter_map, 0, 32 * 4 * PPQ))


def test_beats_of_distorted_songs_are_where_the_notes_are() -> None:
    found = {one.case: one for one in distorted(known(), np.random.default_rng(2))}
    assert set(found) == {"shifted", "no click", "half", "double"}
    for case, one in found.items():
        clock = one.song.tempo_map
        bass = clock.seconds_of(one.song.tracks[0].notes.start)
        beats = clock.seconds_of(one.beats)
        away = np.abs(beats[:, None] - bass[None, :]).min(0)
        assert away.max() < (0.06 if case == "no click" else 0.002), case


def test_half_and_double_tempo_sound_the_same() -> None:
    plain = known().song.tempo_map.seconds_of(known().beats)
    for one in distorted(known(), np.random.default_rng(2)):
        if one.case in ("half", "double"):
            assert one.song.tempo_map.seconds_of(one.beats) == pytest.approx(plain)


def test_an_own_grid_scores_in_full_and_a_shifted_one_better_than_the_file() -> None:
    kept = score(known(), track(known().song))
    assert kept[:8] == (1, 1, 1, 1, 1, 1, 1, 1)
    shifted = next(distorted(known(), np.random.default_rng(2)))
    _, beat, own, down, own_down, _, right, own_right, _ = score(shifted, track(shifted.song))
    assert beat > 0.95 > own and down > own_down and right > 0.9 > own_right


def test_a_table_has_a_line_for_each_case() -> None:
    found = sheet([known(), *distorted(known(), np.random.default_rng(2))])
    assert [row[0] for row in found.rows] == [
        f"made, {case}" for case in ("own grid", "shifted", "no click", "half", "double")
    ]


def test_a_fitted_model_is_written_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jazzassist.training.beat_training.LEVEL_UPDATES", 20)
    monkeypatch.setattr("jazzassist.training.beat_training.BAR_UPDATES", 60)
    songs = lessons(known(trio(meter=meter, swing=swing)) for meter in (3, 4) for swing in (0.5, 0.6))
    path = tmp_path / "beats" / "weights.safetensors"
    save(fit(songs), path)
    model = BeatModel.load(path)
    assert track(known().song, model=model).own
    chances = model.bar_chances(songs[-1].onsets, songs[-1].beats)
    assert chances[songs[-1].downbeats].mean() > chances[~songs[-1].downbeats].mean() + 0.2


@pytest.mark.parametrize("content", [b"", b"no model"])
def test_a_damaged_model_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    with pytest.raises(BeatModelError, match=str(path)):
        BeatModel.load(path)


def test_a_model_of_other_sizes_is_refused(tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    from jazzassist import paths

    weights = load_file(paths.models() / "beats-1" / "weights.safetensors")
    weights["masses"] = weights["masses"][:5]
    save_file(weights, tmp_path / "weights.safetensors")
    with pytest.raises(BeatModelError, match="sizes that this version does not support"):
        BeatModel.load(tmp_path / "weights.safetensors")
    assert shipped_model().masses.sum() == pytest.approx(1, abs=1e-3)
