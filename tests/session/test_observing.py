"""A change is announced once, when it is complete, and nobody sees an older value after a newer one."""

from __future__ import annotations

import pytest

from jazzassist.session.observing import Announcer, Aspect

SONG, PASSAGE, LOOP = Aspect.SONG, Aspect.PASSAGE, Aspect.LOOP


def test_a_change_of_several_values_is_announced_once_when_it_is_complete() -> None:
    announcer, calls = Announcer(), list[frozenset[Aspect]]()
    announcer.observe(calls.append, SONG, PASSAGE)
    with announcer.changing(SONG):
        with announcer.changing(PASSAGE):
            pass
        with announcer.changing(SONG, LOOP):
            pass
        assert calls == []
    assert calls == [{SONG, PASSAGE}]


def test_who_observes_something_else_is_not_called() -> None:
    announcer, calls = Announcer(), list[frozenset[Aspect]]()
    announcer.observe(calls.append, LOOP)
    with announcer.changing(SONG):
        pass
    with announcer.changing():
        pass
    assert calls == []


def test_a_change_made_by_a_listener_is_announced_after_the_present_announcement() -> None:
    """The first listener corrects the value. The second sees the corrected one, and then nothing older."""
    announcer, value, seen, order = Announcer(), [0], list[int](), list[str]()

    def set_value(number: int) -> None:
        with announcer.changing(PASSAGE):
            value[0] = number

    def correct(changed: frozenset[Aspect]) -> None:
        order.append("correct begins")
        if value[0] % 2:
            set_value(value[0] + 1)
        order.append("correct ends")

    def look(changed: frozenset[Aspect]) -> None:
        order.append("look")
        seen.append(value[0])

    announcer.observe(look, PASSAGE)
    announcer.observe(correct, PASSAGE)
    announcer.observe(look, PASSAGE)
    set_value(1)
    assert seen == sorted(seen), "an older value after a newer one"
    assert seen[-1] == 2
    corrected = ["correct begins", "correct ends"]
    assert order == ["look", *corrected, "look", "look", *corrected, "look"], "no listener is called inside another"


def test_a_listener_that_fails_keeps_nobody_from_being_called() -> None:
    announcer, calls = Announcer(), list[frozenset[Aspect]]()

    def fail(changed: frozenset[Aspect]) -> None:
        raise ValueError("broken")

    announcer.observe(fail, SONG)
    announcer.observe(calls.append, SONG)
    with pytest.raises(ValueError, match="broken"), announcer.changing(SONG):
        pass
    assert calls == [{SONG}]
    with pytest.raises(ValueError, match="broken"), announcer.changing(SONG):
        pass
    assert len(calls) == 2, "it still announces"


def test_what_changed_before_an_error_is_announced() -> None:
    announcer, calls = Announcer(), list[frozenset[Aspect]]()
    announcer.observe(calls.append, SONG)
    with pytest.raises(KeyError), announcer.changing(SONG):
        raise KeyError
    assert calls == [{SONG}]


def test_listeners_that_change_without_end_are_stopped() -> None:
    announcer = Announcer()

    def change(changed: frozenset[Aspect]) -> None:
        with announcer.changing(SONG):
            pass

    announcer.observe(change, SONG)
    with pytest.raises(RuntimeError, match="without end"), announcer.changing(SONG):
        pass
