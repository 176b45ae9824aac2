"""Displayed names of the outputs that are not MIDI ports."""

BUILT_IN = "Built-in synth"
VIRTUAL = "JazzAssist (virtual port)"
SILENT = "No sound"
