"""The process that holds the network: commands come in on stdin, replies go out on stdout, a line each.

`python -m jazzassist.suggest.worker [--checkpoint DIR|markov] [--beat SECONDS]`. It ends when its stdin does.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
import traceback
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, NoReturn

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Notes, Song, Track
from jazzassist.domain.suggestion import Cancelled, Controls, NothingToSuggest, Suggester, bridge_request
from jazzassist.suggest.asking import answer, prepare
from jazzassist.suggest.protocol import (
    Alive,
    Ask,
    Command,
    Completed,
    Failed,
    Progressed,
    ProtocolError,
    Ready,
    Reply,
    Suggested,
    Warm,
    decode_command,
    encode_reply,
    id_in,
)

NICENESS = 10  # playing and the window come first
MOST_WARM = 2  # a selection can be asked about in two ways: filled with a bridge, or continued


class Replies:
    """Where replies are written, from any thread."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, reply: Reply) -> None:
        """Writes a reply at once; ends the process when nobody can hear it any more."""
        try:
            with self._lock:
                self._stream.write(encode_reply(reply).encode())
                self._stream.flush()
        except OSError:
            _end(0)


@dataclass(eq=False)
class Open:
    """A request that has no answer yet, and whether its answer is still wanted."""

    ask: Ask
    cancelled: bool = False


class Commands:
    """Reads commands in a thread of its own, so that a cancel is heard while suggesting.

    Only the newest request is answered in earnest: another one cancels those before it, as `Cancel` does.
    """

    def __init__(self, stream: IO[bytes], replies: Replies) -> None:
        self._stream = stream
        self._replies = replies
        self._changed = threading.Condition()
        self._asked: deque[Open] = deque()
        self._warm: deque[Warm] = deque(maxlen=MOST_WARM)
        self._open: list[Open] = []
        threading.Thread(target=self._read, name="commands", daemon=True).start()

    def next(self) -> Open | Warm:
        """Waits for the next request to answer, in the order in which they came; what to read ahead comes last."""
        with self._changed:
            self._changed.wait_for(lambda: self._asked or self._warm)
            return self._asked.popleft() if self._asked else self._warm.popleft()

    def is_awaited(self) -> bool:
        """Whether a request waits to be answered."""
        return bool(self._asked)

    def done(self, request: Open) -> None:
        """Forgets a request that has had its reply."""
        with self._changed:
            self._open.remove(request)

    def _read(self) -> None:
        for line in self._stream:
            if not line.strip():
                continue
            try:
                command = decode_command(line)
            except ProtocolError as error:
                self._replies.send(Failed(id_in(line), f"The request was not understood: {error}."))
                continue
            with self._changed:
                self._take(command)
                self._changed.notify()
        _end(0)  # the asker is gone, so whatever is under way is for nobody

    def _take(self, command: Command) -> None:
        if isinstance(command, Warm):
            self._warm.append(command)
            return
        for request in self._open:
            if isinstance(command, Ask) or command.id == request.ask.id:
                request.cancelled = True
        if isinstance(command, Ask):
            self._warm.clear()
            self._open.append(Open(command))
            self._asked.append(self._open[-1])


def respond(request: Open, suggester: Suggester, commands: Commands, replies: Replies) -> None:
    """Sends progress, suggestions as they are complete, and then exactly one answer to a request."""
    id = request.ask.id
    try:
        found = answer(
            suggester,
            request.ask.request,
            lambda share: replies.send(Progressed(id, share)),
            lambda: request.cancelled,
            lambda suggestion: replies.send(Completed(id, suggestion)),
        )
        replies.send(Suggested(id, tuple(found)))
    except NothingToSuggest as reason:
        replies.send(Failed(id, f"Nothing can be suggested: {reason}."))
    except Exception as error:  # the worker must outlive any one request
        traceback.print_exc()
        replies.send(Failed(id, f"Suggesting failed: {type(error).__name__}: {error}."))
    finally:
        commands.done(request)


def read_ahead(command: Warm, suggester: Suggester, cancelled: Cancelled) -> None:
    """Reads what an answer would begin with, unless it is cancelled."""
    with suppress(Exception):  # what fails here fails again where somebody waits, and is said there
        prepare(suggester, command.request, cancelled)


def beat(replies: Replies, every: float) -> None:
    """Sends a heartbeat every few seconds from a separate thread."""

    def send() -> None:
        while True:
            replies.send(Alive())
            time.sleep(every)

    threading.Thread(target=send, name="beat", daemon=True).start()


def warm(suggester: Suggester, cancelled: Cancelled = lambda: False) -> None:
    """Has a small request answered that nobody waits for, so that the first one of a composer takes no longer."""
    notes = Notes.of((at * 12, 12, 60 + at % 5, 80, 0) for at in range(32))
    song = Song(24, (Track("Warm", notes),))
    request = bridge_request(song, Gap((0,), 8 * 24, 9 * 24), Controls())
    with suppress(Exception):  # what fails here fails again where somebody waits, and is said there
        answer(suggester, request, lambda share: None, cancelled)


def main(argv: list[str] | None = None) -> NoReturn:
    """Serves until stdin ends; status 1 when the checkpoint cannot be used."""
    replies = Replies(_take_stdout())
    parser = argparse.ArgumentParser(prog="python -m jazzassist.suggest.worker")
    parser.add_argument("--checkpoint", metavar="DIR", help="a checkpoint's folder, or markov")
    parser.add_argument("--beat", type=float, metavar="SECONDS", help="how often to say that it is alive")
    arguments = parser.parse_args(argv)
    if arguments.beat:
        beat(replies, arguments.beat)
    commands = Commands(sys.stdin.buffer, replies)
    if hasattr(os, "nice"):
        os.nice(NICENESS)

    from jazzassist.suggesters import NoSuggester, open_suggester

    try:
        name, suggester = open_suggester(arguments.checkpoint)
    except NoSuggester as error:
        replies.send(Failed(None, str(error)))
        _end(1)
    replies.send(Ready(name))
    warm(suggester, commands.is_awaited)
    while True:
        command = commands.next()
        if isinstance(command, Warm):
            read_ahead(command, suggester, commands.is_awaited)
        else:
            respond(command, suggester, commands, replies)


def _take_stdout() -> IO[bytes]:
    """The real stdout, for replies alone; whatever else prints, in Python or in a library, goes to stderr."""
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return stream


def _end(status: int) -> NoReturn:
    """Ends the process from any thread, in the middle of anything."""
    os._exit(status)


if __name__ == "__main__":
    main()
