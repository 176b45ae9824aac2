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
from jazzassist.training.collecting.politeness import Limits
from jazzassist.training.config import ConfigError

USUAL = Limits()
ABOUT = (
    "Collects the MIDI files linked from the named pages and from the pages of the same hosts that those link to. "
    "It obeys robots.txt and sends one request at a time, with pauses. You are responsible for the right to use the "
    "files: the manifest contains the address and date of each file and the licence statement of its page."
)


def add_collect(commands: Any) -> None:
    """Add the command to a parser."""
    command = commands.add_parser("collect", help="collect MIDI files from web pages", description=ABOUT)
    command.add_argument("addresses", nargs="+", metavar="URL", help="a listing page, or a MIDI file")
    command.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="output folder")
    command.add_argument("--also-from", nargs="+", default=[], metavar="HOST", help="additional hosts to fetch from")
    command.add_argument("--follow", metavar="PATTERN", help="follow only pages whose address matches")
    command.add_argument("--contact", default="", metavar="TEXT", help="your contact address for the User-Agent")
    numbers = (
        ("depth", int, USUAL.depth, "maximum number of links from a named page"),
        ("pages", int, USUAL.pages, "maximum number of pages"),
        ("files", int, USUAL.files, "maximum number of files"),
        ("pause", float, USUAL.pause_seconds, "seconds between requests, unless robots.txt requires more"),
    )
    for name, kind, usual, about in numbers:
        command.add_argument(f"--{name}", type=kind, default=usual, metavar="N", help=f"{about} (default: {usual:g})")
    command.set_defaults(run_command=collect)


def collect(arguments: argparse.Namespace) -> int:
    """Collect and print the result. Return 3 if the folder contains no files afterwards."""
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
    names = {KEPT: "kept", DUPLICATE: "duplicates", REFUSED: "unusable", LATER: "not fetched this time"}
    counts = ", ".join(f"{found[outcome]} {name}" for outcome, name in names.items())
    return f"{counts}; reasons are listed in {folder / MANIFEST}"


def _address(text: str) -> str:
    address = whole(text)
    if address is None:
        raise ConfigError(f"{text} is not an address of the form http://... or https://...")
    return address


def _pattern(text: str | None) -> re.Pattern[str] | None:
    try:
        return None if text is None else re.compile(text)
    except re.error as error:
        raise ConfigError(f"{text} is not a regular expression: {error}.") from error
