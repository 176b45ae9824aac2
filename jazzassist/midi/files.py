"""Opening and saving songs as MIDI files."""

from __future__ import annotations

import errno
import stat
from dataclasses import dataclass
from pathlib import Path

from jazzassist.domain.song import Song
from jazzassist.midi.file_kinds import kind_of
from jazzassist.midi.findings import Finding, Findings
from jazzassist.midi.reasons import why
from jazzassist.midi.saving import CannotReplace, ChangedMeanwhile, digest_of, replace_file
from jazzassist.midi.smf import HEADER_SEARCH, NotMidi, read_smf
from jazzassist.midi.smf_write import TooManyTracks, song_bytes
from jazzassist.midi.song_from_file import SongSource, song_from
from jazzassist.midi.wording import about_finding, about_lost

__all__ = [
    "FileChanged",
    "MidiFileError",
    "OpenedSong",
    "SavedSong",
    "file_format",
    "is_midi",
    "read_song",
    "song_bytes",
    "write_song",
]


class MidiFileError(Exception):
    """A file could not be opened or saved. The message is one sentence that names the file."""


class FileChanged(MidiFileError):
    """Another program has changed or deleted the file, so it was not written. `deleted`: it no longer exists."""

    def __init__(self, sentence: str, deleted: bool) -> None:
        super().__init__(sentence)
        self.deleted = deleted


@dataclass(frozen=True)
class OpenedSong:
    """A song and the irregularities that were found in its file.

    `warnings`: the `findings` as sentences. `damaged`: the file must not be overwritten without asking.
    `digest`: of the file's bytes, to detect later changes by other programs.
    """

    song: Song
    warnings: tuple[str, ...]
    damaged: bool
    digest: str | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class SavedSong:
    """The digest of the written file, and one sentence for each property that it lost by being replaced."""

    digest: str
    warnings: tuple[str, ...]


def read_song(path: Path | str) -> OpenedSong:
    """Read a MIDI file. Raises MidiFileError if it cannot be opened or is not a MIDI file."""
    path = Path(path)
    findings = Findings()
    try:
        data = _contents(path)
        song = song_from(read_smf(data, findings), findings)
    except NotMidi as reason:
        raise MidiFileError(f"{path} {reason}.") from None
    except OSError as error:
        raise MidiFileError(f"{path} cannot be opened: {why(error)}.") from None
    warnings = tuple(f"{path.name}, {about_finding(finding)}." for finding in findings.all)
    return OpenedSong(song, warnings, findings.damaged, digest_of(data), findings.all)


def is_midi(path: Path) -> bool:
    """Return True if `path` is a readable file with a MIDI header near its beginning."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with path.open("rb") as file:
            return b"MThd" in file.read(HEADER_SEARCH)
    except (OSError, ValueError):
        return False


def write_song(
    song: Song, path: Path | str, *, overwrite: bool = True, expected: str | None = None, repair: bool = False
) -> SavedSong:
    """Save the song atomically. Raises MidiFileError if that fails; an existing file is then unchanged.

    `overwrite`: whether an existing file may be replaced. `expected`: the digest of the content that was read;
    FileChanged is raised if the file has changed since. `repair`: write a valid file even without an edit, if the
    song's file was damaged.
    """
    path = Path(path)
    try:
        replaced = replace_file(path, song_bytes(song, repair=repair), overwrite=overwrite, expected=expected)
    except ChangedMeanwhile as change:
        raise FileChanged(f"{path} was not saved: {change}.", change.deleted) from change
    except (CannotReplace, TooManyTracks) as reason:
        raise MidiFileError(f"{path} was not saved: {reason}.") from reason
    warnings = tuple(f"{path.name} was saved, but {about_lost(lost)}." for lost in replaced.lost)
    return SavedSong(replaced.digest, warnings)


def _contents(path: Path) -> bytes:
    """Return the bytes of a regular file that contains a MIDI header. Raises NotMidi or OSError."""
    try:
        found = path.stat().st_mode
    except ValueError:
        raise NotMidi("cannot be opened: its name contains a character that file names cannot contain") from None
    if stat.S_ISDIR(found):
        raise IsADirectoryError(errno.EISDIR, "")
    if not stat.S_ISREG(found):
        raise NotMidi("is not a regular file")
    with path.open("rb") as file:
        beginning = file.read(HEADER_SEARCH)
        if not beginning:
            raise NotMidi("is empty")
        if b"MThd" not in beginning:
            kind = kind_of(beginning)
            raise NotMidi(f"is {kind}, not a MIDI file" if kind else "is not a MIDI file: it has no MThd header")
        return beginning + file.read()


def file_format(song: Song) -> int | None:
    """Return the format (0, 1 or 2) of the file that a song was read from, None for a song without a file."""
    return song.source.smf.format if isinstance(song.source, SongSource) else None
