"""Requests and replies as lines: what goes in comes out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import pytest
from hypothesis import given

from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import MOTIF_WISHES, Controls, MotifWish, Receipt, Suggestion, SuggestionRequest
from jazzassist.suggest.asking import answer
from jazzassist.suggest.baseline import MarkovSuggester
from jazzassist.suggest.protocol import (
    Alive,
    Ask,
    Cancel,
    Completed,
    Failed,
    Progressed,
    ProtocolError,
    Ready,
    Reply,
    Suggested,
    Warm,
    decode_command,
    decode_reply,
    encode_ask,
    encode_cancel,
    encode_reply,
    encode_warm,
    id_in,
    suggestion_to_dict,
)
from tests.suggest.requests import bridge, few, requests, trio

FOUND = tuple(answer(MarkovSuggester(), bridge(), lambda share: None, lambda: False))


@few
@given(requests())
def test_a_request_comes_back_as_it_was_sent(request_: SuggestionRequest) -> None:
    line = encode_ask(7, request_)
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert decode_command(line) == Ask(7, request_)
    assert decode_command(line.encode()) == Ask(7, request_)


def test_the_hash_of_a_request_survives_the_journey() -> None:
    command = decode_command(encode_ask(1, bridge()))
    assert isinstance(command, Ask)
    assert command.request.context_hash == bridge().context_hash


def test_what_is_to_be_read_ahead_comes_back_as_it_was_sent() -> None:
    assert decode_command(encode_warm(trio())) == Warm(trio())


def test_a_cancel_comes_back_as_it_was_sent() -> None:
    assert decode_command(encode_cancel(3)) == Cancel(3)


@pytest.mark.parametrize(
    "reply",
    [
        Ready("jazz-6"),
        Alive(),
        Progressed(2, 0.5),
        Completed(3, FOUND[1]),
        Suggested(3, FOUND),
        Suggested(3, ()),
        Failed(4, "No."),
        Failed(None, "No."),
    ],
    ids=["ready", "alive", "progress", "suggestion", "suggestions", "cancelled", "failed", "failed at large"],
)
def test_a_reply_comes_back_as_it_was_sent(reply: Reply) -> None:
    assert decode_reply(encode_reply(reply)) == reply


def test_a_suggestion_for_people_names_every_field_of_every_note() -> None:
    found = json.loads(json.dumps(suggestion_to_dict(FOUND[0])))
    assert set(found) == {"parts", "receipt"}
    (part,) = found["parts"]
    assert set(part) == {"track", "notes", "scores", "landing"}
    assert part["track"] == 1
    assert set(part["notes"][0]) == {"start", "duration", "pitch", "velocity", "channel"}
    assert len(part["notes"]) == len(FOUND[0].notes)
    assert found["receipt"]["context_hash"] == bridge().context_hash


BAD = [
    "",
    "{",
    "[]",
    "3",
    "{}",
    '{"do": "sing"}',
    '{"do": "ask", "id": 1}',
    '{"do": "ask", "id": 1, "request": 5}',
    '{"do": "warm"}',
    '{"do": "warm", "request": []}',
    "\xff",
]


@pytest.mark.parametrize("line", BAD)
def test_a_bad_command_is_refused_in_words(line: str) -> None:
    with pytest.raises(ProtocolError):
        decode_command(line)


@pytest.mark.parametrize(
    "line",
    [
        *BAD[:5],
        '{"is": "sung"}',
        '{"is": "suggestion", "id": 1}',
        '{"is": "progress"}',
        '{"is": "suggestions", "id": 1}',
    ],
)
def test_a_bad_reply_is_refused_in_words(line: str) -> None:
    with pytest.raises(ProtocolError):
        decode_reply(line)


@pytest.mark.parametrize(
    ("name", "value"),
    [("end", 0), ("targets", [9]), ("targets", []), ("targets", [0, 0]), ("alternatives", None), ("lines", [])],
)
def test_a_request_that_makes_no_sense_is_refused(name: str, value: object) -> None:
    message = json.loads(encode_ask(5, bridge()))
    message["request"][name] = value
    with pytest.raises(ProtocolError):
        decode_command(json.dumps(message))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("alternatives", 0, "alternatives is 0, not 1 to 32"),
        ("alternatives", 33, "alternatives is 33, not 1 to 32"),
        ("alternatives", 10**12, "alternatives is 1000000000000, not 1 to 32"),
        ("alternatives", 2.5, "alternatives is 2.5, not a whole number"),
        ("alternatives", True, "alternatives is true, not a whole number"),
        ("alternatives", "many", 'alternatives is "many", not a whole number'),
        ("alternatives", None, "alternatives is null, not a whole number"),
        ("ppq", 0, "ppq is 0, not 1 to 1000000"),
        ("rng_seed", -1, "rng_seed is -1, not 0 to 9223372036854775807"),
    ],
)
@pytest.mark.parametrize("encode", [lambda request: encode_ask(5, request), encode_warm], ids=["ask", "warm"])
def test_a_number_that_is_out_of_range_is_named(
    name: str, value: object, said: str, encode: Callable[[SuggestionRequest], str]
) -> None:
    message = json.loads(encode(bridge()))
    message["request"][name] = value
    with pytest.raises(ProtocolError) as refused:
        decode_command(json.dumps(message))
    assert str(refused.value) == f"the command cannot be understood ({said})"


@pytest.mark.parametrize("number", [1, 32])
def test_as_many_as_32_can_be_asked_for(number: int) -> None:
    asked = bridge(alternatives=number)
    assert decode_command(encode_ask(1, asked)) == Ask(1, asked)


def test_the_id_of_a_bad_line_is_told_where_it_has_one() -> None:
    assert id_in('{"do": "ask", "id": 5}') == 5
    assert id_in("{") is None
    assert id_in('{"id": "x"}') is None


def test_chords_come_through() -> None:
    request = dataclasses.replace(bridge(), chords=((0, "Dm7"), (480, "NC")))
    command = decode_command(encode_ask(1, request))
    assert isinstance(command, Ask)
    assert command.request == request


def test_a_request_for_several_tracks_and_its_answer_come_through() -> None:
    asked = trio(wishes=[Controls(register=float(pitch)) for pitch in (70, 40)])
    assert decode_command(encode_ask(1, asked)) == Ask(1, asked)
    found = tuple(answer(MarkovSuggester(), asked, lambda share: None, lambda: False))
    assert [part.line for part in found[0].parts] == [2, 0]
    assert decode_reply(encode_reply(Suggested(1, found))) == Suggested(1, found)
    assert [part["track"] for part in suggestion_to_dict(found[0])["parts"]] == [3, 1]


def test_a_request_carries_given_notes_pedals_and_how_sure_its_chords_are() -> None:
    request = dataclasses.replace(bridge(), chords=((0, "C"), (960, "G7")), confidences=(0.9, 0.4))
    lines = tuple(dataclasses.replace(line, pedals=((10, 400), (500, 900))) for line in request.lines)
    notes = lines[request.targets[0]].notes.joined(Notes.of([(request.start, 10, 60, 80, 0)]))
    lines = tuple(dataclasses.replace(x, notes=notes) if i == request.targets[0] else x for i, x in enumerate(lines))
    request = dataclasses.replace(request, lines=lines)
    read = decode_command(encode_ask(1, request))
    assert isinstance(read, Ask) and read.request == request
    assert read.request.context_hash == request.context_hash
    assert len(read.request.alone(0).given) == 1


def test_requests_and_receipts_of_before_are_still_understood() -> None:
    """They say nothing of a left hand, dynamics, confidences or pedals."""
    asked = json.loads(encode_ask(1, bridge()))
    del asked["request"]["confidences"]
    for line in asked["request"]["lines"]:
        del line["pedals"]
    for name in ("left_hand", "dynamics"):
        del asked["request"]["controls"][name]
    read = decode_command(json.dumps(asked))
    assert isinstance(read, Ask) and read.request == bridge()
    suggestion = Suggestion((), Receipt.of("Tiny", bridge(), 0))
    told = json.loads(encode_reply(Suggested(1, (suggestion,))))
    for name in ("left_hand", "dynamics"):
        del told["suggestions"][0]["receipt"]["controls"][name]
    assert decode_reply(json.dumps(told)) == Suggested(1, (suggestion,))


@pytest.mark.parametrize("wish", [None, *MOTIF_WISHES])
def test_the_wish_for_motifs_is_carried_and_old_messages_lack_it(wish: MotifWish | None) -> None:
    asked = trio(wishes=Controls(30, motifs=wish))
    line = encode_ask(7, asked)
    command = decode_command(line)
    assert isinstance(command, Ask) and command.request.controls.motifs == wish
    message = json.loads(line)
    del message["request"]["controls"]["motifs"]
    old = decode_command(json.dumps(message))
    assert isinstance(old, Ask) and old.request.controls == Controls(30)


def test_a_receipt_from_before_the_wish_for_motifs_is_read() -> None:
    found = answer(MarkovSuggester(), bridge(), lambda share: None, lambda: False)[0]
    message = json.loads(encode_reply(Completed(3, found)))
    del message["suggestion"]["receipt"]["controls"]["motifs"]
    assert decode_reply(json.dumps(message)) == Completed(3, found)


def test_motifs_that_nobody_knows_are_refused() -> None:
    message = json.loads(encode_ask(7, trio()))
    message["request"]["controls"]["motifs"] = "backwards"
    with pytest.raises(ProtocolError, match="motifs is one of repeat, vary, new"):
        decode_command(json.dumps(message))
