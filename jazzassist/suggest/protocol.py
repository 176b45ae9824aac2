"""What the app and the worker say to each other, one JSON object a line. Pure."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import (
    MOST_ALTERNATIVES,
    Controls,
    Landing,
    Line,
    Part,
    Receipt,
    Suggestion,
    SuggestionRequest,
)

MOST_PPQ, MOST_RNG_SEED = 10**6, 2**63 - 1
_COLUMNS = ("start", "duration", "pitch", "velocity", "channel")


class ProtocolError(ValueError):
    """A line is none of this protocol; the message is one sentence."""


@dataclass(frozen=True)
class Ask:
    """The command to answer a request. `id` is the asker's own number for it."""

    id: int
    request: SuggestionRequest


@dataclass(frozen=True)
class Cancel:
    """The command to stop answering a request."""

    id: int


@dataclass(frozen=True)
class Warm:
    """The command to read the music around a request's gap when there is nothing else to do. It has no answer."""

    request: SuggestionRequest


@dataclass(frozen=True)
class Ready:
    """The worker's first words: it has this checkpoint and takes requests."""

    checkpoint: str


@dataclass(frozen=True)
class Alive:
    """A sign of life, sent every so often where that was asked for."""


@dataclass(frozen=True)
class Progressed:
    """How far the answer to a request is, from 0.0 to 1.0."""

    id: int
    share: float


@dataclass(frozen=True)
class Completed:
    """A suggestion that can be heard while the rest of the answer is still being written; `Suggested` follows."""

    id: int
    suggestion: Suggestion


@dataclass(frozen=True)
class Suggested:
    """The answer, best first; empty when the request was cancelled. It need not have all that were `Completed`."""

    id: int
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True)
class Failed:
    """Why there is no answer, in one sentence; without an id when it concerns no single request."""

    id: int | None
    reason: str


Command = Ask | Cancel | Warm
Reply = Ready | Alive | Progressed | Completed | Suggested | Failed


def encode_ask(id: int, request: SuggestionRequest) -> str:
    """The command to answer `request`, as a line."""
    return _line({"do": "ask", "id": id, "request": request_to_dict(request)})


def encode_cancel(id: int) -> str:
    """The command to stop answering the request of that id, as a line."""
    return _line({"do": "cancel", "id": id})


def encode_warm(request: SuggestionRequest) -> str:
    """The command to read what an answer to `request` begins with, as a line."""
    return _line({"do": "warm", "request": request_to_dict(request)})


def encode_reply(reply: Reply) -> str:
    """A reply as a line."""
    match reply:
        case Ready(checkpoint):
            return _line({"is": "ready", "checkpoint": checkpoint})
        case Alive():
            return _line({"is": "alive"})
        case Progressed(id, share):
            return _line({"is": "progress", "id": id, "share": share})
        case Completed(id, suggestion):
            return _line({"is": "suggestion", "id": id, "suggestion": _suggestion_columns(suggestion)})
        case Suggested(id, suggestions):
            return _line({"is": "suggestions", "id": id, "suggestions": [_suggestion_columns(s) for s in suggestions]})
        case Failed(failed_id, reason):
            return _line({"is": "failed", "id": failed_id, "reason": reason})


def decode_command(line: str | bytes) -> Command:
    """The command in a line; ProtocolError when it is none."""
    found = _object(line)
    try:
        if found["do"] == "ask":
            return Ask(int(found["id"]), _request(found["request"]))
        if found["do"] == "cancel":
            return Cancel(int(found["id"]))
        if found["do"] == "warm":
            return Warm(_request(found["request"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProtocolError(f"the command cannot be understood ({_reason(error)})") from error
    raise ProtocolError("the command is not known")


def decode_reply(line: str | bytes) -> Reply:
    """The reply in a line; ProtocolError when it is none."""
    found = _object(line)
    try:
        match found["is"]:
            case "ready":
                return Ready(str(found["checkpoint"]))
            case "alive":
                return Alive()
            case "progress":
                return Progressed(int(found["id"]), float(found["share"]))
            case "suggestion":
                return Completed(int(found["id"]), _suggestion(found["suggestion"]))
            case "suggestions":
                return Suggested(int(found["id"]), tuple(_suggestion(item) for item in found["suggestions"]))
            case "failed":
                return Failed(None if found["id"] is None else int(found["id"]), str(found["reason"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProtocolError(f"the reply cannot be understood ({_reason(error)})") from error
    raise ProtocolError("the reply is not known")


def id_in(line: str | bytes) -> int | None:
    """The id that a line carries, even when the rest of it cannot be understood."""
    try:
        found = _object(line).get("id")
    except ProtocolError:
        return None
    return found if isinstance(found, int) else None


def request_to_dict(request: SuggestionRequest) -> dict[str, Any]:
    """A request as JSON's types: its fields by name, notes as columns."""
    lines = [{**_fields(line), "notes": _columns(line.notes)} for line in request.lines]
    return {**_fields(request), "lines": lines, **_wishes(request)}


def suggestion_to_dict(suggestion: Suggestion) -> dict[str, Any]:
    """A suggestion as JSON's types, notes one by one and tracks from 1, as people and other programs read it."""
    parts = [
        {"track": part.line + 1, **_about(part), "notes": [note._asdict() for note in part.notes]}
        for part in suggestion.parts
    ]
    return {"parts": parts, "receipt": _receipt(suggestion.receipt)}


def _suggestion_columns(suggestion: Suggestion) -> dict[str, Any]:
    parts = [{"line": part.line, **_about(part), "notes": _columns(part.notes)} for part in suggestion.parts]
    return {"parts": parts, "receipt": _receipt(suggestion.receipt)}


def _about(part: Part) -> dict[str, Any]:
    return {"scores": part.scores, "landing": dataclasses.asdict(part.landing)}


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {**_fields(receipt), **_wishes(receipt)}


def _wishes(value: SuggestionRequest | Receipt) -> dict[str, Any]:
    own = [dataclasses.asdict(controls) for controls in value.own_controls]
    return {"controls": dataclasses.asdict(value.controls), "own_controls": own}


def _request(found: dict[str, Any]) -> SuggestionRequest:
    lines = tuple(_read_line(line) for line in found["lines"])
    tables = {name: tuple(tuple(row) for row in found[name]) for name in ("meters", "tempi", "chords")}
    targets = tuple(map(int, found["targets"]))
    told: dict[str, Any] = {"confidences": tuple(float(value) for value in found.get("confidences", ()))}
    told |= {"lines": lines, "targets": targets, **_read_wishes(found)}
    request = SuggestionRequest(**{**found, **tables, **told})
    Gap(request.targets, request.start, request.end)
    if max(targets) >= len(lines):
        raise ValueError("its gap is on no line")
    _check_whole("ppq", request.ppq, 1, MOST_PPQ)
    _check_whole("alternatives", request.alternatives, 1, MOST_ALTERNATIVES)
    _check_whole("rng_seed", request.rng_seed, 0, MOST_RNG_SEED)
    return request


def _read_line(found: dict[str, Any]) -> Line:
    pedals = tuple((int(down), int(up)) for down, up in found.get("pedals", ()))
    return Line(**{**found, "notes": _notes(found["notes"]), "pedals": pedals})


def _check_whole(name: str, value: object, lowest: int, highest: int) -> None:
    if type(value) is not int:
        raise ValueError(f"{name} is {json.dumps(value)}, not a whole number")
    if not lowest <= value <= highest:
        raise ValueError(f"{name} is {value}, not {lowest} to {highest}")


def _suggestion(found: dict[str, Any]) -> Suggestion:
    receipt = Receipt(**{**found["receipt"], **_read_wishes(found["receipt"])})
    return Suggestion(tuple(_part(part) for part in found["parts"]), receipt)


def _part(found: dict[str, Any]) -> Part:
    landing = Landing(**found["landing"])
    return Part(int(found["line"]), _notes(found["notes"]), dict(found["scores"]), landing)


def _read_wishes(found: dict[str, Any]) -> dict[str, Any]:
    own = tuple(Controls(**controls) for controls in found["own_controls"])
    return {"controls": Controls(**found["controls"]), "own_controls": own}


def _columns(notes: Notes) -> dict[str, list[int]]:
    return {name: getattr(notes, name).tolist() for name in _COLUMNS}


def _notes(columns: dict[str, list[int]]) -> Notes:
    return Notes.from_columns(*(columns[name] for name in _COLUMNS))


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _object(line: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise ProtocolError("the line is not JSON") from error
    if not isinstance(found, dict):
        raise ProtocolError("the line is no JSON object")
    return found


def _line(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":")) + "\n"


def _reason(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
