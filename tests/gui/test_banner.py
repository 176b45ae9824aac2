"""Messages over the foot of the roll have room for their text."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from jazzassist.gui.widgets.banner import MARGIN, Banner


@pytest.mark.parametrize("is_shown", [False, True], ids=["before the window is shown", "in a window"])
def test_every_message_is_as_high_as_its_text(qtbot: QtBot, is_shown: bool) -> None:
    ground, banner = QWidget(), Banner()
    qtbot.addWidget(ground)
    ground.resize(800, 500)
    banner.lie_over(ground)
    if is_shown:
        ground.show()
        qtbot.waitExposed(ground)
    for sentence in ("One message.", "Another message, which is longer. " * 8):
        banner.tell(sentence)
        ground.show()
        qtbot.waitUntil(lambda: all(line.height() >= line.heightForWidth(line.width()) > 20 for line in banner.lines))
    assert banner.geometry().bottom() == ground.height() - MARGIN - 1
    banner.take_back("One message.")
    qtbot.waitUntil(lambda: banner.height() == banner.lines[0].heightForWidth(banner.width()))
