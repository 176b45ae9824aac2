"""The piano roll: ruler, keys and notes."""

from jazzassist.gui.piano_roll.roll import PianoRoll

__all__ = ["PianoRoll"]
