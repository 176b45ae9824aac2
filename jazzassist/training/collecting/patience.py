"""A limit on how long one answer may take in all, however it trickles."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Any

CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class Patience:
    """Within the block, shuts the connection that `trace` was told of when the seconds are over.

    A timeout of the transport begins anew with every byte that comes, so that a server that sends
    one now and then, be it of its headers, would be waited for without end.
    """

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Patience:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Takes note of a connection that is made; for httpx's extension `trace`."""
        if event in CONNECTED:
            self._socket = info["return_value"].get_extra_info("socket")

    def _end(self) -> None:
        self.over = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # also of TLS, without its farewell
