"""The main job on a real screen: a window manager, a mouse and a keyboard, the shipped network."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from jazzassist.gui.theme import LIGHT_ROLL
from jazzassist.midi.files import read_song
from jazzassist.paths import resources
from tests.end_to_end.x11 import Display, display, missing, running

BAR = 4 * 480
RULER_Y = 130  # in the ruler, below menu bar and transport


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Display]:
    if missing():
        pytest.skip(f"not installed: {', '.join(missing())}")
    with display(tmp_path) as found:
        yield found


def wait_until(true: Callable[[], bool], patience: float = 60.0) -> bool:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.3)
    return False


@pytest.mark.timeout(300)
def test_a_bridge_by_mouse_and_keys(screen: Display, tmp_path: Path) -> None:
    song = tmp_path / "tune.mid"
    shutil.copy(resources() / "songs" / "blue-lamp.mid", song)
    before = read_song(song).song
    command = [sys.executable, "-m", "jazzassist", str(song)]
    with running(command, screen.env, tmp_path / "window.log"):
        window = screen.find("^tune.mid - JazzAssist$")
        screen.do("windowsize", "--sync", window, 1270, 760)
        screen.do("windowactivate", "--sync", window)
        screen.do("mousemove", "--window", window, 120, 178, "click", 1)  # the second track
        screen.do("mousemove", "--window", window, 600, 400, "click", 1)  # into the roll
        screen.drag(window, (700, RULER_Y), (800, RULER_Y))
        time.sleep(0.5)
        screen.do("key", "ctrl+Return")
        assert wait_until(lambda: _is_suggested(screen, tmp_path), 150), (tmp_path / "window.log").read_text()
        screen.do("key", "bracketright")  # the second one
        screen.do("key", "space")  # heard
        time.sleep(1.5)
        screen.picture(tmp_path / "screen.png")
        screen.do("key", "Return")  # inserted
        assert wait_until(lambda: _titled(screen, r"^tune.mid \* - JazzAssist$"))
        screen.do("key", "ctrl+s")
        assert wait_until(lambda: _titled(screen, "^tune.mid - JazzAssist$"))
        after = read_song(song).song
        changed = [
            index for index, (a, b) in enumerate(zip(before.tracks, after.tracks, strict=True)) if a.notes != b.notes
        ]
        assert changed == [1]
        screen.do("key", "ctrl+z")
        assert wait_until(lambda: _titled(screen, r"^tune.mid \* - JazzAssist$"))
        screen.do("key", "ctrl+s")
        assert wait_until(lambda: read_song(song).song.tracks[1].notes == before.tracks[1].notes)
        screen.do("key", "ctrl+y", "ctrl+s")
        assert wait_until(lambda: read_song(song).song.tracks[1].notes == after.tracks[1].notes)


def _is_suggested(screen: Display, folder: Path) -> bool:
    """Whether the colour that only suggestions have is seen."""
    screen.picture(folder / "now.png")
    picture, accent = QImage(str(folder / "now.png")), LIGHT_ROLL.suggestion.rgb()
    places = product(range(0, picture.width(), 2), range(0, picture.height(), 2))
    seen = sum(picture.pixel(x, y) == accent for x, y in places)
    return seen > 200


def _titled(screen: Display, title: str) -> bool:
    try:
        screen.find(title, 1.0)
    except TimeoutError:
        return False
    return True
