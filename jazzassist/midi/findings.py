"""What was odd or broken in a file, and what was done about it, in words for the composer."""

from __future__ import annotations

from dataclasses import dataclass, field


def in_words(count: int, thing: str) -> str:
    """A count with its noun: "1 byte", "2 bytes"."""
    return f"{count} {thing}" + ("" if count == 1 else "s")


@dataclass
class _Finding:
    place: str
    text: str
    count: int = 1

    def __str__(self) -> str:
        more = f" ({self.count - 1} more like this in the track)" if self.count > 1 else ""
        return f"{self.place}: {self.text}{more}"


@dataclass
class Findings:
    """Collects sentences while a file is read. Findings of one kind in one track become one sentence.

    `damaged` is true as soon as reading had to guess: then the file on disk may hold more than was
    understood, and must not be overwritten unasked.
    """

    damaged: bool = False
    _found: dict[tuple[int, str], _Finding] = field(default_factory=dict)

    def tell(self, text: str, offset: int, track: int = 0, *, kind: str = "", count: int = 1) -> None:
        """Notes an oddity that is kept as it is. `offset`: bytes from the start of the file; `track` from 1."""
        key = (track, kind or text)
        if key in self._found:
            self._found[key].count += count
            return
        place = f"track {track}, byte {offset}" if track else f"byte {offset}"
        self._found[key] = _Finding(place, text, count)

    def repair(self, text: str, offset: int, track: int = 0, *, kind: str = "", count: int = 1) -> None:
        """Notes damage that was repaired in memory."""
        self.damaged = True
        self.tell(text, offset, track, kind=kind, count=count)

    @property
    def sentences(self) -> tuple[str, ...]:
        """All findings in the order in which they were made."""
        return tuple(str(finding) for finding in self._found.values())
