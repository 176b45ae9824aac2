"""Figures 4 and 5 of Rokvic 2021 for one of these networks and for ours, with the same seeds."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from jazzassist import paths
from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import Line, SuggestionRequest
from jazzassist.literature.suggester import LiteratureSuggester
from jazzassist.literature.words import words_of
from jazzassist.neural.encoding import GRID, GridLine
from jazzassist.neural.suggester import LstmSuggester
from jazzassist.training.config import ConfigError
from jazzassist.training.evaluation.stretch import top_line
from jazzassist.training.literature.checkpoint import load
from jazzassist.training.literature.data import Tune
from jazzassist.training.literature.pictures import Tracks, draw

SEED_NOTES = 100
STEP = GRID // 2  # grid positions per note in the paper's rhythm


def figures(arguments: argparse.Namespace, held_out: list[Tune]) -> list[Path]:
    """Draw the network's tracks (most likely and sampled tokens) and ours. Return the paths of the figures."""
    requests = seeds(held_out, arguments.tracks, arguments.notes * STEP, arguments.rng_seed)
    loaded = load(arguments.checkpoint)
    ours = LstmSuggester(arguments.ours or paths.default_checkpoint())
    rows = [
        _tracks(f"{loaded.name}, the likeliest", LiteratureSuggester(loaded.opened(), True), requests),
        _tracks(f"{loaded.name}, drawn", LiteratureSuggester(loaded.opened()), requests),
        _tracks(ours.name, ours, requests),
    ]
    return draw(rows, arguments.to)


def seeds(held_out: list[Tune], count: int, length: int, rng_seed: int) -> list[SuggestionRequest]:
    """Return requests for continuations of `length` grid positions after random SEED_NOTES notes of held-out lines."""
    long = [tune for tune in held_out if len(tune.line) > SEED_NOTES]
    if not long:
        raise ConfigError(f"No held-out line has {SEED_NOTES} notes for a seed.")
    random = np.random.default_rng(rng_seed)
    found: list[SuggestionRequest] = []
    for index in random.permutation(len(long)).tolist() * count:
        line = long[index].line
        low = int(random.integers(len(line) - SEED_NOTES))
        if len(found) < count:
            found.append(_request(line.part(low, low + SEED_NOTES), length, rng_seed + len(found)))
    return found


def _request(line: GridLine, length: int, rng_seed: int) -> SuggestionRequest:
    start = int(line.onset[0]) // (4 * GRID) * 4 * GRID
    channel = np.zeros(len(line), np.int64)
    before = Notes.from_columns(line.onset - start, line.length, line.pitch, line.velocity, channel)
    end = -(-before.last_end // GRID) * GRID
    track = Line("seed", min(127, 8 * line.instrument), 0, before)
    return SuggestionRequest("continuation", GRID, end, end + length, 0, (0,), (track,), rng_seed=rng_seed)


def _tracks(name: str, suggester: LiteratureSuggester | LstmSuggester, requests: list[SuggestionRequest]) -> Tracks:
    """Return the first candidate for each seed."""
    made = [suggester.suggest(request, lambda share: None, lambda: False)[0].notes for request in requests]
    words = [words_of(GridLine.of(notes, GRID, 0)) for notes in made]
    return Tracks(name, words, [top_line(notes).tolist() for notes in made])
