"""`jazzassist play`, `render` and `ports`."""

from __future__ import annotations

import argparse
import json
import sys
import time

from jazzassist.midi.known_file import is_same_file
from jazzassist.midi.ports import output_names
from jazzassist.playback.names import BUILT_IN, SILENT, VIRTUAL
from jazzassist.playback.render import SoundFormatError, render_sound
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.transport import Transport
from jazzassist.terminal.ending import DONE, FAILED, WRONG_USAGE, Stop
from jazzassist.terminal.info import open_song
from jazzassist.terminal.places import printable, tick_of

_POLLED_EVERY_SECONDS = 0.05
_RECORDING = "record:"  # record:PATH records the sent messages, one per line


def outputs() -> list[str]:
    """Return the names that `play --port` currently accepts."""
    return [BUILT_IN, *output_names(), *([] if sys.platform == "win32" else [VIRTUAL]), SILENT]


def list_ports(arguments: argparse.Namespace) -> int:
    """Print the outputs, one per line or as one JSON object."""
    names = outputs()
    print(json.dumps({"outputs": names}) if arguments.json else "\n".join(map(printable, names)))
    return DONE


def play(arguments: argparse.Namespace) -> int:
    """Play the song, or a part of it, until the end or Ctrl+C."""
    song = open_song(arguments.file).song
    start = tick_of(song, arguments.file, arguments.start, may_be_end=False) if arguments.start else 0
    end = tick_of(song, arguments.file, arguments.end, may_be_end=True) if arguments.end else song.music_end
    if not any(len(track.notes) for track in song.tracks):
        raise Stop(FAILED, f"{arguments.file} has no notes to play.")
    if end <= start:
        raise Stop(WRONG_USAGE, f"There is nothing to play between these positions in {arguments.file}.")
    transport = Transport(_output(arguments.port))
    try:
        transport.play(build_schedule(song, start, end))
        return _until_the_end(transport)
    finally:
        transport.close()


def render(arguments: argparse.Namespace) -> int:
    """Render the song to a WAV or FLAC file with the built-in synthesizer."""
    song = open_song(arguments.file).song
    if is_same_file(arguments.out, arguments.file):
        raise Stop(WRONG_USAGE, f"{arguments.out} is the song itself; name another file for the sound.")
    try:
        render_sound(song, arguments.out)
    except SoundFormatError as error:
        raise Stop(WRONG_USAGE, str(error)) from error
    except OSError as error:
        raise Stop(FAILED, str(error)) from error
    return DONE


def _output(named: str | None) -> str:
    if named is None or named.startswith(_RECORDING):
        return named or BUILT_IN
    names = outputs()
    if named not in names:
        raise Stop(WRONG_USAGE, f"There is no output {named}. Available: {', '.join(names)}.")
    return named


def _until_the_end(transport: Transport) -> int:
    while True:
        playing = transport.playing or transport.ringing
        given_up = transport.given_up  # before polling, so that its notice is printed
        for notice in transport.poll():
            print(printable(notice), file=sys.stderr)
        if given_up:
            return FAILED
        if not playing:
            return DONE
        time.sleep(_POLLED_EVERY_SECONDS)
