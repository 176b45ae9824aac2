"""`jazzassist beats train` and `evaluate`: fitting the model of beats, and scoring the tracker on held-out songs."""

from __future__ import annotations

import argparse
from pathlib import Path

from jazzassist.beats.model import BeatModel, BeatModelError
from jazzassist.training.arrays import TEST, TRAIN
from jazzassist.training.beat_data import known_songs
from jazzassist.training.beat_scores import sheet
from jazzassist.training.beat_training import fit, lessons, save
from jazzassist.training.config import ConfigError
from jazzassist.training.evaluation.report import as_text

WEIGHTS = "weights.safetensors"
NAMES = ("train", "evaluate")


def add_beats(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command and its two parts."""
    parts = commands.add_parser("beats", help="the tracker of beats").add_subparsers(required=True, metavar="COMMAND")
    train = parts.add_parser("train", help="fit the model of beats to songs whose beats are known")
    train.add_argument("--data", type=Path, required=True, help="the folder that holds the sets")
    train.add_argument("--to", type=Path, required=True, help="the model's folder")
    train.add_argument("--songs", type=int, default=150, help="of each set at most (default: 150)")
    train.set_defaults(run_command=_train)
    score = parts.add_parser("evaluate", help="score the tracker on held-out songs, beside the file's own grid")
    score.add_argument("--data", type=Path, required=True, help="the folder that holds the sets")
    score.add_argument("--model", type=Path, help="the model's folder (default: the shipped one)")
    score.add_argument("--songs", type=int, default=20, help="of each set at most (default: 20)")
    score.set_defaults(run_command=_evaluate)


def _train(arguments: argparse.Namespace) -> int:
    songs = lessons(known_songs(arguments.data, TRAIN, arguments.songs, distort=False))
    if not songs:
        raise ConfigError(f"{arguments.data} holds no songs whose beats are known.")
    save(fit(songs), arguments.to / WEIGHTS)
    print(f"{arguments.to / WEIGHTS} holds a model fitted to {len(songs)} songs.")
    return 0


def _evaluate(arguments: argparse.Namespace) -> int:
    try:
        model = BeatModel.load(arguments.model / WEIGHTS) if arguments.model else None
    except BeatModelError as error:
        raise ConfigError(str(error)) from error
    found = sheet(known_songs(arguments.data, TEST, arguments.songs), model)
    if not found.rows:
        raise ConfigError(f"{arguments.data} holds no songs whose beats are known.")
    print(as_text([found], f"jazzassist beats evaluate --data {arguments.data}"))
    return 0
