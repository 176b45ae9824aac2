"""The command `literature`: training of the literature networks, their tables, tracks and figures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from jazzassist.literature.systems import SYSTEMS
from jazzassist.literature.words import VOCABULARY
from jazzassist.literature.writing import Manner
from jazzassist.training.arrays import TEST
from jazzassist.training.config import ConfigError, Recipe, read_recipe
from jazzassist.training.literature.checkpoint import load
from jazzassist.training.literature.data import tunes
from jazzassist.training.literature.generate import NOTES, generated, write_tracks
from jazzassist.training.literature.layers import table_text
from jazzassist.training.literature.run import LiteratureRun, Material, Settings, is_trained
from jazzassist.training.literature.systems import build
from jazzassist.training.literature.wellformed import table

FOLDER = "literature"  # subfolder of --runs
ALL = "all"
DEFAULT_RECIPE = Path("jazz-6")


def add_literature(commands: Any, runs: argparse.ArgumentParser) -> None:
    """Add the command to a parser. `runs`: the options shared with other commands."""
    about = "the networks of the paper and its relatives"
    kinds = commands.add_parser("literature", help=about).add_subparsers(required=True, metavar="COMMAND")

    train = kinds.add_parser("train", parents=[runs], help="train or resume one network, or all")
    train.add_argument("system", choices=(*SYSTEMS, ALL), metavar="SYSTEM", help=", ".join((*SYSTEMS, ALL)))
    train.add_argument("--minutes", type=float, default=10, help="maximum processor time per network (default: 10)")
    train.add_argument("--targets", type=int, default=0, help="trained steps at the end of a window; the paper: 1")
    train.add_argument("--fresh", action="store_true", help="start again instead of resuming")
    _add_recipe(train)
    train.set_defaults(run_command=_train)

    show = kinds.add_parser("table", help="print a network's layers and parameters")
    show.add_argument("system", choices=tuple(SYSTEMS), metavar="SYSTEM", help=", ".join(SYSTEMS))
    show.add_argument("--vocabulary", type=int, default=VOCABULARY, help=f"tokens (default: {VOCABULARY})")
    show.set_defaults(run_command=_table)

    make = kinds.add_parser("generate", parents=[runs], help="tracks after random seeds of held-out songs, as MIDI")
    _add_making(make)
    make.set_defaults(run_command=_generate)

    draw = kinds.add_parser("figures", parents=[runs], help="the paper's figures 4 and 5, for a network and for ours")
    _add_making(draw)
    draw.add_argument("--ours", type=Path, default=None, metavar="DIR", help="our checkpoint (default: the shipped)")
    draw.set_defaults(run_command=_figures)

    text = kinds.add_parser("notation", parents=[runs], help="well-formed sheets by epoch, with and without")
    text.set_defaults(run_command=_notation)


def _add_recipe(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", type=Path, default=DEFAULT_RECIPE, help="recipe of the corpus and its split")


def _add_making(command: argparse.ArgumentParser) -> None:
    command.add_argument("checkpoint", type=Path)
    command.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="output folder")
    command.add_argument("--tracks", type=int, default=3, help="number of tracks (default: 3)")
    command.add_argument("--notes", type=int, default=NOTES, help=f"words per track (default: {NOTES})")
    command.add_argument("--drawn", action="store_true", help="sample words instead of taking the most likely")
    command.add_argument("--rng-seed", type=int, default=0, help="random seed (default: 0)")
    _add_recipe(command)


def _train(arguments: argparse.Namespace) -> int:
    recipe, corpus = _recipe(arguments)
    for system in SYSTEMS if arguments.system == ALL else (arguments.system,):
        folder = arguments.runs / FOLDER / system
        settings = Settings(minutes=arguments.minutes, targets=arguments.targets)
        run = LiteratureRun(system, Material.of(system, corpus, recipe), folder, settings)
        if not arguments.fresh:
            run.resume()
        run.train()
        best = f"{run.place.best:.3f} nats per token on held-out tunes after epoch {run.place.best_epoch}"
        print(f"{folder}: {run.epochs_done} epochs, {run.place.seconds / 60:.1f} minutes, {best}")
    return 0


def _table(arguments: argparse.Namespace) -> int:
    print(table_text(build(arguments.system, vocabulary=arguments.vocabulary)))
    return 0


def _generate(arguments: argparse.Namespace) -> int:
    recipe, corpus = _recipe(arguments)
    loaded = load(arguments.checkpoint)
    found = generated(
        loaded, tunes(corpus, recipe, TEST), arguments.tracks, _manner(arguments), arguments.notes, arguments.rng_seed
    )
    for path in write_tracks(loaded, found, arguments.to):
        print(path)
    return 0


def _figures(arguments: argparse.Namespace) -> int:
    from jazzassist.training.literature.figures import figures  # slow to import

    recipe, corpus = _recipe(arguments)
    for path in figures(arguments, tunes(corpus, recipe, TEST)):
        print(path)
    return 0


def _notation(arguments: argparse.Namespace) -> int:
    runs = [arguments.runs / FOLDER / name for name in ("agarwal2018", "agarwal2018-raw")]
    for run in runs:
        if not is_trained(run):
            raise ConfigError(f"{run} contains no run; create it with `jazzassist literature train {run.name}`.")
    print("Share of well-formed sheets after each epoch")
    print(table(*runs))
    return 0


def _recipe(arguments: argparse.Namespace) -> tuple[Recipe, Path]:
    recipe = read_recipe(arguments.config)
    return recipe, arguments.runs / recipe.corpus


def _manner(arguments: argparse.Namespace) -> Manner:
    return Manner(likeliest=not arguments.drawn)
