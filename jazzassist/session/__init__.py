"""What the program is about at any moment, free of Qt.

`Session` holds the state: the document (song, file, undo history), the current track and the tracks to
write into, mute and solo, the passage, the selected notes, the playhead, the loop, the grid, and the
suggestions on offer. Every value in it is immutable, so it can be compared and kept.

Who changes something calls a method of the session. Who shows something registers with
`Session.observe` and asks the session for the values; an announcement carries no value, only which
aspects changed. Changes that belong together are made in one `with session.changing():` and announced
once, when the outermost block ends. A change made by a listener takes effect at once and is announced
after the present announcement, so no listener can see an older value after a newer one.

The controllers beside it do the composer's work on the session and need no window either:

    Editing          edits the selected notes and the passage
    PlaybackControl  plays the song or a suggestion through a Transport
    Suggesting       asks for suggestions through an Asker, shows and inserts them

Widgets belong to `jazzassist.gui`. They observe the session and hold nothing that another widget reads.
"""

from jazzassist.session.observing import Aspect
from jazzassist.session.session import Session

__all__ = ["Aspect", "Session"]
