"""The main job without Qt: `python -m tests.session.main_job SONG TAPE OUT`.

Opens the song, selects four bars, asks the Markov suggester, plays the first suggestion into the file
TAPE, inserts it, takes it back, does it again and saves it as OUT. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from jazzassist.domain.passage import Passage
from jazzassist.domain.suggestion import Controls
from jazzassist.playback.transport import Transport
from jazzassist.session import Session
from jazzassist.session.editing import Editing
from jazzassist.session.playback_control import PlaybackControl
from jazzassist.session.suggesting import Suggesting
from tests.session.songs import BAR, Markov

TUNE = 1
PATIENCE_SECONDS = 60.0


def main(song: Path, tape: Path, out: Path) -> None:
    """Does the job and prints what came of it."""
    session = Session()
    player = PlaybackControl(session, Transport(output=f"record:{tape}"))
    asker = Markov(session)
    suggesting, editing = Suggesting(session, asker, player), Editing(session, player)
    try:
        session.document.open(song)
        original = session.song
        session.set_current(TUNE)
        session.set_passage(Passage((TUNE,), 4 * BAR, 8 * BAR))
        suggesting.ask_bridge(session.passage, [Controls()], 3, 7)
        asker.answer(suggesting)
        offered, untouched = len(session.offer.suggestions), session.song is original
        suggesting.hear(0)
        heard = _wait(player, lambda: tape.exists() and b'"data"' in tape.read_bytes())
        suggesting.insert()
        inserted, selected = session.song, len(session.selected)
        editing.transpose(12)
        session.document.undo()
        session.document.undo()
        undone = session.song is original
        session.document.redo()
        session.document.save(out)
    finally:
        player.close()
    print(
        json.dumps(
            {
                "offered": offered, "untouched": untouched, "heard": heard, "selected": selected, "undone": undone,
                "added": len(inserted.tracks[TUNE].notes) - len(original.tracks[TUNE].notes),
                "dirty": session.document.dirty, "qt": sorted(name for name in sys.modules if "PySide6." in name),
            }
        )
    )  # fmt: skip


def _wait(player: PlaybackControl, until: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_SECONDS
    while not until() and time.monotonic() < end:
        player.poll()
        time.sleep(0.02)
    return until()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
