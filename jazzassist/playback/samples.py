"""The decoded samples of the notes that are played, side by side in one array so that all voices are read at once."""

from __future__ import annotations

import math
import threading
from typing import NamedTuple

import numpy as np

from jazzassist.playback.soundfont import Generators, Region, Samples, SoundFont

FLOOR = 96.0  # decibels below full at which a sound is over
CHUNK = 512  # the most frames that are read in one go
FASTEST = 12.0  # the most source samples per frame
_POOL = 1 << 24  # samples; memory is taken only for those that are written
_GUARD = 4  # zeros around every sample, for the interpolation
_BEYOND = int(CHUNK * FASTEST) + _GUARD  # how far past a loop's end one chunk may read
_SETTLED = 2048  # source samples after which the low-pass has forgotten the past
_TYPICAL_SECONDS = 0.3  # how far into a note its low-pass is taken
_LOWEST = 1500  # cents, the lowest cutoff
_OPEN = 13500  # cutoff in cents from which the low-pass is left out


class Placed(NamedTuple):
    """A sample's place in `SampleStore.pool`: first frame, loop (length 0: none), and the last frame to read."""

    start: int
    loop_start: int
    loop_length: int
    limit: int


class SampleStore:
    """Decodes samples when they are first asked for. May be asked from any thread; `pool` only ever grows.

    A region's low-pass filter is applied when its sample is decoded: recursive filters cannot be
    computed for many voices at once in numpy, and the cutoff hardly moves while a note sounds.
    """

    def __init__(self, font: SoundFont, rate: int) -> None:
        self.font, self.rate = font, rate
        self.pool: Samples = np.zeros(_POOL, np.float32)
        self.decoded: set[int] = set()
        self.used = _GUARD
        self._places: dict[tuple[int, ...], Placed] = {}
        self._lock = threading.Lock()

    def increment(self, region: Region, key: float) -> float:
        """Source samples per frame when `region` sounds `key` without bend."""
        header, tuning = self.font.header(region.sample), region.generators
        root = tuning[58] if tuning[58] >= 0 else header.root
        cents = (key - root) * tuning[56] + 100 * tuning.get(51, 0) + tuning.get(52, 0) + header.cents
        return float(2 ** (cents / 1200) * header.rate / self.rate)

    def placed(self, region: Region, key: int, filtered: tuple[int, int] = (0, 0)) -> Placed:
        """Where the sample for this key lies, decoded and filtered now if it is the first time.

        `filtered`: by how many cents the cutoff is moved, and by how many tenths of a decibel the
        resonance is raised, against what the region says.
        """
        generators = region.generators
        cutoff, looped = max(_LOWEST, _cutoff(generators) + filtered[0]), generators.get(54, 0) & 1
        resonance = min(960, max(0, generators.get(9, 0) + filtered[1]))
        middle = _middle(region, key) if cutoff < _OPEN else 0
        shifts = (generators.get(number, 0) for number in (0, 2, 3, 4, 45, 50))
        identity = (region.sample, cutoff, resonance, middle, looped, *shifts)
        if identity in self._places:  # without the lock, so that playing never waits for another sample's decoding
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
            settled = -(-_SETTLED // loop) * loop  # whole turns until the low-pass repeats itself
            turns = np.arange(settled + loop + _BEYOND + _SETTLED) % loop
            sound = np.concatenate((sound[:loop_end], sound[loop_start + turns]))
            loop_start = loop_end + settled
        if cutoff < _OPEN:
            sound = low_passed(sound, cutoff, resonance, self.increment(region, key), self.rate)
        if looped:
            sound = sound[:-_SETTLED]  # the low-pass rings a little before the end, where the sound breaks off
        # Half of the resonance's peak is taken back (SoundFont 2.04, 8.1.3 number 9), with the filter open too.
        begin = self._append(sound * np.float32(10 ** (-resonance / 40)))
        skipped = min(max(0, generators.get(0, 0) + 32768 * generators.get(4, 0)), max(0, len(sound) - 1))
        if looped:
            return Placed(begin + skipped, begin + loop_start, loop, begin + len(sound) - _GUARD)
        return Placed(begin + skipped, 0, 0, begin + len(sound) + 1)

    def _append(self, sound: Samples) -> int:
        """Copy `sound` into the pool and return where it begins; readers keep the pool that they have."""
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
    """The key for which the low-pass of this key's sample is made: one for at most seven neighbours."""
    if region.high_key - region.low_key <= 7:
        return (region.low_key + region.high_key) // 2
    return min(region.high_key, round(key / 6) * 6)


def _cutoff(generators: Generators) -> int:
    """Cutoff in cents where the modulation envelope has brought it soon after the note's beginning."""
    return min(_OPEN, round(generators[8] + generators.get(11, 0) * _modulation(generators, _TYPICAL_SECONDS)))


def _modulation(generators: Generators, seconds: float) -> float:
    """The modulation envelope, 0 to 1, `seconds` after the beginning: a convex attack, a straight decay."""
    delay, attack, hold, decay = (2 ** (generators[number] / 1200) for number in (25, 26, 27, 28))
    time = seconds - delay
    if time < attack:
        return max(0.0, 1 + 40 / FLOOR * math.log10(max(time, 1e-9) / attack))
    sustain = 1 - min(1000, max(0, generators.get(29, 0))) / 1000
    return max(sustain, 1 - max(0.0, time - attack - hold) / decay)


def low_passed(sound: Samples, cutoff: float, resonance: float, increment: float, rate: int) -> Samples:
    """`sound` through the SoundFont low-pass (12 dB per octave).

    `cutoff` in cents (8.176 Hz is 0), `resonance` in dB, for a sample that is played at `increment`
    source samples per frame: its frequencies are moved by that much, the filter's are not.
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
    """The smallest size from `least` on whose Fourier transform is quick, within an eighth."""
    power = 1 << (least - 1).bit_length()
    return next(
        size
        for size in (power * 9 // 16, power * 5 // 8, power * 3 // 4, power * 27 // 32, power * 15 // 16, power)
        if size >= least
    )
