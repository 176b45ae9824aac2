"""MIDI outputs: listing and opening them, and ports that record or ignore messages.

RtMidi supports ALSA and JACK on Linux, CoreMIDI on macOS and Windows MM. It is imported on first use, because the
import fails if the system's MIDI libraries are missing. In that case the list of outputs is empty.
"""

from __future__ import annotations

import atexit
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from jazzassist.midi import rtmidi_clients
from jazzassist.midi.rtmidi_clients import Api, Client

_CLIENT_NAME = "JazzAssist"
_FLUSH_SECONDS = 0.05  # JACK loses messages sent less than two periods before closing
_PATIENCE_SECONDS = 30.0
_ALSA_NUMBERS = re.compile(r" \d+:\d+$")  # these numbers change whenever a synthesizer is started


class PortError(Exception):
    """A MIDI output cannot be opened or used. The message is one sentence for the user."""


class OutputPort(Protocol):
    """An open MIDI output, which takes one whole message at a time."""

    name: str

    def send(self, data: bytes) -> None:
        """Send one message immediately. Raises PortError if the port refuses it."""

    def close(self) -> None:
        """Close the port after all messages have been transmitted. Closing it again has no effect."""


@dataclass
class NullPort:
    """An output that ignores all messages."""

    name: str = "No sound"

    def send(self, data: bytes) -> None:
        """Ignore the message."""

    def close(self) -> None:
        """Do nothing."""


@dataclass
class RecordingPort:
    """An output that records messages as (seconds on `clock`, message)."""

    name: str = "Recording"
    clock: Callable[[], float] = time.monotonic
    messages: list[tuple[float, bytes]] = field(default_factory=list)
    closed: bool = False

    def send(self, data: bytes) -> None:
        """Record the message and its time. Raises PortError if the port is closed."""
        if self.closed:
            raise PortError(f"The MIDI output {self.name} is closed.")
        self.messages.append((self.clock(), bytes(data)))

    def close(self) -> None:
        """Refuse all further messages."""
        self.closed = True


class _MidiPort:
    """An open RtMidi output."""

    def __init__(self, name: str, client: Client) -> None:
        self.name = name
        self._client: Client | None = client
        self._last_sent = 0.0

    def send(self, data: bytes) -> None:
        if self._client is None:
            raise PortError(f"The MIDI output {self.name} is closed.")
        try:
            self._client.send(data)
        except rtmidi_clients.errors() as error:
            raise PortError(f"The MIDI output {self.name} refused a message: {_one_line(error)}.") from error
        self._last_sent = time.monotonic()

    def close(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        time.sleep(max(0.0, self._last_sent + _FLUSH_SECONDS - time.monotonic()))
        client.close()


@dataclass(frozen=True)
class _Place:
    """One output: its displayed name, and its index among the ports of one API that share a name."""

    name: str
    api: Api
    raw_name: str
    nth: int


class _Listing:
    """Lists the outputs of each API. Keeps one client per API open, because creating a client may take seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[Api, tuple[object, Client]] = {}
        self._refused: dict[Api, tuple[object, float]] = {}  # system, time of the refusal

    def places(self) -> list[_Place]:
        """Return all outputs that can be opened now, with distinct names."""
        with self._lock:
            raw = [(api, name) for api in rtmidi_clients.apis() for name in self._names(api)]
        return list(_distinct(raw))

    def close(self) -> None:
        """Disconnect from all MIDI systems. A JACK server waits seconds for a client that vanishes without that."""
        with self._lock:
            for _, client in self._clients.values():
                client.close()
            self._clients.clear()

    def _names(self, api: Api) -> list[str]:
        system = rtmidi_clients.system_of(api)
        known, client = self._clients.pop(api, (None, None))
        if client is not None and known != system:  # the server has ended; another one may be running
            client.close()
            client = None
        if system is None or self._refused_lately(api, system):
            return []
        try:
            client = client or rtmidi_clients.connect(api, f"{_CLIENT_NAME} ports")
            names = client.names()
        except rtmidi_clients.errors():
            if client is not None:
                client.close()
            self._refused[api] = (system, time.monotonic())
            return []
        self._clients[api] = (system, client)
        return names

    def _refused_lately(self, api: Api, system: object) -> bool:
        """Return True for some time after a refusal, because RtMidi prints a message for each one."""
        refused, when = self._refused.get(api, (None, 0.0))
        return refused == system and time.monotonic() - when < _PATIENCE_SECONDS


def _distinct(raw: list[tuple[Api, str]]) -> Iterator[_Place]:
    seen: Counter[str] = Counter()
    per_api: Counter[tuple[Api, str]] = Counter()
    for api, raw_name in raw:
        seen[raw_name] += 1
        name = raw_name if seen[raw_name] == 1 else f"{raw_name} ({seen[raw_name]})"
        yield _Place(name, api, raw_name, per_api[api, raw_name])
        per_api[api, raw_name] += 1


_listing = _Listing()
atexit.register(_listing.close)


def output_names() -> list[str]:
    """Return the names of all MIDI outputs that can be opened now. Fast enough to be called every second."""
    return [place.name for place in _listing.places()]


def open_output(name: str) -> OutputPort:
    """Open the MIDI output of that name. Raises PortError if there is none or it is in use."""
    place = _find(name, _listing.places())
    client = _connect(place.api)
    try:
        client.open(_index(place, client.names()))
    except rtmidi_clients.errors() as error:
        client.close()
        raise PortError(f"The MIDI output {name} cannot be opened: {_one_line(error)}.") from error
    return _MidiPort(name, client)


def open_virtual(name: str) -> OutputPort:
    """Open a virtual output to which other programs can connect. Raises PortError if the system does not support it."""
    if sys.platform == "win32":
        raise PortError("Windows has no virtual MIDI ports; use a program such as loopMIDI to create one.")
    reasons: list[str] = []
    for api in rtmidi_clients.apis():
        if rtmidi_clients.system_of(api) is None:
            continue
        client = _connect(api)
        try:
            client.open_virtual(name)
        except rtmidi_clients.errors() as error:
            client.close()
            reasons.append(_one_line(error))
        else:
            return _MidiPort(name, client)
    because = f": {'; '.join(reasons)}" if reasons else ": no MIDI system is running"
    raise PortError(f"The virtual MIDI port {name} cannot be created{because}.")


def _index(place: _Place, names: list[str]) -> int:
    """Return the current index of an output in its API's list. Raises ValueError if it no longer exists."""
    indices = [index for index, raw_name in enumerate(names) if raw_name == place.raw_name]
    if place.nth >= len(indices):
        raise ValueError("it no longer exists")
    return indices[place.nth]


def _connect(api: Api) -> Client:
    try:
        return rtmidi_clients.connect(api, _CLIENT_NAME)
    except rtmidi_clients.errors() as error:
        raise PortError(f"The MIDI system does not respond: {_one_line(error)}.") from error


def _find(name: str, places: list[_Place]) -> _Place:
    """Return the output of that name, or else the first one whose name differs only in ALSA's numbers."""
    for place in places:
        if place.name == name:
            return place
    stem = _ALSA_NUMBERS.sub("", name)
    for place in places:
        if _ALSA_NUMBERS.sub("", place.name) == stem:
            return place
    there = ", ".join(place.name for place in places) or "none"
    raise PortError(f"There is no MIDI output named {name} (available: {there}).")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
