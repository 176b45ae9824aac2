"""The recipe of a checkpoint, read from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jazzassist.neural.sizes import NetworkConfig


class ConfigError(Exception):
    """A recipe cannot be used; one sentence that names the file and the place."""


@dataclass(frozen=True)
class CorpusSet:
    """One set of MIDI files. Shares are of the windows drawn in training.

    `first_track_share`: the share of each file's first line, where that is another role than the
    rest. `tune_from`: how a file's name tells its tune ("stem", "after-performer", "scheme", "folder").
    `unless_in`: a folder whose files of the same name stand for these. `licences`: a table of
    files; only those in the public domain, by licence or by date, are taken.
    `hands_share`: the share of the piano parts made of two keyboard tracks, which are merged into one line.
    `track_shares`: shares by track name; a track that is not named is heard but not learned from.
    `beats`: an archive of beat and chord annotations in POP909's layout, or the name of a table (CSV) beside each
    file in that of the Jazz Trio Database, to which the notes are aligned.
    `played`: timing and touch are those of performers, so training does not imitate a performance.
    `versions`: how many arrangements are made of each chord chart; `version`: which of them, set while they are made.
    `elsewhere`: where the set can be had; it is not included, and used only when its folder is given (`with_folders`).
    """

    name: str
    folder: str
    licence: str
    share: float
    first_track_share: float | None = None
    tune_from: str = "stem"
    unless_in: str | None = None
    licences: str | None = None
    hands_share: float | None = None
    track_shares: dict[str, float] = field(default_factory=dict)
    beats: str | None = None
    played: bool = False
    versions: int = 1
    version: int = 0
    elsewhere: str | None = None

    @property
    def role_shares(self) -> dict[str, float]:
        """The share of each role of this set but "solo", which sets have in common."""
        shares = {self.name: self.share} if not self.track_shares else {}
        if self.hands_share is not None:
            shares[f"{self.name} hands"] = self.hands_share
        return shares | {f"{self.name} {track}": share for track, share in self.track_shares.items()}


@dataclass(frozen=True)
class TrainingConfig:
    """How to train: times in minutes, `warm_up` in updates, `steps` notes in a window, weights of fields in the loss.

    `performed`: the share of windows of exact lines that are played as a performer would (see `performance`).
    `patience`: evaluations after which training stops when none was better in any kind of task; 0 for never.
    """

    minutes: float = 60
    batch: int = 32
    steps: int = 160
    learning_rate: float = 2e-3
    warm_up: int = 100
    weight_decay: float = 0.01
    clip: float = 1.0
    duration_weight: float = 1.0
    velocity_weight: float = 0.3
    seed: int = 0
    performed: float = 0.0
    checkpoint_minutes: float = 4
    evaluate_minutes: float = 7
    patience: int = 3


@dataclass(frozen=True)
class Recipe:
    """A whole recipe: names of the checkpoint, the built corpus and the run; sizes, training, sets.

    `test_tunes`: tunes, as `corpus.tune_of` names them, that are kept for testing whatever the hash says.
    `without`: folders, relative to the data folder, of files that are kept for testing: a file that shares
    a line with one of them is left out, whatever it is called.
    """

    name: str
    corpus: str = "corpus"
    run: str = "run"
    test_tunes: tuple[str, ...] = ()
    network: NetworkConfig = field(default_factory=NetworkConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    sets: tuple[CorpusSet, ...] = ()
    without: tuple[str, ...] = ()

    def with_folders(self, folders: Mapping[str, Path]) -> Recipe:
        """The recipe with the folders of sets that are not included; those without a folder are left out.

        ConfigError for a name that is not one of them, or for a folder that does not exist.
        """
        known = [part.name for part in self.sets if part.elsewhere]
        for name, folder in folders.items():
            if name not in known:
                names = ", ".join(known) or "none"
                raise ConfigError(f"{name} is no set that {self.name} takes a folder for; those are: {names}.")
            if not folder.is_dir():
                raise ConfigError(f"{folder}, given for the set {name}, is no folder.")
        given = {name: str(folder.absolute()) for name, folder in folders.items()}
        sets = (
            replace(part, folder=given[part.name], elsewhere=None) if part.name in given else part for part in self.sets
        )
        return replace(self, sets=tuple(part for part in sets if not part.elsewhere))


def read_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file, or one shipped by its name ("jazz-6"); ConfigError when it cannot be used.

    What a recipe does not set is as in the one that it names as `like`, if any.
    """
    path = _found(path)
    table = _table(path)
    try:
        network = NetworkConfig(**table.pop("network", {}))
        training = TrainingConfig(**table.pop("training", {}))
        sets = tuple(CorpusSet(**item) for item in table.pop("sets", []))
        tunes, without = (tuple(table.pop(name, ())) for name in ("test_tunes", "without"))
        return Recipe(**table, test_tunes=tunes, without=without, network=network, training=training, sets=sets)
    except TypeError as error:
        raise ConfigError(f"{path} has a setting that is not known or lacks one: {error}.") from error


def _found(path: Path) -> Path:
    shipped = Path(__file__).parent / "configs" / f"{path.name.removesuffix('.toml')}.toml"
    return path if path.exists() or not shipped.exists() else shipped


def _table(path: Path, behind: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The settings in a file, with those of the one that it is like; `behind`: the files that led here."""
    if path in behind:
        raise ConfigError(f"{path} is to be like itself.")
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no TOML file: {error}.") from error
    if "like" not in table:
        return table
    base = _table(_found(path.parent / str(table.pop("like"))), (*behind, path))
    parts = {name: {**base.get(name, {}), **table.get(name, {})} for name in ("network", "training")}
    return {**base, **table, **parts}
