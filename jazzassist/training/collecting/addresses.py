"""Web addresses: normalisation, and classification by their endings before anything is fetched."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

PORTS = {"http": 80, "https": 443}
LONGEST = 2000  # characters; longer addresses are crawler traps
MIDI_ENDINGS = (".mid", ".midi", ".kar", ".rmi", ".smf")
# Neither pages nor MIDI files, so never requested.
OTHER_ENDINGS = {
    *(".7z", ".bz2", ".exe", ".gz", ".iso", ".rar", ".tar", ".tgz", ".zip"),
    *(".bmp", ".gif", ".ico", ".jpeg", ".jpg", ".png", ".ps", ".svg", ".swf", ".tif", ".webp"),
    *(".avi", ".flac", ".m4a", ".mov", ".mp3", ".mp4", ".mpg", ".ogg", ".wav", ".webm", ".wma", ".wmv"),
    *(".css", ".csv", ".doc", ".docx", ".js", ".json", ".pdf", ".rss", ".ttf", ".txt", ".woff", ".woff2", ".xls"),
    *(".mscz", ".musicxml", ".mxl", ".sib", ".xml"),
}


def whole(href: str, base: str = "") -> str | None:
    """Return the normalised absolute address of a link, None if it is not a web address."""
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
    """Return host and port, without a leading `www.`."""
    return urlsplit(address).netloc.removeprefix("www.")


def origin_of(address: str) -> str:
    """Return scheme, host and port, the scope of a robots.txt."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def ending_of(address: str) -> str:
    """Return the file suffix of the address in lower case with its dot, "" if it has none."""
    return PurePosixPath(unquote(urlsplit(address).path)).suffix.lower()


def looks_like_midi(address: str) -> bool:
    """Return True if the address has the suffix of a MIDI file."""
    return ending_of(address) in MIDI_ENDINGS


def may_be_page(address: str) -> bool:
    """Return True if the address may be a page, or a file without a telling suffix."""
    return not looks_like_midi(address) and ending_of(address) not in OTHER_ENDINGS


def plain_name(address: str, named: str = "") -> str:
    """Return a file name without suffix, from the name given by the server or from the address."""
    last = PurePosixPath(named.replace("\\", "/")).name or PurePosixPath(unquote(urlsplit(address).path)).name
    stem = last.removesuffix(PurePosixPath(last).suffix) if PurePosixPath(last).suffix in MIDI_ENDINGS else last
    return re.sub(r"[^\w-]+", "-", stem).strip("-_")[:60] or "song"
