"""The sentences about findings and lost properties."""

from __future__ import annotations

import pytest

from jazzassist.midi.findings import Finding, Findings, Oddity
from jazzassist.midi.keeping import Lost, Property
from jazzassist.midi.wording import about_finding, about_lost

FACTS: dict[str, int | str] = {"size": 2, "stated": 9, "actual": 8, "format": 3, "tracks": 2}
FACTS |= {"status": "F4", "name": "tempo", "value": "00"}


@pytest.mark.parametrize("oddity", Oddity, ids=lambda oddity: oddity.name)
def test_every_oddity_has_a_clause_with_its_place(oddity: Oddity) -> None:
    clause = about_finding(Finding(oddity, 30, 2, FACTS))
    assert clause.startswith("track 2, byte 30: ")
    assert "{" not in clause
    assert not clause.endswith(".")


@pytest.mark.parametrize(("size", "words"), [(1, "1 byte outside"), (2, "2 bytes outside")])
def test_counts_have_their_plural(size: int, words: str) -> None:
    assert words in about_finding(Finding(Oddity.BYTES_OUTSIDE_CHUNKS, 4, 0, {"size": size}))


@pytest.mark.parametrize(("size", "end"), [(0, "is kept"), (1, "is kept with 1 byte of data")])
def test_a_status_byte_is_kept_with_its_data(size: int, end: str) -> None:
    assert about_finding(Finding(Oddity.STATUS_BYTE, 4, 1, {"status": "F1", "size": size})).endswith(end)


def test_equal_findings_in_a_track_are_counted_as_one() -> None:
    found = Findings()
    found.note(Oddity.META_SIZE, 10, 1, name="tempo", size=2)
    found.note(Oddity.META_SIZE, 20, 1, name="tempo", size=4)
    found.note(Oddity.META_SIZE, 25, 1, name="time signature", size=4)
    found.note(Oddity.META_SIZE, 30, 2, name="tempo", size=2)
    assert [(one.offset, one.track, one.count) for one in found.all] == [(10, 1, 2), (25, 1, 1), (30, 2, 1)]
    assert not found.damaged
    found.repair(Oddity.NO_END_OF_TRACK, 40, 2)
    assert found.damaged


def test_findings_with_different_facts_are_reported_separately() -> None:
    found = Findings()
    for size in (2, 3, 2):
        found.note(Oddity.BYTES_OUTSIDE_CHUNKS, 10, size=size)
    assert [(one.facts["size"], one.count) for one in found.all] == [(2, 2), (3, 1)]


@pytest.mark.parametrize("what", Property, ids=lambda what: what.name)
def test_every_property_has_words(what: Property) -> None:
    assert about_lost(Lost(what, count=2))


def test_a_lost_attribute_is_named() -> None:
    assert about_lost(Lost(Property.ATTRIBUTE, "user.x")) == "its extended attribute user.x could not be kept"
