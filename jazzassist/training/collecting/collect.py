"""Collects the MIDI files linked from named pages and from the pages that those link to."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jazzassist.domain.song import Song
from jazzassist.midi.files import MidiFileError, read_song
from jazzassist.training.collecting.addresses import looks_like_midi, plain_name
from jazzassist.training.collecting.fetching import Answer, Fetcher, NotFetched
from jazzassist.training.collecting.journal import Entry, Journal
from jazzassist.training.collecting.pages import Page, read_page
from jazzassist.training.collecting.politeness import Limits

MANIFEST, PAGES, FILES = "manifest.jsonl", "pages.jsonl", "files"
KEPT, DUPLICATE, REFUSED, LATER = "kept", "duplicate", "refused", "not fetched"
READ = "read"  # the outcome of a page


@dataclass(frozen=True)
class Link:
    """An address to visit, the page on which it was found, and the licence statement of that page or a parent."""

    address: str
    depth: int = 0
    found_on: str = ""
    licence: str = ""
    licence_on: str = ""


class Collection:
    """A folder of collected files: `files/`, the manifest of all files, and the journal of pages.

    `follow`: apart from the named pages, only pages whose address matches it are followed.
    """

    def __init__(
        self,
        folder: Path,
        fetcher: Fetcher,
        limits: Limits,
        follow: re.Pattern[str] | None = None,
        tell: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self._folder, self._fetcher, self._limits, self._follow, self._tell = folder, fetcher, limits, follow, tell
        (folder / FILES).mkdir(parents=True, exist_ok=True)
        self._manifest = Journal(folder / MANIFEST, ("outcome",))
        self._pages = Journal(folder / PAGES, ("files", "pages", "licence"))
        kept = [entry for entry in self._manifest if self._is_there(entry)]
        self._by_bytes: dict[str, str] = {entry["sha256"]: entry["file"] for entry in kept}
        self._by_notes: dict[str, str] = {entry["notes"]: entry["file"] for entry in kept}

    def collect(self, addresses: list[str]) -> Counter[str]:
        """Visit the addresses and their links, breadth first. Return the number of files by outcome."""
        queue = deque(Link(address) for address in addresses)
        seen, pages = set(addresses), 0
        while queue and len(self._by_bytes) < self._limits.files:
            link = queue.popleft()
            if looks_like_midi(link.address):
                self._visit(link)
                continue
            if pages >= self._limits.pages:
                continue  # files found before the last page are still fetched
            page = self._visit(link)
            pages += page is not None or self.outcome(link.address) not in (KEPT, DUPLICATE)
            if page is not None:
                fresh = [further for further in self._further(link, page) if further.address not in seen]
                seen.update(further.address for further in fresh)
                queue.extendleft(further for further in reversed(fresh) if looks_like_midi(further.address))
                queue.extend(further for further in fresh if not looks_like_midi(further.address))
            self._tell(f"{pages} pages, {len(self._by_bytes)} files")
        return Counter(entry["outcome"] for entry in self._manifest)

    def _further(self, link: Link, page: Page) -> list[Link]:
        said = (page.licence, link.address) if page.licence else (link.licence, link.licence_on)
        pages = [address for address in page.pages if self._fetcher.may_visit(address)]
        pages = [address for address in pages if self._follow is None or self._follow.search(address)]
        leads_to = list(page.files) + (pages if link.depth < self._limits.depth else [])
        return [Link(address, link.depth + 1, link.address, *said) for address in leads_to]

    def outcome(self, address: str) -> str:
        """Return the outcome of an address; "" for a page that was read and for an address not visited."""
        return str((self._manifest.get(address) or {}).get("outcome", ""))

    def reason(self, address: str) -> str:
        """Return why an address gave no new file; "" if it did, or if it is a page that was read."""
        return "" if self._pages.get(address) else str((self._manifest.get(address) or {}).get("reason", ""))

    def _is_there(self, entry: Entry) -> bool:
        """Return True if an entry is of a kept file that still exists."""
        known = entry["outcome"] == KEPT and {"file", "sha256", "notes"} <= entry.keys()
        return known and (self._folder / entry["file"]).is_file()

    def _visit(self, link: Link) -> Page | None:
        """Fetch a file or a page unless an earlier run has done so. Return the page, None for files."""
        known = self._pages.get(link.address)
        if known is not None:
            return Page(tuple(known["files"]), tuple(known["pages"]), known["licence"])
        entry = self._manifest.get(link.address)
        if entry is not None and (self._is_there(entry) or entry["outcome"] in (DUPLICATE, REFUSED)):
            return None
        self._tell(link.address)
        try:
            answer = self._fetcher.get(link.address)
            if answer.kind == "page" and not looks_like_midi(link.address):
                return self._read(link, answer)
            entry = self._stored(link, answer)
        except NotFetched as reason:
            entry = {"outcome": LATER if reason.again else REFUSED, "reason": str(reason)}
        self._manifest.add(_entry(link) | entry)
        return None

    def _read(self, link: Link, answer: Answer) -> Page:
        try:
            page = read_page(answer.body, answer.address, answer.charset)
        except ValueError as error:
            raise NotFetched(str(error)) from error
        found = {"licence": page.licence, "files": page.files, "pages": page.pages}
        self._pages.add(_entry(link) | {"outcome": READ, "came from": answer.address, **found})
        return page

    def _stored(self, link: Link, answer: Answer) -> Entry:
        """Write a fetched file to files/ if it is MIDI and new. Return its facts and outcome."""
        digest = hashlib.sha256(answer.body).hexdigest()
        facts: Entry = {"came from": answer.address, "bytes": len(answer.body), "sha256": digest}
        if digest in self._by_bytes:
            return facts | {"outcome": DUPLICATE, "reason": f"the same bytes as {self._by_bytes[digest]}"}
        part = self._folder / FILES / "incoming.part"
        try:
            part.write_bytes(answer.body)
            song = read_song(part).song
            if not song.last_note_end:
                return facts | {"outcome": REFUSED, "reason": "has no notes"}
            notes = notes_digest(song)
            if notes in self._by_notes:
                return facts | {"outcome": DUPLICATE, "reason": f"the same notes as {self._by_notes[notes]}"}
            name = f"{FILES}/{plain_name(link.address, answer.named)}-{digest[:8]}.mid"
            part.replace(self._folder / name)
        except MidiFileError as error:
            return facts | {"outcome": REFUSED, "reason": str(error).removeprefix(f"{part} ").rstrip(".")}
        finally:
            part.unlink(missing_ok=True)
        self._by_bytes[digest] = self._by_notes[notes] = name
        return facts | {"outcome": KEPT, "file": name, "notes": notes}


def notes_digest(song: Song) -> str:
    """Return a digest (16 hex digits) of the notes of all tracks. Names and other events do not affect it."""
    digest = hashlib.sha256(str(song.ppq).encode())
    for track in song.tracks:
        if len(track.notes):
            digest.update(str(track.program).encode())
            for column in track.notes.columns[:5]:
                digest.update(column.astype("<i8").tobytes())
    return digest.hexdigest()[:16]


def _entry(link: Link) -> Entry:
    """Return the common part of entries: address, date (UTC), page, licence statement and the page of that."""
    date = datetime.now(UTC).isoformat(timespec="seconds")
    licence = {"licence": link.licence, "licence on": link.licence_on}
    return {"address": link.address, "date": date, "found on": link.found_on} | licence
