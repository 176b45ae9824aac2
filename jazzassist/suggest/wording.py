"""Words for remarks on suggestions. The window and the command line both use them."""

from __future__ import annotations

from jazzassist.suggest.remarks import Kind, Remark

_TEXTS = {
    Kind.SAME_PITCH: "ends on the pitch of the next note",
    Kind.RESOLVES: "resolves {interval}",
    Kind.MOVES: "moves {interval}",
    Kind.LEAPS: "leaps {interval}",
    Kind.PLAYS_TO_END: "plays to the end",
    Kind.RESTS_AT_END: "rests for the last {quarters}",
    Kind.SAME_DENSITY: "as dense as its surroundings",
    Kind.BUSIER: "busier than its surroundings",
    Kind.SPARSER: "sparser than its surroundings",
    Kind.REPETITIVE: "repeats the same pitches",
}
_INTERVALS = (
    "a unison", "a minor second", "a major second", "a minor third", "a major third", "a perfect fourth", "a tritone",
    "a perfect fifth", "a minor sixth", "a major sixth", "a minor seventh", "a major seventh", "an octave",
    "a minor ninth", "a major ninth", "a minor tenth", "a major tenth", "a perfect eleventh", "an augmented eleventh",
    "a perfect twelfth", "a minor thirteenth", "a major thirteenth", "a minor fourteenth", "a major fourteenth",
    "two octaves",
)  # fmt: skip


def in_words(remark: Remark) -> str:
    """Return a remark in a few words, such as "resolves down a major third"."""
    return _TEXTS[remark.kind].format(interval=_interval(remark.amount), quarters=_quarters(remark.amount))


def interval_name(semitones: int) -> str:
    """Return the name of an interval with its article, such as "a major third"."""
    size = abs(semitones)
    return _INTERVALS[size] if size < len(_INTERVALS) else "more than two octaves"


def _interval(semitones: float) -> str:
    return f"{'up' if semitones > 0 else 'down'} {interval_name(int(semitones))}"


def _quarters(count: float) -> str:
    text = f"{count:.2g}"
    return "quarter note" if text == "1" else f"{text} quarter notes"
