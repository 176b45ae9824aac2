"""The command `corpus collect`."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from jazzassist.training.collecting.addresses import host_of, whole
from jazzassist.training.collecting.collect import DUPLICATE, KEPT, LATER, MANIFEST, REFUSED, Collection
from jazzassist.training.collecting.fetching import Fetcher
from jazzassist.training.collecting.manners import Limits
from jazzassist.training.config import ConfigError

USUAL = Limits()
ABOUT = (
    "Gathers the MIDI files that the named pages, and the pages of the same hosts that they lead to, link to. "
    "robots.txt is obeyed; one request at a time, with a pause. Whether you may use what you collect is for you "
    "to know: the manifest keeps each file's address, date and what its page says about a licence."
)


def add_collect(commands: Any) -> None:
    """Adds the command to a parser's commands."""
    command = commands.add_parser("collect", help="gather MIDI files from web pages", description=ABOUT)
    command.add_argument("addresses", nargs="+", metavar="URL", help="a listing page, or a MIDI file")
    command.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="where the files and manifest go")
    command.add_argument(
        "--also-from", nargs="+", default=[], metavar="HOST", help="further hosts whose files and pages may be fetched"
    )
    command.add_argument("--follow", metavar="PATTERN", help="follow only pages whose address this expression matches")
    command.add_argument("--contact", default="", metavar="TEXT", help="an address of yours for the User-Agent")
    numbers = (
        ("depth", int, USUAL.depth, "links from a named page to the furthest one"),
        ("pages", int, USUAL.pages, "pages read at most"),
        ("files", int, USUAL.files, "files kept at most"),
        ("pause", float, USUAL.pause_seconds, "seconds between requests, where robots.txt asks for no longer one"),
    )
    for name, kind, usual, about in numbers:
        command.add_argument(f"--{name}", type=kind, default=usual, metavar="N", help=f"{about} (default: {usual:g})")
    command.set_defaults(run_command=collect)


def collect(arguments: argparse.Namespace) -> int:
    """Collects, and says what came of it; 3 when there is nothing in the folder afterwards."""
    addresses = [_address(text) for text in arguments.addresses]
    hosts = {host_of(address) for address in addresses} | {name.removeprefix("www.") for name in arguments.also_from}
    limits = Limits(
        depth=arguments.depth, pages=arguments.pages, files=arguments.files, pause_seconds=max(0.0, arguments.pause)
    )
    follow = _pattern(arguments.follow)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    console = Console(stderr=True)
    with Bars(*columns, transient=True, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("", total=None)

        def tell(sentence: str) -> None:
            bars.update(task, description=sentence)

        def sleep(seconds: float) -> None:
            if seconds > 2 * USUAL.pause_seconds:
                tell(f"waiting {seconds:.0f} s")
            time.sleep(seconds)

        fetcher = Fetcher(hosts, limits, arguments.contact, sleep=sleep)
        try:
            collection = Collection(arguments.to, fetcher, limits, follow, tell)
            found = collection.collect(addresses)
        finally:
            fetcher.close()
    for address in addresses:
        if collection.reason(address):
            print(f"jazzassist: {address}: {collection.reason(address)}.", file=sys.stderr)
    print(_in_words(found, arguments.to))
    return 0 if found[KEPT] else 3


def _in_words(found: Counter[str], folder: Path) -> str:
    names = {KEPT: "kept", DUPLICATE: "the same as another", REFUSED: "no use", LATER: "not fetched this time"}
    counts = ", ".join(f"{found[outcome]} {name}" for outcome, name in names.items())
    return f"{counts}; each with its reason in {folder / MANIFEST}"


def _address(text: str) -> str:
    address = whole(text)
    if address is None:
        raise ConfigError(f"{text} is no address of the form http://... or https://...")
    return address


def _pattern(text: str | None) -> re.Pattern[str] | None:
    try:
        return None if text is None else re.compile(text)
    except re.error as error:
        raise ConfigError(f"{text} is no regular expression: {error}.") from error
