"""Playback of songs: schedules, the player process, and the built-in synthesizer."""
