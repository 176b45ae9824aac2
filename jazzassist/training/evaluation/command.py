"""The command `evaluate`: a checkpoint's scores on held-out tunes, or on a folder of one's own."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.progress import Progress as Bars

from jazzassist.domain.suggestion import Suggester
from jazzassist.suggesters import open_suggester
from jazzassist.training.arrays import TEST
from jazzassist.training.config import ConfigError, CorpusSet, Recipe, read_recipe
from jazzassist.training.dataset import Dataset
from jazzassist.training.evaluation.compare import Extent as CompareExtent
from jazzassist.training.evaluation.compare import compare
from jazzassist.training.evaluation.controls import chord_tones, motifs_obeyed, obeyed, takes_whole_wishes
from jazzassist.training.evaluation.folder import folder_data
from jazzassist.training.evaluation.forms import score_forms
from jazzassist.training.evaluation.gap_rivals import compared, rival_rows, rivals_sheet
from jazzassist.training.evaluation.likelihood import likelihood
from jazzassist.training.evaluation.played import GAPS, score_played
from jazzassist.training.evaluation.real_songs import RealSong, aligned, real_songs, songs_in
from jazzassist.training.evaluation.report import (
    Sheet,
    as_markdown,
    as_text,
    likelihood_sheet,
    motif_sheet,
    wish_sheets,
)
from jazzassist.training.evaluation.strangeness import known_ranges, strangeness, strangeness_sheet
from jazzassist.training.evaluation.suite import Extent, Outcome, score_bridges, score_originality
from jazzassist.training.evaluation.tasks import Source, folder_sources, held_out_sources, make_tasks
from jazzassist.training.evaluation.wjazzd import wjazzd
from jazzassist.training.held_out import held_out, held_out_by_role
from jazzassist.training.network.checkpoint import load
from jazzassist.training.network.network import Network

LIKELIHOODS = ("likelihood", "gaps")  # of the recipe's corpus, or of one that is made of a folder
PLAYED = "played"
FORM = "form"
ASKED = ("bridges", "originality", "wishes")  # of the suggester, on tasks made of MIDI files
PARTS = (*LIKELIHOODS, "wjazzd", *ASKED, PLAYED, FORM)
DEFAULT_RECIPE = Path("jazz-6")
WISH_BARS = 4
WINDOWS_EACH = 2  # gaps in which rivals are measured, for each batch of windows
COUNTS = {"batches": 20, "gaps": 200, "bridges": 10, "seeds": 50, "each": 10}
COUNTS_HELP = {
    "batches": "of 32 held-out windows for each task of the part likelihood",
    "gaps": f"of each length for the part gaps; of each set and role for played and form, there {GAPS} unless given",
    "bridges": "for each length and role",
    "seeds": "for collapse, copying and wishes",
    "each": "suggestions for a seed",
}


def add_evaluate(commands: Any, runs: argparse.ArgumentParser) -> None:
    """Adds the command to a parser's commands; `runs` holds the options that it shares with others."""
    command = commands.add_parser("evaluate", parents=[runs], help="score a checkpoint on held-out tunes")
    command.add_argument("checkpoint", type=Path)
    command.add_argument("--config", type=Path, default=DEFAULT_RECIPE, help="the recipe whose corpus and split hold")
    command.add_argument("--data", type=Path, help="the folder that holds the recipe's sets, but for likelihood, gaps")
    command.add_argument("--on", type=Path, metavar="FOLDER", help="score on the MIDI files of this folder instead")
    command.add_argument(
        "--sets", nargs="+", metavar="SET", help=f"sets of the recipe to make tasks of, for {', '.join(ASKED)}"
    )
    command.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    command.add_argument(
        "--played", action="store_true", help="score on held-out music as people played it, or as a folder has it"
    )
    for name, about in COUNTS_HELP.items():
        command.add_argument(f"--{name}", type=int, help=f"{about} (default: {COUNTS[name]})")
    command.add_argument("--judge", type=Path, metavar="CHECKPOINT", help="a network that judges seams instead")
    command.add_argument("--compare", action="store_true", help="beside the networks of the paper and its relatives")
    command.add_argument("--lines", type=int, default=200, help="written on by each for --compare (default: 200)")
    command.add_argument("--notes", type=int, default=4000, help="scored for --compare, about (default: 4000)")
    command.add_argument("--markdown", action="store_true", help="print tables for a card")
    command.add_argument("--json", action="store_true", help="print one object")
    command.set_defaults(run_command=evaluate)


def evaluate(arguments: argparse.Namespace) -> int:
    """Runs the parts that are asked for and prints their tables."""
    arguments.only = (PLAYED,) if arguments.played else arguments.only
    _, network = load(arguments.checkpoint)  # says in words what is wrong with it, before anything is begun
    recipe = read_recipe(arguments.config)
    corpus = arguments.runs / recipe.corpus
    if arguments.compare:
        return _compare(arguments, recipe, corpus)
    songs = (
        list(real_songs(recipe, _data(arguments)))
        if {PLAYED, FORM} & {*arguments.only} and arguments.on is None
        else []
    )
    outcomes = _likelihoods(arguments, network, recipe, corpus)
    if "wjazzd" in arguments.only and arguments.on is None:  # a set of its own, so never on a folder
        outcomes["wjazzd"] = wjazzd(network, recipe, _data(arguments))
    outcomes |= _asked(arguments, network, recipe, corpus, songs)
    _show(outcomes, arguments)
    return 0


def _asked(
    arguments: argparse.Namespace, network: Network, recipe: Recipe, corpus: Path, songs: list[RealSong]
) -> dict[str, Outcome]:
    """Those parts of ASKED, and of music as it was played, that are asked for; `songs`: held-out ones of that kind."""
    parts = [part for part in arguments.only if part in (*ASKED, PLAYED, FORM)]
    if not parts:
        return {}
    _, suggester = open_suggester(str(arguments.checkpoint))
    sources = _sources(arguments, recipe) if {*parts} & {*ASKED} else []
    built = corpus if (corpus / "table.npy").exists() else None
    extent = Extent(_count(arguments, "bridges"), _count(arguments, "seeds"), _count(arguments, "each"))
    outcomes: dict[str, Outcome] = {}
    with Bars(transient=True) as bars:
        for part in parts:
            task = bars.add_task(part, total=1.0)
            tell = lambda share, task=task: bars.update(task, completed=share)  # noqa: E731
            if part == PLAYED:
                outcomes[part] = _played(arguments, network, suggester, recipe, songs, tell)
            elif part == FORM:
                known = songs if arguments.on is None else list(songs_in(arguments.on))
                gaps = arguments.gaps if arguments.gaps is not None else GAPS
                outcomes[part] = score_forms(suggester, known, gaps, tell)
            else:
                whole = takes_whole_wishes(network.config)
                outcomes[part] = _score(part, suggester, sources, built, extent, tell, whole)
    return outcomes


def _played(
    arguments: argparse.Namespace,
    network: Network,
    suggester: Suggester,
    recipe: Recipe,
    songs: list[RealSong],
    tell: Callable[[float], None],
) -> Outcome:
    gaps = arguments.gaps if arguments.gaps is not None else GAPS
    if arguments.on is None:
        return score_played(network, suggester, songs, gaps, tell)
    songs = list(songs_in(arguments.on))
    found = score_played(network, suggester, songs, gaps, tell)
    name, ranges = known_ranges(recipe.name)
    strange = strangeness([song.song for song in songs], ranges)
    return Outcome({**found.figures, "strangeness": strange}, (strangeness_sheet(strange, name), *found.sheets))


def _count(arguments: argparse.Namespace, name: str) -> int:
    """A number that the command line gives, or else the usual one."""
    given = getattr(arguments, name)
    return COUNTS[name] if given is None else int(given)


def _compare(arguments: argparse.Namespace, recipe: Recipe, corpus: Path) -> int:
    extent, runs = CompareExtent(arguments.notes, arguments.lines), arguments.runs / "literature"
    found = compare(arguments.checkpoint, recipe, corpus, runs, extent, lambda text: print(text, file=sys.stderr))
    _show({"compare": found}, arguments)
    return 0


def _score(
    part: str,
    suggester: Suggester,
    sources: list[Source],
    corpus: Path | None,
    extent: Extent,
    tell: Callable[[float], None],
    whole: bool,
) -> Outcome:
    """One of ASKED; `whole`: whether the network takes the wishes for left hand and dynamics."""
    if part == "bridges":
        return score_bridges(suggester, sources, extent.bridges, tell)
    if part == "originality":
        return score_originality(suggester, sources, corpus, extent, tell)
    return score_wishes(suggester, sources, extent.seeds, whole)


def score_wishes(suggester: Suggester, sources: list[Source], seeds: int, whole: bool = False) -> Outcome:
    """How wishes and given chords are obeyed, in bridges of 4 bars; `whole`: with those for left hand and dynamics."""
    tasks = make_tasks(sources, (WISH_BARS,), seeds)
    found, chords = obeyed(suggester, tasks, seeds, whole), chord_tones(suggester, tasks, seeds)
    motifs = motifs_obeyed(suggester, tasks, seeds)
    figures = {"wishes": [vars(item) for item in (*found, *motifs)], "chords": vars(chords)}
    return Outcome(figures, (*wish_sheets(found, chords), motif_sheet(motifs)))


def _likelihoods(arguments: argparse.Namespace, network: Network, recipe: Recipe, corpus: Path) -> dict[str, Outcome]:
    """Those of LIKELIHOODS that are asked for."""
    parts = [part for part in arguments.only if part in LIKELIHOODS]
    if not parts:
        return {}
    if arguments.on is not None:
        with TemporaryDirectory(ignore_cleanup_errors=True) as work:
            data = folder_data(arguments.on, recipe, Path(work))
            return {part: _likelihood(part, arguments, network, data) for part in parts}
    if not (corpus / "table.npy").exists():
        raise ConfigError(f"{corpus} holds no corpus; build it with `jazzassist corpus build {arguments.config}`.")
    data = Dataset(corpus, recipe)
    return {part: _likelihood(part, arguments, network, data) for part in parts}


def _likelihood(part: str, arguments: argparse.Namespace, network: Network, data: Dataset) -> Outcome:
    if part == "gaps":
        judge = load(arguments.judge)[1] if arguments.judge is not None else None
        gaps = _count(arguments, "gaps")
        return likelihood(network, data, gaps, gaps // 5, judge=judge, rivals=rival_rows)
    batches = _count(arguments, "batches")
    tasks = held_out(network, data, batches, part=TEST)
    roles = held_out_by_role(network, data, max(1, batches // 7))
    gaps = max(1, batches * WINDOWS_EACH)
    rivals = compared(network, data, gaps)
    figures = {"held_out": tasks, "bridges_by_role": roles, "rivals": rivals}
    rows = tasks | {f"bridge, {role}": found for role, found in roles.items()}
    return Outcome(figures, (likelihood_sheet(rows), rivals_sheet(rivals, gaps)))


def _sources(arguments: argparse.Namespace, recipe: Recipe) -> list[Source]:
    if arguments.on is not None:
        return folder_sources(arguments.on)
    chosen = recipe if arguments.sets is None else replace(recipe, sets=_chosen_sets(recipe, arguments.sets))
    return aligned(held_out_sources(chosen, _data(arguments), TEST), recipe, _data(arguments))


def _chosen_sets(recipe: Recipe, names: list[str]) -> tuple[CorpusSet, ...]:
    known = [part.name for part in recipe.sets]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigError(f"{unknown[0]} is no set of the recipe {recipe.name}; its sets are {', '.join(known)}.")
    return tuple(part for part in recipe.sets if part.name in names)


def _data(arguments: argparse.Namespace) -> Path:
    if arguments.data is None:
        raise ConfigError("Name the folder of the recipe's sets after --data, or one of your own after --on.")
    return Path(arguments.data)


def _show(outcomes: dict[str, Outcome], arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(json.dumps({name: outcome.figures for name, outcome in outcomes.items()}))
        return
    sheets: list[Sheet] = []
    for name, outcome in outcomes.items():
        sheets += outcome.sheets[:1] if name == "bridges" else outcome.sheets
    command = _command(arguments)
    print((as_markdown if arguments.markdown else as_text)(sheets, command))


def _command(arguments: argparse.Namespace) -> str:
    """The command line that gives these figures."""
    where = f"--on {arguments.on}" if arguments.on else f"--config {arguments.config}"
    where += f" --data {arguments.data}" if arguments.data and not {*arguments.only} <= {*LIKELIHOODS} else ""
    where += f" --sets {' '.join(arguments.sets)}" if arguments.sets else ""
    numbers = {name: getattr(arguments, name) for name in COUNTS}
    chosen = [f"--{name} {value}" for name, value in numbers.items() if value is not None]
    if arguments.compare:
        chosen = ["--compare", f"--lines {arguments.lines}", f"--notes {arguments.notes}"]
    elif arguments.played:
        chosen.append("--played")
    elif tuple(arguments.only) != PARTS:
        chosen.append(f"--only {' '.join(arguments.only)}")
    if arguments.judge is not None:
        chosen.append(f"--judge {arguments.judge}")
    return " ".join([f"jazzassist evaluate {arguments.checkpoint} {where}", *chosen])
