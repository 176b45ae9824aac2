"""Web addresses: made whole and comparable, and what their ends tell before anything is fetched."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

PORTS = {"http": 80, "https": 443}
LONGEST = 2000  # characters; longer addresses are traps, not files
MIDI_ENDINGS = (".mid", ".midi", ".kar", ".rmi", ".smf")
# Never a page and never a MIDI file, so not worth a request.
OTHER_ENDINGS = {
    *(".7z", ".bz2", ".exe", ".gz", ".iso", ".rar", ".tar", ".tgz", ".zip"),
    *(".bmp", ".gif", ".ico", ".jpeg", ".jpg", ".png", ".ps", ".svg", ".swf", ".tif", ".webp"),
    *(".avi", ".flac", ".m4a", ".mov", ".mp3", ".mp4", ".mpg", ".ogg", ".wav", ".webm", ".wma", ".wmv"),
    *(".css", ".csv", ".doc", ".docx", ".js", ".json", ".pdf", ".rss", ".ttf", ".txt", ".woff", ".woff2", ".xls"),
    *(".mscz", ".musicxml", ".mxl", ".sib", ".xml"),
}


def whole(href: str, base: str = "") -> str | None:
    """The absolute address that a link means, written in one way; None where it is no web address."""
    try:
        parts = urlsplit(urljoin(base, re.sub(r"[\t\r\n]", "", href.strip())))
        host, port = parts.hostname, parts.port
        host = host.encode("idna").decode() if host and not host.isascii() else host
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in PORTS or not host or parts.username is not None or parts.password is not None:
        return None
    name = f"[{host}]" if ":" in host else host
    place = name if port in (None, PORTS[parts.scheme]) else f"{name}:{port}"
    path, query = (quote(text, safe="%/:=&?~+!$,;'@()*[]") for text in (parts.path or "/", parts.query))
    address = urlunsplit((parts.scheme, place, path, query, ""))
    return address if len(address) <= LONGEST else None


def host_of(address: str) -> str:
    """Host and port, without the `www.` that many hosts have and lack by turns."""
    return urlsplit(address).netloc.removeprefix("www.")


def origin_of(address: str) -> str:
    """Scheme, host and port: what one robots.txt holds for."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def ending_of(address: str) -> str:
    """The ending of the address's last word, in small letters, with its dot; empty without one."""
    return PurePosixPath(unquote(urlsplit(address).path)).suffix.lower()


def looks_like_midi(address: str) -> bool:
    """Whether the address ends as a MIDI file's does."""
    return ending_of(address) in MIDI_ENDINGS


def may_be_page(address: str) -> bool:
    """Whether the address may lead to a page, or to a file that its ending does not tell."""
    return not looks_like_midi(address) and ending_of(address) not in OTHER_ENDINGS


def plain_name(address: str, named: str = "") -> str:
    """A file name without its ending: of the name that the server gives, or of the address."""
    last = PurePosixPath(named.replace("\\", "/")).name or PurePosixPath(unquote(urlsplit(address).path)).name
    stem = last.removesuffix(PurePosixPath(last).suffix) if PurePosixPath(last).suffix in MIDI_ENDINGS else last
    return re.sub(r"[^\w-]+", "-", stem).strip("-_")[:60] or "song"
