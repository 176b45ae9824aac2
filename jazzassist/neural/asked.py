"""The settings of a request as classes of the network's inputs."""

from __future__ import annotations

import numpy as np

from jazzassist.neural.encoding import (
    DRUMS,
    GRID,
    UNKNOWN,
    WISHES,
    Ints,
    density_class,
    dynamics_class,
    left_hand_class,
    polyphony_class,
    register_class,
)
from jazzassist.neural.scene import Scene

ONSETS_TO_TELL = 4  # onsets from which on what was written counts fully against what is wished


def wishes_now(scene: Scene, written: Ints, onsets: Ints, left: Ints) -> dict[str, Ints]:
    """The composer's wishes as classes for candidates of so many notes at so many onsets, so much of the gap left.

    A wish is of what is still to be written (see `wishes_left`): of a density, what is missing of that
    number of notes, over what is left; of a polyphony, as much above it as what is written lies below.
    """
    controls, count = scene.request.controls, len(written)
    found = {name: np.full(count, UNKNOWN) for name in WISHES}
    if controls.density is not None:
        notes = max(1, round(controls.density * (scene.end - scene.start) / GRID))
        found["density"] = density_class(np.maximum(0, notes - written), left / GRID)
    if scene.wished_register is not None:
        found["register"] = np.full(count, register_class(scene.wished_register))
    if controls.polyphony is not None:
        missing = controls.polyphony - written / np.maximum(onsets, 1)
        trust = np.minimum(1, onsets / ONSETS_TO_TELL)
        found["polyphony"] = polyphony_class(np.maximum(1, controls.polyphony + trust * missing))
    return found


def whole_wishes_of(scene: Scene) -> dict[str, int]:
    """The composer's wishes for the whole gap, as classes."""
    controls, found = scene.request.controls, dict[str, int]()
    if controls.left_hand is not None and scene.instrument != DRUMS:
        found["left_hand"] = left_hand_class(controls.left_hand)
    if controls.dynamics is not None:
        found["dynamics"] = dynamics_class(controls.dynamics)
    return found
