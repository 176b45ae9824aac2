"""Chord recognition from the notes of a song."""
