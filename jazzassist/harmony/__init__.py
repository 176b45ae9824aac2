"""Chords of a song from what its tracks play."""
