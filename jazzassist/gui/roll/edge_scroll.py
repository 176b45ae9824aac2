"""Automatic scrolling while a drag is outside the view."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, QTimer

from jazzassist.gui.roll.view import RollView

INTERVAL_MS = 25
SHARE = 0.25  # of the pixels beyond the edge that are scrolled each time


class EdgeScroll(QObject):
    """Scrolls `area` while the pointer is outside its viewport, and calls `moved` after each step."""

    def __init__(self, area: RollView, moved: Callable[[QPointF], None], down: bool = True) -> None:
        super().__init__(area)
        self._area, self._moved, self._down = area, moved, down
        self._place = QPointF()
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self._scroll)

    def hold(self, place: QPointF) -> None:
        """Set the position of the pointer, in pixels of the viewport."""
        self._place = place
        if any(self._beyond()):
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._timer.stop()

    def stop(self) -> None:
        """Stop scrolling."""
        self._timer.stop()

    def _beyond(self) -> tuple[float, float]:
        view, x, y = self._area.viewport(), self._place.x(), self._place.y()
        across = min(0.0, x) + max(0.0, x - view.width())
        return across, (min(0.0, y) + max(0.0, y - view.height())) if self._down else 0.0

    def _scroll(self) -> None:
        self._area.scroll_by(*(round(pixels * SHARE + (pixels > 0) - (pixels < 0)) for pixels in self._beyond()))
        self._moved(self._place)
