"""`jazzassist train pack`, `train sprint` and `train sizes`: training elsewhere, for a short time, and at other sizes.

This module imports only what a bare machine with Python, PyTorch, NumPy and safetensors has.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jazzassist.neural.checkpoint import CheckpointError
from jazzassist.training.config import ConfigError, read_recipe
from jazzassist.training.devices import AUTO, NAMES, device_of
from jazzassist.training.packing import VALIDATED, pack
from jazzassist.training.sprint import GPU_BATCH, Options, sprint

SITTINGS = ("pack", "sprint", "sizes")
EPILOG = """`train pack CORPUS FILE`, `train sprint FILE` and `train sizes` prepare and do a short training on another
machine, and measure networks of other sizes; see their --help."""


def main(argv: list[str]) -> int:
    """Runs `train pack`, `train sprint` or `train sizes`; exit status 0, 2 for wrong usage, 3 for an unusable file."""
    arguments = _parser().parse_args(argv[1:])
    try:
        return int(arguments.run_command(arguments))
    except (ConfigError, CheckpointError, OSError) as error:
        print(f"jazzassist: {error}", file=sys.stderr)
        return 3


def add_device(command: argparse.ArgumentParser) -> None:
    """Adds the options of where a network is trained."""
    command.add_argument(
        "--device", choices=NAMES, default=AUTO, help="auto: CUDA, else Apple's GPU (MPS), else the processor"
    )
    command.add_argument(
        "--workers", type=_count, metavar="N", help="processes that prepare batches (default: one, or for a GPU many)"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="jazzassist train")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    make = commands.add_parser("pack", help="a built corpus as one small file, to be trained on elsewhere")
    make.add_argument("corpus", type=Path, help="the folder of the built corpus")
    make.add_argument("file", type=Path, help="the file to write")
    make.add_argument("--config", type=Path, required=True, help="the recipe, which is packed with it")
    make.add_argument(
        "--validate", type=_count, default=VALIDATED, metavar="N", help=f"held-out lines (default: {VALIDATED})"
    )
    make.set_defaults(run_command=_pack)
    _add_sprint(commands.add_parser("sprint", help="train for some minutes on a packed corpus, with PyTorch alone"))
    sizes = commands.add_parser("sizes", help="what networks of other sizes cost in time, and in bits where trained")
    sizes.add_argument("checkpoint", type=Path, help="the trained checkpoint that the others are compared with")
    sizes.add_argument("--trained", type=Path, nargs="*", default=[], help="more trained checkpoints")
    sizes.add_argument("--config", type=Path, help="the recipe whose held-out windows are scored (default: none)")
    sizes.add_argument("--runs", type=Path, default=Path("runs"), help="the folder of corpora (default: runs)")
    sizes.add_argument("--rounds", type=_count, default=5, help="of measuring; the fastest counts (default: 5)")
    sizes.add_argument("--markdown", action="store_true", help="print a table for a card")
    sizes.set_defaults(run_command=_sizes)
    return parser


def _add_sprint(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, help="a packed corpus")
    command.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the weights and the log go")
    command.add_argument("--minutes", type=float, default=10, help="from start to end, with evaluations (default: 10)")
    command.add_argument(
        "--from",
        dest="start",
        type=Path,
        metavar="CHECKPOINT",
        help="begin with these weights (default: those in --out, if any)",
    )
    add_device(command)
    command.add_argument("--batch", type=_count, help=f"windows in a batch (default: the recipe's; GPU: {GPU_BATCH})")
    command.add_argument("--learning-rate", type=float, help="(default: the recipe's, higher for a larger batch)")
    command.add_argument("--updates", type=_count, metavar="N", help="stop after so many")
    command.add_argument("--float32", action="store_true", help="do not compute in bfloat16")
    command.set_defaults(run_command=_sprint)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 0")
    return int(text)


def _pack(arguments: argparse.Namespace) -> int:
    if not (arguments.corpus / "table.npy").exists():
        raise ConfigError(f"{arguments.corpus} holds no corpus; build it with `jazzassist corpus build`.")
    size = pack(arguments.corpus, read_recipe(arguments.config), arguments.file, arguments.validate)
    print(f"{arguments.file} holds the corpus in {size / 1e6:.1f} MB")
    return 0


def _sprint(arguments: argparse.Namespace) -> int:
    options = Options(
        arguments.minutes,
        arguments.batch,
        arguments.learning_rate,
        arguments.updates,
        arguments.workers,
        arguments.start,
        arguments.float32,
    )
    print(sprint(arguments.file, arguments.out, device_of(arguments.device), options))
    return 0


def _sizes(arguments: argparse.Namespace) -> int:
    # These export graphs and read corpora, for which a bare machine has not enough.
    from jazzassist.training.dataset import Dataset
    from jazzassist.training.evaluation.report import as_markdown, as_text
    from jazzassist.training.sizes import size_sheet

    data = None
    if arguments.config is not None:
        recipe = read_recipe(arguments.config)
        corpus = arguments.runs / recipe.corpus
        if not (corpus / "table.npy").exists():
            raise ConfigError(f"{corpus} holds no corpus; build it with `jazzassist corpus build {arguments.config}`.")
        data = Dataset(corpus, recipe)
    trained = [arguments.checkpoint, *arguments.trained]
    sheet = size_sheet(trained, data, arguments.rounds, tell=lambda text: print(text, file=sys.stderr))
    command = f"jazzassist train sizes {' '.join(map(str, trained))}"
    print((as_markdown if arguments.markdown else as_text)([sheet], command))
    return 0
