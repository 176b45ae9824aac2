"""`jazzassist bridge` and `jazzassist continue`: suggestions in the terminal, by the same code as in the window."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from jazzassist.domain import edits
from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Song, Track
from jazzassist.domain.suggestion import (
    Controls,
    NothingToSuggest,
    Suggestion,
    SuggestionRequest,
    bridge_request,
    continuation_request,
)
from jazzassist.midi.files import MidiFileError, OpenedSong, write_song
from jazzassist.suggest.asking import answer
from jazzassist.suggest.protocol import suggestion_to_dict
from jazzassist.suggest.ranking import reasons
from jazzassist.suggesters import NoSuggester, open_suggester
from jazzassist.terminal.ending import DONE, FAILED, NOTHING_SUGGESTED, WRONG_USAGE, Stop
from jazzassist.terminal.info import open_song, read_or_stop
from jazzassist.terminal.places import tick_after, tick_of, track_of


@dataclass(frozen=True)
class Changes:
    """What writing changed, found by reading the file again. `other`: all that was not meant, so always 0."""

    track: int
    added: int
    removed: int
    other: int


def run(arguments: argparse.Namespace) -> int:
    """Suggests, inserts and writes where that was asked for, prints what came of it."""
    which = _which(arguments)
    opened = open_song(arguments.file)
    _check_target(arguments, opened)
    request = _request(arguments, opened.song)
    found = _suggestions(request, arguments.checkpoint)
    changes = Changes(request.target + 1, 0, 0, 0)
    if which is not None:
        if which > len(found):
            raise Stop(NOTHING_SUGGESTED, f"Only {len(found)} were found, so number {which} cannot be inserted.")
        changes = _insert(arguments, opened.song, request, found[which - 1])
    if arguments.json:
        shown = [suggestion_to_dict(suggestion) for suggestion in found]
        print(json.dumps({"suggestions": shown, "inserted": which, "changes": asdict(changes)}))
    else:
        print(_in_words(found, request, which, arguments.out, changes))
    return DONE


def _which(arguments: argparse.Namespace) -> int | None:
    """The number, from 1, of the suggestion to insert; None for none."""
    if arguments.insert is not None and arguments.out is None:
        raise Stop(WRONG_USAGE, "--insert needs --out, the file to write.")
    if arguments.insert is not None and arguments.insert > arguments.alternatives:
        raise Stop(
            WRONG_USAGE, f"--insert {arguments.insert} is more than the {arguments.alternatives} that are asked for."
        )
    return 1 if arguments.insert is None and arguments.out is not None else arguments.insert


def _check_target(arguments: argparse.Namespace, opened: OpenedSong) -> None:
    out: Path | None = arguments.out
    if out is not None and opened.damaged and out.exists() and out.samefile(arguments.file):
        raise Stop(WRONG_USAGE, f"{arguments.file} is damaged and is not written over; name another file after --out.")


def _request(arguments: argparse.Namespace, song: Song) -> SuggestionRequest:
    path, bridging = arguments.file, arguments.command == "bridge"
    track = track_of(song, path, arguments.track)
    start = tick_of(song, path, arguments.start, may_be_end=False)
    end = tick_of(song, path, arguments.end, may_be_end=True)
    if end <= start:
        what = "gap" if bridging else "seed"
        raise Stop(
            WRONG_USAGE, f"From {arguments.start.typed} to {arguments.end.typed} the {what} has no length above zero."
        )
    controls = Controls(arguments.adventurous, arguments.density, arguments.register, arguments.polyphony)
    asked = {"alternatives": arguments.alternatives, "rng_seed": arguments.rng_seed}
    try:
        if bridging:
            return bridge_request(song, Gap(track, start, end), controls, **asked)
        stretch = tick_after(song, end, arguments.length)
        if stretch <= end:
            raise Stop(WRONG_USAGE, f"The length {arguments.length.typed} is less than one tick.")
        return continuation_request(song, Gap(track, end, stretch), start, controls, **asked)
    except NothingToSuggest as reason:
        raise Stop(NOTHING_SUGGESTED, f"Nothing can be suggested in {path}: {reason}.") from reason


def _suggestions(request: SuggestionRequest, checkpoint: str | None) -> list[Suggestion]:
    try:
        _, suggester = open_suggester(checkpoint)
        return answer(suggester, request, lambda share: None, lambda: False)
    except NoSuggester as error:
        raise Stop(NOTHING_SUGGESTED, str(error)) from error
    except NothingToSuggest as reason:
        raise Stop(NOTHING_SUGGESTED, f"Nothing can be suggested: {reason}.") from reason


def _insert(arguments: argparse.Namespace, song: Song, request: SuggestionRequest, chosen: Suggestion) -> Changes:
    """Writes the song with the chosen notes, and compares what was written with what was there."""
    gap = Gap(request.target, request.start, request.end)
    edited = edits.replace(song, gap, chosen.notes)
    try:
        write_song(edited, arguments.out)
    except MidiFileError as error:
        raise Stop(FAILED, str(error)) from error
    added = len(chosen.notes)
    removed = len(song.tracks[gap.track].notes) + added - len(edited.tracks[gap.track].notes)
    other = unmeant_changes(song, read_or_stop(arguments.out).song, gap.track, edited.tracks[gap.track])
    return Changes(gap.track + 1, added, removed, other)


def unmeant_changes(before: Song, after: Song, track: int, meant: Track) -> int:
    """How many notes and other events differ between two songs, but for the notes that `meant` has on `track`."""
    count = abs(len(before.tracks) - len(after.tracks)) + (before.ppq != after.ppq)
    for index, (old, new) in enumerate(zip(before.tracks, after.tracks, strict=False)):
        expected = meant.notes if index == track else old.notes
        count += _differing(expected, new.notes)
        count += _differing((e[:2] for e in old.events), (e[:2] for e in new.events))
        count += index != track and old.end != new.end
    return count


def _differing(first: Iterable[object], second: Iterable[object]) -> int:
    ours, theirs = Counter(first), Counter(second)
    return (ours - theirs).total() + (theirs - ours).total()


def _in_words(
    found: list[Suggestion], request: SuggestionRequest, inserted: int | None, out: Path | None, changes: Changes
) -> str:
    lines = []
    for number, suggestion in enumerate(found, 1):
        count = len(suggestion.notes)
        said = [f"{count} note{'' if count == 1 else 's'}", *reasons(suggestion, request)]
        lines.append(f"{number:2}  {'; '.join(said)}")
    if inserted is not None:
        untouched = "nothing else changed" if changes.other == 0 else f"{changes.other} other events differ"
        lines.append(
            f"Number {inserted} is in {out}: track {changes.track}, "
            f"{changes.added} notes added, {changes.removed} removed, {untouched}."
        )
    return "\n".join(lines)
