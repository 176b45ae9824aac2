"""The piano roll: ruler, keys and notes."""

from jazzassist.gui.roll.roll import PianoRoll

__all__ = ["PianoRoll"]
