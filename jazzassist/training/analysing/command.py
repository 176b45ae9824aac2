"""The command `corpus analyse`."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from jazzassist.training.analysing.facts import Corpus
from jazzassist.training.analysing.pictures import draw
from jazzassist.training.analysing.pool import read_all
from jazzassist.training.analysing.report import as_json, sheets
from jazzassist.training.config import ConfigError
from jazzassist.training.corpus import KINDS
from jazzassist.training.evaluation.report import as_text

USUAL_SECONDS = 60.0


def add_analyse(commands: Any) -> None:
    """Add the command to a parser."""
    command = commands.add_parser("analyse", help="count instruments, notes, chords, lengths, keys and meters")
    command.add_argument("folder", type=Path, metavar="FOLDER", help="MIDI files, and lead sheets in MusicXML")
    command.add_argument("--json", action="store_true", help="print one object with all frequencies")
    command.add_argument("--figures", type=Path, metavar="OUT", help="folder for figures, as PNG and SVG")
    command.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="parallel readers")
    command.add_argument(
        "--seconds", type=float, default=USUAL_SECONDS, metavar="N", help="time limit per file (default: 60)"
    )
    command.set_defaults(run_command=analyse)


def analyse(arguments: argparse.Namespace) -> int:
    """Analyse the folder, print the result, and draw figures if requested. Return 3 if no file could be read."""
    if not arguments.folder.is_dir():
        raise ConfigError(f"{arguments.folder} is not a folder.")
    paths = files_in(arguments.folder)
    if not paths:
        raise ConfigError(f"{arguments.folder} contains no file that ends in {', '.join(KINDS)}.")
    corpus = count(arguments.folder, paths, max(1, arguments.jobs), arguments.seconds)
    if arguments.json:
        print(json.dumps(as_json(corpus)))
    else:
        print(as_text(sheets(corpus), f"jazzassist corpus analyse {arguments.folder}"))
    if arguments.figures is not None and corpus.files:
        pictures = draw(corpus, arguments.figures)
        if not arguments.json:
            print(*pictures, sep="\n")
    return 0 if corpus.files else 3


def files_in(folder: Path) -> list[Path]:
    """Return all readable files in the folder and its subfolders, sorted."""
    return [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in KINDS and path.is_file()]


def count(folder: Path, paths: list[Path], jobs: int, seconds: float) -> Corpus:
    """Return the counts of all files."""
    from jazzassist.training.analysing.reading import read_facts  # imports music21, which is slow

    corpus, console = Corpus(), Console(stderr=True)
    found = read_all(paths, read_facts, min(jobs, len(paths)), seconds)
    bars = track(found, "Reading", len(paths), console=console, transient=True, disable=not console.is_terminal)
    for path, facts in bars:
        corpus.add(path.relative_to(folder), facts)
    return corpus
