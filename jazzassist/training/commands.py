"""The commands of training: `train`, `evaluate`, `corpus`, `export`, `figures` and the others of the parser below."""

from __future__ import annotations

import argparse
import dataclasses
import math
import sys
from pathlib import Path
from typing import Any

import torch

from jazzassist.literature.checkpoint import is_literature
from jazzassist.midi.files import write_song
from jazzassist.neural.checkpoint import CheckpointError
from jazzassist.training.ablation import ablate
from jazzassist.training.analysing.command import add_analyse
from jazzassist.training.arranging.arrange import arranged_chart
from jazzassist.training.arranging.charts import read_chart
from jazzassist.training.arrays import TEST, TRAIN
from jazzassist.training.balance import balance
from jazzassist.training.beat_command import add_beats
from jazzassist.training.chord_command import add_harmony
from jazzassist.training.collecting.command import add_collect
from jazzassist.training.config import ConfigError, Recipe, read_recipe
from jazzassist.training.corpus import build, named
from jazzassist.training.dataset import Dataset
from jazzassist.training.devices import AUTO, CPU, device_of
from jazzassist.training.evaluation.command import add_evaluate
from jazzassist.training.evaluation.familiar import SEEDS, write_limits
from jazzassist.training.evaluation.polyphony import SETS, polyphony
from jazzassist.training.evaluation.ranking_weights import add_ranking
from jazzassist.training.evaluation.real_songs import aligned
from jazzassist.training.evaluation.report import as_text
from jazzassist.training.evaluation.strangeness import measured, write_ranges
from jazzassist.training.evaluation.tasks import held_out_sources
from jazzassist.training.figures import figures
from jazzassist.training.literature.checkpoint import load as load_paper
from jazzassist.training.literature.command import add_literature
from jazzassist.training.literature.export import write_graphs
from jazzassist.training.network.checkpoint import load, save
from jazzassist.training.network.export import export
from jazzassist.training.network.network import Network
from jazzassist.training.ranks import Ranks
from jazzassist.training.sittings import EPILOG as SITTING_EPILOG
from jazzassist.training.sittings import SITTINGS, add_device
from jazzassist.training.sittings import main as sitting
from jazzassist.training.survey.command import add_survey
from jazzassist.training.train import BEST, STATE, Run


def main(argv: list[str]) -> int:
    """Runs one of the commands; exit status 0, 2 for wrong usage, 3 for a file that cannot be used."""
    if argv[:1] == ["train"] and argv[1:2] and argv[1] in SITTINGS:
        return sitting(argv)
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run_command(arguments))
    except (ConfigError, CheckpointError, OSError) as error:
        print(f"jazzassist: {error}", file=sys.stderr)
        return 3


Commands = Any  # what `add_subparsers` returns; argparse does not name it publicly


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="jazzassist")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    runs = argparse.ArgumentParser(add_help=False)
    runs.add_argument("--runs", type=Path, default=Path("runs"), help="the folder of corpora and runs (default: runs)")

    _add_train(commands, runs)
    _add_corpus(commands, runs)
    _add_checkpoints(commands, runs)
    _add_measures(commands, runs)
    add_evaluate(commands, runs)
    add_survey(commands)
    add_literature(commands, runs)
    add_harmony(commands)
    add_ranking(commands)
    add_beats(commands)
    return parser


def _add_train(commands: Commands, runs: argparse.ArgumentParser) -> None:
    train = commands.add_parser("train", parents=[runs], help="train a network by a recipe", epilog=SITTING_EPILOG)
    train.add_argument("config", type=Path, help="a recipe (TOML), or the name of a shipped one")
    begin = train.add_mutually_exclusive_group()
    begin.add_argument("--resume", action="store_true", help="go on from the run's last checkpoint")
    begin.add_argument(
        "--from", dest="start", type=Path, metavar="CHECKPOINT", help="begin with a checkpoint's weights"
    )
    train.add_argument("--minutes", type=float, help="instead of the recipe's")
    add_device(train)
    train.set_defaults(run_command=_train)


def _add_corpus(commands: Commands, runs: argparse.ArgumentParser) -> None:
    corpus = commands.add_parser("corpus", help="build a corpus").add_subparsers(required=True, metavar="COMMAND")
    make = corpus.add_parser("build", parents=[runs], help="MIDI folders to arrays")
    make.add_argument("config", type=Path)
    make.add_argument("--data", type=Path, required=True, help="the folder that holds the recipe's sets")
    make.add_argument(
        "--with",
        dest="given",
        type=_named_folder,
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="use a set of the recipe that is not included, from a folder of your own; may be given again",
    )
    make.add_argument(
        "--without-missing",
        action="store_true",
        help="build from the sets that are there, where the data folder lacks files for others",
    )
    make.set_defaults(run_command=_build)
    show = corpus.add_parser("show", parents=[runs], help="what the windows of a built corpus are made of")
    show.add_argument("config", type=Path)
    show.set_defaults(run_command=_show_corpus)
    arrange = corpus.add_parser("arrange", help="chord charts (Impro-Visor, .ls) to MIDI files, as a corpus has them")
    arrange.add_argument("charts", type=Path, help="a chart, or a folder of charts")
    arrange.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="where the MIDI files go")
    arrange.add_argument("--versions", type=int, default=1, help="of each chart, in other styles (default: 1)")
    arrange.set_defaults(run_command=_arrange)
    ranges = corpus.add_parser("ranges", parents=[runs], help="measure in which ranges a corpus lies")
    ranges.add_argument("config", type=Path)
    ranges.add_argument("--data", type=Path, required=True, help="the folder that holds the recipe's sets")
    ranges.add_argument("--to", type=Path, required=True, metavar="FILE", help="a file (JSON) for the ranges")
    ranges.set_defaults(run_command=_ranges)
    known = corpus.add_parser("familiar", help="measure which seeds a checkpoint knows, and store it with it")
    known.add_argument("checkpoint", type=Path, help="the checkpoint's folder")
    known.add_argument("--config", type=Path, required=True, help="the recipe whose held-out tunes are heard")
    known.add_argument("--data", type=Path, required=True, help="the folder that holds the recipe's sets")
    known.add_argument("--seeds", type=int, default=SEEDS, help=f"of each role (default: {SEEDS})")
    known.set_defaults(run_command=_familiar)
    add_collect(corpus)
    add_analyse(corpus)


def _add_checkpoints(commands: Commands, runs: argparse.ArgumentParser) -> None:
    """The commands that write a checkpoint, or a part of one."""
    export = commands.add_parser("export", parents=[runs], help="a run's best weights as a checkpoint")
    export.add_argument("config", type=Path)
    export.add_argument("--to", type=Path, required=True, help="the checkpoint's folder")
    export.add_argument("--last", action="store_true", help="the run's last weights, where others were better before")
    export.set_defaults(run_command=_export)

    graphs = commands.add_parser("graphs", help="write the graphs of a checkpoint that has none")
    graphs.add_argument("checkpoint", type=Path, help="the checkpoint's folder")
    graphs.set_defaults(run_command=_graphs)


def _add_measures(commands: Commands, runs: argparse.ArgumentParser) -> None:
    """The commands that measure runs and kinds of networks, and draw them."""
    rolls = commands.add_parser("rolls", help="measure the network on four public sets of piano rolls")
    rolls.add_argument("--data", type=Path, required=True, help="the folder that holds the sets as MATLAB files")
    rolls.add_argument(
        "--minutes", type=float, default=20, help="of processor time for training on each set at most (default: 20)"
    )
    rolls.add_argument("--only", nargs="+", choices=SETS, default=SETS, metavar="SET", help=", ".join(SETS))
    rolls.set_defaults(run_command=_rolls)

    ablation = commands.add_parser("ablate", parents=[runs], help="short runs that differ in one thing, as a table")
    ablation.add_argument("config", type=Path)
    ablation.add_argument("--minutes", type=float, default=5, help="of processor time for each (default: 5)")
    ablation.add_argument("--only", nargs="+", default=[], metavar="TRIAL", help="these trials, not all")
    ablation.set_defaults(run_command=_ablate)

    draw = commands.add_parser("figures", help="draw a run's log as PNG and SVG")
    draw.add_argument("run", type=Path, help="the run's folder")
    draw.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="where the pictures go")
    draw.set_defaults(run_command=_figures)


def _train(arguments: argparse.Namespace) -> int:
    recipe = read_recipe(arguments.config)
    if arguments.minutes is not None:
        recipe = dataclasses.replace(recipe, training=dataclasses.replace(recipe.training, minutes=arguments.minutes))
    corpus = _corpus(arguments, recipe)
    ranks = Ranks.join()
    try:
        # Several processes share the processor, so there `auto` is no GPU.
        device = device_of(CPU if arguments.device == AUTO and ranks.count > 1 else arguments.device)
        workers = arguments.workers
        run = Run(recipe, corpus, arguments.runs / recipe.run, ranks=ranks, device=device, workers=workers)
        if arguments.resume and not run.resume():
            raise ConfigError(f"{run.folder} holds no checkpoint to go on from.")
        if arguments.start is not None:
            run.start_from(arguments.start)
        run.train()
    finally:
        ranks.leave()
    return 0


def _corpus(arguments: argparse.Namespace, recipe: Recipe) -> Path:
    """The folder of the recipe's corpus; ConfigError where it was not built."""
    folder: Path = arguments.runs / recipe.corpus
    if not (folder / "table.npy").exists():
        raise ConfigError(f"{folder} holds no corpus; build it with `jazzassist corpus build {arguments.config}`.")
    return folder


def _named_folder(text: str) -> tuple[str, Path]:
    name, sign, folder = text.partition("=")
    if not sign or not name or not folder:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=FOLDER")
    return name, Path(folder)


def _show_corpus(arguments: argparse.Namespace) -> int:
    recipe = read_recipe(arguments.config)
    sheets = balance(Dataset(_corpus(arguments, recipe), recipe))
    print(as_text(sheets, f"jazzassist corpus show {arguments.config}"))
    return 0


def _build(arguments: argparse.Namespace) -> int:
    recipe = read_recipe(arguments.config)
    given, out = dict(arguments.given), arguments.runs / recipe.corpus
    report = build(recipe, arguments.data, out, folders=given, without_missing=arguments.without_missing)
    if report["missing"]:
        print(f"jazzassist: {out} was built without {named(report['missing'])}.", file=sys.stderr)
    for role, counts in report["roles"].items():
        kept = f"{counts['held out lines']} lines held out"
        print(f"{role:<16}{counts['lines']:>7} lines {counts['notes']:>9} notes, {kept}")
    print(f"{len(report['left out'])} files left out, see {out / 'report.json'}")
    data = Dataset(out, recipe)
    if len(data.lines(TRAIN)):
        print("\n" + as_text(balance(data), f"jazzassist corpus show {arguments.config}"))
    return 0


def _arrange(arguments: argparse.Namespace) -> int:
    charts = sorted(arguments.charts.rglob("*.ls")) if arguments.charts.is_dir() else [arguments.charts]
    arguments.to.mkdir(parents=True, exist_ok=True)
    for path in charts:
        chart = read_chart(path)
        if isinstance(chart, str):
            print(f"{path} {chart}", file=sys.stderr)
            continue
        for version in range(arguments.versions):
            write_song(arranged_chart(chart, path.stem, version), arguments.to / f"{path.stem}-{version + 1}.mid")
    return 0


def _ranges(arguments: argparse.Namespace) -> int:
    recipe = read_recipe(arguments.config)
    write_ranges(measured(Dataset(_corpus(arguments, recipe), recipe), recipe, arguments.data), arguments.to)
    print(arguments.to)
    return 0


def _familiar(arguments: argparse.Namespace) -> int:
    recipe = read_recipe(arguments.config)
    sources = aligned(held_out_sources(recipe, arguments.data, TEST), recipe, arguments.data)
    for role, limit in write_limits(arguments.checkpoint, sources, arguments.seeds).items():
        print(f"{role:<8} {limit / math.log(2):6.2f} bits a note")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    recipe = read_recipe(arguments.config)
    folder = arguments.runs / recipe.run
    path = folder / BEST if (folder / BEST).exists() and not arguments.last else folder / STATE
    network = Network(recipe.network)
    network.load_state_dict(torch.load(path, weights_only=True)["network"])
    save(network, arguments.to, recipe.name)
    export(network.config, arguments.to)
    print(f"{arguments.to} holds the weights of {path}")
    return 0


def _graphs(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.checkpoint
    if is_literature(folder):
        write_graphs(load_paper(folder).network, folder)
    else:
        export(load(folder)[1].config, folder)
    print(f"{folder} holds the graphs of its network")
    return 0


def _rolls(arguments: argparse.Namespace) -> int:
    found = polyphony(arguments.data, arguments.minutes, arguments.only, tell=print)
    print(as_text(found.sheets, f"jazzassist rolls --data {arguments.data} --minutes {arguments.minutes:g}"))
    return 0


def _ablate(arguments: argparse.Namespace) -> int:
    recipe = read_recipe(arguments.config)
    folder, minutes = arguments.runs / "ablation", arguments.minutes
    sheet = ablate(recipe, _corpus(arguments, recipe), folder, minutes, arguments.only, tell=print)
    print(as_text([sheet], f"jazzassist ablate {arguments.config} --minutes {minutes:g}"))
    return 0


def _figures(arguments: argparse.Namespace) -> int:
    for path in figures(arguments.run, arguments.to):
        print(path)
    return 0
