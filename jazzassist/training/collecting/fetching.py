"""HTTP requests one at a time, with robots.txt, pauses, redirects, retries and limits on everything."""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from functools import cache

import httpx

from jazzassist.training.collecting.addresses import host_of, looks_like_midi, origin_of, whole
from jazzassist.training.collecting.deadline import Deadline
from jazzassist.training.collecting.politeness import ROBOTS_BYTES, Limits, Pace, Robots, retry_after, user_agent

BUSY = (429, 500, 502, 503, 504)
REDIRECTS = (301, 302, 303, 307, 308)
GONE = (404, 410)
FRESH = httpx.Limits(max_keepalive_connections=0)  # connections do not outlive the pauses
MOST_UNPACKED = 4 << 20  # maximum decompressed bytes of one chunk (at most 64 kB) of a body
ENOUGH_TO_TELL = 512  # first bytes by which pages and MIDI files are distinguished


class NotFetched(Exception):
    """An address could not be fetched. The message is the reason. `again`: another run may succeed."""

    def __init__(self, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.again = again


@dataclass(frozen=True)
class Answer:
    """The response for an address. `address`: after redirects. `named`: the file name given by the server."""

    address: str
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def kind(self) -> str:
        """`midi`, `page`, or `other`."""
        return kind_of(self.body, self.headers.get("content-type", ""))

    @property
    def charset(self) -> str | None:
        """The encoding stated by the server."""
        return _parameter(self.headers.get("content-type", ""), "charset")

    @property
    def named(self) -> str:
        """The file name given by the server, "" if there is none."""
        return _parameter(self.headers.get("content-disposition", ""), "filename") or ""


class Fetcher:
    """Fetches from the named hosts only."""

    def __init__(
        self,
        hosts: set[str],
        limits: Limits,
        contact: str = "",
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._hosts, self._limits, self._sleep = hosts, limits, sleep
        self._pace = Pace(clock, sleep)
        self._robots: dict[str, Robots] = {}
        self._failures: dict[str, int] = {}
        headers = {"User-Agent": user_agent(contact), "Accept-Encoding": "gzip, deflate", "Accept": "*/*"}
        self._client = httpx.Client(
            headers=headers, timeout=limits.silence_seconds, limits=FRESH, verify=_trusted(), follow_redirects=False
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def may_visit(self, address: str) -> bool:
        """Return True if the address is on a named host."""
        return host_of(address) in self._hosts

    def get(self, address: str) -> Answer:
        """Return the response with status 200, after checked redirects. Raises NotFetched otherwise."""
        for _ in range(self._limits.redirects + 1):
            self._check(address)
            answer = self._ask(address, self._robots_of(address).delay_seconds)
            if answer.status == 200:
                return answer
            if answer.status not in REDIRECTS:
                raise NotFetched(f"the server says {answer.status}", again=answer.status not in GONE)
            address = _target(answer)
        raise NotFetched(f"is redirected more than {self._limits.redirects} times")

    def _check(self, address: str) -> None:
        self._check_host(address)
        robots = self._robots_of(address)
        if not robots.allows(address):
            raise NotFetched(robots.closed or "robots.txt does not allow it", again=True)
        if robots.delay_seconds > self._limits.longest_wait_seconds:
            raise NotFetched(f"robots.txt asks for a pause of {robots.delay_seconds:g} s", again=True)

    def _check_host(self, address: str) -> None:
        host = host_of(address)
        if not self.may_visit(address):
            raise NotFetched(f"lies on {host}, which was not named", again=True)
        if self._failures.get(host, 0) >= self._limits.failures:
            raise NotFetched(f"{host} could not be reached {self._limits.failures} times in a row", again=True)

    def _robots_of(self, address: str) -> Robots:
        origin = origin_of(address)
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(f"{origin}/robots.txt")
        return self._robots[origin]

    def _read_robots(self, address: str) -> Robots:
        """Return the rules by RFC 9309: a missing file allows everything, a server error allows nothing."""
        try:
            for _ in range(self._limits.redirects + 1):
                self._check_host(address)
                answer = self._ask(address, 0, ROBOTS_BYTES)
                if answer.status not in REDIRECTS:
                    break
                address = _target(answer)
        except NotFetched as reason:
            return Robots(closed=f"its robots.txt {reason}, which closes the host")
        if answer.status == 200:
            return Robots(answer.body.decode("utf-8", errors="replace"))
        closed = f"of its robots.txt the server says {answer.status}, which closes the host"
        return Robots(closed="" if 400 <= answer.status < 500 else closed)

    def _ask(self, address: str, delay_seconds: float, cut_at: int | None = None) -> Answer:
        """Return the response with any status but BUSY. Raises NotFetched if the server stays busy or silent."""
        pause, reason = max(self._limits.pause_seconds, delay_seconds), ""
        host, wait = host_of(address), self._limits.pause_seconds
        for attempt in range(self._limits.tries):
            self._pace.wait(host, pause)
            asked = 0.0
            try:
                answer = self._once(address, cut_at)
                if answer.status not in BUSY:
                    self._failures[host] = 0
                    return answer
                reason = f"the server says {answer.status}"
                asked = retry_after(answer.headers.get("retry-after", ""))
            except httpx.TransportError as error:
                reason = f"cannot be reached: {error or type(error).__name__}"
            except (httpx.InvalidURL, UnicodeError) as error:
                raise NotFetched(f"is no usable address: {error}") from error
            finally:
                self._pace.ended(host)
            if asked > self._limits.longest_wait_seconds:
                raise NotFetched(f"{reason} and asks to wait {asked:.0f} s", again=True)
            if attempt + 1 < self._limits.tries:
                self._sleep(max(wait * 2**attempt, asked))
        self._failures[host] = self._failures.get(host, 0) + 1
        raise NotFetched(reason, again=True)

    def _once(self, address: str, cut_at: int | None) -> Answer:
        late = NotFetched(f"is not there after {self._limits.answer_seconds:g} s", again=True)
        with Deadline(self._limits.answer_seconds) as deadline:
            try:
                with self._client.stream("GET", address, extensions={"trace": deadline.trace}) as response:
                    body = self._body(response, address, cut_at) if response.status_code == 200 else b""
            except httpx.TransportError as error:
                if deadline.over:
                    raise late from error
                raise
        if deadline.over:  # without a length, a closed connection looks like the end of the body
            raise late
        return Answer(address, response.status_code, response.headers, body)

    def _body(self, response: httpx.Response, address: str, cut_at: int | None) -> bytes:
        """Return the decompressed body. Stop reading as soon as it is too large or unusable."""
        unpack = _unpacker(response.headers.get("content-encoding", ""))
        body = bytearray()
        most = cut_at
        for chunk in response.iter_raw():
            body += unpack(chunk)
            if most is None and len(body) >= ENOUGH_TO_TELL:
                most = self._most(bytes(body[:ENOUGH_TO_TELL]), response, address)
            if most is not None and len(body) > most:
                if cut_at is not None:
                    break
                raise NotFetched(f"is larger than {most} bytes")
        return bytes(body[:cut_at])

    def _most(self, beginning: bytes, response: httpx.Response, address: str) -> int:
        kind = kind_of(beginning, response.headers.get("content-type", ""))
        if kind == "midi":
            return self._limits.file_bytes
        if looks_like_midi(address):
            raise NotFetched("is not a MIDI file: it has no MThd header")
        if kind == "other":
            raise NotFetched("is neither a page nor a MIDI file")
        return self._limits.page_bytes


@cache
def _trusted() -> ssl.SSLContext:
    """Return the trusted certificates, cached because reading them is slow."""
    return httpx.create_ssl_context()


def kind_of(beginning: bytes, content_type: str) -> str:
    """Return `midi`, `page` or `other`, by the first bytes, then by the content type."""
    if beginning[:4] == b"MThd" or (beginning[:4] == b"RIFF" and beginning[8:12] == b"RMID"):
        return "midi"
    start = beginning.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return "page" if "html" in content_type.lower() or (not content_type and start == b"<") else "other"


def _target(answer: Answer) -> str:
    target = whole(answer.headers.get("location", ""), answer.address)
    if target is None or not answer.headers.get("location"):
        raise NotFetched("is redirected to no web address")
    return target


def _unpacker(encoding: str) -> Callable[[bytes], bytes]:
    """Return a function that decompresses a body chunk by chunk, each to at most MOST_UNPACKED bytes."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return lambda chunk: chunk
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise NotFetched(f"comes packed as {encoding}")
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)  # 32: detect the format by the header

    def unpack(chunk: bytes) -> bytes:
        try:
            found = unpacking.decompress(chunk, MOST_UNPACKED)
        except zlib.error as error:
            raise NotFetched("is packed wrongly") from error
        if unpacking.unconsumed_tail:
            raise NotFetched("grows too much when it is unpacked")
        return found

    return unpack


def _parameter(header: str, name: str) -> str | None:
    """Return a parameter of a header, such as charset, with RFC 2231 or plain quoting."""
    message = Message()
    message["content-disposition" if name == "filename" else "content-type"] = header
    if name == "filename":
        return message.get_filename()
    return message.get_content_charset()
