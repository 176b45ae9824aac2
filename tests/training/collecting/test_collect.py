"""The files collected from a site, and the reasons for those that are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jazzassist.cli import main
from jazzassist.midi.files import read_song
from jazzassist.training.collecting.collect import FILES, MANIFEST, PAGES, notes_digest
from jazzassist.training.collecting.politeness import Limits
from tests.training.collecting.conftest import LIMITS, Collected
from tests.training.collecting.site import Site, Time, answer, midi, page, redirect, serving

Collect = Callable[..., Collected]


def test_files_grouped_by_genre_and_artist_are_found(site: Site, collect: Collect) -> None:
    site.routes |= {
        "/jazz": page("/artist/1", "artist/2", words="All files are in the public domain."),
        "/artist/1": page("/files/a.mid", words="© 1999 A. Player"),
        "/artist/2": page("../files/b.MID", "/get?id=7"),
        "/files/a.mid": midi(60),
        "/files/b.MID": midi(61),
        "/get?id=7": lambda handler: answer(
            handler, midi(62), "audio/midi", Content_Disposition='attachment; filename="Some Tune.mid"'
        ),
    }
    found = collect("/jazz")
    assert found.counts == {"kept": 3}
    assert found.files == sorted([midi(60), midi(61), midi(62)])
    entry = found.manifest["/files/a.mid"]
    assert (entry["found on"], entry["licence"]) == (site.address + "/artist/1", "© 1999 A. Player")
    assert entry["date"].endswith("+00:00")
    other = found.manifest["/files/b.MID"]  # its page has no licence statement, but the parent page has
    assert other["found on"] == site.address + "/artist/2"
    assert (other["licence"], other["licence on"]) == ("All files are in the public domain.", site.address + "/jazz")
    assert (found.folder / entry["file"]).read_bytes() == midi(60)
    assert found.manifest["/get?id=7"]["file"].startswith("files/Some-Tune-")


def test_what_is_no_midi_is_noted_with_its_reason(site: Site, collect: Collect) -> None:
    site.routes |= {
        "/": page("/a.mid", "/b.mid", "/c.mid", "/d.mid", "/gone.mid", "/e.mid"),
        "/a.mid": page(words="Please log in"),
        "/b.mid": b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk\0\0\0\x04\0\xff\x2f\0",
        "/c.mid": b"MThd and no more",
        "/d.mid": lambda handler: answer(handler, b"PK" * 1000, "application/zip"),
        "/e.mid": lambda handler: answer(handler, b"", "audio/midi"),
    }
    found = collect("/")
    assert found.counts == {"refused": 6}
    reasons = {path: entry["reason"] for path, entry in found.manifest.items()}
    assert reasons["/a.mid"] == "is a web page, not a MIDI file"
    assert reasons["/d.mid"] == "is not a MIDI file: it has no MThd header"
    assert reasons["/b.mid"] == "has no notes"
    assert reasons["/e.mid"] == "is empty"
    assert reasons["/gone.mid"] == "the server says 404"
    assert reasons["/c.mid"]
    assert list((found.folder / FILES).iterdir()) == []


def test_the_same_bytes_and_the_same_notes_are_kept_once(site: Site, collect: Collect) -> None:
    site.routes |= {"/": page("/a.mid", "/b.mid", "/c.mid")}
    site.routes |= {"/a.mid": midi(), "/b.mid": midi(), "/c.mid": midi(name=b"Another title")}
    found = collect("/")
    assert found.counts == {"kept": 1, "duplicate": 2}
    kept = found.manifest["/a.mid"]["file"]
    assert found.manifest["/b.mid"]["reason"] == f"the same bytes as {kept}"
    assert found.manifest["/c.mid"]["reason"] == f"the same notes as {kept}"


def test_a_second_run_fetches_nothing_again(site: Site, collect: Collect) -> None:
    site.routes |= {"/": page("/more", "/a.mid", "/no.mid"), "/more": page("/b.mid", "/"), "/no.mid": page()}
    site.routes |= {"/a.mid": midi(60), "/b.mid": midi(61)}
    collect("/")
    asked = site.paths
    found = collect("/")
    assert found.counts == {"kept": 2, "refused": 1}
    assert site.paths == asked


def test_a_killed_run_goes_on_where_it_was(site: Site, collect: Collect) -> None:
    def killed(handler: object) -> None:
        raise ConnectionResetError

    site.routes |= {"/": page("/a.mid", "/b.mid"), "/a.mid": midi(60), "/b.mid": killed}
    found = collect("/")
    assert found.manifest["/b.mid"]["outcome"] == "not fetched"
    with (found.folder / MANIFEST).open("a") as file:
        file.write('{"address": "http://half a li')  # as after being killed while writing
    site.routes["/b.mid"] = midi(61)
    site.asked.clear()
    found = collect("/")
    assert site.paths == ["/b.mid"]
    assert found.counts == {"kept": 2}
    lines = (found.folder / MANIFEST).read_text().splitlines()
    assert json.loads(lines[-1])["outcome"] == "kept"


def test_a_run_that_is_interrupted_keeps_what_it_has(site: Site, collect: Collect, tmp_path: Path) -> None:
    def sleep(seconds: float) -> None:
        if "/b.mid" in site.paths:
            raise KeyboardInterrupt
        Time.sleep(site.time, seconds)

    site.routes |= {"/": page("/a.mid", "/b.mid", "/c.mid")}
    site.routes |= {f"/{name}.mid": midi(60 + at) for at, name in enumerate("abc")}
    site.time.sleep = sleep  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        collect("/")
    del site.time.sleep
    site.asked.clear()
    assert collect("/").counts == {"kept": 3}
    assert site.paths == ["/c.mid"]


def test_a_file_that_was_taken_away_is_fetched_again(site: Site, collect: Collect) -> None:
    site.routes |= {"/": page("/a.mid", "/b.mid"), "/a.mid": midi(60), "/b.mid": midi(61)}
    found = collect("/")
    (found.folder / found.manifest["/a.mid"]["file"]).unlink()
    site.asked.clear()
    assert collect("/").files == sorted([midi(60), midi(61)])
    assert site.paths == ["/a.mid"]


def test_lines_of_the_manifest_that_are_damaged_are_passed_over(site: Site, collect: Collect) -> None:
    site.routes |= {"/": page("/a.mid"), "/a.mid": midi()}
    found = collect("/")
    for name in (MANIFEST, PAGES):
        with (found.folder / name).open("a") as file:
            file.write('[]\n{"address": 7}\n{"address": "http://h/"}\n\0\n')
    assert collect("/").counts == {"kept": 1}


def test_circles_end(site: Site, collect: Collect) -> None:
    site.routes |= {"/": page("/b", "/#top", "/b#x"), "/b": page("/", "/b", "/c"), "/c": redirect("/d")}
    site.routes |= {"/d": redirect("/c")}
    found = collect("/")
    assert sorted(set(site.paths)) == ["/", "/b", "/c", "/d"]
    assert site.paths.count("/b") == 1
    assert found.manifest["/c"]["reason"] == "is redirected more than 5 times"


def test_an_endless_calendar_ends_by_pages_and_by_depth(site: Site, collect: Collect) -> None:
    for month in range(60):
        site.routes[f"/calendar?month={month}"] = page(f"/calendar?month={month + 1}", f"/calendar?month={month + 2}")
    collect("/calendar?month=0", limits=replace(LIMITS, depth=1000, pages=7))
    assert len(site.paths) == 7
    site.asked.clear()
    collect("/calendar?month=0", limits=replace(LIMITS, depth=5))
    assert len(site.paths) == 11 - 7  # months 0 to 10, of which the first 7 are known


def test_files_found_before_the_last_page_are_still_fetched(site: Site, collect: Collect) -> None:
    site.routes |= {"/": page("/b", "/a.mid"), "/a.mid": midi()}
    assert collect("/", limits=replace(LIMITS, pages=1)).counts == {"kept": 1}
    assert site.paths == ["/", "/a.mid"]


def test_no_more_files_than_asked_for(site: Site, collect: Collect) -> None:
    site.routes |= {"/": page(*(f"/{number}.mid" for number in range(9)))}
    site.routes |= {f"/{number}.mid": midi(40 + number) for number in range(9)}
    assert collect("/", limits=replace(LIMITS, files=4)).counts == {"kept": 4}


def test_only_pages_that_match_are_followed(site: Site, collect: Collect) -> None:
    site.routes |= {"/": page("/jazz/1", "/rock/1"), "/jazz/1": page("/a.mid"), "/a.mid": midi()}
    assert collect("/", follow="/jazz").counts == {"kept": 1}
    assert "/rock/1" not in site.paths


def test_other_hosts_are_not_visited_unless_named(site: Site, collect: Collect) -> None:
    with serving(site.time) as other:
        other.routes |= {"/x.mid": midi(), "/page": page("/x.mid")}
        site.routes |= {"/": page(f"{other.address}/x.mid", f"{other.address}/page", "/away", "file:///etc/passwd")}
        site.routes |= {"/away": redirect(f"{other.address}/page")}
        found = collect("/")
        assert other.asked == []
        assert found.counts == {"not fetched": 2}
        assert found.manifest["/x.mid"]["reason"] == f"lies on {other.host}, which was not named"
        assert found.manifest["/away"]["reason"] == f"lies on {other.host}, which was not named"
        assert collect("/", hosts=(other.host,)).counts["kept"] == 1
        assert other.asked[0][1] == "/robots.txt"


def test_links_that_are_neither_pages_nor_midi_are_not_asked_for(site: Site, collect: Collect) -> None:
    site.routes |= {"/": page("/a.zip", "/b.mp3", "/style.css", "mailto:a@b.c", "javascript:void(0)", "/c")}
    site.routes |= {"/c": lambda handler: answer(handler, b"\0" * 5000, "application/octet-stream")}
    found = collect("/")
    assert site.paths == ["/", "/c"]
    assert found.manifest["/c"]["reason"] == "is neither a page nor a MIDI file"


def test_a_files_digest_does_not_depend_on_its_title(tmp_path: Path) -> None:
    for name, data in (("a", midi()), ("b", midi(name=b"b")), ("c", midi(61))):
        (tmp_path / name).write_bytes(data)
    first, second, third = (notes_digest(read_song(tmp_path / name).song) for name in "abc")
    assert first == second != third


def test_the_command(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.routes |= {"/": page("/a.mid"), "/a.mid": midi()}
    words = ["corpus", "collect", site.address, "--to", str(tmp_path / "new"), "--pause", "0"]
    assert main([*words, "--contact", "me@example.org"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("1 kept, 0 duplicates, 0 unusable, 0 not fetched this time")
    assert len(list((tmp_path / "new" / "files").glob("a-*.mid"))) == 1
    assert site.asked[0][2].startswith("JazzAssist/")
    assert "me@example.org" in site.asked[0][2]


def test_the_command_says_why_a_named_page_gave_nothing(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["corpus", "collect", f"{site.address}/no", "--to", str(tmp_path), "--pause", "0"]) == 3
    assert capsys.readouterr().err == f"jazzassist: {site.address}/no: the server says 404.\n"


@pytest.mark.parametrize("address", ["ftp://example.org/a.mid", "file:///etc/passwd", "example.org", "http://u:p@h/"])
def test_only_web_addresses_are_taken(address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corpus", "collect", address, "--to", str(tmp_path)]) == 3
    assert f"{address} is not an address" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_usual_limits_are_polite() -> None:
    assert Limits().pause_seconds >= 1
    assert Limits().pages <= 1000
