"""Bytes, files and ports: everything that knows what MIDI looks like outside the program."""
