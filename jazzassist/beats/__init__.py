"""Beats, bars and feel of a song from the notes of its tracks."""
