"""Crawler etiquette: user agent, limits, robots.txt and pauses."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable
from dataclasses import dataclass

from protego import Protego

from jazzassist import __version__

NAME = "JazzAssist"
ROBOTS_BYTES = 512 * 1024  # minimum to parse by RFC 9309; the rest is ignored


@dataclass(frozen=True)
class Limits:
    """Limits of a collection. Times in seconds, sizes in bytes."""

    pages: int = 200
    files: int = 2000
    depth: int = 2  # maximum number of links from a named page
    page_bytes: int = 2 << 20
    file_bytes: int = 2 << 20
    redirects: int = 5
    tries: int = 4  # per address; the waits between them double
    silence_seconds: float = 20  # maximum silence of a server within a response
    answer_seconds: float = 60  # maximum duration of a response
    pause_seconds: float = 2
    longest_wait_seconds: float = 600  # maximum Retry-After; if longer, the address is skipped
    failures: int = 3  # consecutive failures after which a host is skipped


def user_agent(contact: str = "") -> str:
    """Return the User-Agent: name, version, purpose and contact."""
    about = "corpus collect, gathers MIDI files" + (f"; {contact}" if contact else "")
    return f"{NAME}/{__version__} ({about})"


class Robots:
    """The robots.txt of one origin.

    It is parsed by Protego, because `urllib.robotparser` applies the first matching rule instead of the longest and
    does not support wildcards: it would ignore `Disallow: /*.mid$`.
    """

    def __init__(self, text: str = "", closed: str = "") -> None:
        """`closed`: the reason why nothing is allowed if the file cannot be read (RFC 9309, 2.3.1.4)."""
        self._rules, self.closed = Protego.parse(text), closed

    def allows(self, address: str) -> bool:
        """Return True if the address may be fetched."""
        return not self.closed and bool(self._rules.can_fetch(address, NAME))

    @property
    def delay_seconds(self) -> float:
        """The pause required by crawl-delay or request-rate in seconds, 0 if there is none."""
        delay, rate = self._rules.crawl_delay(NAME), self._rules.request_rate(NAME)
        by_rate = rate.seconds / rate.requests if rate is not None and rate.requests else 0
        return max(0.0, delay or 0, by_rate)


class Pace:
    """Enforces the pause between the end of a request to a host and the start of the next."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock, self._sleep = clock, sleep
        self._ended: dict[str, float] = {}

    def wait(self, host: str, pause_seconds: float) -> None:
        """Wait until the next request to the host is allowed."""
        left = self._ended.get(host, -float("inf")) + pause_seconds - self._clock()
        if left > 0:
            self._sleep(left)

    def ended(self, host: str) -> None:
        """Record the end of a request to the host."""
        self._ended[host] = self._clock()


def retry_after(header: str, now: float | None = None) -> float:
    """Return the seconds to wait by a Retry-After header (a number or a date), 0 if it is empty or invalid."""
    if header.strip().isdecimal():
        return float(header)
    try:
        when = email.utils.parsedate_to_datetime(header).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, when - (time.time() if now is None else now))
