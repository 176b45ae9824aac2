"""Remarks on a part of a suggestion, as values: how it ends, how dense it is, whether it repeats itself.

`suggest.wording` turns them into words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from jazzassist.domain.suggestion import Part, SuggestionRequest
from jazzassist.suggest.ranking import LEAP, doublings, has_collapsed

ALIKE_DENSITY = 0.4  # doublings up to which two densities count as the same
RESOLVING = 5  # semitones: a larger interval into the next note is no resolution


class Kind(Enum):
    """What a remark is about."""

    SAME_PITCH = auto()  # the last note has the pitch of the note after the gap
    RESOLVES = auto()  # an interval of at most RESOLVING to the note after the gap
    MOVES = auto()  # an interval of at most LEAP
    LEAPS = auto()  # a larger interval
    PLAYS_TO_END = auto()
    RESTS_AT_END = auto()
    SAME_DENSITY = auto()  # as dense as the seed
    BUSIER = auto()
    SPARSER = auto()
    REPETITIVE = auto()


UNREMARKABLE = frozenset({Kind.PLAYS_TO_END, Kind.SAME_DENSITY})


@dataclass(frozen=True)
class Remark:
    """`amount`: the interval in semitones, negative for down, or the length of the rest in quarter notes."""

    kind: Kind
    amount: float = 0


def remarks(part: Part, request: SuggestionRequest) -> list[Remark]:
    """Return all remarks on a part. `request`: the request for its line alone."""
    found = [_on_landing(part, request), _on_rest(part, request), _on_density(part)]
    if has_collapsed(part.notes):
        found.append(Remark(Kind.REPETITIVE))
    return [remark for remark in found if remark is not None]


def notable(part: Part, request: SuggestionRequest) -> list[Remark]:
    """Return the remarks that are not UNREMARKABLE, or the first remark if there are none."""
    found = remarks(part, request)
    return [remark for remark in found if remark.kind not in UNREMARKABLE] or found[:1]


def _on_landing(part: Part, request: SuggestionRequest) -> Remark | None:
    interval = part.landing.interval
    if interval is None or request.is_for_drums:
        return None
    if interval == 0:
        return Remark(Kind.SAME_PITCH)
    if abs(interval) > LEAP:
        return Remark(Kind.LEAPS, interval)
    return Remark(Kind.MOVES if abs(interval) > RESOLVING else Kind.RESOLVES, interval)


def _on_rest(part: Part, request: SuggestionRequest) -> Remark:
    quarters = part.landing.rest / request.ppq
    return Remark(Kind.RESTS_AT_END, quarters) if quarters >= 1 else Remark(Kind.PLAYS_TO_END)


def _on_density(part: Part) -> Remark | None:
    if not part.scores.get("seed_density"):
        return None
    difference = doublings(part)
    if abs(difference) < ALIKE_DENSITY:
        return Remark(Kind.SAME_DENSITY)
    return Remark(Kind.BUSIER if difference > 0 else Kind.SPARSER)
