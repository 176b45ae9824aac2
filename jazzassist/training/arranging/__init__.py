"""A simple rule-based arranger: bass lines, comping and drums for given chords."""
