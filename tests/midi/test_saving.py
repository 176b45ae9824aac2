"""Saving is atomic."""

from __future__ import annotations

import errno
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from jazzassist.domain.song import Note, Notes, Song, Track
from jazzassist.midi.files import FileChanged, MidiFileError, read_song, song_bytes, write_song
from jazzassist.midi.leftovers import Temporary
from tests.midi.odd_files import PLAIN

SONG = Song(480, (Track("One", Notes.of([Note(0, 10, 60)])),))
posix = pytest.mark.skipif(os.name != "posix", reason="permissions, links and signals of POSIX systems")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "song.mid"
    path.write_bytes(PLAIN)
    return path


def only(path: Path) -> None:
    assert sorted(path.parent.iterdir()) == [path]


def test_song_is_saved_and_nothing_left_beside_it(old: Path) -> None:
    write_song(SONG, old)
    assert old.read_bytes() == song_bytes(SONG)
    only(old)


@posix
def test_old_bytes_are_never_written_over(old: Path) -> None:
    """The file is replaced as a whole. A program that has the old one open keeps its whole content."""
    held = old.with_name("held.mid")
    held.hardlink_to(old)
    write_song(SONG, old)
    assert held.read_bytes() == PLAIN


def test_existing_file_is_kept_when_asked(old: Path) -> None:
    with pytest.raises(MidiFileError) as caught:
        write_song(SONG, old, overwrite=False)
    assert str(caught.value) == f"{old} was not saved: a file of that name already exists."
    assert old.read_bytes() == PLAIN
    write_song(SONG, old.with_name("other.mid"), overwrite=False)
    assert read_song(old.with_name("other.mid")).song.tracks[0].name == "One"


def test_folder_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MidiFileError) as caught:
        write_song(SONG, tmp_path)
    assert str(caught.value) == f"{tmp_path} was not saved: it is a folder."


def test_missing_folder_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "none" / "song.mid"
    with pytest.raises(MidiFileError) as caught:
        write_song(SONG, path)
    assert str(caught.value) == f"{path} was not saved: there is no such file or folder."


@posix
def test_permissions_and_link_stay(old: Path) -> None:
    old.chmod(0o640)
    link = old.with_name("link.mid")
    link.symlink_to(old.name)
    write_song(SONG, link)
    assert link.is_symlink()
    assert old.read_bytes() == song_bytes(SONG)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


@posix
def test_new_file_gets_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    write_song(SONG, tmp_path / "song.mid")
    assert (tmp_path / "song.mid").stat().st_mode == (tmp_path / "usual").stat().st_mode


SAVE = """
    import os, sys
    from jazzassist.domain.song import Song
    from jazzassist.midi.files import MidiFileError, read_song, write_song
    if os.getuid() == 0:  # permissions do not apply to the administrator
        os.setegid(65534)
        os.seteuid(65534)
    try:
        if sys.argv[2] == "save":
            for warning in write_song(Song(480), sys.argv[1]).warnings:
                print(warning)
        else:
            read_song(sys.argv[1])
    except MidiFileError as error:
        print(error)
"""


def as_nobody(path: Path, task: str) -> str:
    """Return the output of saving or reading the file as a user to whom permissions apply."""
    command = [sys.executable, "-c", textwrap.dedent(SAVE), str(path), task]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ran.stderr == ""
    return ran.stdout


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter, unlike pytest's temporary folders."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)
        Path(name).chmod(0o777)


@posix
def test_missing_permission_is_one_sentence(open_folder: Path) -> None:
    path = open_folder / "song.mid"
    path.write_bytes(PLAIN)
    path.chmod(0o666)
    open_folder.chmod(0o555)
    folder = f"you have no permission to write in the folder {open_folder}"
    assert as_nobody(path, "save") == f"{path} was not saved: {folder}.\n"
    path.chmod(0)
    assert as_nobody(path, "read") == f"{path} cannot be opened: there is no permission.\n"
    path.chmod(0o644)
    assert path.read_bytes() == PLAIN
    only(path)


@posix
def test_read_only_file_is_not_replaced(open_folder: Path) -> None:
    path = open_folder / "song.mid"
    path.write_bytes(PLAIN)
    path.chmod(0o444)
    assert as_nobody(path, "save") == f"{path} was not saved: you have no permission to write this file.\n"
    assert path.read_bytes() == PLAIN


FULL = """
    import resource, signal, sys
    from jazzassist.domain.song import Note, Notes, Song, Track
    from jazzassist.midi.files import MidiFileError, write_song
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    notes = Notes.of([Note(10 * n, 5, 60) for n in range(5000)])
    try:
        write_song(Song(480, (Track("Long", notes),)), sys.argv[1])
    except MidiFileError as error:
        print(error)
"""


@posix
def test_file_that_does_not_fit_leaves_the_old_one(old: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL), str(old)], capture_output=True, text=True, timeout=60
    )
    assert ran.stdout == f"{old} was not saved: the file would exceed the maximum size.\n", ran.stderr
    assert old.read_bytes() == PLAIN
    only(old)


def test_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", tmp_path], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small file system can only be mounted by the administrator")
    try:
        path = tmp_path / "song.mid"
        path.write_bytes(PLAIN)
        notes = Notes.of([Note(10 * n, 5, 60) for n in range(5000)])
        with pytest.raises(MidiFileError) as caught:
            write_song(Song(480, (Track("Long", notes),)), path)
        assert str(caught.value) == f"{path} was not saved: the disk is full."
        assert path.read_bytes() == PLAIN
        only(path)
    finally:
        subprocess.run(["umount", tmp_path], check=True)


FOREVER = """
    import sys
    from jazzassist.domain.song import Note, Notes, Song, Track
    from jazzassist.midi.files import write_song
    songs = [Song(480, (Track("x", Notes.of([Note(10 * n, 5, pitch) for n in range(3000)])),)) for pitch in (60, 61)]
    print("ready", flush=True)
    while True:
        for song in songs:
            write_song(song, sys.argv[1])
"""


@posix
def test_killed_while_saving_never_damages(tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    expected = {
        song_bytes(Song(480, (Track("x", Notes.of([Note(10 * n, 5, pitch) for n in range(3000)])),)))
        for pitch in (60, 61)
    }
    for round_ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(FOREVER), str(path)], stdout=subprocess.PIPE
        ) as saver:
            assert saver.stdout is not None
            saver.stdout.readline()
            while not path.exists():
                time.sleep(0.001)
            time.sleep(0.003 * round_)
            saver.send_signal(signal.SIGKILL)
        assert path.read_bytes() in expected


HALFWAY = """
    import sys, time
    from pathlib import Path
    from jazzassist.midi.leftovers import Temporary
    with Temporary(Path(sys.argv[1]), 0o600) as temporary:
        temporary.write(b"half")
        print(temporary.path, flush=True)
        time.sleep(600)
"""


@posix
def test_what_a_killed_process_left_is_gone_after_the_next_save_and_not_before(old: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(HALFWAY), str(old.parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as saver:
        assert saver.stdout is not None
        left = Path(saver.stdout.readline().strip())
        write_song(SONG, old)
        assert left.read_bytes() == b"half"
        saver.send_signal(signal.SIGKILL)
    assert left.exists()
    write_song(SONG, old)
    only(old)


@posix
def test_only_our_own_files_are_swept(old: Path) -> None:
    others = [old.with_name(name) for name in (".jazzassist-notes.saving", ".jazzassist-0123456789abcdef.saving.mid")]
    for other in others:
        other.write_bytes(b"mine")
    link = old.with_name(".jazzassist-0123456789abcdef.saving")
    link.symlink_to(others[0])
    write_song(SONG, old)
    assert sorted(old.parent.iterdir()) == sorted([old, link, *others])


REFUSALS = [errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL]


@pytest.mark.parametrize("call", ["chmod", "fsync", "chown"])
@pytest.mark.parametrize("number", REFUSALS)
def test_a_disk_that_knows_no_permissions_or_syncing_is_saved_to(
    old: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    def refuse(*arguments: object, **more: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, refuse)
    old.chmod(0o644) if call != "chmod" else None
    saved = write_song(SONG, old)
    assert old.read_bytes() == song_bytes(SONG)
    assert all("could not be kept" in warning for warning in saved.warnings)
    only(old)


def test_a_disk_that_fails_is_not_taken_for_one_without_syncing(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(handle: int) -> NoReturn:
        raise OSError(errno.EIO, "")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(MidiFileError, match="the disk reports an error"):
        write_song(SONG, old)
    assert old.read_bytes() == PLAIN
    only(old)


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o666])
def test_the_temporary_file_is_never_open_to_more_people(old: Path, monkeypatch: pytest.MonkeyPatch, mode: int) -> None:
    old.chmod(mode)
    seen = []
    write, sync = Temporary.write, Temporary.sync

    def look(temporary: Temporary) -> None:
        seen.append(stat.S_IMODE(temporary.path.stat().st_mode))

    monkeypatch.setattr(Temporary, "write", lambda self, data: (look(self), write(self, data), look(self)))
    monkeypatch.setattr(Temporary, "sync", lambda self: (look(self), sync(self)))
    write_song(SONG, old)
    assert seen == [0o600, 0o600, mode]
    assert stat.S_IMODE(old.stat().st_mode) == mode


@posix
def test_other_names_of_the_file_are_reported(old: Path) -> None:
    for number in range(2):
        old.with_name(f"held {number}.mid").hardlink_to(old)
    (warning,) = write_song(SONG, old).warnings
    assert warning == (
        "song.mid was saved, but the same file under 2 other names (hard links) still holds the earlier version."
    )
    assert write_song(SONG, old).warnings == ()


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="this system has other extended attributes")
def test_extended_attributes_stay(old: Path) -> None:
    try:
        os.setxattr(old, "user.composer", b"Anna")
    except OSError:
        pytest.skip("this disk has no extended attributes")
    assert write_song(SONG, old).warnings == ()
    assert os.getxattr(old, "user.composer") == b"Anna"


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="this system has other extended attributes")
def test_lost_extended_attributes_are_reported(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **more: object) -> NoReturn:
        raise OSError(errno.EOPNOTSUPP, "")

    monkeypatch.setattr(os, "listxattr", lambda path: ["user.composer"])
    monkeypatch.setattr(os, "getxattr", lambda path, name: b"Anna" if Path(path) == old else refuse())
    monkeypatch.setattr(os, "setxattr", refuse)
    (warning,) = write_song(SONG, old).warnings
    assert warning == "song.mid was saved, but its extended attribute user.composer could not be kept."


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only the administrator gives files away")
def test_the_owner_stays_or_its_loss_is_reported(open_folder: Path) -> None:
    path = open_folder / "song.mid"
    path.write_bytes(PLAIN)
    os.chown(path, 4321, 1234)
    path.chmod(0o664)
    assert write_song(SONG, path).warnings == ()
    assert (path.stat().st_uid, path.stat().st_gid, stat.S_IMODE(path.stat().st_mode)) == (4321, 1234, 0o664)
    path.chmod(0o666)
    said = as_nobody(path, "save").splitlines()
    assert said == [f"song.mid was saved, but its {what} could not be kept." for what in ("owner", "group")]
    os.chown(path, 65534, 1234)
    path.chmod(0o660)
    said = as_nobody(path, "save").splitlines()
    assert said == [f"song.mid was saved, but its {what} could not be kept." for what in ("group", "permissions")]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600  # another group must not read it


@posix
@pytest.mark.parametrize("through_link", [False, True])
def test_pipes_and_sockets_are_refused(tmp_path: Path, through_link: bool) -> None:
    pipe, door = tmp_path / "pipe.mid", tmp_path / "door.mid"
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(door))
        for path in (pipe, door, Path(os.devnull)):
            link = tmp_path / f"link to {path.name}"
            link.symlink_to(path)
            with pytest.raises(MidiFileError, match="not a regular file") as caught:
                write_song(SONG, link if through_link else path)
            assert "\n" not in str(caught.value)
            with pytest.raises(MidiFileError, match="not a regular file"):
                read_song(link if through_link else path)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@posix
def test_looping_links_are_refused(tmp_path: Path) -> None:
    one, two = tmp_path / "one.mid", tmp_path / "two.mid"
    one.symlink_to(two)
    two.symlink_to(one)
    with pytest.raises(MidiFileError, match="form a loop"):
        write_song(SONG, one)
    with pytest.raises(MidiFileError, match="form a loop"):
        read_song(one)


@pytest.mark.parametrize("name", ["so\0ng.mid", "so\ud800ng.mid", "x" * 300 + ".mid", "song.mid/song.mid"])
def test_impossible_names_are_one_sentence(old: Path, name: str) -> None:
    for work in (lambda path: write_song(SONG, path), read_song):
        with pytest.raises(MidiFileError) as caught:
            work(old.parent / name)
        assert str(caught.value).endswith(".")
        assert "\n" not in str(caught.value)
    only(old)


def test_a_read_only_disk_is_named(tmp_path: Path) -> None:
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a file system can only be mounted by the administrator")
    try:
        path = tmp_path / "song.mid"
        path.write_bytes(PLAIN)
        subprocess.run(["mount", "-o", "remount,ro", tmp_path], check=True)
        for target in (path, tmp_path / "new.mid"):
            with pytest.raises(MidiFileError, match=r"was not saved: the disk is read-only\.$"):
                write_song(SONG, target)
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_a_file_that_changed_since_it_was_read_is_not_replaced(old: Path) -> None:
    opened = read_song(old)
    old.write_bytes(PLAIN + b"\0")
    with pytest.raises(FileChanged) as caught:
        write_song(opened.song, old, expected=opened.digest)
    assert str(caught.value) == f"{old} was not saved: another program has changed it since it was read."
    assert not caught.value.deleted
    assert old.read_bytes() == PLAIN + b"\0"
    only(old)


def test_a_file_that_was_deleted_is_not_created_again(old: Path) -> None:
    opened = read_song(old)
    old.unlink()
    with pytest.raises(FileChanged) as caught:
        write_song(opened.song, old, expected=opened.digest)
    assert caught.value.deleted
    assert list(old.parent.iterdir()) == []


def test_a_change_while_the_song_is_being_written_is_noticed(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, sync = read_song(old), Temporary.sync

    def change(temporary: Temporary) -> None:
        old.write_bytes(b"newer")
        sync(temporary)

    monkeypatch.setattr(Temporary, "sync", change)
    with pytest.raises(FileChanged):
        write_song(opened.song, old, expected=opened.digest)
    assert old.read_bytes() == b"newer"
    only(old)


def test_a_file_that_was_only_touched_is_saved(old: Path) -> None:
    opened = read_song(old)
    copy = old.with_name("copy.mid")
    copy.write_bytes(PLAIN)
    copy.replace(old)
    os.utime(old, (0, 0))
    saved = write_song(opened.song, old, expected=opened.digest)
    write_song(opened.song, old, expected=saved.digest)
