"""The piano roll: ruler, keys and notes, and what the mouse does in them."""

from jazzassist.gui.roll.roll import PianoRoll

__all__ = ["PianoRoll"]
