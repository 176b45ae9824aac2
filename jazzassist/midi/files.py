"""Opening and saving songs as MIDI files."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

from jazzassist.domain.song import Song
from jazzassist.midi.file_kinds import kind_of
from jazzassist.midi.findings import Findings
from jazzassist.midi.saving import replace_file
from jazzassist.midi.smf import HEADER_SEARCH, NotMidi, read_smf
from jazzassist.midi.smf_write import song_bytes
from jazzassist.midi.song_from_file import SongSource, song_from

__all__ = ["MidiFileError", "OpenedSong", "file_format", "read_song", "song_bytes", "write_song"]

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than allowed",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "there is no permission",
    errno.EPERM: "there is no permission",
    errno.ENOENT: "there is no such file or folder",
    errno.ENOTDIR: "part of the path is no folder",
    errno.EISDIR: "it is a folder",
    errno.EEXIST: "there is a file of that name already",
    errno.ENAMETOOLONG: "the name is too long",
}


class MidiFileError(Exception):
    """A file could not be opened or saved; the message is one sentence that names it."""


@dataclass(frozen=True)
class OpenedSong:
    """A song and what was odd about its file. `damaged`: never overwrite that file unasked."""

    song: Song
    warnings: tuple[str, ...]
    damaged: bool


def read_song(path: Path | str) -> OpenedSong:
    """The song in a MIDI file, with one sentence per oddity or repair; MidiFileError when there is none."""
    path = Path(path)
    findings = Findings()
    try:
        song = song_from(read_smf(_contents(path), findings), findings)
    except NotMidi as reason:
        raise MidiFileError(f"{path} {reason}.") from None
    except OSError as error:
        raise MidiFileError(f"{path} cannot be opened: {_reason(error)}.") from None
    warnings = tuple(f"{path.name}, {sentence}." for sentence in findings.sentences)
    return OpenedSong(song, warnings, findings.damaged)


def write_song(song: Song, path: Path | str, *, overwrite: bool = True, repair: bool = False) -> None:
    """Saves the song, all or nothing; MidiFileError when it could not be done, the old file untouched then.

    `repair`: a song whose file was damaged is saved as a valid file even without an edit.
    """
    path = Path(path)
    try:
        replace_file(path, song_bytes(song, repair=repair), overwrite=overwrite)
    except OSError as error:
        raise MidiFileError(f"{path} was not saved: {_reason(error)}.") from error


def _contents(path: Path) -> bytes:
    """The bytes of a regular file whose beginning looks like MIDI."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "")
    if path.exists() and not path.is_file():
        raise NotMidi("is not a regular file")
    with path.open("rb") as file:
        beginning = file.read(HEADER_SEARCH)
        if not beginning:
            raise NotMidi("is empty")
        if b"MThd" not in beginning:
            kind = kind_of(beginning)
            raise NotMidi(f"is {kind}, not a MIDI file" if kind else "is not a MIDI file: it has no MThd header")
        return beginning + file.read()


def _reason(error: OSError) -> str:
    return _REASONS.get(error.errno or 0, error.strerror or str(error))


def file_format(song: Song) -> int | None:
    """The format (0, 1 or 2) of the file that a song was read from; None when it is from no file."""
    return song.source.smf.format if isinstance(song.source, SongSource) else None
