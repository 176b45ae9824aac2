"""The piano roll: ruler, keyboard and notes, and their mouse gestures."""

from jazzassist.gui.roll.roll import PianoRoll

__all__ = ["PianoRoll"]
