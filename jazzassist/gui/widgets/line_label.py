"""Text in a fixed number of lines, so that nothing around it moves when the text changes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip, QWidget

LEAST_WIDTH = 20


class LineLabel(QLabel):
    """Plain text in `count` lines. Text that does not fit is elided, and shown in full in the tool tip."""

    def __init__(self, count: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = count
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        margins = self.contentsMargins()
        height = self._count * self.fontMetrics().lineSpacing() + margins.top() + margins.bottom()
        return QSize(LEAST_WIDTH, height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @property
    def shown_lines(self) -> list[str]:
        """The text line by line, as it is shown at the present width."""
        width = self.contentsRect().width()
        found = _wrapped(self.text().replace("\n", " "), self, width)
        if len(found) <= self._count:
            return found
        rest = "".join(found[self._count - 1 :])
        return [
            *found[: self._count - 1],
            self.fontMetrics().elidedText(rest, Qt.TextElideMode.ElideRight, width),
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        place, metrics = self.contentsRect(), self.fontMetrics()
        for number, line in enumerate(self.shown_lines):
            y = place.top() + number * metrics.lineSpacing() + metrics.ascent()
            painter.drawText(QPointF(place.left(), y), line.rstrip())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            fits = "".join(self.shown_lines) == self.text().replace("\n", " ")
            QToolTip.showText(event.globalPos(), "" if fits else self.text(), self)
            return True
        return super().event(event)


def _wrapped(text: str, label: QLabel, width: int) -> list[str]:
    """The text in as many lines as it takes, broken between words where that is possible."""
    layout = QTextLayout(text, label.font())
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    units, found = text.encode("utf-16-le"), []  # Qt counts in UTF-16
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(LEAST_WIDTH, width))
        start, length = line.textStart(), line.textLength()
        found.append(units[2 * start : 2 * (start + length)].decode("utf-16-le", "replace"))
    layout.endLayout()
    return found
