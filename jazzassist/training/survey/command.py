"""The commands `survey make` and `survey read`."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress as Bars

from jazzassist.suggesters import NoSuggester, open_suggester
from jazzassist.training.config import ConfigError
from jazzassist.training.evaluation.report import as_text
from jazzassist.training.survey.make import HUMAN, KEY, LISTEN, OURS, PAGE, Suggesters, make
from jazzassist.training.survey.passages import Wanted
from jazzassist.training.survey.read import as_json, count, sheets

USUAL = Wanted()


def add_survey(commands: Any) -> None:
    """Add the commands to a parser."""
    survey = commands.add_parser("survey", help="a blind listening test").add_subparsers(
        required=True, metavar="COMMAND"
    )
    making = survey.add_parser("make", help="write a page with blind pairs of sounds")
    making.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="a new folder")
    making.add_argument("--songs", type=Path, required=True, metavar="FOLDER", help="MIDI files to take passages from")
    making.add_argument("--checkpoint", metavar="DIR", help="ours (default: the shipped one)")
    making.add_argument("--rivals", nargs="*", default=["markov"], metavar="NAME", help="others (default: markov)")
    making.add_argument("--kind", choices=("bridge", "continuation"), default=USUAL.kind, help="default: bridge")
    numbers = {"pairs": (12, "pairs to compare"), "bars": (USUAL.bars, "bars to fill")}
    numbers["lead-bars"] = (USUAL.lead_bars, "bars heard before and after them")
    for name, (usual, about) in numbers.items():
        making.add_argument(f"--{name}", type=int, default=usual, metavar="N", help=f"{about} (default: {usual})")
    making.add_argument("--seed", type=int, metavar="N", help="random seed (default: random)")
    making.set_defaults(run_command=run_make)

    reading = survey.add_parser("read", help="count answers: shares with 95 %% intervals")
    reading.add_argument("folder", type=Path, metavar="FOLDER", help="the survey's folder, with its key")
    reading.add_argument("answers", type=Path, nargs="+", metavar="ANSWERS", help="files from listeners, or a folder")
    reading.add_argument("--json", action="store_true", help="print one object")
    reading.set_defaults(run_command=run_read)


def run_make(arguments: argparse.Namespace) -> int:
    """Write the survey and print what to give to listeners."""
    folder: Path = arguments.to
    if (folder / LISTEN).exists() or (folder / KEY).exists():
        raise ConfigError(f"{folder} already contains a survey, or a part of one; name a new folder.")
    if not arguments.songs.is_dir():
        raise ConfigError(f"{arguments.songs} is not a folder.")
    if min(arguments.pairs, arguments.bars) < 1 or arguments.lead_bars < 0:
        raise ConfigError("A survey needs at least one pair, and passages of at least one bar.")
    opened, names = _open(arguments.checkpoint, arguments.rivals)
    seed = secrets.randbelow(1 << 31) if arguments.seed is None else abs(arguments.seed)
    wanted = Wanted(arguments.kind, arguments.bars, arguments.lead_bars)
    console = Console(stderr=True)
    with Bars(transient=True, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("Pairs", total=1.0)

        def tell(share: float) -> None:
            bars.update(task, completed=share)

        key = make(folder, arguments.songs, opened, arguments.pairs, seed, wanted, tell)
    written = len(key["pairs"])
    if not written:
        raise ConfigError(f"{arguments.songs} contains no passage of {wanted.bars} bars that all suggesters can fill.")
    (folder / KEY).write_text(json.dumps(key | {"checkpoints": names}, indent=1) + "\n", encoding="utf-8")
    few = "" if written == arguments.pairs else f", because the songs contain only {written} such passages"
    print(f"{written} pairs{few}. Give listeners the whole folder {folder / LISTEN}; they open {PAGE} in a browser.")
    print(f"Keep {folder / KEY}: it identifies the sounds.")
    return 0


def run_read(arguments: argparse.Namespace) -> int:
    """Print the shares. Return 3 if no answers can be counted."""
    result = count(arguments.folder, arguments.answers)
    for sentence in result.refused:
        print(f"jazzassist: {sentence}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(as_json(result)))
    elif result.listeners:
        print(as_text(sheets(result), f"jazzassist survey read {arguments.folder}"))
    return 0 if result.listeners else 3


def _open(checkpoint: str | None, rivals: list[str]) -> tuple[Suggesters, dict[str, str]]:
    """Return the human, ours and the rivals by name, and the names of their checkpoints."""
    opened: Suggesters = {HUMAN: None}
    names: dict[str, str] = {}
    for name, place in [(OURS, checkpoint), *((rival, rival) for rival in dict.fromkeys(rivals))]:
        if name in opened:
            raise ConfigError(f"{name} is not the name of a rival.")
        try:
            names[name], opened[name] = open_suggester(place)
        except NoSuggester as error:
            raise ConfigError(str(error)) from error
    return opened, names
