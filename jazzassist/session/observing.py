"""Announcing changes: once for each change, after it is complete, and in order.

Libraries for observation announce each value separately. Here a change usually concerns several values
(an edit: song, undo history, selection), and a listener to several of them must be called only once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto

MOST_ROUNDS = 100  # more announcements than this after one change mean that listeners change without end


class Aspect(Enum):
    """What can change in a session."""

    SONG = auto()  # the song: an edit, undo, redo, or a song that was opened
    OPENED = auto()  # another song was opened
    FILE = auto()  # path, time of saving, or whether there are unsaved changes
    HISTORY = auto()  # what can be undone and redone
    CURRENT = auto()  # the current track
    TARGETS = auto()  # the tracks that suggestions are written into
    HEARD = auto()  # mute and solo
    PASSAGE = auto()
    SELECTED = auto()  # the selected notes
    PLAYHEAD = auto()
    PLAYING = auto()
    LOOP = auto()
    OUTPUTS = auto()  # the available outputs, and the chosen one
    OFFER = auto()  # the suggestions on offer, or which of them is shown
    WORKER = auto()  # the state of the suggester, and its refusal


Listener = Callable[[frozenset[Aspect]], object]


class Announcer:
    """Calls listeners after changes. A listener receives the changed aspects that it observes."""

    def __init__(self) -> None:
        self._listeners: list[tuple[frozenset[Aspect], Listener]] = []
        self._changed: set[Aspect] = set()
        self._depth = 0
        self._announcing = False

    def observe(self, listener: Listener, *aspects: Aspect) -> None:
        """Calls `listener` after every change of one of `aspects`, in the order of registration."""
        self._listeners.append((frozenset(aspects), listener))

    @contextmanager
    def changing(self, *aspects: Aspect) -> Iterator[None]:
        """Collects all changes made inside, `aspects` among them, into one announcement.

        What had changed before an error is announced too. Inside a listener it returns without an
        announcement; that follows as soon as all listeners have been called.
        """
        self._depth += 1
        self._changed.update(aspects)
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth and not self._announcing:
                self._announce()

    def _announce(self) -> None:
        errors: list[Exception] = []
        self._announcing = True
        try:
            for _ in range(MOST_ROUNDS):
                if not self._changed:
                    break
                changed, self._changed = frozenset(self._changed), set()
                errors += self._call(changed)
            else:
                self._changed.clear()
                raise RuntimeError("listeners of the session change it without end")
        finally:
            self._announcing = False
        if errors:
            raise errors[0]

    def _call(self, changed: frozenset[Aspect]) -> list[Exception]:
        """Call the listeners of changed aspects and return their errors. An error does not stop the others."""
        errors: list[Exception] = []
        for aspects, listener in tuple(self._listeners):
            if aspects & changed:
                try:
                    listener(aspects & changed)
                except Exception as error:  # raised again when all have been called
                    errors.append(error)
        return errors
