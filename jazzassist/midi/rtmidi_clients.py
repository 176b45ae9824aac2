"""RtMidi behind one small interface: python-rtmidi, or rtmidi2 where that has no wheels (Python 3.13 and later)."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import socket
import sys
from collections.abc import Hashable
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

Api = int  # RtMidi's number of an API, the same in both packages

_ALSA, _JACK = 2, 3
_CANDIDATES = (1, _ALSA, _JACK, 4)  # CoreMIDI, ALSA, JACK, Windows MM
_JACK_FOLDER, _ALSA_DEVICE = Path("/dev/shm"), Path("/dev/snd/seq")


class Client(Protocol):
    """One client of a MIDI system, which holds at most one open output."""

    def names(self) -> list[str]:
        """The names of the outputs, by index."""

    def open(self, index: int) -> None:
        """Opens the output at `index`."""

    def open_virtual(self, name: str) -> None:
        """Makes an output that others connect to."""

    def send(self, data: bytes) -> None:
        """Sends one message."""

    def close(self) -> None:
        """Leaves the MIDI system."""


class _Leaving:
    """A client that leaves its MIDI system only while that still runs.

    libjack may crash when a client of a server that has gone is closed, so such a client is given
    up instead: never closed, not even when Python ends.
    """

    def __init__(self, api: Api, out: Any) -> None:
        self._api = api
        self._system = system_of(api)
        self._out = out

    def close(self) -> None:
        out, self._out = self._out, None
        if out is None:
            return
        if system_of(self._api) == self._system:
            self._leave(out)
        else:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(out))

    def _leave(self, out: Any) -> None:
        out.close_port()


class _RtMidi(_Leaving):
    def __init__(self, library: Any, api: Api, name: str) -> None:
        super().__init__(api, library.MidiOut(api, name=name))

    def names(self) -> list[str]:
        return [str(name) for name in self._out.get_ports()]

    def open(self, index: int) -> None:
        self._out.open_port(index, "out")

    def open_virtual(self, name: str) -> None:
        self._out.open_virtual_port(name)

    def send(self, data: bytes) -> None:
        self._out.send_message(data)

    def _leave(self, out: Any) -> None:
        super()._leave(out)
        out.delete()


class _RtMidi2(_Leaving):
    def __init__(self, library: Any, api: Api, name: str) -> None:
        super().__init__(api, library.MidiOut(name, api))

    def names(self) -> list[str]:
        return [str(name) for name in self._out.ports]

    def open(self, index: int) -> None:
        self._out.open_port(index)

    def open_virtual(self, name: str) -> None:
        """Not in JACK: rtmidi2 brings a libjack that need not understand the server, and then ends the process."""
        if self._api == _JACK:
            raise RuntimeError("JACK has no virtual port for this version of Python")
        self._out.open_virtual_port(name)

    def send(self, data: bytes) -> None:
        self._out.send_message(tuple(data))


def _library() -> ModuleType | None:
    """The RtMidi package that is installed and can be loaded here."""
    for name in ("rtmidi", "rtmidi2"):
        with contextlib.suppress(ImportError, OSError):
            return importlib.import_module(name)
    return None


def errors() -> tuple[type[Exception], ...]:
    """What RtMidi raises when a MIDI system or a port refuses."""
    own = getattr(_library(), "RtMidiError", RuntimeError)
    return (OSError, RuntimeError, ValueError, own)


def apis() -> list[Api]:
    """The MIDI systems that RtMidi was built for."""
    library = _library()
    if library is None:
        return []
    if hasattr(library, "get_compiled_api"):
        return [api for api in library.get_compiled_api() if api in _CANDIDATES]
    return {"darwin": [1], "win32": [4]}.get(sys.platform, [_ALSA, _JACK])


def system_of(api: Api) -> Hashable | None:
    """What tells one run of the MIDI system from the next; None while it is not running.

    Asked before any client is made: RtMidi would print its complaints, and libjack start a server.
    """
    if sys.platform.startswith("linux"):
        if api == _ALSA:
            return "alsa" if _ALSA_DEVICE.exists() else None
        if api == _JACK:
            return _jack_server()
    return "always there"


def _jack_server() -> Hashable | None:
    """Path and inode of the socket on which the chosen JACK server listens."""
    server = os.environ.get("JACK_DEFAULT_SERVER", "default")
    for path in _JACK_FOLDER.glob(f"jack_{server}_*"):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            inode = path.stat().st_ino
            probe.connect(str(path))  # a killed server leaves its socket behind
            return (str(path), inode)
    return None


def connect(api: Api, name: str) -> Client:
    """A client of that name; one of `errors()` when the MIDI system does not answer."""
    library = _library()
    if library is None:
        raise RuntimeError("RtMidi is not installed")
    if api == _JACK:
        os.environ["JACK_NO_START_SERVER"] = "1"
    return _RtMidi(library, api, name) if library.__name__ == "rtmidi" else _RtMidi2(library, api, name)
