"""The horizontal scroll position in pixels, exact for songs of any length."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QScrollBar

MOST_STEPS = 1 << 30  # a scroll bar counts in 32-bit integers
SINGLE_STEP = 40  # pixels


class Across:
    """How many pixels are scrolled away at the left, and the scroll bar that shows it.

    A song may be wider than a scroll bar can count. One step of the bar is then more than a pixel,
    but `left` stays exact, because it is kept here and only the composer's use of the bar sets it.
    """

    def __init__(self, bar: QScrollBar, moved: Callable[[], None]) -> None:
        self._bar, self._moved = bar, moved
        self._step = 1.0  # pixels a step of the bar
        self._most = 0.0
        self._own = False
        self.left = 0.0
        bar.valueChanged.connect(self._take)

    def set_range(self, width: float, page: int) -> None:
        """Sets the width of the song and of the view, in pixels; the view stays where it is as far as possible."""
        self._most = max(0.0, float(round(width - page)))
        self._step = max(1.0, self._most / MOST_STEPS)
        self.left = min(self.left, self._most)
        self._own = True
        self._bar.setRange(0, round(self._most / self._step))
        self._bar.setPageStep(max(1, round(page / self._step)))
        self._bar.setSingleStep(max(1, round(SINGLE_STEP / self._step)))
        self._bar.setValue(round(self.left / self._step))
        self._own = False

    def move_to(self, left: float) -> None:
        """Scrolls so that `left` pixels are scrolled away, as far as the song goes."""
        self.left = min(self._most, max(0.0, float(round(left))))
        self._own = True
        self._bar.setValue(round(self.left / self._step))
        self._own = False
        self._moved()

    def _take(self, value: int) -> None:
        """Follow the scroll bar when the user moves it."""
        if not self._own:
            self.left = float(round(value * self._step))
            self._moved()
