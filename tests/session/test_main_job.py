"""Open, select, suggest, hear, insert, undo, save: through the session, where PySide6 cannot be imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from jazzassist.midi.files import read_song, write_song
from tests.session.songs import BAR, band

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_QT = """
import runpy, sys
sys.modules["PySide6"] = sys.modules["shiboken6"] = None  # importing them fails
runpy.run_module("tests.session.main_job", run_name="__main__")
"""


def test_the_main_job_is_done_without_qt(tmp_path: Path) -> None:
    song, tape, out = (tmp_path / name for name in ("band.mid", "sent.jsonl", "out.mid"))
    write_song(band(), song)
    command = [sys.executable, "-c", WITHOUT_QT, str(song), str(tape), str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    added = found["added"]
    assert added > 0
    assert found == {
        "offered": 3, "untouched": True, "heard": True, "selected": added, "undone": True, "added": added,
        "dirty": False, "qt": [],
    }  # fmt: skip
    before, after = read_song(song).song, read_song(out).song
    assert len(after.tracks[1].notes.starting_in(4 * BAR, 8 * BAR)) == added
    assert after.tracks[2].notes == before.tracks[2].notes
