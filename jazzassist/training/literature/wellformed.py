"""The share of well-formed sheets written by agarwal2018, with and without its preprocessing.

With preprocessing, the network writes the essential text and the sheet is reconstructed. Without it, the network
writes header, bars and ties itself. In both cases a sheet is well-formed if it can be parsed.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from jazzassist.literature.notation import END, read_essential, read_sheet, sheet
from jazzassist.literature.words import Vocabulary
from jazzassist.literature.writing import Manner, write
from jazzassist.neural.encoding import Ints
from jazzassist.training.literature.in_torch import InTorch
from jazzassist.training.literature.layers import LiteratureNetwork
from jazzassist.training.train import LOG

MOST_CHARACTERS = 1200  # maximum length of a well-formed sheet
METER = (4, 4)  # of reconstructed sheets: the essential text has no meter
SEED = 11


def well_formed(network: LiteratureNetwork, vocabulary: Vocabulary, count: int) -> float:
    """Return the share of `count` sheets, sampled at temperature 1, that are well-formed."""
    network.eval()
    end = vocabulary.numbers[END]
    random = np.random.Generator(np.random.PCG64(SEED))

    def unfinished(tokens: Ints) -> bool:
        return not bool((tokens == end).any(1).all()) if tokens.shape[1] else True

    seed = np.full((1, 1), end)
    written = write(InTorch(network), seed, MOST_CHARACTERS, Manner(), random, go_on=unfinished, copies=count)
    texts = ["".join(vocabulary.entries[token] for token in row) for row in written.tokens.tolist()]
    return sum(is_well_formed(text, network.kind == "text") for text in texts) / count


def is_well_formed(text: str, is_essential: bool) -> bool:
    """Return True if a text up to END, reconstructed if `is_essential`, can be parsed as a sheet."""
    body, ended, _ = text.partition(END)
    if not ended:
        return False
    if not is_essential:
        return read_sheet(body) is not None
    sounds = read_essential(body)
    return sounds is not None and read_sheet(sheet(sounds, METER)) is not None


def by_epoch(run: Path) -> dict[float, float]:
    """Return {epoch: share of well-formed sheets} from a run's log; empty if it has none."""
    try:
        lines = (run / LOG).read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    entries = [json.loads(line) for line in lines if line.strip()]
    return {entry["epoch"]: entry["well_formed"] for entry in entries if "well_formed" in entry}


def table(processed: Path, raw: Path) -> str:
    """Return a table of the shares of two runs in percent, with a row for each completed epoch of either."""
    shares = [by_epoch(run) for run in (processed, raw)]
    lines = [f"{'epoch':>6}{'preprocessed':>15}{'whole sheets':>15}"]
    for epoch in sorted({epoch for found in shares for epoch in found if epoch == int(epoch)}):
        cells = (f"{100 * found[epoch]:.1f} %" if epoch in found else "-" for found in shares)
        lines.append(f"{epoch:>6.0f}" + "".join(f"{cell:>15}" for cell in cells))
    return "\n".join(lines)
