"""The journal of a collection: one JSON line per address, so that a killed run can be resumed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Journal:
    """Entries by address. The last entry of an address counts. Entries are on disk when `add` returns."""

    def __init__(self, path: Path, needs: tuple[str, ...]) -> None:
        """`needs`: required fields of an entry apart from its address; lines without them are skipped."""
        self._path = path
        self._entries: dict[str, Entry] = {}
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        for line in text.splitlines():
            entry = _entry(line, needs)
            if entry is not None:
                self._entries[entry["address"]] = entry
        self._torn = bool(text) and not text.endswith("\n")  # killed while writing: only that line is lost

    def get(self, address: str) -> Entry | None:
        """Return the last entry of an address, None if there is none."""
        return self._entries.get(address)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def add(self, entry: Entry) -> None:
        """Append an entry."""
        line = "\n" * self._torn + json.dumps(entry, ensure_ascii=False) + "\n"
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self._torn = False
        self._entries[entry["address"]] = entry


def _entry(line: str, needs: tuple[str, ...]) -> Entry | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    whole = isinstance(entry, dict) and isinstance(entry.get("address"), str) and all(name in entry for name in needs)
    return entry if whole else None
