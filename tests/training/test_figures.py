"""A run's log as a picture."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from jazzassist.training.commands import main
from jazzassist.training.config import ConfigError
from jazzassist.training.figures import FIELDS, SMOOTHED, figures, read_log, running_mean

pytest.importorskip("matplotlib")

SCORES = {field: 0.1 * number for number, field in enumerate(FIELDS)} | {"total": 5.0}


def entry(updates: int, **what: object) -> str:
    return json.dumps({"updates": updates, "notes": 0, "minutes": updates / 100, **what})


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "a-run"
    folder.mkdir()
    lines = [entry(50 * number, loss=9 - 0.1 * number) for number in range(1, 20)]
    lines.insert(9, entry(470, held_out={"plain": SCORES, "bridge": SCORES | {"total": 4.0}}))
    (folder / "log.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def test_a_run_is_drawn_as_png_and_svg(run: Path, tmp_path: Path) -> None:
    paths = figures(run, tmp_path / "new" / "out")
    assert [path.name for path in paths] == ["a-run.png", "a-run.svg"]
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    drawing = paths[1].read_text()
    for text in ("Training loss", "by task", "by field", "plain  5.00", "bridge  4.00", "minutes"):
        assert f"<!-- {text}" in drawing or text in drawing, text
    assert figures(run, tmp_path / "again")[1].read_text() == drawing


def test_the_loss_alone_is_drawn_too(run: Path, tmp_path: Path) -> None:
    lines = (run / "log.jsonl").read_text().splitlines()
    (run / "log.jsonl").write_text("\n".join(lines[:3]))
    assert all(path.stat().st_size > 1000 for path in figures(run, tmp_path / "out"))


def test_a_stretch_that_was_run_twice_is_drawn_once(run: Path) -> None:
    with (run / "log.jsonl").open("a") as file:
        file.write(entry(700, loss=1.0) + "\n" + entry(750, loss=0.5) + "\n")
    log = read_log(run / "log.jsonl")
    assert [minutes for minutes, _ in log.loss] == sorted(minutes for minutes, _ in log.loss)
    assert log.loss[-2:] == [(7.0, 1.0), (7.5, 0.5)]
    assert log.series("bridge", "total") == ([4.7], [4.0])
    assert log.series("none", "total") == ([], [])


def test_what_cannot_be_drawn_is_named(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        figures(tmp_path / "none", tmp_path)
    for text, sentence in (("", "nothing to draw"), ("{", "no log of a run")):
        (run / "log.jsonl").write_text(text)
        with pytest.raises(ConfigError, match=sentence):
            figures(run, tmp_path)
    assert main(["figures", str(run), "--to", str(tmp_path)]) == 3
    assert "no log of a run" in capsys.readouterr().err


def test_figures_by_command(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["figures", str(run), "--to", str(tmp_path / "out")]) == 0
    assert str(tmp_path / "out" / "a-run.svg") in capsys.readouterr().out
    assert (tmp_path / "out" / "a-run.png").exists()


def test_running_mean_keeps_ends_and_lines() -> None:
    values = np.arange(20.0)
    assert running_mean(values).tolist() == values.tolist()
    peak = np.zeros(21)
    peak[10] = SMOOTHED
    assert running_mean(peak)[10] == 1
    assert running_mean(peak)[0] == 0
