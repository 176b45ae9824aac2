"""Saving is all or nothing."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest

from jazzassist.domain.song import Note, Notes, Song, Track
from jazzassist.midi.files import MidiFileError, read_song, song_bytes, write_song
from tests.midi.odd_files import PLAIN

SONG = Song(480, (Track("One", Notes.of([Note(0, 10, 60)])),))
posix = pytest.mark.skipif(os.name != "posix", reason="permissions, links and signals of POSIX systems")


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "song.mid"
    path.write_bytes(PLAIN)
    return path


def only(path: Path) -> None:
    assert sorted(path.parent.iterdir()) == [path]


def test_song_is_saved_and_nothing_left_beside_it(old):
    write_song(SONG, old)
    assert old.read_bytes() == song_bytes(SONG)
    only(old)


@posix
def test_old_bytes_are_never_written_over(old):
    """The new file takes the old one's place; who still holds the old one keeps it whole."""
    held = old.with_name("held.mid")
    held.hardlink_to(old)
    write_song(SONG, old)
    assert held.read_bytes() == PLAIN


def test_existing_file_is_kept_when_asked(old):
    with pytest.raises(MidiFileError) as caught:
        write_song(SONG, old, overwrite=False)
    assert str(caught.value) == f"{old} was not saved: there is a file of that name already."
    assert old.read_bytes() == PLAIN
    write_song(SONG, old.with_name("other.mid"), overwrite=False)
    assert read_song(old.with_name("other.mid")).song.tracks[0].name == "One"


def test_folder_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(MidiFileError) as caught:
        write_song(SONG, tmp_path)
    assert str(caught.value) == f"{tmp_path} was not saved: it is a folder."


def test_missing_folder_is_refused_in_one_sentence(tmp_path):
    path = tmp_path / "none" / "song.mid"
    with pytest.raises(MidiFileError) as caught:
        write_song(SONG, path)
    assert str(caught.value) == f"{path} was not saved: there is no such file or folder."


@posix
def test_permissions_and_link_stay(old):
    old.chmod(0o640)
    link = old.with_name("link.mid")
    link.symlink_to(old.name)
    write_song(SONG, link)
    assert link.is_symlink()
    assert old.read_bytes() == song_bytes(SONG)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


@posix
def test_new_file_gets_the_usual_permissions(tmp_path):
    (tmp_path / "usual").write_bytes(b"")
    write_song(SONG, tmp_path / "song.mid")
    assert (tmp_path / "song.mid").stat().st_mode == (tmp_path / "usual").stat().st_mode


SAVE = """
    import os, sys
    from jazzassist.domain.song import Song
    from jazzassist.midi.files import MidiFileError, read_song, write_song
    if os.getuid() == 0:  # permissions do not stop the administrator
        os.setegid(65534)
        os.seteuid(65534)
    try:
        write_song(Song(480), sys.argv[1]) if sys.argv[2] == "save" else read_song(sys.argv[1])
    except MidiFileError as error:
        print(error)
"""


def as_nobody(path: Path, task: str) -> str:
    """What saving or reading the file says to a user to whom permissions apply."""
    command = [sys.executable, "-c", textwrap.dedent(SAVE), str(path), task]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ran.stderr == ""
    return ran.stdout


@pytest.fixture
def open_folder():
    """A folder that every user can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)
        Path(name).chmod(0o777)


@posix
def test_missing_permission_is_one_sentence(open_folder):
    path = open_folder / "song.mid"
    path.write_bytes(PLAIN)
    path.chmod(0o666)
    open_folder.chmod(0o555)
    assert as_nobody(path, "save") == f"{path} was not saved: there is no permission.\n"
    path.chmod(0)
    assert as_nobody(path, "read") == f"{path} cannot be opened: there is no permission.\n"
    path.chmod(0o644)
    assert path.read_bytes() == PLAIN
    only(path)


@posix
def test_read_only_file_is_not_replaced(open_folder):
    path = open_folder / "song.mid"
    path.write_bytes(PLAIN)
    path.chmod(0o444)
    assert as_nobody(path, "save") == f"{path} was not saved: there is no permission.\n"
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
def test_file_that_does_not_fit_leaves_the_old_one(old):
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL), str(old)], capture_output=True, text=True, timeout=60
    )
    assert ran.stdout == f"{old} was not saved: the file would be larger than allowed.\n", ran.stderr
    assert old.read_bytes() == PLAIN
    only(old)


def test_full_disk_leaves_the_old_file(tmp_path):
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
def test_killed_while_saving_never_damages(tmp_path):
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


def test_what_killed_processes_left_is_swept_later(old):
    forgotten, recent = (old.with_name(f".jazzassist-{name}.saving") for name in ("forgotten", "recent"))
    for left in (forgotten, recent):
        left.write_bytes(b"half")
    os.utime(forgotten, (0, 0))
    write_song(SONG, old)
    assert not forgotten.exists()
    assert recent.exists()
