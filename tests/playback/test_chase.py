"""The state of a channel after some messages."""

from jazzassist.playback.chase import ChannelState
from jazzassist.playback.setup import Setup


def chased(*messages: bytes) -> list[bytes]:
    return Setup.of(messages).messages()


def test_last_value_of_each_controller_is_sent() -> None:
    assert chased(b"\xb2\x07\x10", b"\xb2\x40\x7f", b"\xb2\x07\x64") == [b"\xb2\x07\x64", b"\xb2\x40\x7f"]


def test_bank_goes_before_its_program() -> None:
    assert chased(b"\xb0\x00\x08", b"\xb0\x20\x00", b"\xc0\x05") == [b"\xb0\x00\x08", b"\xb0\x20\x00", b"\xc0\x05"]


def test_bank_that_no_program_has_used_yet_goes_after_the_program() -> None:
    assert chased(b"\xc0\x05", b"\xb0\x00\x08") == [b"\xc0\x05", b"\xb0\x00\x08"]


def test_bend_and_pressure_are_sent() -> None:
    assert chased(b"\xe1\x01\x50", b"\xd1\x22") == [b"\xd1\x22", b"\xe1\x01\x50"]


def test_registered_parameters_are_selected_before_their_data_and_deselected_after() -> None:
    bend_range = [b"\xb0\x65\x00", b"\xb0\x64\x00", b"\xb0\x06\x0c"]
    tuning = [b"\xb0\x65\x00", b"\xb0\x64\x01", b"\xb0\x06\x40"]
    null = [b"\xb0\x65\x7f", b"\xb0\x64\x7f"]
    assert chased(*bend_range, *tuning, *null) == bend_range + tuning + null


def test_data_without_a_selected_parameter_is_nothing() -> None:
    assert chased(b"\xb0\x06\x0c") == []


def test_replaying_the_chase_gives_the_same_state() -> None:
    messages = [b"\xb0\x63\x01", b"\xb0\x62\x08", b"\xb0\x06\x20", b"\xb0\x26\x01", b"\xc0\x10", b"\xe0\x00\x60"]
    once = Setup.of(messages)
    assert Setup.of(once.messages()) == once


def test_reset_all_controllers_clears_the_pedal_but_not_the_volume() -> None:
    assert chased(b"\xb0\x07\x20", b"\xb0\x40\x7f", b"\xb0\x79\x00") == [b"\xb0\x07\x20", b"\xb0\x40\x00"]


def test_notes_and_mode_messages_leave_no_trace() -> None:
    assert chased(b"\x90\x3c\x40", b"\xb0\x7b\x00", b"\xf0\x7e\xf7") == []


def test_at_rest_resets_exactly_what_was_used() -> None:
    state = Setup.of([b"\xb0\x07\x20", b"\xe0\x00\x00", b"\xc0\x09"]).channels[0]
    assert state.at_rest() == ChannelState(program=(None, None, 0), controllers={7: 100}, bend=8192)
