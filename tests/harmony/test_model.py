"""Files of the chord model: unusable ones are refused in one sentence that names the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from jazzassist import paths
from jazzassist.harmony.model import ChordModel, ModelError

SHIPPED = paths.models() / "chords-1" / "weights.safetensors"


def test_shipped_model_gives_finite_chances_of_every_chord() -> None:
    model = ChordModel.load(SHIPPED)
    logits = model.logits(np.zeros((3, 12, 12), np.float32))
    assert logits.shape == (3, 108) and np.isfinite(logits).all()
    assert np.exp(model.log_moves[0]).sum() == pytest.approx(1, abs=1e-4)


def damaged(folder: Path, how: str) -> Path:
    path = folder / "model.safetensors"
    if how == "missing":
        return path
    if how == "no safetensors":
        path.write_bytes(b"\xff" * 40)
        return path
    arrays = load_file(SHIPPED)
    if how == "lacking":
        del arrays["moves"]
    elif how == "other sizes":
        arrays["first.weight"] = np.ascontiguousarray(arrays["first.weight"][:, :-1])
    elif how == "not finite":
        arrays["second.bias"] = arrays["second.bias"] * np.float32("nan")
    save_file(arrays, path)
    return path


@pytest.mark.parametrize("how", ["missing", "no safetensors", "lacking", "other sizes", "not finite"])
def test_unusable_models_are_refused(tmp_path: Path, how: str) -> None:
    path = damaged(tmp_path, how)
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        ChordModel.load(path)
