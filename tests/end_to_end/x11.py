"""A display of our own with a window manager, and a hand on its mouse and keys."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROGRAMS = ("Xvfb", "openbox", "xdotool", "import")


def missing() -> list[str]:
    """The programs that are not installed."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


@contextmanager
def running(command: list[str], env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended afterwards, whatever happens."""
    with log.open("wb") as file, subprocess.Popen(command, env=env, stdout=file, stderr=file) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def display(folder: Path) -> Iterator[Display]:
    """A screen of 1280 by 800 with openbox on it."""
    with ExitStack() as stack:
        read_end, write_end = os.pipe()
        command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
        with (folder / "xvfb.log").open("wb") as log:
            server = subprocess.Popen(command, pass_fds=(write_end,), stdout=log, stderr=log)
        stack.callback(_end, server)
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            number = pipe.readline().strip()
        env = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        stack.enter_context(running(["openbox"], env, folder / "openbox.log"))
        screen = Display(env)
        screen.wait_for_manager()
        yield screen


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(10)


class Display:
    """Types and clicks as a person would."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env

    def do(self, *words: str | int) -> str:
        """Runs xdotool; what it prints."""
        command = ["xdotool", *(str(word) for word in words)]
        return subprocess.run(
            command, env=self.env, capture_output=True, text=True, check=True, timeout=60
        ).stdout.strip()

    def wait_for_manager(self, patience: float = 60.0) -> None:
        """Returns when the window manager answers, without which no window can be activated; TimeoutError otherwise."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if not subprocess.run(["xdotool", "get_num_desktops"], env=self.env, capture_output=True).returncode:
                return
            time.sleep(0.1)
        raise TimeoutError("the window manager did not start")

    def find(self, title: str, patience: float = 60.0) -> str:
        """The id of the window with that title, when it is there; TimeoutError when it does not come."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            command = ["xdotool", "search", "--onlyvisible", "--name", title]
            found = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False).stdout.split()
            if found:
                return found[0]
            time.sleep(0.2)
        raise TimeoutError(f"no window with the title {title}")

    def drag(self, window: str, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Drags from one place of the window to another, by way of the middle."""
        middle = ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2)
        self.do("mousemove", "--window", window, *start, "mousedown", 1)
        for place in (middle, end):
            self.do("mousemove", "--window", window, *place)
            time.sleep(0.1)
        self.do("mouseup", 1)

    def picture(self, path: Path) -> None:
        """The screen as a PNG."""
        subprocess.run(["import", "-window", "root", str(path)], env=self.env, check=True, timeout=60)
