"""The outputs that are not MIDI ports, by the names that the composer reads."""

BUILT_IN = "Built-in synth"
VIRTUAL = "JazzAssist (virtual port)"
SILENT = "No sound"
