"""`evaluate --compare`: our network, the Markov chain and the networks of the papers on the same music.

All learn from the same tunes and are judged on the same held-out ones, single lines of the role "solo"
where the corpus has it. The networks of the papers are those of a run of theirs, else for the shipped
recipe those that are shipped, else they are trained first. The table says who wins each column.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import Line, NothingToSuggest, Suggester, SuggestionRequest
from jazzassist.literature.checkpoint import is_literature
from jazzassist.literature.suggester import LiteratureSuggester
from jazzassist.literature.systems import HEARD
from jazzassist.neural.encoding import DRUMS, GRID, GridLine
from jazzassist.neural.suggester import LstmSuggester
from jazzassist.paths import models
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.training.arrays import COUNT, INSTRUMENT, ROLE, TEST
from jazzassist.training.config import ConfigError, Recipe
from jazzassist.training.dataset import Dataset
from jazzassist.training.evaluation.common_ground import OfMarkov, OfOurs, OfText, OfWords, Predictor, SoloLine, score
from jazzassist.training.evaluation.report import Cell, Sheet
from jazzassist.training.evaluation.stretch import top_line
from jazzassist.training.evaluation.suite import Outcome
from jazzassist.training.evaluation.tails import Tail, Tails
from jazzassist.training.literature.checkpoint import Loaded, load
from jazzassist.training.literature.layers import totals
from jazzassist.training.literature.run import LiteratureRun, Material, Settings, is_trained
from jazzassist.training.network.checkpoint import load as load_ours

SHIPPED_RECIPE = "jazz-6"  # on whose training tunes the shipped networks of the papers were trained
SOLO = "solo"
BARS, BAR = 16, 4 * GRID
SEED_NOTES = 100  # at least, before the gap
BEST = "*"
LEGEND = (
    "pitch of the next note in held-out single lines, given the past and that a single note comes; (a) told when it "
    "begins; (b) told that, the chords and the other lines, as in the app. Tails: the last 32 of what is written into "
    f"{BARS} bars of 4/4 after a seed of {SEED_NOTES} notes or more, all candidates before any choice; stuck: one "
    "pitch or one loop of up to 8, from the end; collapsed: all 32; entropy: of pitch classes, less the seed's; "
    "likeliest: the likeliest token each time, as the paper has it. Seconds of processor time for a bar of one "
    "candidate, of those made together; minutes of it up to the weights that were kept; * the best of the column"
)


@dataclass(frozen=True)
class Extent:
    """How much is measured: scored notes, about; lines written on by each system; minutes of training, if need be."""

    notes: int = 4000
    lines: int = 200
    minutes: float = 10.0


@dataclass(frozen=True)
class Contestant:
    """One row: what predicts, what writes, and what writes the likeliest, where there is such a thing."""

    name: str
    predictor: Predictor
    suggester: Suggester | None = None
    likeliest: Suggester | None = None
    parameters: float = float("nan")
    minutes: float = float("nan")


def compare(
    ours: Path,
    recipe: Recipe,
    corpus: Path,
    runs: Path,
    extent: Extent = Extent(),
    tell: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Every system's figures, and the table; `runs`: the folder of the literature's runs."""
    folders = [literature(system, recipe, corpus, runs, extent.minutes, tell) for system in HEARD]
    solos = solo_lines(corpus, recipe, extent.notes)
    figures = {}
    for contestant in contestants(ours, recipe, folders):
        tell(contestant.name)
        figures[contestant.name] = measure(contestant, solos, extent.lines)
    return Outcome({"compare": figures}, (sheet(figures),))


def literature(
    system: str, recipe: Recipe, corpus: Path, runs: Path, minutes: float, tell: Callable[[str], None]
) -> Path:
    """The folder of a network of the papers: its run's, the shipped one's, or that of a run that is trained now."""
    shipped = models() / system
    if is_trained(runs / system):
        return runs / system
    if recipe.name == SHIPPED_RECIPE and is_literature(shipped):
        return shipped
    tell(f"training {system}")
    LiteratureRun(system, Material.of(system, corpus, recipe), runs / system, Settings(minutes)).train()
    return runs / system


def contestants(ours: Path, recipe: Recipe, others: Sequence[Path]) -> list[Contestant]:
    """Ours in its two rows, the chain, and the networks of the papers, whose folders are given."""
    name, network = load_ours(ours)
    weights = float(sum(weight.numel() for weight in network.parameters()))
    minutes = recipe.training.minutes if recipe.name == name else float("nan")
    steps = recipe.training.steps
    found = [
        Contestant(name, OfOurs(network, steps, False), LstmSuggester(ours), None, weights, minutes),
        Contestant(f"{name} (b)", OfOurs(network, steps, True)),
        Contestant("Markov chain", OfMarkov(), MarkovSuggester()),
    ]
    return found + [_of_literature(load(folder)) for folder in others]


def _of_literature(loaded: Loaded) -> Contestant:
    text = loaded.network.kind == "text"
    predictor: Predictor = OfText(loaded) if text else OfWords(loaded)
    drawn, likeliest = (LiteratureSuggester(loaded.opened(), likely) for likely in (False, True))
    minutes = float(loaded.trained.get("minutes", float("nan")))
    name = f"{loaded.name} (a)" if text else loaded.name
    return Contestant(name, predictor, drawn, likeliest, float(totals(loaded.network)[0]), minutes)


def solo_lines(corpus: Path, recipe: Recipe, notes: int) -> list[SoloLine]:
    """Held-out single lines, in a fixed random order, up to about so many notes."""
    data = Dataset(corpus, recipe)
    rows = data.lines(TEST)
    role = data.roles.index(SOLO) if SOLO in data.roles else -1
    rows = rows[
        (rows[:, ROLE] == role) if role >= 0 and (rows[:, ROLE] == role).any() else rows[:, INSTRUMENT] != DRUMS
    ]
    found: list[SoloLine] = []
    count = 0
    for row in rows[np.random.default_rng(0).permutation(len(rows))]:
        line, _, around = data.stretch(row, 0, int(row[COUNT]))
        if count < notes and (np.diff(line.onset) > 0).all():
            found.append(SoloLine(line, around))
            count += len(line)
    if not found:
        raise ConfigError("The corpus holds no held-out line of single notes.")
    return found


def measure(contestant: Contestant, solos: Sequence[SoloLine], lines: int) -> dict[str, float]:
    """One row's figures by name; NaN for what it has not."""
    scored = score(contestant.predictor, solos)
    found = {"notes": float(scored.notes), "accuracy": scored.accuracy, "bits": scored.bits}
    drawn, seconds = written_on(contestant.suggester, solos, lines)
    likeliest, _ = written_on(contestant.likeliest, solos, lines)
    for prefix, tails in (("", Tails.of(drawn)), ("likeliest, ", Tails.of(likeliest))):
        found |= {f"{prefix}{name}": float(value) for name, value in asdict(tails).items()}
    return found | {"seconds": seconds, "parameters": contestant.parameters, "minutes": contestant.minutes}


def written_on(suggester: Suggester | None, solos: Sequence[SoloLine], lines: int) -> tuple[list[Tail], float]:
    """The ends of `lines` lines, and the processor's seconds for a bar of one."""
    tails: list[Tail] = []
    seconds, bars = 0.0, 0
    for number in range(lines if suggester else 0):
        if suggester is None or len(tails) >= lines:
            break
        request = request_from(solos, number)
        begun = time.process_time()
        try:
            found = suggester.suggest(request, lambda share: None, lambda: False)
        except NothingToSuggest:
            continue
        seconds, bars = seconds + time.process_time() - begun, bars + BARS * len(found)
        seed = top_line(request.before).tolist()
        tails += [Tail.of(seed, top_line(made.notes).tolist()) for made in found if len(made.notes)]
    return tails[:lines], seconds / bars if bars else float("nan")


def request_from(solos: Sequence[SoloLine], number: int) -> SuggestionRequest:
    """The continuation of a held-out line from a bar line on: the same for the same number."""
    random = np.random.default_rng(number)
    usable = [solo.line for solo in solos if len(solo.line) > SEED_NOTES] or [solo.line for solo in solos]
    line = usable[int(random.integers(len(usable)))]
    at = int(random.integers(min(SEED_NOTES, len(line) - 1), len(line)))
    start = -(-int(line.onset[at]) // BAR) * BAR
    before = _notes(line, line.onset < start)
    track = Line("solo", min(127, 8 * line.instrument), 0, before)
    return SuggestionRequest("continuation", GRID, start, start + BARS * BAR, 0, (0,), (track,), rng_seed=number)


def _notes(line: GridLine, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Notes:
    onset, length, pitch, velocity = (column[mask] for column in (line.onset, line.length, line.pitch, line.velocity))
    return Notes.from_columns(onset, length, pitch, velocity, np.zeros(len(onset), np.int64))


@dataclass(frozen=True)
class Column:
    """A column of the table: its title, its figure, how it is written, and what is best: least, most, or neither."""

    title: str
    figure: str
    form: str
    best: int = 0


COLUMNS = (
    Column("next pitch right", "accuracy", "{:.1%}", 1),
    Column("bits per note", "bits", "{:.2f}", -1),
    Column("collapsed", "collapsed", "{:.1%}", -1),
    Column("stuck", "stuck", "{:.1%}", -1),
    Column("pitches in 32", "pitches", "{:.1f}"),
    Column("entropy", "entropy", "{:+.2f}"),
    Column("likeliest: collapsed", "likeliest, collapsed", "{:.1%}", -1),
    Column("likeliest: stuck", "likeliest, stuck", "{:.1%}", -1),
    Column("likeliest: pitches in 32", "likeliest, pitches", "{:.1f}"),
    Column("seconds a bar", "seconds", "{:.4f}", -1),
    Column("parameters", "parameters", "{:,.0f}"),
    Column("minutes trained", "minutes", "{:.1f}"),
)


def sheet(figures: dict[str, dict[str, float]]) -> Sheet:
    """A line for each system, the best of each column marked."""
    lines = [(name, *(_cell(column, name, figures) for column in COLUMNS)) for name in figures]
    first = next(iter(figures.values()))
    extent = f"{first['notes']:.0f} notes, {first['count']:.0f} lines written by each"
    header: tuple[str, ...] = ("", *(column.title for column in COLUMNS))
    rows: tuple[tuple[Cell, ...], ...] = tuple(lines)
    return Sheet("The same music for all", header, rows, f"{extent}. {LEGEND}")


def _cell(column: Column, name: str, figures: dict[str, dict[str, float]]) -> str:
    value = figures[name][column.figure]
    if np.isnan(value):
        return "-"
    all_values = [found[column.figure] for found in figures.values() if not np.isnan(found[column.figure])]
    winner = {1: max(all_values), -1: min(all_values), 0: None}[column.best]
    differ = min(all_values) < max(all_values)  # where all are alike nobody wins
    return column.form.format(value).replace("%", " %") + (BEST if value == winner and differ else "")
