"""Links and licence statements on pages, however badly they are written."""

from __future__ import annotations

import pytest

from jazzassist.training.collecting.addresses import host_of, looks_like_midi, may_be_page, plain_name, whole
from jazzassist.training.collecting.pages import MOST_WORDS, read_page

HERE = "http://example.org/jazz/index.html"


def test_links_are_made_whole_and_named_once() -> None:
    found = read_page(b'<a href="a.mid">1<a href=./a.mid#x>2<A HREF=\'/B.MID?x=1\'>3</A><a href="../more/">4', HERE)
    assert found.files == ("http://example.org/jazz/a.mid", "http://example.org/B.MID?x=1")
    assert found.pages == ("http://example.org/more/",)


def test_broken_markup_and_odd_links_do_no_harm() -> None:
    body = b'<html><table><tr><td><a href="ok.mid"<b>x</td><a href="http://[bad">y<a href="">z<a>w</table' + b"\xff\0<"
    assert read_page(body, HERE).files == ("http://example.org/jazz/ok.mid",)
    assert read_page(b"", HERE).files == ()
    assert read_page(b"\xfe\xff" + "<a href='x.mid'>".encode("utf-16-be"), HERE).files == (
        "http://example.org/jazz/x.mid",
    )


def test_a_page_nested_thousands_deep_is_read() -> None:
    body = b"<div>" * 20_000 + b'<a href="a.mid">x</a> copyright 1999' + b"</div>" * 20_000
    assert read_page(body, HERE).files == ("http://example.org/jazz/a.mid",)


def test_frames_sounds_and_the_base_count() -> None:
    body = b'<base href="/x/"><frame src="left.html"><bgsound src="a.mid"><embed src="b.mid"><object data="c.mid">'
    found = read_page(body, HERE)
    assert [link.rsplit("/", 1)[1] for link in found.files] == ["a.mid", "b.mid", "c.mid"]
    assert found.pages == ("http://example.org/x/left.html",)


def test_nofollow_is_obeyed() -> None:
    assert read_page(b'<a rel="nofollow" href="trap">x</a><a href="b">y</a>', HERE).pages == (
        "http://example.org/jazz/b",
    )
    assert read_page(b'<meta name="ROBOTS" content="noindex, NoFollow"><a href="b">y</a>', HERE).pages == ()


def test_an_unknown_charset_is_no_reason_to_fail() -> None:
    assert read_page(b'<a href="a.mid">x</a>', HERE, "x-no-such").files == ("http://example.org/jazz/a.mid",)


def test_words_about_a_licence() -> None:
    body = """<meta name="dcterms.rights" content="CC0"><script>var copyright = 1</script>
        <p>All <b>MIDI files</b> are released under the Creative Commons licence BY-SA.</p>
        <p>Nothing here.</p><a rel="license" href="https://example.org/by-sa">x</a><footer>&copy; 2001 Me</footer>"""
    assert read_page(body.encode(), HERE).licence.split("\n") == [
        "https://example.org/by-sa",
        "CC0",
        "All MIDI files are released under the Creative Commons licence BY-SA.",
        "© 2001 Me",
    ]
    assert read_page(b"<p>No such words</p>", HERE).licence == ""


def test_a_page_in_one_cell_is_not_copied_whole() -> None:
    body = f"<td>{'word ' * 400}<br>Copyright by me<br>{'word ' * 400}</td>"
    assert read_page(body.encode(), HERE).licence == "Copyright by me"
    assert len(read_page(f"<p>{'copyright ' * 400}".encode(), HERE).licence) == MOST_WORDS


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("HTTP://Example.ORG:80", "http://example.org/"),
        ("https://example.org:443/a b.mid#part", "https://example.org/a%20b.mid"),
        ("//other.org/a%20b", "http://other.org/a%20b"),
        ("http://bücher.example/ä", "http://xn--bcher-kva.example/%C3%A4"),
        ("http://example.org:8080/?q=1", "http://example.org:8080/?q=1"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
    ],
)
def test_addresses_are_written_in_one_way(href: str, address: str) -> None:
    assert whole(href, HERE) == address


@pytest.mark.parametrize(
    "href",
    ["ftp://x/", "mailto:a@b", "javascript:x", "data:,x", "http://u:p@h/", "http://h:x/", "/" * 3000],
)
def test_what_is_no_web_address(href: str) -> None:
    assert whole(href, HERE) is None


def test_what_an_ending_tells() -> None:
    assert looks_like_midi("http://h/a.MID?x=1") and looks_like_midi("http://h/a.kar")
    assert not looks_like_midi("http://h/a?file=x.mid")
    assert may_be_page("http://h/") and may_be_page("http://h/a.php") and may_be_page("http://h/St.Louis")
    assert not may_be_page("http://h/a.zip") and not may_be_page("http://h/a.mid")
    assert host_of("http://www.example.org/") == host_of("https://example.org/x")


def test_file_names_are_plain() -> None:
    assert plain_name("http://h/x/My%20Tune%20(v2).mid") == "My-Tune-v2"
    assert plain_name("http://h/get?id=1", "../../etc/Some Tune.mid") == "Some-Tune"
    assert plain_name("http://h/") == "song"
    assert len(plain_name("http://h/" + "a" * 300 + ".mid")) == 60
