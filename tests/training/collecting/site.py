"""A local web server with all kinds of pages, and a clock that only advances by sleeping."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from jazzassist.domain.song import Event, Notes, Song, Track
from jazzassist.midi.files import song_bytes

Route = Callable[[BaseHTTPRequestHandler], None]


def midi(pitch: int = 60, name: bytes = b"A Song") -> bytes:
    """A small MIDI file."""
    notes = Notes.of([(at * 240, 200, pitch + at % 7, 80, 0) for at in range(16)])
    return song_bytes(Song(480, (Track("", notes, (Event(0, b"\xff\x03" + name),)),)))


def page(*links: str, words: str = "") -> bytes:
    """A page with these links."""
    anchors = "".join(f'<a href="{link}">x</a>' for link in links)
    return f"<!doctype html><html><body>{anchors}<p>{words}</p></body></html>".encode()


@dataclass
class Time:
    """A clock that only advances by sleeping, and records each sleep."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Site:
    """The server's responses by path (404 for others), and its requests: (time, path, User-Agent)."""

    address: str
    time: Time
    routes: dict[str, bytes | Route] = field(default_factory=dict)
    asked: list[tuple[float, str, str]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    @property
    def paths(self) -> list[str]:
        """The requested paths, without robots.txt."""
        return [path for _, path, _ in self.asked if path != "/robots.txt"]

    @property
    def host(self) -> str:
        return self.address.removeprefix("http://")


def answer(handler: BaseHTTPRequestHandler, body: bytes, kind: str, status: int = 200, **headers: str) -> None:
    """Send a whole response."""
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def failing(times: int, status: int, then: bytes, **headers: str) -> Route:
    """Respond with a number of errors, and then with a page or file."""
    left = [times]

    def route(handler: BaseHTTPRequestHandler) -> None:
        left[0] -= 1
        if left[0] >= 0:
            answer(handler, b"", "text/plain", status, **headers)
        else:
            answer(handler, then, kind_of(then))

    return route


def redirect(to: str) -> Route:
    """Respond with a redirect."""
    return lambda handler: answer(handler, b"", "text/plain", 302, Location=to)


def kind_of(body: bytes) -> str:
    return "audio/midi" if body.startswith(b"MThd") else "text/html; charset=utf-8"


@contextmanager
def serving(time: Time) -> Iterator[Site]:
    """A server on a free port, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append((time.now, self.path, self.headers.get("User-Agent", "")))
            site.at_once += 1
            site.most_at_once = max(site.most_at_once, site.at_once)
            try:
                route = site.routes.get(self.path)
                if callable(route):
                    route(self)
                elif route is None:
                    answer(self, b"nothing here", "text/plain", 404)
                else:
                    answer(self, route, "text/plain" if self.path == "/robots.txt" else kind_of(route))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                site.at_once -= 1

        def log_message(self, *words: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *about: object) -> None:
            """Print nothing: clients may disconnect, and stderr belongs to the program."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Site(f"http://127.0.0.1:{server.server_port}", time)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
