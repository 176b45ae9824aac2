"""A common interface to python-rtmidi and to rtmidi2, which has wheels for Python 3.13 and later."""

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

Api = int  # RtMidi's API number, the same in both packages

_ALSA, _JACK = 2, 3
_CANDIDATES = (1, _ALSA, _JACK, 4)  # CoreMIDI, ALSA, JACK, Windows MM
_JACK_FOLDER, _ALSA_DEVICE = Path("/dev/shm"), Path("/dev/snd/seq")


class Client(Protocol):
    """A client of a MIDI system with at most one open output."""

    def names(self) -> list[str]:
        """Return the names of the outputs, by index."""

    def open(self, index: int) -> None:
        """Open the output at `index`."""

    def open_virtual(self, name: str) -> None:
        """Open a virtual output to which other programs connect."""

    def send(self, data: bytes) -> None:
        """Send one message."""

    def close(self) -> None:
        """Disconnect from the MIDI system."""


class _Leaving:
    """A client that disconnects only while its MIDI system is still running.

    libjack may crash if a client is closed after its server has ended. Such a client is abandoned instead:
    it is never closed, not even when Python exits.
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
        """Not for JACK: rtmidi2 bundles a libjack that exits the process if it is incompatible with the server."""
        if self._api == _JACK:
            raise RuntimeError("virtual JACK ports are not supported with this version of Python")
        self._out.open_virtual_port(name)

    def send(self, data: bytes) -> None:
        self._out.send_message(tuple(data))


def _library() -> ModuleType | None:
    """Return the installed RtMidi package, None if it is missing or cannot be loaded."""
    for name in ("rtmidi", "rtmidi2"):
        with contextlib.suppress(ImportError, OSError):
            return importlib.import_module(name)
    return None


def errors() -> tuple[type[Exception], ...]:
    """Return the exception types that RtMidi raises when a MIDI system or a port refuses a call."""
    own = getattr(_library(), "RtMidiError", RuntimeError)
    return (OSError, RuntimeError, ValueError, own)


def apis() -> list[Api]:
    """Return the MIDI systems that this build of RtMidi supports."""
    library = _library()
    if library is None:
        return []
    if hasattr(library, "get_compiled_api"):
        return [api for api in library.get_compiled_api() if api in _CANDIDATES]
    return {"darwin": [1], "win32": [4]}.get(sys.platform, [_ALSA, _JACK])


def system_of(api: Api) -> Hashable | None:
    """Return a value that identifies the current run of a MIDI system; None while it is not running.

    Called before a client is created, because RtMidi would print errors and libjack would start a server.
    """
    if sys.platform.startswith("linux"):
        if api == _ALSA:
            return "alsa" if _ALSA_DEVICE.exists() else None
        if api == _JACK:
            return _jack_server()
    return "always there"


def _jack_server() -> Hashable | None:
    """Return the path and inode of the socket on which the selected JACK server listens."""
    server = os.environ.get("JACK_DEFAULT_SERVER", "default")
    for path in _JACK_FOLDER.glob(f"jack_{server}_*"):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            inode = path.stat().st_ino
            probe.connect(str(path))  # a killed server leaves its socket
            return (str(path), inode)
    return None


def connect(api: Api, name: str) -> Client:
    """Create a client of that name. Raises one of `errors()` if the MIDI system does not respond."""
    library = _library()
    if library is None:
        raise RuntimeError("RtMidi is not installed")
    if api == _JACK:
        os.environ["JACK_NO_START_SERVER"] = "1"
    return _RtMidi(library, api, name) if library.__name__ == "rtmidi" else _RtMidi2(library, api, name)
