"""How to be a guest: who is asking, what robots.txt allows, how long to wait."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable
from dataclasses import dataclass

from protego import Protego

from jazzassist import __version__

NAME = "JazzAssist"
ROBOTS_BYTES = 512 * 1024  # what RFC 9309 wants to be read at least; what follows is left out


@dataclass(frozen=True)
class Limits:
    """What a collection may cost the hosts and this machine. Times in seconds, sizes in bytes."""

    pages: int = 200
    files: int = 2000
    depth: int = 2  # links from a named page to the furthest one
    page_bytes: int = 2 << 20
    file_bytes: int = 2 << 20
    redirects: int = 5
    tries: int = 4  # of one address; the waits between them double
    silence_seconds: float = 20  # of a server within an answer
    answer_seconds: float = 60  # for the whole of it
    pause_seconds: float = 2
    longest_wait_seconds: float = 600  # that a busy server may ask for; past it the address is left for another run
    failures: int = 3  # addresses of one host in a row that cannot be reached, after which it is left alone


def user_agent(contact: str = "") -> str:
    """What the program calls itself: its name and version, what it does, and whom to write to."""
    about = "corpus collect, gathers MIDI files" + (f"; {contact}" if contact else "")
    return f"{NAME}/{__version__} ({about})"


class Robots:
    """The robots.txt of one origin.

    Protego reads it and not `urllib.robotparser`, which takes the first rule that fits instead of the
    longest and knows no wildcards: `Disallow: /*.mid$` would forbid it nothing.
    """

    def __init__(self, text: str = "", closed: str = "") -> None:
        """`closed`: why nothing is allowed, where the file cannot be read (RFC 9309, 2.3.1.4)."""
        self._rules, self.closed = Protego.parse(text), closed

    def allows(self, address: str) -> bool:
        """Whether the program may fetch the address."""
        return not self.closed and bool(self._rules.can_fetch(address, NAME))

    @property
    def delay_seconds(self) -> float:
        """The pause that the host asks for, by crawl-delay or by request-rate; 0 where it names none."""
        delay, rate = self._rules.crawl_delay(NAME), self._rules.request_rate(NAME)
        by_rate = rate.seconds / rate.requests if rate is not None and rate.requests else 0
        return max(0.0, delay or 0, by_rate)


class Pace:
    """Keeps the pause between the end of one request to a host and the beginning of the next."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock, self._sleep = clock, sleep
        self._ended: dict[str, float] = {}

    def wait(self, host: str, pause_seconds: float) -> None:
        """Waits until the host may be asked again."""
        left = self._ended.get(host, -float("inf")) + pause_seconds - self._clock()
        if left > 0:
            self._sleep(left)

    def ended(self, host: str) -> None:
        """Notes that a request to the host is over."""
        self._ended[host] = self._clock()


def retry_after(header: str, now: float | None = None) -> float:
    """Seconds that a Retry-After header asks to wait, from a number or a date; 0 where it says nothing."""
    if header.strip().isdecimal():
        return float(header)
    try:
        when = email.utils.parsedate_to_datetime(header).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, when - (time.time() if now is None else now))
