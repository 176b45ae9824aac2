"""Parsing of listing pages: their links and licence statements."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag, XMLParsedAsHTMLWarning
from bs4.exceptions import ParserRejectedMarkup

from jazzassist.training.collecting.addresses import looks_like_midi, may_be_page, whole

LICENCE = re.compile(
    r"licen[cs]e|public domain|creative commons|\bCC[ -](?:BY|0)|copyright|©|\(c\) ?\d{4}|rights reserved|"
    r"terms of use|personal use|domaine public|gemeinfrei",
    re.IGNORECASE,
)
MOST_WORDS = 300  # characters per statement; longer paragraphs are cut
MOST_STATEMENTS = 8
# Attributes that contain addresses: old pages have frames and background sounds.
PLACES = {
    "a": "href",
    "area": "href",
    "frame": "src",
    "iframe": "src",
    "embed": "src",
    "audio": "src",
    "source": "src",
    "bgsound": "src",
    "object": "data",
    "midi-player": "src",
}


@dataclass(frozen=True)
class Page:
    """Links to MIDI files, links to possible pages (both absolute and unique), and the licence statement."""

    files: tuple[str, ...]
    pages: tuple[str, ...]
    licence: str


def read_page(body: bytes, address: str, charset: str | None = None) -> Page:
    """Parse a page. Raises ValueError if that fails. Links marked nofollow are skipped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        try:
            soup = BeautifulSoup(body, "html.parser", from_encoding=charset)
        except (ParserRejectedMarkup, RecursionError, AssertionError, LookupError) as error:
            raise ValueError("is a page that cannot be parsed") from error
    base = soup.find("base", href=True)
    base_address = whole(str(base["href"]), address) if isinstance(base, Tag) else None
    links = list(dict.fromkeys(_links(soup, base_address or address)))
    pages = () if _says_nofollow(soup) else tuple(link for link in links if may_be_page(link) and link != address)
    return Page(tuple(link for link in links if looks_like_midi(link)), pages, licence_of(soup))


def _links(soup: BeautifulSoup, base: str) -> Iterator[str]:
    for tag in soup.find_all(list(PLACES)):
        href = tag.get(PLACES[tag.name])
        followed = isinstance(href, str) and href and "nofollow" not in str(tag.get("rel", ""))
        link = whole(str(href), base) if followed else None
        if link is not None:
            yield link


def _says_nofollow(soup: BeautifulSoup) -> bool:
    robots = [
        str(tag.get("content", "")).lower()
        for tag in soup.find_all("meta", attrs={"name": re.compile("^robots$", re.I)})
    ]
    return any("nofollow" in content or "none" in content for content in robots)


def licence_of(soup: BeautifulSoup) -> str:
    """Return the page's statements about licence and rights, one per line; "" if there are none."""
    found = [str(tag.get("href", "")) for tag in soup.find_all(["a", "link"], rel="license")]
    names = re.compile(r"^(dc(terms)?\.(rights|license)|copyright|license|rights)$", re.IGNORECASE)
    found += [str(tag.get("content", "")) for tag in soup.find_all("meta", attrs={"name": names})]
    for hidden in soup.find_all(["script", "style", "noscript", "template"]):
        hidden.decompose()
    for text in soup.find_all(string=LICENCE):
        block = text.find_parent(["p", "li", "td", "div", "footer", "small", "address", "dd", "h1", "h2", "h3"])
        words = " ".join((block.get_text(" ") if block else str(text)).split())
        # If a whole page is in one cell, use only the matching words.
        found.append(words if len(words) <= MOST_WORDS else " ".join(str(text).split())[:MOST_WORDS])
    statements = [statement for statement in dict.fromkeys(found) if statement]
    return "\n".join(statements[:MOST_STATEMENTS])
