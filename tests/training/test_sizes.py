"""Networks of other sizes are timed; bits are given for those that were trained, where there is a corpus."""

from __future__ import annotations

import math
from pathlib import Path

from jazzassist.training.dataset import Dataset
from jazzassist.training.sizes import size_sheet
from tests.neural.requests import save_whole, tiny_network
from tests.training.tiny_corpus import RECIPE


def test_sizes_are_compared_with_a_trained_network(corpus: Path, tmp_path: Path) -> None:
    save_whole(tiny_network(), tmp_path / "tiny", "tiny")
    data = Dataset(corpus, RECIPE)
    sheet = size_sheet([tmp_path / "tiny"], data, rounds=1, variants={"hidden 32": {"hidden": 32}})
    first, second = sheet.rows
    assert (first[0], second[0]) == ("tiny", "hidden 32, not trained")
    assert first[4] == "1.00" and float(second[4]) > 0
    assert isinstance(first[5], float) and first[5] > 0
    assert isinstance(second[5], float) and math.isnan(second[5])
