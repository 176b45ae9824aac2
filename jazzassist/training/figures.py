"""A run's log as a picture: training loss, and held-out nats by task and by field, over the minutes trained."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jazzassist.training.config import ConfigError
from jazzassist.training.train import LOG

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("png", "svg")
FIELDS = ("pitch", "velocity", "duration", "sub", "ahead")
FIELD_NAMES = {"sub": "position in quarter", "ahead": "quarters ahead"}
FIELDS_OF = "bridge"  # the task whose fields are drawn
SMOOTHED = 9  # points of the training loss that one point of its line is the mean of
INK, FAINT, GRID_LINE = "#222222", "#9aa5b1", "#e3e6ea"
# Okabe and Ito's colours, told apart by everyone, and dashes for where colour is not printed.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555")
DASHES = ("-", "--", "-.", ":", (0, (6, 2, 1, 2, 1, 2)), (0, (1, 1)), (0, (8, 3)))
SETTINGS: Any = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID_LINE,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "svg.hashsalt": "jazzassist",  # so that the same log gives the same file
}


@dataclass(frozen=True)
class Log:
    """What a run wrote down: (minutes, loss) of training, and (minutes, nats by task and field) of evaluations."""

    loss: list[tuple[float, float]]
    held_out: list[tuple[float, dict[str, dict[str, float]]]]

    def series(self, task: str, field: str) -> tuple[list[float], list[float]]:
        """(minutes, nats) of one field of one task."""
        points = [(minutes, scores[task][field]) for minutes, scores in self.held_out if task in scores]
        return [minutes for minutes, _ in points], [nats for _, nats in points]


def figures(run: Path, out: Path) -> list[Path]:
    """Draws the log of the folder `run` into `out`, named after the run: the paths of the PNG and the SVG."""
    import matplotlib  # of the extra `train`; slow to import
    from matplotlib.figure import Figure

    log = read_log(run / LOG)
    with matplotlib.rc_context(SETTINGS):
        picture = Figure(figsize=(11, 5.4), layout="constrained")
        panels = picture.subplots(1, 3)
        draw_loss(panels[0], log)
        draw_tasks(panels[1], log)
        draw_fields(panels[2], log)
        minutes = max([at for at, _ in log.loss] + [at for at, _ in log.held_out])
        picture.suptitle(f"{run.resolve().name}: {minutes:.0f} minutes of training", x=0.01, ha="left", fontsize=12)
        out.mkdir(parents=True, exist_ok=True)
        paths = [out / f"{run.resolve().name}.{kind}" for kind in KINDS]
        for path in paths:
            picture.savefig(path, dpi=160, metadata={"Date": None} if path.suffix == ".svg" else None)
    return paths


def read_log(path: Path) -> Log:
    """What a log holds, by minutes; ConfigError where it has nothing to draw. Of two runs of one stretch the last."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        entries = [json.loads(line) for line in lines if line.strip()]
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ConfigError(f"{path} is no log of a run: {error}.") from error
    kept: list[dict[str, Any]] = []
    for entry in entries:  # what follows the checkpoint from which a run was taken up again is written twice
        while kept and kept[-1]["updates"] > entry["updates"]:
            kept.pop()
        kept.append(entry)
    loss = [(entry["minutes"], entry["loss"]) for entry in kept if "loss" in entry]
    held_out = [(entry["minutes"], entry["held_out"]) for entry in kept if "held_out" in entry]
    if not loss and not held_out:
        raise ConfigError(f"{path} holds nothing to draw yet.")
    return Log(loss, held_out)


def draw_loss(axes: Axes, log: Log) -> None:
    """The training loss: each logged batch, and a running mean."""
    axes.set(title="Training loss", xlabel="minutes", ylabel="nats per note, velocity counted less")
    if log.loss:
        minutes, loss = np.array(log.loss).T
        axes.plot(minutes, loss, ".", color=FAINT, markersize=3, label="a batch")
        axes.plot(minutes, running_mean(loss), color=COLOURS[0], linewidth=1.6, label=f"mean of {SMOOTHED}")
        low, high = np.percentile(loss, (0, 97))
        axes.set_ylim(low - 0.05 * (high - low) - 0.05, high + 0.05)
        _legend(axes)


def draw_tasks(axes: Axes, log: Log) -> None:
    """Held-out nats of all fields together, a line for each task."""
    axes.set(title="Held-out tunes, by task", xlabel="minutes", ylabel="nats per note")
    tasks = list(dict.fromkeys(task for _, scores in log.held_out for task in scores))
    _lines(axes, {task: log.series(task, "total") for task in tasks})


def draw_fields(axes: Axes, log: Log) -> None:
    """Held-out nats in bridges, a line for each field."""
    axes.set(title=f"Held-out tunes, {FIELDS_OF} by field", xlabel="minutes", ylabel="nats per note")
    _lines(axes, {FIELD_NAMES.get(field, field): log.series(FIELDS_OF, field) for field in FIELDS})
    axes.set_ylim(bottom=0)


def _lines(axes: Axes, lines: dict[str, tuple[list[float], list[float]]]) -> None:
    """Lines told apart by colour, dashes and, in the legend, the order in which they end."""
    drawn = sorted(((name, *line) for name, line in lines.items() if line[0]), key=lambda line: -line[2][-1])
    styles = {name: (COLOURS[at % 7], DASHES[at % 7]) for at, name in enumerate(lines)}
    for name, minutes, nats in drawn:
        colour, dashes = styles[name]
        label = f"{name}  {nats[-1]:.2f}"
        axes.plot(minutes, nats, color=colour, linestyle=dashes, linewidth=1.5, marker="o", markersize=3, label=label)
    if drawn:
        _legend(axes)


def _legend(axes: Axes) -> None:
    """Below the panel, where it covers nothing; the minutes begin at 0."""
    axes.set_xlim(left=0)
    axes.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.14), frameon=False, fontsize=8, handlelength=3.4)


def running_mean(values: np.ndarray) -> np.ndarray:
    """The mean of each value and those around it, as many on both sides as there are up to SMOOTHED in all."""
    half = SMOOTHED // 2
    spans = [min(half, at, len(values) - 1 - at) for at in range(len(values))]
    return np.array([np.mean(values[at - span : at + span + 1]) for at, span in enumerate(spans)])
