"""For all tests: no screen, no settings or state of the user's, no sound card; and which of them stay together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")
SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data"

# When several processes share the tests (pytest -n), these run one after the other: they use ports, a JACK
# server, a display or a browser, and some of them compare times.
ONE_AT_A_TIME = (
    "tests/end_to_end/",
    "tests/midi/test_ports.py",
    "tests/playback/test_crashes.py",
    "tests/playback/test_transport.py",
    "tests/training/survey/test_page.py",
)
# The tests of such a module go to one process: they share networks or corpora that take a while to make.
SHARING = (
    "tests/neural/",
    "tests/playback/test_synth_against_fluidsynth.py",
    "tests/suggest/test_room.py",
    "tests/test_packaging.py",
    "tests/training/",
)

settings.register_profile("patient", deadline=None)  # a busy machine is no failure
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts tests that must stay in one process into one group of pytest-xdist."""
    for item in items:
        module = item.nodeid.partition("::")[0]
        if module.startswith(ONE_AT_A_TIME):
            item.add_marker(pytest.mark.xdist_group("one at a time"))
        elif module.startswith(SHARING):
            item.add_marker(pytest.mark.xdist_group(module))


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, state and caches of a test lie in a folder of its own."""
    home = tmp_path_factory.mktemp("home")
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home))


@pytest.fixture
def realworld() -> Path:
    """The folder of third-party MIDI files; the test is skipped where it is not there."""
    folder = SHARED / "realworld"
    if not folder.is_dir():
        pytest.skip("the third-party MIDI files are not beside this checkout")
    return folder
