from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jazzassist.training.collecting.collect import MANIFEST, Collection
from jazzassist.training.collecting.fetching import Fetcher
from jazzassist.training.collecting.politeness import Limits
from tests.training.collecting.site import Site, Time, serving

LIMITS = Limits(pause_seconds=2, answer_seconds=5)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def site() -> Iterator[Site]:
    """An empty site."""
    with serving(Time()) as site:
        yield site


@dataclass(frozen=True)
class Collected:
    """The content of a run's folder."""

    counts: Counter[str]
    folder: Path

    @property
    def manifest(self) -> dict[str, dict[str, Any]]:
        """The last entry of each address, by its path."""
        lines = (self.folder / MANIFEST).read_text().splitlines() if (self.folder / MANIFEST).exists() else []
        entries = [json.loads(line) for line in lines]
        return {re.sub("^http://[^/]*", "", entry["address"]): entry for entry in entries}

    @property
    def files(self) -> list[bytes]:
        return sorted(path.read_bytes() for path in (self.folder / "files").glob("*.mid"))


@pytest.fixture
def collect(site: Site, tmp_path: Path) -> Callable[..., Collected]:
    """Collect from paths of the site into one folder, with the site's clock."""

    def collect(
        *paths: str, limits: Limits = LIMITS, hosts: tuple[str, ...] = (), follow: str | None = None
    ) -> Collected:
        fetcher = Fetcher({site.host, *hosts}, limits, "me@example.org", site.time.clock, site.time.sleep)
        pattern = None if follow is None else re.compile(follow)
        try:
            counts = Collection(tmp_path / "to", fetcher, limits, pattern).collect([site.address + p for p in paths])
        finally:
            fetcher.close()
        return Collected(counts, tmp_path / "to")

    return collect
