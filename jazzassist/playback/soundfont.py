"""Reader of SoundFonts (SF2, and SF3 with Ogg Vorbis samples): presets as regions, samples decoded on demand.

It follows the SoundFont 2.04 specification. Section 8.1 lists the names and numbers of generators.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import miniaudio
import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
Generators = dict[int, int]

_OGG = 0x10  # sample type flag of SF3
_KEYS, _VELOCITIES, _INSTRUMENT, _SAMPLE = 43, 44, 41, 53
_FULL = 127 << 8
# Generators with a default other than 0 (section 8.1.3), and generators that presets must not have.
_DEFAULTS: Generators = {8: 13500, 21: -12000, 23: -12000, 25: -12000, 26: -12000, 27: -12000, 28: -12000, 30: -12000}
_DEFAULTS |= {33: -12000, 34: -12000, 35: -12000, 36: -12000, 38: -12000, 46: -1, 47: -1, 56: 100, 58: -1}
_DEFAULTS |= {_KEYS: _FULL, _VELOCITIES: _FULL}
_INSTRUMENT_ONLY = frozenset((0, 1, 2, 3, 4, 12, 45, 46, 47, 50, 54, 57, 58))


class SoundFontError(Exception):
    """A SoundFont cannot be read. The message is one sentence that names the file and the reason."""


@dataclass(frozen=True)
class SampleHeader:
    """The place of a sample: `start` and `end` in frames (bytes if `compressed`), the loop relative to `start`."""

    start: int
    end: int
    loop_start: int
    loop_end: int
    rate: int
    root: int
    cents: int
    compressed: bool


@dataclass(frozen=True)
class Region:
    """One sample with all its generators, for a range of keys and velocities."""

    sample: int
    low_key: int
    high_key: int
    low_velocity: int
    high_velocity: int
    generators: Generators

    def __hash__(self) -> int:
        return id(self)

    def answers(self, key: int, velocity: int) -> bool:
        """Return True if a note of this key and velocity plays this region."""
        return self.low_key <= key <= self.high_key and self.low_velocity <= velocity <= self.high_velocity


class SoundFont:
    """A SoundFont file. Opening it reads its tables; `samples` decodes one sample per call."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        try:
            with self.path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self._read()
        except (OSError, ValueError, KeyError, IndexError) as error:
            raise SoundFontError(f"The SoundFont {self.path} cannot be read: {error}.") from error

    @property
    def presets(self) -> tuple[tuple[int, int], ...]:
        """(bank, program) of every preset."""
        return tuple(sorted(self._presets))

    def name(self, bank: int, program: int) -> str:
        """Return the name of a preset."""
        return self._names[bank, program]

    def substitute(self, bank: int, program: int) -> tuple[int, int] | None:
        """Return the best available preset: (bank, program), the program in bank 0, the drum kit, its family, any."""
        if (bank, program) in self._presets:
            return bank, program
        if bank == 128:  # kits form families of eight; the first of each is the standard one
            return next(((128, kit) for kit in (program & ~7, 0) if (128, kit) in self._presets), None)
        family = [p for b, p in self._presets if b == 0 and p // 8 == program // 8]
        others = [(0, program)] if (0, program) in self._presets else [(0, p) for p in sorted(family)]
        return next(iter([*others, *(key for key in self.presets if key[0] != 128)]), None)

    @lru_cache(maxsize=256)  # noqa: B019 - a SoundFont lives as long as the program
    def regions(self, bank: int, program: int) -> tuple[Region, ...]:
        """Return the regions of an existing preset, each with the sum of its preset and instrument generators."""
        found: list[Region] = []
        first, last = self._presets[bank, program]
        for outer in self._zones("pbag", "pgen", first, last, _INSTRUMENT):
            instrument = outer[_INSTRUMENT]
            bags = int(self._tables["inst"][instrument]["bag"]), int(self._tables["inst"][instrument + 1]["bag"])
            for inner in self._zones("ibag", "igen", *bags, _SAMPLE):
                region = _combined(outer, inner)
                if region is not None:
                    found.append(region)
        return tuple(found)

    def header(self, sample: int) -> SampleHeader:
        """Return the place and format of a sample."""
        row = self._tables["shdr"][sample]
        compressed = bool(int(row["type"]) & _OGG)
        start, offset = int(row["start"]), 0 if compressed else int(row["start"])
        root = int(row["root"]) if int(row["root"]) <= 127 else 60
        loop = int(row["loop_start"]) - offset, int(row["loop_end"]) - offset
        return SampleHeader(start, int(row["end"]), *loop, int(row["rate"]), root, int(row["cents"]), compressed)

    def samples(self, sample: int) -> Samples:
        """Return the decoded sample, -1 to 1; empty if it is damaged."""
        header = self.header(sample)
        if not header.compressed:
            raw = self._data[self._smpl + 2 * header.start : self._smpl + 2 * header.end]
            return np.frombuffer(raw, "<i2").astype(np.float32) / np.float32(32768)
        try:
            decoded = miniaudio.vorbis_read(self._data[self._smpl + header.start : self._smpl + header.end])
        except miniaudio.DecodeError:
            return np.zeros(0, np.float32)
        whole = np.array(decoded.samples, np.int16)[:: decoded.nchannels]
        return whole.astype(np.float32) / np.float32(32768)

    def _read(self) -> None:
        if self._data[:4] != b"RIFF" or self._data[8:12] != b"sfbk":
            raise ValueError("it is not a SoundFont")
        lists = {
            self._data[at : at + 4]: (at + 4, size - 4) for _, at, size in _chunks(self._data, 12, len(self._data))
        }
        sound = {name: (at, size) for name, at, size in _chunks(self._data, *_span(lists[b"sdta"]))}
        self._smpl = sound[b"smpl"][0]
        parts = {name.decode("latin-1"): (at, size) for name, at, size in _chunks(self._data, *_span(lists[b"pdta"]))}
        self._tables = {}
        for name, layout in _LAYOUTS.items():
            at, size = parts[name]
            kind = np.dtype(layout)
            self._tables[name] = np.frombuffer(self._data[at : at + size // kind.itemsize * kind.itemsize], kind)
        heads = self._tables["phdr"]
        self._presets: dict[tuple[int, int], tuple[int, int]] = {}
        self._names: dict[tuple[int, int], str] = {}
        for row, following in pairwise(heads):
            key = int(row["bank"]), int(row["program"])
            self._presets[key] = int(row["bag"]), int(following["bag"])
            self._names[key] = bytes(row["name"]).split(b"\0")[0].decode("latin-1")

    def _zones(self, bags: str, generators: str, first: int, last: int, final: int) -> Iterator[Generators]:
        """Yield the generators of the zones first..last, over those of the global zone; only zones with `final`."""
        bag, table = self._tables[bags]["generator"], self._tables[generators]
        common: Generators = {}
        for index in range(first, last):
            rows = table[int(bag[index]) : int(bag[index + 1])]
            zone = {int(row["operator"]): int(row["amount"]) for row in rows}
            if final in zone:
                yield common | zone
            elif index == first:
                common = zone


_LAYOUTS: dict[str, list[tuple[str, str]]] = {
    "phdr": [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("rest", "V12")],
    "pbag": [("generator", "<u2"), ("modulator", "<u2")],
    "pgen": [("operator", "<u2"), ("amount", "<i2")],
    "inst": [("name", "S20"), ("bag", "<u2")],
    "ibag": [("generator", "<u2"), ("modulator", "<u2")],
    "igen": [("operator", "<u2"), ("amount", "<i2")],
    "shdr": [
        ("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"), ("loop_end", "<u4"),
        ("rate", "<u4"), ("root", "u1"), ("cents", "i1"), ("link", "<u2"), ("type", "<u2"),
    ],
}  # fmt: skip


def _chunks(data: mmap.mmap, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, first byte, size) of the RIFF chunks in data[at:end]."""
    while at + 8 <= end:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], at + 8, size
        at += 8 + size + (size & 1)


def _span(chunk: tuple[int, int]) -> tuple[int, int]:
    return chunk[0], chunk[0] + chunk[1]


def _range(amount: int) -> tuple[int, int]:
    return amount & 0xFF, (amount >> 8) & 0xFF


def _combined(preset: Generators, instrument: Generators) -> Region | None:
    """Return the sum of instrument and preset generators, or None if their key or velocity ranges do not overlap."""
    ranges: list[int] = []
    for kind in (_KEYS, _VELOCITIES):
        outer, inner = _range(preset.get(kind, _FULL)), _range(instrument.get(kind, _FULL))
        ranges += [max(outer[0], inner[0]), min(outer[1], inner[1])]
    if ranges[0] > ranges[1] or ranges[2] > ranges[3]:
        return None
    total = _DEFAULTS | instrument
    for kind, amount in preset.items():
        if kind not in _INSTRUMENT_ONLY and kind not in (_KEYS, _VELOCITIES, _INSTRUMENT):
            total[kind] = total.get(kind, 0) + amount
    return Region(instrument[_SAMPLE], ranges[0], ranges[1], ranges[2], ranges[3], total)
