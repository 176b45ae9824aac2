"""Icons from resources/icons, drawn in the palette's colour."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from jazzassist.paths import resources

SIZE = 20


def icon(name: str) -> QIcon:
    """The icon of that name, enabled and greyed; an empty one when there is none."""
    path = resources() / "icons" / f"{name}.svg"
    found = QIcon()
    if not path.is_file():
        return found
    source = path.read_text(encoding="utf-8")
    palette = QGuiApplication.palette()
    for mode, group in (
        (QIcon.Mode.Normal, QPalette.ColorGroup.Active),
        (QIcon.Mode.Disabled, QPalette.ColorGroup.Disabled),
    ):
        color = palette.color(group, QPalette.ColorRole.ButtonText).name()
        for ratio in (1, 2):
            found.addPixmap(_drawn(source.replace("currentColor", color), ratio), mode)
    return found


def app_icon() -> QIcon:
    """The program's own icon."""
    return QIcon(str(resources() / "icons" / "jazzassist.svg"))


def _drawn(source: str, ratio: int) -> QPixmap:
    picture = QPixmap(QSize(SIZE, SIZE) * ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(0, 0, SIZE * ratio, SIZE * ratio))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture
