"""`jazzassist harmony`: training the chord model and scoring it on held-out songs."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import mir_eval
import numpy as np

from jazzassist.harmony.decoding import best_path, log_chances, with_repeats
from jazzassist.harmony.model import ChordModel, ModelError
from jazzassist.harmony.qualities import QUALITIES
from jazzassist.neural.encoding import Ints
from jazzassist.training.arrays import TEST, TRAIN
from jazzassist.training.chord_data import UNKNOWN_CHORD, Example, examples
from jazzassist.training.chord_training import fit, save_model
from jazzassist.training.config import ConfigError, read_recipe
from jazzassist.training.evaluation.report import Cell, Sheet, as_text

TRAIN_HEARINGS, TEST_HEARINGS = 4, 3
WEIGHTS = "weights.safetensors"
METRICS = ("root", "majmin", "sevenths")
_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_HARTE = dict(
    zip(
        (suffix for suffix, _ in QUALITIES),
        ("maj", "maj7", "7", "min", "min7", "hdim7", "dim7", "aug", "sus4(b7)"),
        strict=True,
    )
)


def add_harmony(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command and its two parts."""
    parts = commands.add_parser("harmony", help="the chord model").add_subparsers(required=True, metavar="COMMAND")
    train = parts.add_parser("train", help="train the chord model on songs with chord symbols")
    train.add_argument("config", type=Path, help="a recipe (TOML), or the name of a shipped one")
    train.add_argument("--data", type=Path, required=True, help="the folder that holds the recipe's sets")
    train.add_argument("--to", type=Path, required=True, help="the model's folder")
    train.add_argument("--updates", type=int, default=3000, help="of 512 quarters each (default: 3000)")
    train.set_defaults(run_command=_train)
    score = parts.add_parser("evaluate", help="score a chord model on the recipe's held-out songs")
    score.add_argument("model", type=Path, help="the model's folder")
    score.add_argument("--config", type=Path, default=Path("chords-1"), help="the recipe (default: chords-1)")
    score.add_argument("--data", type=Path, required=True, help="the folder that holds the recipe's sets")
    score.set_defaults(run_command=_evaluate)


def _train(arguments: argparse.Namespace) -> int:
    recipe = read_recipe(arguments.config)
    songs = list(examples(recipe, arguments.data, TRAIN, TRAIN_HEARINGS, seed=1))
    if not songs:
        raise ConfigError(f"{arguments.data} holds no song with chord symbols of the recipe {recipe.name}.")
    heard = {song.set_name for song in songs}
    network = fit(songs, {part.name: part.share for part in recipe.sets if part.name in heard}, arguments.updates)
    arguments.to.mkdir(parents=True, exist_ok=True)
    save_model(network, songs, arguments.to / WEIGHTS)
    print(f"{arguments.to / WEIGHTS} holds a model trained on {len(songs) // TRAIN_HEARINGS} songs.")
    return 0


def _evaluate(arguments: argparse.Namespace) -> int:
    try:
        model = ChordModel.load(arguments.model / WEIGHTS)
    except ModelError as error:
        raise ConfigError(str(error)) from error
    songs = examples(read_recipe(arguments.config), arguments.data, TEST, TEST_HEARINGS, seed=1)
    print(as_text([scores(model, songs)], f"jazzassist harmony evaluate {arguments.model} --data {arguments.data}"))
    return 0


def scores(model: ChordModel, songs: Iterable[Example]) -> Sheet:
    """Shares of the time in which root, triad and seventh chord are right (mir_eval), by set and by what is heard."""
    found: dict[tuple[str, str], list[tuple[float, list[float]]]] = {}
    for song in songs:
        known = song.states != UNKNOWN_CHORD
        if known.any():
            score = _song_scores(song.states[known], decoded(model, song)[known])
            found.setdefault((song.set_name, song.heard), []).append((float(known.sum()), score))
    rows: list[tuple[Cell, ...]] = []
    for (name, heard), values in sorted(found.items()):
        weights = [quarters for quarters, _ in values]
        shares = np.average([row for _, row in values], axis=0, weights=weights)
        rows.append((f"{name}, {heard}", str(len(values)), *(f"{100 * share:.1f} %" for share in shares)))
    legend = "shares of the quarters with a chord symbol; accompaniment: without the first track; melody: that alone"
    return Sheet("Chords from notes", ("", "songs", *METRICS), tuple(rows), legend)


def decoded(model: ChordModel, song: Example) -> Ints:
    """(quarters,): the states that the analysis finds."""
    chances = log_chances(model, model.logits(song.view.astype(np.float32)))
    return best_path(model, with_repeats(chances, max(1, int(np.median(song.bars)))), song.beats, song.bars)


def _song_scores(wanted: Ints, found: Ints) -> list[float]:
    labels = [[_label(int(state)) for state in states] for states in (wanted, found)]
    durations = np.ones(len(wanted))
    compared = [getattr(mir_eval.chord, metric)(*labels) for metric in METRICS]
    return [float(mir_eval.chord.weighted_accuracy(right, durations)) for right in compared]


def _label(state: int) -> str:
    """A state in the syntax of Harte et al. (ISMIR 2005)."""
    root, kind = divmod(state, len(QUALITIES))
    return f"{_NAMES[root]}:{_HARTE[QUALITIES[kind][0]]}"
