"""The command line. Without a command it opens the window."""

from __future__ import annotations

import argparse
import importlib
import math
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from jazzassist import __version__
from jazzassist.terminal.ending import FAILED, INTERRUPTED, Stop
from jazzassist.terminal.places import length, position, printable

_TRAINING = (
    "train",
    "evaluate",
    "corpus",
    "export",
    "graphs",
    "figures",
    "ablate",
    "rolls",
    "survey",
    "literature",
    "ranking",
    "harmony",
)
_MOST_ALTERNATIVES = 32
_WISHES = {
    "density": (0.05, 24, "notes per quarter note"),
    "register": (0, 127, "the mean MIDI pitch"),
    "polyphony": (1, 16, "notes that begin together, 1 for a single line"),
    "left-hand": (0, 1, "the share of notes below middle C"),
    "dynamics": (0, 60, "the standard deviation of velocities"),
}
_EPILOG = """\
Positions are BAR or BAR:BEAT, counted from 1; --from 9 --to 13 is bars 9 to 12. A track is named by its
number, its name, or a beginning of its name; --track given several times writes into all of them, in that
order, each hearing those before it. A wish given once is for all of them, given as often it is for each.

exit status: 0 done, 1 failed, 2 wrong usage, 3 the file cannot be read, 4 nothing could be suggested"""
_TRAINING_HELP = {
    "train": "train a network by a recipe",
    "evaluate": "score a checkpoint on held-out tunes",
    "corpus": "collect, analyse or build a corpus of MIDI files",
    "export": "make a checkpoint of a run",
    "graphs": "write the graphs of a checkpoint that has none",
    "figures": "draw a run's log",
    "ablate": "measure what each part of the network is worth",
    "rolls": "measure the network on public sets of piano rolls",
    "survey": "make a blind listening test, or read its answers",
    "literature": "the networks of the paper and its relatives: train, hear, draw",
    "ranking": "fit the weights by which candidates are ranked, on held-out songs",
    "harmony": "train the chord model, or score it on held-out songs",
}


def main(argv: list[str] | None = None) -> int:
    """Runs a command and returns its exit status; whatever happens is told in one sentence."""
    words = sys.argv[1:] if argv is None else argv
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter is no reason to fail
    try:
        status = _run(words)
        sys.stdout.flush()
        return status
    except Stop as stop:
        print(f"jazzassist: {printable(str(stop))}", file=sys.stderr)
        return stop.status
    except SystemExit as end:  # argparse has said what is wrong, or printed the help
        return end.code if isinstance(end.code, int) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer goes nowhere, in silence
        return FAILED
    except Exception as error:
        print(f"jazzassist: {printable(_unexpected(error))}", file=sys.stderr)
        return FAILED


def _run(words: list[str]) -> int:
    if words and (words[0] in _TRAINING or (words[:1] == ["beats"] and words[1:2] in (["train"], ["evaluate"]))):
        return _train(words)
    parser, commands = _parser()
    window = not words or (words[0] not in commands and not words[0].startswith("-"))
    arguments = _window_parser().parse_args(words) if window else parser.parse_args(words)
    if window:
        from jazzassist.gui.app import main as open_window

        return open_window(arguments.file)
    module, _, function = arguments.runs.partition(":")
    run: Callable[[argparse.Namespace], int] = getattr(importlib.import_module(module), function)
    return run(arguments)


def _train(words: list[str]) -> int:
    try:
        training = _training_main(words)
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("", "jazzassist"):
            raise
        wanted = f"{words[0]} needs the extra 'train': pip install 'jazzassist[train]'"
        raise Stop(FAILED, f"{wanted} ({missing} is not installed).") from error
    return training(words)


def _training_main(words: list[str]) -> Callable[[list[str]], int]:
    """What runs a command of training; a sprint needs PyTorch alone, the others the whole extra."""
    if words[:2] == ["train", "sprint"]:
        from jazzassist.training.sittings import main as sitting

        return sitting
    from jazzassist.training.commands import main as training

    return training


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints cannot steer the terminal, whatever was typed."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


def _window_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="jazzassist")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE")
    return parser


def _parser() -> tuple[argparse.ArgumentParser, set[str]]:
    """The parser of all commands, and their names."""
    parser = _Parser(
        prog="jazzassist",
        usage="jazzassist [FILE]\n       jazzassist COMMAND ...",
        description="Bridges and continuations for the MIDI file you are working on. Without a command: the window.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"jazzassist {__version__}")
    commands = parser.add_subparsers(prog="jazzassist", dest="command", metavar="COMMAND", required=True)

    def add(name: str, runs: str, about: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
        command.set_defaults(runs=f"jazzassist.terminal.{runs}")
        return command

    info = add("info", "info:run", "tell what is in a MIDI file")
    _add_file(info)
    _add_json(info)
    chords = add("chords", "chords:run", "name the chords that the tracks of a MIDI file play")
    _add_file(chords)
    _add_json(chords)
    beats = add("beats", "beats:run", "find the beats, bars and feel of a MIDI file, whatever its own grid")
    beats.epilog = "`beats train` and `beats evaluate` fit and score the tracker; see their --help."
    _add_file(beats)
    _add_json(beats)
    _add_check(add("check", "checking:run", "try all files of a folder: open, save, compare, repair"))
    _add_suggesting(add("bridge", "suggesting:run", "suggest what could fill a gap in one or more tracks"), "gap")
    _add_suggesting(add("continue", "suggesting:run", "suggest how a passage could go on"), "seed")
    _add_json(add("ports", "sounding:list_ports", "list what can be played on"))
    _add_play(add("play", "sounding:play", "play a song"))
    render = add("render", "sounding:render", "write a song as a WAV or FLAC file")
    _add_file(render)
    render.add_argument("out", type=Path, metavar="OUT", help="the sound file to write: OUT.wav or OUT.flac")
    for name, about in _TRAINING_HELP.items():
        commands.add_parser(name, help=about, add_help=False)
    return parser, set(commands.choices)


def _add_suggesting(command: argparse.ArgumentParser, what: str) -> None:
    _add_file(command)
    command.add_argument(
        "--track",
        dest="tracks",
        action="append",
        required=True,
        metavar="T",
        help="the track's number or name; again for each track to be written into together",
    )
    command.add_argument(
        "--from", dest="start", type=position, required=True, metavar="B[:b]", help=f"the {what}'s start"
    )
    command.add_argument("--to", dest="end", type=position, required=True, metavar="B[:b]", help=f"the {what}'s end")
    if what == "seed":
        command.add_argument(
            "--length", type=length, required=True, metavar="BARS[:BEATS]", help="how much to write on"
        )
    command.add_argument(
        "--alternatives", type=_number(1, _MOST_ALTERNATIVES), default=4, metavar="N", help="how many (default: 4)"
    )
    command.add_argument(
        "--rng-seed",
        type=_number(0, 2**63 - 1),
        default=0,
        metavar="N",
        help="another number, other notes (default: 0)",
    )
    command.add_argument(
        "--adventurous", type=_number(0, 100), default=50, metavar="0..100", help="safest to wildest (default: 50)"
    )
    for name, (low, high, about) in _WISHES.items():
        command.add_argument(
            f"--{name}", type=_real(low, high), action="append", metavar="N", help=f"{about} (default: auto)"
        )
    command.add_argument(
        "--keep-notes",
        action="store_true",
        help="keep the notes that the tracks have there: they stay as they are, and new ones are written around them",
    )
    command.add_argument(
        "--motifs", choices=("repeat", "vary", "new"), action="append",
        help="repeat bars around, vary them (their rhythm, other pitches), or avoid them (default: auto)",
    )  # fmt: skip
    command.add_argument(
        "--insert", type=_number(1, _MOST_ALTERNATIVES), metavar="K", help="which one goes into OUT.mid (default: 1)"
    )
    command.add_argument("--out", type=Path, metavar="OUT.mid", help="write the song with a suggestion in it")
    command.add_argument(
        "--checkpoint", metavar="NAME", help="a shipped checkpoint, a folder of one, or markov (default: jazz-8)"
    )
    _add_json(command)


def _add_check(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "folders", type=Path, nargs="+", metavar="FOLDER", help="a folder, with those in it, or a file"
    )
    command.add_argument(
        "--seconds", type=_number(1, 3600), default=60, metavar="N", help="how long one file may take (default: 60)"
    )
    _add_json(command)


def _add_play(command: argparse.ArgumentParser) -> None:
    _add_file(command)
    command.add_argument("--port", metavar="NAME", help="see jazzassist ports (default: the built-in synthesizer)")
    command.add_argument("--from", dest="start", type=position, metavar="B[:b]", help="where to begin")
    command.add_argument("--to", dest="end", type=position, metavar="B[:b]", help="where to end")


def _add_file(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE", help="a MIDI file")


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print one JSON object")


def _real(low: float, high: float) -> Callable[[str], float]:
    """A number in a range, for argparse."""

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{text} is no number from {low:g} to {high:g}")
        return number

    return read


def _number(low: int, high: int) -> Callable[[str], int]:
    """A whole number in a range, for argparse."""

    def read(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text} is no whole number from {low} to {high}")
        return int(text)

    return read


def _unexpected(error: Exception) -> str:
    """A sentence about a fault of the program's own, after its details went to the log."""
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    try:
        from platformdirs import user_state_path

        log = user_state_path("jazzassist", appauthor=False, ensure_exists=True) / "errors.log"
        with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} jazzassist {__version__}\n")
            traceback.print_exception(error, file=file)
    except (OSError, ImportError):
        return f"Something went wrong that should not ({what})."
    return f"Something went wrong that should not ({what}); the details are in {log}."
