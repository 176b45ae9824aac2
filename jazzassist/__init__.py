"""JazzAssist: bridges and continuations for the MIDI file that a composer is working on."""

__version__ = "0.1.0"
