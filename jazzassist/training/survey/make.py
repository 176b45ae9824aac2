"""Writing of a listening test: a page and anonymous sounds for the listeners, and a key for the experimenter."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import Suggester
from jazzassist.playback.synth import RATE
from jazzassist.training.evaluation.rivals import first_suggestion
from jazzassist.training.survey.passages import Passage, Wanted, passages
from jazzassist.training.survey.sound import SILENT, TAIL_SECONDS, equally_loud, loudness, passage_sound, write_wav

HUMAN, OURS = "human", "ours"
LISTEN, SOUNDS, PAGE, KEY = "listen", "sounds", "index.html", "key.json"
PLACE = "/*SURVEY*/"
MADE = 946_684_800  # 2000-01-01 UTC: all sounds have the same date, which hides their order

Suggesters = dict[str, Suggester | None]  # by the name in the key; None for the human


@dataclass(frozen=True)
class Heard:
    """A written pair: its name, the files of its two sounds, and the time range in seconds in which they differ."""

    pair: str
    left: str
    right: str
    marked: tuple[float, float]

    @property
    def on_page(self) -> dict[str, Any]:
        """Return the data for the page."""
        begin, end = self.marked
        return {"id": self.pair, "left": self.left, "right": self.right, "from": round(begin, 2), "to": round(end, 2)}


def make(
    folder: Path,
    songs: Path,
    suggesters: Suggesters,
    pairs: int,
    seed: int,
    wanted: Wanted | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """Write up to `pairs` pairs into a new folder, fewer if the songs have too few passages. Return the key.

    All pairs of suggesters are compared equally often, and sides are balanced to within one.
    """
    wanted, random = wanted or Wanted(), np.random.default_rng(seed)
    found, key = passages(songs, wanted, seed), list[dict[str, Any]]()
    sounds = folder / LISTEN / SOUNDS
    heard: list[Heard] = []
    for left, right in _plan(list(suggesters), pairs, random):
        chosen = _next_pair(found, suggesters, left, right)
        if chosen is None:
            break
        passage, fills = chosen
        sounds.mkdir(parents=True, exist_ok=True)
        names = [random.bytes(6).hex() for _ in range(3)]
        level = _write_pair(sounds, passage, fills, names[1:])
        files = [f"{SOUNDS}/{name}.wav" for name in names[1:]]
        heard.append(Heard(names[0], files[0], files[1], passage.marked_seconds))
        key.append({"id": names[0], "left": left, "right": right, "loudness_lufs": level, **_described(passage)})
        progress(len(heard) / pairs)
    survey = random.bytes(8).hex()
    whole = {"survey": survey, "seed": seed, "kind": wanted.kind, "systems": list(suggesters)}
    if heard:
        _write_page(folder / LISTEN / PAGE, survey, [heard[at] for at in random.permutation(len(heard))])
    return whole | {"pairs": key}


def _plan(names: list[str], pairs: int, random: np.random.Generator) -> list[tuple[str, str]]:
    """Return (left, right) of a number of pairs: all pairs of names in turn, with alternating sides."""
    matches = list(combinations(names, 2))
    sides = random.integers(2, size=len(matches))
    planned: list[tuple[str, str]] = []
    for number in range(pairs):
        turn, which = divmod(number, len(matches))
        first, second = matches[which]
        planned.append((first, second) if (turn + sides[which]) % 2 else (second, first))
    return planned


def _next_pair(
    found: Iterator[Passage], suggesters: Suggesters, left: str, right: str
) -> tuple[Passage, list[Notes | None]] | None:
    """Return the next passage that both fill, with different notes; None if there is none left."""
    for passage in found:
        fills = [_fill(suggesters[name], passage) for name in (left, right)]
        real = passage.song.tracks[passage.gap.tracks[0]].notes.starting_in(passage.gap.start, passage.gap.end)
        notes = [real if fill is None else fill for fill in fills]
        if all(len(part) for part in notes) and notes[0] != notes[1]:
            return passage, fills
    return None


def _fill(suggester: Suggester | None, passage: Passage) -> Notes | None:
    return None if suggester is None else first_suggestion(suggester, passage.request)


def _write_pair(folder: Path, passage: Passage, fills: list[Notes | None], names: list[str]) -> float | None:
    """Write both sounds. Return their loudness in LUFS, None if one is silent and cannot be equalised."""
    sounds = [passage_sound(passage.filled(fill), passage.start, passage.end) for fill in fills]
    level = None
    if all(loudness(sound) > SILENT for sound in sounds):
        sounds, level = equally_loud(sounds)
    for sound, name in zip(sounds, names, strict=True):
        write_wav(sound, folder / f"{name}.wav")
        os.utime(folder / f"{name}.wav", (MADE, MADE))
    return None if level is None else round(level, 2)


def _described(passage: Passage) -> dict[str, Any]:
    meters, track = passage.song.meter_map, passage.song.tracks[passage.gap.tracks[0]]
    bars = [meters.bar_at(passage.gap.start), meters.bar_at(passage.gap.end - 1)]
    return {"song": passage.path.name, "track": passage.gap.tracks[0] + 1, "name": track.name, "bars": bars}


def _write_page(path: Path, survey: str, heard: list[Heard]) -> None:
    page = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
    data = {"survey": survey, "tail": TAIL_SECONDS, "rate": RATE, "pairs": [pair.on_page for pair in heard]}
    path.write_text(page.replace(PLACE, json.dumps(data).replace("<", "\\u003c")), encoding="utf-8")
