"""`jazzassist bridge` and `jazzassist continue`: suggestions on the command line, by the same code as in the window."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jazzassist.domain import pedalling
from jazzassist.domain.familiar import note_on
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Event, Notes, Song, Track
from jazzassist.domain.suggestion import (
    Controls,
    NothingToSuggest,
    Part,
    Suggestion,
    SuggestionRequest,
    bridge_request,
    continuation_request,
)
from jazzassist.midi.files import MidiFileError, OpenedSong, write_song
from jazzassist.midi.known_file import is_same_file
from jazzassist.suggest.asking import answer
from jazzassist.suggest.protocol import suggestion_to_dict
from jazzassist.suggest.remarks import remarks
from jazzassist.suggest.wording import in_words
from jazzassist.suggesters import NoSuggester, open_suggester
from jazzassist.terminal.ending import DONE, FAILED, NOTHING_SUGGESTED, WRONG_USAGE, Stop
from jazzassist.terminal.info import open_song, read_or_stop
from jazzassist.terminal.places import printable, tick_after, tick_of, track_of


@dataclass(frozen=True)
class Changed:
    """The number of notes added to and removed from a track (from 1)."""

    track: int
    added: int = 0
    removed: int = 0


@dataclass(frozen=True)
class Changes:
    """The changes in the written file, found by reading it again. `other`: unintended changes, always 0."""

    tracks: tuple[Changed, ...]
    other: int = 0


def run(arguments: argparse.Namespace) -> int:
    """Print suggestions, and insert one in a copy of the file if requested."""
    which = _which(arguments)
    opened = open_song(arguments.file)
    _check_target(arguments, opened)
    request = _request(arguments, opened.song)
    found = _suggestions(request, arguments.checkpoint)
    changes = Changes(tuple(Changed(target + 1) for target in request.targets))
    if which is not None:
        if which > len(found):
            raise Stop(NOTHING_SUGGESTED, f"Only {len(found)} were found, so number {which} cannot be inserted.")
        changes = _insert(arguments, opened, request, found[which - 1])
    if arguments.json:
        shown = [suggestion_to_dict(suggestion) for suggestion in found]
        said = {"suggestions": shown, "note": note_on(found), "inserted": which, "changes": asdict(changes)}
        print(json.dumps(said))
    else:
        print(_in_words(found, request, which, arguments.out, changes))
    return DONE


def _which(arguments: argparse.Namespace) -> int | None:
    """Return the number (from 1) of the suggestion to insert, None for none."""
    if arguments.insert is not None and arguments.out is None:
        raise Stop(WRONG_USAGE, "--insert needs --out, the file to write.")
    if arguments.insert is not None and arguments.insert > arguments.alternatives:
        raise Stop(
            WRONG_USAGE,
            f"--insert {arguments.insert} exceeds the {arguments.alternatives} requested alternatives.",
        )
    return 1 if arguments.insert is None and arguments.out is not None else arguments.insert


def _check_target(arguments: argparse.Namespace, opened: OpenedSong) -> None:
    out: Path | None = arguments.out
    if out is not None and opened.damaged and is_same_file(out, arguments.file):
        raise Stop(WRONG_USAGE, f"{arguments.file} is damaged and is not overwritten; name another file with --out.")


def _request(arguments: argparse.Namespace, song: Song) -> SuggestionRequest:
    path, bridging = arguments.file, arguments.command == "bridge"
    tracks = _tracks(song, path, arguments.tracks)
    start = tick_of(song, path, arguments.start, may_be_end=False)
    end = tick_of(song, path, arguments.end, may_be_end=True)
    if end <= start:
        what = "gap" if bridging else "seed"
        raise Stop(WRONG_USAGE, f"From {arguments.start.typed} to {arguments.end.typed} the {what} has no length.")
    controls = _controls(arguments, len(tracks))
    asked: dict[str, Any] = {"alternatives": arguments.alternatives, "rng_seed": arguments.rng_seed}
    try:
        if bridging:
            gap = Gap(tracks, start, end)
            return bridge_request(song, gap, controls, **asked, given=_given(arguments, song, gap))
        stretch = tick_after(song, end, arguments.length)
        if stretch <= end:
            raise Stop(WRONG_USAGE, f"The length {arguments.length.typed} is less than one tick.")
        gap = Gap(tracks, end, stretch)
        return continuation_request(song, gap, start, controls, **asked, given=_given(arguments, song, gap))
    except NothingToSuggest as reason:
        raise Stop(NOTHING_SUGGESTED, f"Nothing can be suggested in {path}: {reason}.") from reason


def _given(arguments: argparse.Namespace, song: Song, gap: Gap) -> tuple[Notes, ...]:
    """For each track of the gap its notes there that stay: all of them with --keep-notes, else none."""
    if not arguments.keep_notes:
        return ()
    return tuple(song.tracks[track].notes.starting_in(gap.start, gap.end) for track in gap.tracks)


def _tracks(song: Song, path: Path, named: list[str]) -> tuple[int, ...]:
    """Return the indices of the named tracks in order. Raises Stop if one is named twice."""
    tracks = tuple(track_of(song, path, name) for name in named)
    if len(set(tracks)) < len(tracks):
        raise Stop(WRONG_USAGE, "The same track is named twice.")
    return tracks


def _controls(arguments: argparse.Namespace, count: int) -> list[Controls]:
    """Return the controls for each of `count` tracks. An option given once applies to all tracks."""
    names = ("density", "register", "polyphony", "left-hand", "dynamics", "motifs")
    given = {name: getattr(arguments, name.replace("-", "_")) or [None] for name in names}
    for name, values in given.items():
        if len(values) not in (1, count):
            raise Stop(WRONG_USAGE, f"--{name} must be given once for all tracks, or once for each of the {count}.")
    each = zip(*(values * (count // len(values)) for values in given.values()), strict=True)
    return [Controls(arguments.adventurous, *wishes) for wishes in each]


def _suggestions(request: SuggestionRequest, checkpoint: str | None) -> list[Suggestion]:
    try:
        _, suggester = open_suggester(checkpoint)
        return answer(suggester, request, lambda share: None, lambda: False)
    except NoSuggester as error:
        raise Stop(NOTHING_SUGGESTED, str(error)) from error
    except NothingToSuggest as reason:
        raise Stop(NOTHING_SUGGESTED, f"Nothing can be suggested: {reason}.") from reason


def _insert(
    arguments: argparse.Namespace, opened: OpenedSong, request: SuggestionRequest, chosen: Suggestion
) -> Changes:
    """Write the song with the chosen notes and compare the result with the original.

    If the output is the input file, it is overwritten only if it has not changed since it was read.
    """
    song, out = opened.song, arguments.out
    gap = Gap(request.targets, request.start, request.end)
    edited = pedalling.fill(song, gap, *(part.notes for part in chosen.parts), given=_given(arguments, song, gap))
    try:
        saved = write_song(edited, out, expected=opened.digest if is_same_file(out, arguments.file) else None)
    except MidiFileError as error:
        raise Stop(FAILED, str(error)) from error
    for warning in saved.warnings:
        print(printable(warning), file=sys.stderr)
    found = []
    for part in chosen.parts:
        before, after = song.tracks[part.line].notes, edited.tracks[part.line].notes
        found.append(Changed(part.line + 1, len(part.notes), len(before) + len(part.notes) - len(after)))
    meant = {part.line: edited.tracks[part.line] for part in chosen.parts}
    events = pedalling.expected_events(song, edited, gap)
    return Changes(tuple(found), unmeant_changes(song, read_or_stop(arguments.out).song, meant, events))


def unmeant_changes(
    before: Song, after: Song, meant: dict[int, Track], events: Sequence[Sequence[Event]] | None = None
) -> int:
    """Return the number of notes and events that differ between two songs, apart from the intended changes.

    `meant`: by index, the tracks whose notes were changed intentionally. `events`: the expected events of each track,
    if they are not those of `before`.
    """
    known = events or [track.events for track in before.tracks]
    count = abs(len(before.tracks) - len(after.tracks)) + (before.ppq != after.ppq)
    for index, (old, new) in enumerate(zip(before.tracks, after.tracks, strict=False)):
        expected = meant.get(index, old).notes
        count += _differing(expected, new.notes)
        count += _differing((e[:2] for e in known[index]), (e[:2] for e in new.events))
        count += index not in meant and old.end != new.end
    return count


def _differing(first: Iterable[object], second: Iterable[object]) -> int:
    ours, theirs = Counter(first), Counter(second)
    return (ours - theirs).total() + (theirs - ours).total()


def _about(part: Part, request: SuggestionRequest, at: int) -> str:
    """Return a description of a part: its track if there are several, the number of notes, and remarks."""
    count = len(part.notes)
    text = "; ".join([f"{count} note{'' if count == 1 else 's'}", *map(in_words, remarks(part, request.alone(at)))])
    name = printable(request.lines[part.line].name) or f"track {part.line + 1}"
    return f"{name}: {text}" if len(request.targets) > 1 else text


def _in_words(
    found: list[Suggestion], request: SuggestionRequest, inserted: int | None, out: Path | None, changes: Changes
) -> str:
    note = note_on(found)
    lines = [note] if note else []
    for number, suggestion in enumerate(found, 1):
        lines += [f"{'' if at else number:2}  {_about(part, request, at)}" for at, part in enumerate(suggestion.parts)]
    if inserted is not None:
        untouched = "nothing else changed" if changes.other == 0 else f"{changes.other} other events differ"
        done = (f"track {one.track}, {one.added} notes added, {one.removed} removed" for one in changes.tracks)
        lines.append(f"Number {inserted} was inserted in {out}: {'; '.join(done)}; {untouched}.")
    return "\n".join(printable(line) for line in lines)
