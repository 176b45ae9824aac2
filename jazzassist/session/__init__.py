"""The state of the program, independent of Qt.

`Session` holds the state: the document (song, file, undo history), the current track and the tracks to
write into, mute and solo, the passage, the selected notes, the playhead, the loop, the grid, and the
suggestions on offer. Every value in it is immutable, so it can be compared and kept.

Methods of the session change the state. Observers register with `Session.observe` and read the values
from the session; an announcement carries no values, only the aspects that changed. Related changes are made
in one `with session.changing():` block and announced once, when the outermost block ends. A change made by
a listener takes effect at once and is announced after the current announcement, so no listener can see an
older value after a newer one.

The controllers carry out the composer's actions on the session and need no window:

    Editing          edits the selected notes and the passage
    PlaybackControl  plays the song or a suggestion through a Transport
    Suggesting       asks for suggestions through an Asker, shows and inserts them

Widgets belong to `jazzassist.gui`. They observe the session and hold no state that another widget reads.
"""

from jazzassist.session.observing import Aspect
from jazzassist.session.session import Session

__all__ = ["Aspect", "Session"]
