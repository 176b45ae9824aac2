"""The decoded samples of the notes in use, stored in one array so that all voices can be read at once."""

from __future__ import annotations

import math
import threading
from typing import NamedTuple

import numpy as np

from jazzassist.playback.soundfont import Generators, Region, Samples, SoundFont

FLOOR = 96.0  # decibels below full level at which a sound counts as ended
CHUNK = 512  # maximum number of frames read at once
FASTEST = 12.0  # maximum number of source samples per frame
_POOL = 1 << 24  # samples; memory is only used for those that are written
_GUARD = 4  # zeros around every sample, for the interpolation
_BEYOND = int(CHUNK * FASTEST) + _GUARD  # how far past a loop's end one chunk may read
_SETTLED = 2048  # source samples after which the low-pass has settled
_TYPICAL_SECONDS = 0.3  # time after the start of a note at which its cutoff is taken
_LOWEST = 1500  # cents, the lowest cutoff
_OPEN = 13500  # cutoff in cents from which the low-pass is omitted


class Placed(NamedTuple):
    """A sample's place in `SampleStore.pool`: first frame, loop (length 0: none), and the last frame to read."""

    start: int
    loop_start: int
    loop_length: int
    limit: int


class SampleStore:
    """Decodes samples on first use. Thread-safe; `pool` only grows.

    The low-pass filter of a region is applied when its sample is decoded, because recursive filters cannot be
    computed for many voices at once in numpy, and the cutoff hardly changes while a note sounds.
    """

    def __init__(self, font: SoundFont, rate: int) -> None:
        self.font, self.rate = font, rate
        self.pool: Samples = np.zeros(_POOL, np.float32)
        self.decoded: set[int] = set()
        self.used = _GUARD
        self._places: dict[tuple[int, ...], Placed] = {}
        self._lock = threading.Lock()

    def increment(self, region: Region, key: float) -> float:
        """Return the source samples per frame when `region` plays `key` without pitch bend."""
        header, tuning = self.font.header(region.sample), region.generators
        root = tuning[58] if tuning[58] >= 0 else header.root
        cents = (key - root) * tuning[56] + 100 * tuning.get(51, 0) + tuning.get(52, 0) + header.cents
        return float(2 ** (cents / 1200) * header.rate / self.rate)

    def placed(self, region: Region, key: int, filtered: tuple[int, int] = (0, 0)) -> Placed:
        """Return the place of the sample for this key. Decodes and filters it on first use.

        `filtered`: (offset of the cutoff in cents, increase of the resonance in tenths of a decibel), relative to
        the region's generators.
        """
        generators = region.generators
        cutoff, looped = max(_LOWEST, _cutoff(generators) + filtered[0]), generators.get(54, 0) & 1
        resonance = min(960, max(0, generators.get(9, 0) + filtered[1]))
        middle = _middle(region, key) if cutoff < _OPEN else 0
        shifts = (generators.get(number, 0) for number in (0, 2, 3, 4, 45, 50))
        identity = (region.sample, cutoff, resonance, middle, looped, *shifts)
        if identity in self._places:  # without the lock: playback must not wait for decoding
            return self._places[identity]
        with self._lock:
            if identity not in self._places:
                self._places[identity] = self._place(region, middle, cutoff, resonance / 10)
            return self._places[identity]

    def _place(self, region: Region, key: int, cutoff: int, resonance: float) -> Placed:
        generators, header = region.generators, self.font.header(region.sample)
        sound = self.font.samples(region.sample)
        self.decoded.add(region.sample)
        loop_start = header.loop_start + generators.get(2, 0) + 32768 * generators.get(45, 0)
        loop_end = min(len(sound), header.loop_end + generators.get(3, 0) + 32768 * generators.get(50, 0))
        loop = loop_end - loop_start
        looped = generators.get(54, 0) & 1 == 1 and loop > 1 and loop_start >= 0
        if looped:
            settled = -(-_SETTLED // loop) * loop  # whole loops until the low-pass is periodic
            turns = np.arange(settled + loop + _BEYOND + _SETTLED) % loop
            sound = np.concatenate((sound[:loop_end], sound[loop_start + turns]))
            loop_start = loop_end + settled
        if cutoff < _OPEN:
            sound = low_passed(sound, cutoff, resonance, self.increment(region, key), self.rate)
        if looped:
            sound = sound[:-_SETTLED]  # the low-pass rings before the abrupt end
        # Half of the resonance peak is compensated (SoundFont 2.04, 8.1.3 number 9), even if the filter is open.
        begin = self._append(sound * np.float32(10 ** (-resonance / 40)))
        skipped = min(max(0, generators.get(0, 0) + 32768 * generators.get(4, 0)), max(0, len(sound) - 1))
        if looped:
            return Placed(begin + skipped, begin + loop_start, loop, begin + len(sound) - _GUARD)
        return Placed(begin + skipped, 0, 0, begin + len(sound) + 1)

    def _append(self, sound: Samples) -> int:
        """Append `sound` to the pool and return its start. Concurrent readers keep the pool that they have."""
        needed = self.used + len(sound) + 2 * _GUARD
        if needed > len(self.pool):
            larger = np.zeros(max(needed, 2 * len(self.pool)), np.float32)
            larger[: self.used] = self.pool[: self.used]
            self.pool = larger
        start = self.used
        self.pool[start : start + len(sound)] = sound
        self.used = needed
        return start


def _middle(region: Region, key: int) -> int:
    """Return the key for which the low-pass is computed: up to seven neighbouring keys share one sample."""
    if region.high_key - region.low_key <= 7:
        return (region.low_key + region.high_key) // 2
    return min(region.high_key, round(key / 6) * 6)


def _cutoff(generators: Generators) -> int:
    """Return the cutoff in cents shortly after the start of a note, including the modulation envelope."""
    return min(_OPEN, round(generators[8] + generators.get(11, 0) * _modulation(generators, _TYPICAL_SECONDS)))


def _modulation(generators: Generators, seconds: float) -> float:
    """Return the modulation envelope, 0 to 1, `seconds` after the start: a convex attack, a linear decay."""
    delay, attack, hold, decay = (2 ** (generators[number] / 1200) for number in (25, 26, 27, 28))
    time = seconds - delay
    if time < attack:
        return max(0.0, 1 + 40 / FLOOR * math.log10(max(time, 1e-9) / attack))
    sustain = 1 - min(1000, max(0, generators.get(29, 0))) / 1000
    return max(sustain, 1 - max(0.0, time - attack - hold) / decay)


def low_passed(sound: Samples, cutoff: float, resonance: float, increment: float, rate: int) -> Samples:
    """Return `sound` filtered by the SoundFont low-pass (12 dB per octave).

    `cutoff`: cents (0 is 8.176 Hz). `resonance`: decibels. `increment`: source samples per frame during playback,
    which shifts the frequencies of the sample but not those of the filter.
    """
    if not len(sound):
        return sound
    size = _quick_size(len(sound) + _SETTLED)
    omega = np.minimum(np.arange(size // 2 + 1) * (2 * np.pi / size) * increment, np.pi)
    corner = 2 * np.pi * min(8.176 * 2 ** (cutoff / 1200), 0.45 * rate) / rate
    quality = 10 ** (resonance / 20) * np.sqrt(0.5)
    alpha, cosine = np.sin(corner) / (2 * quality), np.cos(corner)
    z = np.exp(-1j * omega)
    response = (1 - cosine) / 2 * (1 + z) ** 2 / (1 + alpha - 2 * cosine * z + (1 - alpha) * z * z)
    return np.fft.irfft(np.fft.rfft(sound, size) * response.astype(np.complex64), size)[: len(sound)].astype(np.float32)


def _quick_size(least: int) -> int:
    """Return a size >= `least`, at most an eighth larger, whose Fourier transform is fast."""
    power = 1 << (least - 1).bit_length()
    return next(
        size
        for size in (power * 9 // 16, power * 5 // 8, power * 3 // 4, power * 27 // 32, power * 15 // 16, power)
        if size >= least
    )
