"""Generation of tracks as in section IV of the paper: a random held-out seed, continued by words, as a MIDI file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jazzassist.domain.song import Note, Notes, Song, Track
from jazzassist.literature.notation import END, QUARTER, Sound, readable
from jazzassist.literature.words import OTHER, pitches_of
from jazzassist.literature.writing import Manner, write
from jazzassist.midi.files import write_song
from jazzassist.training.config import ConfigError
from jazzassist.training.literature.checkpoint import Loaded
from jazzassist.training.literature.data import SPELLINGS, Tune
from jazzassist.training.literature.in_torch import InTorch

NOTES = 500  # words per track
STEP = 0.5  # quarters from a word to the next
PPQ = 480
VELOCITY = 80


@dataclass(frozen=True)
class Generated:
    """A track: the words of its seed, and the generated words."""

    seed: tuple[str, ...]
    words: tuple[str, ...]


def generated(
    loaded: Loaded, held_out: list[Tune], tracks: int, manner: Manner, notes: int = NOTES, rng_seed: int = 0
) -> list[Generated]:
    """Generate `tracks` tracks of `notes` tokens in one batch, each after a random part of a random held-out line."""
    seeds = random_seeds(loaded, held_out, tracks, rng_seed)
    numbers = loaded.vocabulary.numbers
    tokens = np.array([[numbers.get(word, numbers.get(OTHER, 0)) for word in seed] for seed in seeds])
    forbidden = tuple(numbers[word] for word in (OTHER, END) if word in numbers)
    random = np.random.Generator(np.random.PCG64(rng_seed))
    written = write(InTorch(loaded.network), tokens, notes, manner, random, forbidden)
    entries = loaded.vocabulary.entries
    rows = [tuple(entries[token] for token in row) for row in written.tokens.tolist()]
    return [Generated(tuple(seed), row) for seed, row in zip(seeds, rows, strict=True)]


def random_seeds(loaded: Loaded, held_out: list[Tune], count: int, rng_seed: int) -> list[list[str]]:
    """Return `count` seeds of the length of the network's window. The same `rng_seed` gives the same lines."""
    length = loaded.network.window
    random = np.random.default_rng(rng_seed)
    found: list[list[str]] = []
    for index in random.permutation(len(held_out)).tolist():
        words = SPELLINGS[loaded.network.kind](held_out[index])
        if len(words) >= length and len(found) < count:
            low = int(np.random.default_rng((rng_seed, index)).random() * (len(words) - length + 1))
            found.append(words[low : low + length])
    if not found:
        raise ConfigError(f"No held-out line has {length} tokens for a seed.")
    return [found[at % len(found)] for at in range(count)]


def song_of(loaded: Loaded, track: Generated, with_seed: bool = False) -> Song:
    """Return a track as a song for piano, in the paper's rhythm or, for notation, in its own."""
    tokens = [*track.seed, *track.words] if with_seed else [*track.words]
    if loaded.network.kind == "text":
        notes = _notes(readable("".join(tokens)), 1 / QUARTER)
    else:
        notes = _notes([Sound(tuple(pitches_of(word)), 1) for word in tokens], STEP)
    return Song(PPQ, (Track(loaded.name, notes),))


def write_tracks(loaded: Loaded, tracks: list[Generated], folder: Path) -> list[Path]:
    """Write the tracks as MIDI files in `folder`, numbered from 1. Return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{loaded.name}-{number + 1}.mid" for number in range(len(tracks))]
    for path, track in zip(paths, tracks, strict=True):
        write_song(song_of(loaded, track), path)
    return paths


def _notes(sounds: list[Sound], unit: float) -> Notes:
    found: list[Note] = []
    at = 0
    for sound in sounds:
        start, end = (round(place * unit * PPQ) for place in (at, at + sound.length))
        found += [Note(start, end - start, pitch, VELOCITY, 0) for pitch in sorted(set(sound.pitches))]
        at += sound.length
    return Notes.of(found)
