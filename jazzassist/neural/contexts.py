"""What was read around a gap, kept for the next request that hears the same.

A reading is found by what enters it, byte for byte, and never by which song or request it came from. So an
edit that changes anything the network would hear leads to another reading, and one that does not, such as
another wish, random seed or number of alternatives, to the same.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np

from jazzassist.neural.encoding import GRID, QUARTERS_AHEAD, QUARTERS_HERE, GridLine, rows_from
from jazzassist.neural.scene import Scene

Reading = TypeVar("Reading")

MOST_READINGS, MOST_BYTES = 32, 24_000_000


class Contexts:
    """A cache of the most recently used readings, limited by number and by bytes. The latest is always kept."""

    def __init__(self, most: int = MOST_READINGS, most_bytes: int = MOST_BYTES) -> None:
        self.most, self.most_bytes = most, most_bytes
        self.bytes = 0
        self._kept: OrderedDict[bytes, tuple[Any, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: bytes, read: Callable[[], Reading]) -> Reading:
        """The reading with that key; made with `read` when it is not kept."""
        if key in self._kept:
            self._kept.move_to_end(key)
        else:
            self._keep(key, read())
        found: Reading = self._kept[key][0]
        return found

    def _keep(self, key: bytes, reading: object) -> None:
        arrays = list(_arrays(reading))
        for array in arrays:
            if isinstance(array, np.ndarray):
                array.flags.writeable = False  # whoever uses a reading leaves it as it is for the next
        size = sum(array.nbytes for array in arrays)
        self._kept[key] = reading, size
        self.bytes += size
        while len(self._kept) > 1 and (len(self._kept) > self.most or self.bytes > self.most_bytes):
            self.bytes -= self._kept.popitem(last=False)[1][1]


def key_before(scene: Scene) -> bytes | None:
    """The key of what `hearing.hear_before` reads; None where candidates hear different things and share nothing.

    That is the target's notes before the gap, the other lines and chords around them, and their places in the bars.
    """
    line, around = scene.before, scene.around
    if around.tables > 1:
        return None
    if not len(line):
        return _digest(b"nothing before", scene.start, scene.instrument)
    first, last = int(line.onset[0]) // (4 * GRID) * 4, int(line.onset[-1]) // GRID
    table = around.heard if around.heard.ndim == 2 else around.heard[0]
    quarters = last - first + 1 + max(QUARTERS_AHEAD, QUARTERS_HERE)
    heard = rows_from(table, np.array([first - around.first_quarter]), quarters)
    place = (around.bars_before, around.first_quarter, around.meters.ppq, *around.meters.changes)
    return _digest(b"before", *_columns(line), heard, *place, around.tempo, around.pedals)


def key_after(scene: Scene) -> bytes:
    """The key of what `hearing.hear_after` reads: the target's notes after the gap, as far as they are from its end."""
    return _digest(b"after", *_columns(scene.after), scene.end)


def _columns(line: GridLine) -> Iterable[object]:
    return line.onset, line.length, line.pitch, line.velocity, line.instrument


def _digest(*parts: object) -> bytes:
    """Of arrays their type, shape and bytes, of anything else its words; no two lists of parts look the same."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            head, body = f"{part.dtype}{part.shape}", np.ascontiguousarray(part).tobytes()
        else:
            head, body = type(part).__name__, repr(part).encode()
        digest.update(f"{head}:{len(body)}:".encode() + body)
    return digest.digest()


def _arrays(value: object) -> Iterable[Any]:
    """The arrays in a reading, however deep."""
    if hasattr(value, "nbytes"):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _arrays(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _arrays(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _arrays(getattr(value, field.name))
