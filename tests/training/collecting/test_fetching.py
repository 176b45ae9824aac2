"""robots.txt, pauses, retries, and servers that are slow, endless, huge or broken."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from itertools import pairwise

import pytest

from jazzassist.training.collecting.fetching import Fetcher, NotFetched, kind_of
from jazzassist.training.collecting.politeness import Limits, Robots, retry_after, user_agent
from tests.training.collecting.conftest import LIMITS, Collected
from tests.training.collecting.site import Site, Time, answer, failing, midi, page, redirect, serving

Collect = Callable[..., Collected]


def get(site: Site, path: str, limits: Limits = LIMITS) -> bytes:
    fetcher = Fetcher({site.host}, limits, "", site.time.clock, site.time.sleep)
    try:
        return fetcher.get(site.address + path).body
    finally:
        fetcher.close()


def refusal(site: Site, path: str, limits: Limits = LIMITS) -> NotFetched:
    with pytest.raises(NotFetched) as caught:
        get(site, path, limits)
    return caught.value


def test_robots_txt_is_asked_first_and_obeyed(site: Site, collect: Collect) -> None:
    site.routes |= {"/robots.txt": b"User-agent: *\nDisallow: /private\nDisallow: /*.kar$\n"}
    site.routes |= {"/": page("/private/a.mid", "/b.mid", "/c.kar"), "/b.mid": midi(), "/c.kar": midi(61)}
    found = collect("/")
    assert site.asked[0][1] == "/robots.txt"
    assert site.paths == ["/", "/b.mid"]
    assert found.manifest["/c.kar"]["reason"] == "robots.txt does not allow it"
    assert found.counts == {"kept": 1, "not fetched": 2}


def test_a_redirect_into_what_robots_txt_forbids_is_not_followed(site: Site) -> None:
    site.routes |= {"/robots.txt": b"User-agent: *\nDisallow: /private\n", "/a": redirect("/private/a")}
    assert str(refusal(site, "/a")) == "robots.txt does not allow it"
    assert site.paths == ["/a"]


def test_rules_for_this_program_by_name(site: Site) -> None:
    site.routes |= {"/robots.txt": b"User-agent: jazzassist\nDisallow: /\n\nUser-agent: *\nAllow: /\n", "/": page()}
    assert "robots.txt" in str(refusal(site, "/"))


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (500, False), (503, False)])
def test_without_robots_txt_all_is_allowed_and_with_a_server_in_trouble_nothing(
    site: Site, status: int, allowed: bool
) -> None:
    site.routes |= {"/robots.txt": failing(99, status, b""), "/": page()}
    if allowed:
        assert get(site, "/") == page()
    else:
        assert f"the server says {status}, which closes the host" in str(refusal(site, "/"))
        assert site.paths == []


def test_a_host_that_wants_a_pause_of_a_day_is_left_alone(site: Site) -> None:
    site.routes |= {"/robots.txt": b"User-agent: *\nCrawl-delay: 86400\n", "/": page()}
    assert "robots.txt asks for a pause of" in str(refusal(site, "/"))
    assert site.paths == []


def test_a_huge_robots_txt_is_read_as_far_as_it_must_be(site: Site) -> None:
    site.routes |= {"/robots.txt": b"User-agent: *\nDisallow: /no\n" + b"# \n" * 400_000, "/": page(), "/no": page()}
    assert get(site, "/") == page()
    refusal(site, "/no")


def test_the_pause_lies_between_all_requests(site: Site, collect: Collect) -> None:
    site.routes |= {"/": page(*(f"/{number}.mid" for number in range(4)))}
    site.routes |= {f"/{number}.mid": midi(50 + number) for number in range(4)}
    collect("/")
    times = [at for at, _, _ in site.asked]
    assert len(times) == 6
    assert all(later - earlier >= 2 for earlier, later in pairwise(times))
    assert site.most_at_once == 1


@pytest.mark.parametrize("rule", [b"Crawl-delay: 11", b"Request-rate: 1/11"])
def test_a_longer_delay_of_robots_txt_is_obeyed(site: Site, collect: Collect, rule: bytes) -> None:
    site.routes |= {"/robots.txt": b"User-agent: *\n" + rule + b"\n", "/": page("/a.mid"), "/a.mid": midi()}
    collect("/")
    times = [at for at, _, _ in site.asked]
    assert all(later - earlier >= 11 for earlier, later in pairwise(times[1:]))


def test_a_busy_server_is_asked_again_later_and_later(site: Site) -> None:
    site.routes |= {"/": failing(3, 503, page())}
    assert get(site, "/") == page()
    times = [at for at, path, _ in site.asked if path == "/"]
    assert [later - earlier for earlier, later in pairwise(times)] == [2, 4, 8]


def test_a_busy_server_says_when(site: Site) -> None:
    site.routes |= {"/": failing(1, 429, page(), Retry_After="77")}
    assert get(site, "/") == page()
    assert 77 in site.time.slept


def test_a_server_that_asks_for_hours_is_left_for_another_run(site: Site) -> None:
    site.routes |= {"/": failing(1, 429, page(), Retry_After="7200")}
    found = refusal(site, "/")
    assert found.again
    assert str(found) == "the server says 429 and asks to wait 7200 s"
    assert site.paths == ["/"]


def test_an_error_that_stays_is_asked_a_few_times_only(site: Site) -> None:
    site.routes |= {"/": failing(99, 500, b"")}
    assert refusal(site, "/").again
    assert site.paths == ["/"] * 4
    site.asked.clear()
    assert not refusal(site, "/none").again
    assert site.paths == ["/none"]


def test_a_host_that_cannot_be_reached_is_left_alone_after_a_while(site: Site, collect: Collect) -> None:
    site.routes |= {"/": page(*(f"/{number}.mid" for number in range(9)))}
    site.routes |= {f"/{number}.mid": failing(99, 502, b"") for number in range(9)}
    found = collect("/")
    assert len(site.paths) == 1 + 3 * 4
    assert found.counts == {"not fetched": 9}


def test_a_host_that_is_not_there() -> None:
    with serving(Time()) as gone:
        pass
    assert "its robots.txt cannot be reached" in str(refusal(gone, "/"))


def endless(chunk: bytes, kind: str, pause_seconds: float = 0.0) -> Callable[[BaseHTTPRequestHandler], None]:
    def route(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        while True:
            handler.wfile.write(chunk)
            time.sleep(pause_seconds)

    return route


@pytest.mark.parametrize(
    ("path", "beginning", "kind"),
    [("/page", b"<html>", "text/html"), ("/a.mid", b"MThd", "audio/midi"), ("/x", b"MThd", "")],
)
def test_an_endless_answer_is_cut(site: Site, path: str, beginning: bytes, kind: str) -> None:
    site.routes |= {path: endless(beginning.ljust(65536, b" "), kind)}
    limits = replace(LIMITS, page_bytes=300_000, file_bytes=300_000)
    assert str(refusal(site, path, limits)) == "is larger than 300000 bytes"


def test_a_huge_file_is_left_at_the_cap(site: Site) -> None:
    sent = []

    def route(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(1 << 40))
        handler.end_headers()
        handler.close_connection = True
        while True:
            handler.wfile.write(b"MThd" * 4096)
            sent.append(16384)

    site.routes |= {"/a.mid": route}
    assert "is larger than" in str(refusal(site, "/a.mid"))
    assert sum(sent) < 40_000_000  # of a terabyte, only the network buffers are filled


def test_what_is_of_no_use_is_left_at_once(site: Site) -> None:
    site.routes |= {"/movie": endless(b"\0" * 65536, "video/mp4")}
    assert str(refusal(site, "/movie")) == "is neither a page nor a MIDI file"


def trickle(before: bytes, byte: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    """Send `before`, then a byte now and then, forever."""

    def route(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.wfile.write(before)
        while True:
            handler.wfile.write(byte)
            time.sleep(0.02)

    return route


@pytest.mark.parametrize(
    "before", [b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: ", b""]
)
def test_an_answer_that_trickles_is_left(site: Site, before: bytes) -> None:
    site.routes |= {"/drip": trickle(before, b"x")}
    found = refusal(site, "/drip", replace(LIMITS, answer_seconds=0.8))
    assert str(found) == "is not there after 0.8 s"
    assert found.again
    assert site.paths == ["/drip"]


def test_a_silent_server_is_left(site: Site) -> None:
    site.routes |= {"/silent": lambda handler: time.sleep(1.2)}
    assert "cannot be reached" in str(refusal(site, "/silent", replace(LIMITS, silence_seconds=0.4, tries=2)))
    assert site.paths == ["/silent"] * 2


def test_a_packed_page_is_unpacked_and_a_bomb_is_not(site: Site) -> None:
    packed = gzip.compress(page(words="hello"))
    bomb = gzip.compress(b"<" * (64 << 20))
    site.routes |= {
        "/a": lambda handler: answer(handler, packed, "text/html", Content_Encoding="gzip"),
        "/bomb": lambda handler: answer(handler, bomb, "text/html", Content_Encoding="gzip"),
        "/odd": lambda handler: answer(handler, b"x" * 99, "text/html", Content_Encoding="gzip"),
        "/br": lambda handler: answer(handler, b"x", "text/html", Content_Encoding="br"),
    }
    assert get(site, "/a") == page(words="hello")
    assert str(refusal(site, "/bomb", replace(LIMITS, page_bytes=1 << 40))) == "grows too much when it is unpacked"
    assert str(refusal(site, "/odd")) == "is packed wrongly"
    assert str(refusal(site, "/br")) == "comes packed as br"


def test_answers_that_break_the_protocol(site: Site, collect: Collect) -> None:
    def garbage(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"\x16\x03 this is no HTTP\r\n\r\n")
        handler.close_connection = True

    def short(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "5000")
        handler.end_headers()
        handler.wfile.write(midi())
        handler.close_connection = True

    site.routes |= {
        "/": page("/garbage.mid", "/short.mid", "/nowhere", "/odd"),
        "/garbage.mid": garbage,
        "/short.mid": short,
    }
    site.routes |= {"/nowhere": redirect("ftp://h/a"), "/odd": redirect("http://[::1")}
    found = collect("/")
    assert found.manifest["/garbage.mid"]["outcome"] == found.manifest["/short.mid"]["outcome"] == "not fetched"
    assert found.manifest["/nowhere"]["reason"] == "is redirected to no web address"
    assert "Invalid" in found.manifest["/odd"]["reason"]
    assert found.files == []


def test_the_user_agent_names_the_program_and_whom_to_write_to() -> None:
    assert user_agent().startswith("JazzAssist/")
    assert user_agent("me@example.org").endswith("; me@example.org)")


def test_robots_rules_that_the_standard_library_does_not_know() -> None:
    robots = Robots("User-agent: *\nDisallow: /\nAllow: /midi/\nDisallow: /*.kar$\n")
    assert robots.allows("http://h/midi/a.mid")
    assert not robots.allows("http://h/a.mid")
    assert not Robots("User-agent: *\nDisallow: /*.mid$").allows("http://h/a.mid")
    assert Robots("\0 nonsense <html>").allows("http://h/")
    assert not Robots(closed="why").allows("http://h/")


def test_when_to_come_back() -> None:
    assert retry_after("120") == 120
    assert retry_after("Thu, 01 Jan 1970 00:10:00 GMT", now=500) == 100
    assert retry_after("Thu, 01 Jan 1970 00:10:00 GMT", now=5000) == 0
    assert retry_after("") == retry_after("soon") == retry_after("Mon, 01 Jan 0001 00:00:00 +2300") == 0


def test_kinds() -> None:
    assert kind_of(b"MThd....", "text/html") == "midi"
    assert kind_of(b"RIFF\0\0\0\0RMID", "") == "midi"
    assert kind_of(b"<html>", "") == kind_of(b"hello", "text/HTML; charset=x") == "page"
    assert kind_of(b"PK", "application/zip") == kind_of(b"", "") == "other"
