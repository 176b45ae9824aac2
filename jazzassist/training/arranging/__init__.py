"""A plain rule-based arranger of our own: bass lines, comping and drums over given chords."""
