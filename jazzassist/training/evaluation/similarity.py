"""How alike two stretches of music are, and how varied one is: the published metrics, on notes instead of files.

Chroma and groove similarity are those of MuseMorphose (Wu and Yang 2023), pitch-class entropies H and
grooving similarity GS those of the Jazz Transformer (Wu and Yang 2020), histogram overlap that of
SongMASS (Ren et al. 2020), the overlapped area that of mgeval (Yang and Lerch 2018). The packages that
have them (smg-metrics, muspy) take whole MIDI files and leave drums out; the tests hold these against
theirs. NaN where a metric is not defined, such as the pitch classes of drums.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jazzassist.training.evaluation.stretch import Floats, Stretch

GROOVE_POSITIONS = 48  # in a bar, for groove similarity
GROOVING_POSITIONS = 64  # in a bar, for GS
OCTAVE = 12
MOST_DOUBLINGS = 4.0  # of a density: what an empty stretch counts as
# mgeval's note lengths in quarters: plain, dotted, and of triplets.
LENGTHS = np.sort(np.array([4, 2, 1, 0.5, 0.25, 3, 1.5, 0.75, 0.375, 4 / 3, 2 / 3, 1 / 3]))
_LENGTH_EDGES = np.sqrt(LENGTHS[1:] * LENGTHS[:-1])
AREA_POINTS = 512  # at which two densities are compared


def chroma_similarity(fill: Stretch, reference: Stretch) -> float:
    """0 to 1: how near each bar's pitch classes come to those of the nearest bar of the reference."""
    if fill.drums or reference.drums:
        return float("nan")
    return _nearest_bars(_chroma(fill), _chroma(reference))


def groove_similarity(fill: Stretch, reference: Stretch) -> float:
    """0 to 1: how near each bar's onsets come to those of the nearest bar of the reference."""
    return _nearest_bars(_groove(fill, GROOVE_POSITIONS), _groove(reference, GROOVE_POSITIONS))


def density_ratio(fill: Stretch, reference: Stretch) -> float:
    """Notes per quarter, divided by the reference's."""
    if not len(reference.notes) or not fill.quarters:
        return float("nan")
    return (len(fill.notes) / fill.quarters) / (len(reference.notes) / reference.quarters)


def density_doublings(fill: Stretch, reference: Stretch) -> float:
    """How many times the density is twice or half the reference's, at most MOST_DOUBLINGS."""
    ratio = density_ratio(fill, reference)
    return MOST_DOUBLINGS if ratio == 0 else float(min(MOST_DOUBLINGS, abs(np.log2(ratio))))


def pitch_histogram(stretch: Stretch) -> Floats:
    """(128,): how many notes have each pitch; for drums how often each piece of the kit is hit."""
    return np.bincount(stretch.notes.pitch, minlength=128).astype(np.float64)


def pitch_class_histogram(stretch: Stretch) -> Floats:
    """(12,): how many notes have each pitch class; none for drums."""
    if stretch.drums:
        return np.zeros(OCTAVE)
    return np.bincount(stretch.notes.pitch % OCTAVE, minlength=OCTAVE).astype(np.float64)


def interval_histogram(stretch: Stretch) -> Floats:
    """(25,): steps of the top line from an octave down or more to an octave up or more; none for drums."""
    if stretch.drums:
        return np.zeros(2 * OCTAVE + 1)
    steps = np.clip(np.diff(stretch.top_line), -OCTAVE, OCTAVE) + OCTAVE
    return np.bincount(steps, minlength=2 * OCTAVE + 1).astype(np.float64)


def duration_histogram(stretch: Stretch) -> Floats:
    """(12,): how many notes have each of LENGTHS as the nearest."""
    return _lengths(stretch.notes.duration / stretch.ppq)


def inter_onset_histogram(stretch: Stretch) -> Floats:
    """(12,): how many onsets follow the one before after each of LENGTHS as the nearest."""
    return _lengths(np.diff(stretch.onsets) / stretch.ppq)


HISTOGRAMS = {
    "pitch": pitch_histogram,
    "pitch class": pitch_class_histogram,
    "interval": interval_histogram,
    "duration": duration_histogram,
    "inter-onset": inter_onset_histogram,
}


def histogram_overlap(first: Floats, second: Floats) -> float:
    """0 to 1: the area that two histograms share when each is scaled to 1; NaN when one is empty."""
    if not first.sum() or not second.sum():
        return float("nan")
    return float(np.minimum(first / first.sum(), second / second.sum()).sum())


def entropy(histogram: npt.NDArray[np.float64]) -> float:
    """Bits; NaN for an empty histogram."""
    if not histogram.sum():
        return float("nan")
    shares = histogram[histogram > 0] / histogram.sum()
    return float(np.abs((shares * np.log2(shares)).sum()))


def pitch_class_entropy(stretch: Stretch, window: int) -> float:
    """Bits: MusDr's H, the mean over all runs of `window` bars that hold notes; NaN for drums."""
    if stretch.drums or not stretch.bar_count:
        return float("nan")
    window = min(window, stretch.bar_count)
    totals = np.concatenate([np.zeros((1, OCTAVE)), np.cumsum(_chroma(stretch), 0)])
    runs = totals[window:] - totals[:-window]
    found = [entropy(run) for run in runs if run.sum()]
    return float(np.mean(found)) if found else float("nan")


def grooving_similarity(stretch: Stretch) -> float:
    """0 to 1: MusDr's GS, the share of positions on which two bars agree, over all pairs; NaN for a single bar."""
    count = stretch.bar_count
    if count < 2:
        return float("nan")
    played = _groove(stretch, GROOVING_POSITIONS, rounded=True) > 0
    first, second = np.triu_indices(count, 1)
    return float((played[first] == played[second]).mean())


def overlapped_area(first: Floats, second: Floats) -> float:
    """0 to 1: mgeval's area under both of two densities of distances, estimated with Gaussian kernels.

    Only between the least and the greatest distance, so that even for equal ones it stays a little
    below 1. NaN where a density cannot be estimated.
    """
    if min(len(first), len(second)) < 2 or not first.std() or not second.std():
        return float("nan")
    at = np.linspace(min(first.min(), second.min()), max(first.max(), second.max()), AREA_POINTS)
    return float(np.trapezoid(np.minimum(_density(first, at), _density(second, at)), at))


def set_distances(first: Floats, second: Floats) -> Floats:
    """Euclidean distances between rows of two sets of histograms, each scaled to 1, without rows of one place.

    Histograms without an entry are left out. With twice the same set: mgeval's intra-set distances.
    """
    kept = [np.nonzero(rows.sum(1))[0] for rows in (first, second)]
    scaled = [rows[at] / rows[at].sum(1, keepdims=True) for rows, at in zip((first, second), kept, strict=True)]
    gaps = np.linalg.norm(scaled[0][:, None] - scaled[1][None], axis=2)
    return np.asarray(gaps[kept[0][:, None] != kept[1][None]], np.float64)


def _density(samples: Floats, at: Floats) -> Floats:
    """The kernel density of samples, with Scott's bandwidth as scipy's gaussian_kde has it."""
    width = samples.std(ddof=1) * len(samples) ** -0.2
    found = np.zeros(len(at))
    for part in np.array_split(samples, max(1, len(samples) // 4096)):
        found += np.exp(-0.5 * ((at[:, None] - part[None]) / width) ** 2).sum(1)
    return np.asarray(found / (len(samples) * width * np.sqrt(2 * np.pi)), np.float64)


def _lengths(quarters: Floats) -> Floats:
    return np.bincount(np.digitize(quarters, _LENGTH_EDGES), minlength=len(LENGTHS)).astype(np.float64)


def _chroma(stretch: Stretch) -> Floats:
    """(bars, 12) notes of each pitch class."""
    return _by_bar(stretch, stretch.notes.pitch.astype(np.int64) % OCTAVE, OCTAVE)


def _groove(stretch: Stretch, positions: int, rounded: bool = False) -> Floats:
    """(bars, positions) notes that begin there."""
    place = stretch.place * positions
    at = np.floor(place + 1e-9) if not rounded else np.round(place)
    return _by_bar(stretch, np.minimum(at.astype(np.int64), positions - 1), positions)


def _by_bar(stretch: Stretch, column: npt.NDArray[np.int64], width: int) -> Floats:
    found = np.zeros((stretch.bar_count, width))
    np.add.at(found, (stretch.bar_of, column), 1)
    return found


def _nearest_bars(fill: Floats, reference: Floats) -> float:
    """The mean over the fill's bars of the cosine to the nearest bar; an empty bar is one in which all is equal."""
    if not len(fill) or not len(reference):
        return float("nan")
    return float((_unit(fill) @ _unit(reference).T).max(1).mean())


def _unit(rows: Floats) -> Floats:
    filled = np.where(rows.any(1, keepdims=True), rows, 1.0)
    return np.asarray(filled / np.linalg.norm(filled, axis=1, keepdims=True), np.float64)
