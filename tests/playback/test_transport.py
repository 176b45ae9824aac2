"""The transport and its player process: whatever happens, no note is left sounding."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jazzassist.playback import transport as handle
from jazzassist.playback.engine import NO_DEVICE
from jazzassist.playback.recorder import read_recording
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.transport import BUILT_IN, SILENT, Transport
from tests.playback.songs import PPQ, begins, chord_song, is_note, line, song, sounding
from tests.playback.waiting import notices_until, recorded, wait_until

BAR = 4 * PPQ
LONG = build_schedule(chord_song(bars=60), 0, 60 * BAR)

Opener = Callable[..., Transport]


@pytest.fixture
def opened() -> Iterator[Opener]:
    made: list[Transport] = []

    def make(output: object, **more: str) -> Transport:
        made.append(Transport(str(output), **more))
        return made[-1]

    yield make
    for transport in made:
        transport.close()


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return tmp_path / "tape.jsonl"


def recording(tape: Path) -> str:
    return f"record:{tape}"


def wait_for_sound(tape: Path) -> None:
    wait_until(lambda: len(sounding(recorded(tape))) >= 3, "a chord")


def wait_for_silence(tape: Path) -> None:
    wait_until(lambda: not sounding(recorded(tape)), "silence")


def test_all_messages_arrive_in_order_and_none_too_early(opened: Opener, tape: Path) -> None:
    made = build_schedule(chord_song(bars=1), 0, BAR)
    transport = opened(recording(tape))
    transport.play(made)
    wait_until(lambda: not transport.playing, "the end")
    assert transport.position == BAR
    transport.close()
    every = read_recording(tape)
    begin = next(i for i, (_, data) in enumerate(every) if data == made.messages[0] and data not in made.chase)
    rows = every[begin : begin + len(made.messages)]
    assert [data for _, data in rows] == list(made.messages)
    first = rows[0][0]
    for (time_sent, data), due in zip(rows, made.seconds[-len(rows) :], strict=True):
        assert time_sent - first >= due - 0.02, data.hex()


def test_chase_is_sent_before_the_first_note(opened: Opener, tape: Path) -> None:
    made = build_schedule(song(line([60], channel=3, program=33)), 0, BAR)
    opened(recording(tape)).play(made)
    wait_until(lambda: begins(recorded(tape)), "a note")
    sent = recorded(tape)
    before = sent[: sent.index(begins(sent)[0])]
    assert {b"\xc3\x21", b"\xb3\x07\x64", b"\xb3\x0b\x7f", b"\xb3\x40\x00", b"\xe3\x00\x40"} <= set(before)


def test_stop_leaves_nothing_sounding(opened: Opener, tape: Path) -> None:
    transport = opened(recording(tape))
    transport.play(LONG)
    wait_for_sound(tape)
    transport.stop()
    assert not transport.playing
    wait_for_silence(tape)
    wait_until(lambda: b"\xb0\x40\x00" in recorded(tape), "the pedal to be lifted")
    time.sleep(0.3)  # the rest of the same breath
    count = len(recorded(tape))
    time.sleep(0.7)
    assert len(recorded(tape)) == count


def test_seek_ends_what_sounds_and_plays_on_elsewhere(opened: Opener, tape: Path) -> None:
    transport = opened(recording(tape))
    transport.play(LONG)
    wait_for_sound(tape)
    transport.seek(30 * BAR)
    assert transport.position >= 30 * BAR
    halt = b"\xb0\x7b\x00"
    wait_until(lambda: halt in (sent := recorded(tape)) and begins(sent[sent.index(halt) :]), "notes after it")
    messages = recorded(tape)
    assert not sounding(messages[: messages.index(halt) + 6])
    assert {data[1] for data in begins(messages[messages.index(halt) :])} == {60, 64, 67, 36}
    assert transport.playing
    assert transport.position >= 30 * BAR


def test_position_stands_still_until_played_and_after_a_stop(opened: Opener) -> None:
    transport = opened(SILENT)
    assert transport.position == 0
    transport.play(LONG, at=5 * BAR)
    wait_until(lambda: transport.position > 5 * BAR, "time to run")
    transport.stop()
    stopped = transport.position
    assert stopped < 60 * BAR
    wait_until(lambda: not transport.playing, "the stop")
    time.sleep(0.2)
    assert abs(transport.position - stopped) < BAR // 4


def test_loop_turns_and_its_notes_never_pile_up(opened: Opener, tape: Path) -> None:
    made = build_schedule(chord_song(), BAR, BAR + PPQ, loop=True)
    transport = opened(recording(tape))
    transport.play(made)
    wait_until(lambda: len(begins(recorded(tape))) >= 12, "three turns")
    assert transport.playing
    assert BAR <= transport.position <= BAR + PPQ
    assert {data[1] for data in begins(recorded(tape))} == {60, 64, 67, 40}
    assert max(sounding(recorded(tape)).values(), default=0) <= 1
    transport.stop()
    wait_for_silence(tape)


def test_update_plays_on_without_ending_what_stays(opened: Opener, tape: Path) -> None:
    transport = opened(recording(tape))
    transport.play(LONG)
    wait_for_sound(tape)
    transport.update(build_schedule(chord_song(bars=60), 0, 60 * BAR, muted=frozenset({2})))
    wait_until(lambda: begins(recorded(tape))[-1][1] < 60 and len(begins(recorded(tape))) >= 4, "the bass")
    time.sleep(1.0)
    messages = recorded(tape)
    assert not [key for key in sounding(messages) if key[0] == 1]
    assert [key for key in sounding(messages) if key[0] == 0]
    assert b"\xb0\x7b\x00" not in messages


def test_changing_the_output_silences_the_old_and_goes_on_in_the_new(
    opened: Opener, tape: Path, tmp_path: Path
) -> None:
    transport = opened(recording(tape))
    transport.play(LONG)
    wait_for_sound(tape)
    other = tmp_path / "other.jsonl"
    transport.set_output(recording(other))
    wait_until(lambda: begins(recorded(other)), "notes on the other output")
    assert transport.output == recording(other)
    assert transport.playing
    assert not sounding(recorded(tape))
    assert recorded(other)[0][0] & 0xF0 != 0x90


def test_close_leaves_nothing_sounding_and_no_process(opened: Opener, tape: Path) -> None:
    transport = opened(recording(tape))
    transport.play(LONG)
    wait_for_sound(tape)
    process = transport.process_id
    transport.close()
    assert not sounding(recorded(tape))
    assert process is not None
    assert transport.process_id is None
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_clicked_note_sounds_and_is_ended_by_stop(opened: Opener, tape: Path) -> None:
    transport = opened(recording(tape))
    transport.send(b"\x92\x40\x50")
    wait_until(lambda: sounding(recorded(tape)), "the note")
    transport.stop()
    wait_for_silence(tape)


def test_panic_ends_every_note_of_every_channel(opened: Opener, tape: Path) -> None:
    transport = opened(recording(tape))
    transport.panic()
    wait_until(lambda: bytes((0x8F, 127, 64)) in recorded(tape), "the last note-off")
    sent = set(recorded(tape))
    assert all(bytes((0x80 | channel, pitch, 64)) in sent for channel in range(16) for pitch in range(128))
    assert all(bytes((0xB0 | channel, n, 0)) in sent for channel in range(16) for n in (64, 120, 123))


def test_killed_player_is_replaced_and_everything_ended(opened: Opener, tape: Path) -> None:
    transport = opened(recording(tape))
    transport.play(LONG)
    wait_for_sound(tape)
    process = transport.process_id
    assert process is not None
    os.kill(process, signal.SIGKILL)
    wait_for_silence(tape)
    notices_until(transport, handle.RESTARTED)
    assert not transport.playing
    assert transport.process_id != process
    transport.play(LONG)
    wait_for_sound(tape)


def test_player_that_cannot_live_is_given_up_in_words(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    transport = opened(SILENT)
    notices_until(transport, handle.GIVEN_UP)
    wait_until(lambda: transport.given_up, "the player being given up")
    transport.play(LONG)
    transport.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM")
def test_player_ends_silently_on_sigterm(tape: Path) -> None:
    with start_player(tape) as process:
        play_in(process)
        wait_for_sound(tape)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert not sounding(recorded(tape))


def test_player_ends_silently_when_its_commands_end(tape: Path) -> None:
    with start_player(tape) as process:
        play_in(process)
        wait_for_sound(tape)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0
    assert not sounding(recorded(tape))


PARENT = """
import sys, time
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.transport import Transport
from tests.playback.songs import chord_song
transport = Transport("record:" + sys.argv[1])
transport.play(build_schedule(chord_song(bars=60), 0, 60 * 1920))
while transport.process_id is None:
    time.sleep(0.01)
print(transport.process_id, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is for POSIX")
def test_killed_window_leaves_nothing_sounding_and_no_player(tape: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tape)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    player = int(parent.stdout.readline())
    wait_for_sound(tape)
    parent.kill()
    parent.wait()
    wait_for_silence(tape)
    wait_until(lambda: not is_alive(player), "the player to end")
    parent.stdout.close()


def is_alive(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        if os.path.isdir("/proc/self"):
            return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(os.name != "posix", reason="a process is held by a signal here")
def test_calls_return_while_the_player_does_nothing(opened: Opener, tape: Path) -> None:
    transport = opened(recording(tape))
    wait_until(lambda: transport.process_id is not None, "the player")
    process = transport.process_id
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    try:
        for _ in range(50):  # more than a pipe holds
            transport.play(LONG)
            transport.seek(PPQ)
            transport.stop()
    finally:
        os.kill(process, signal.SIGCONT)
    assert not transport.playing


def test_unknown_port_is_told_in_one_sentence_and_played_in_silence(opened: Opener) -> None:
    transport = opened(SILENT)
    transport.set_output("Theremin of Nowhere")
    notices = notices_until(transport, "Theremin of Nowhere")
    assert len(notices) == 1
    assert "without sound" in notices[0]
    assert "\n" not in notices[0]
    assert "Traceback" not in notices[0]
    transport.play(LONG)
    wait_until(lambda: transport.position > PPQ, "time to run all the same")


def test_without_a_sound_device_time_runs_and_the_composer_is_told(opened: Opener) -> None:
    transport = opened(BUILT_IN, devices="none")
    transport.play(LONG, at=BAR)
    wait_until(lambda: transport.position > BAR + PPQ, "time to run")
    assert transport.poll() == [NO_DEVICE]
    transport.stop()


def test_built_in_synth_plays_to_the_end_and_takes_an_update(opened: Opener) -> None:
    transport = opened(BUILT_IN, devices="none")
    transport.play(build_schedule(chord_song(bars=1), 0, BAR))
    transport.update(build_schedule(chord_song(bars=1), 0, BAR // 2))
    transport.send(b"\x90\x40\x50")
    wait_until(lambda: not transport.playing, "the end")
    assert transport.position == BAR // 2


def test_outputs_hold_the_built_in_ones(opened: Opener) -> None:
    transport = opened(SILENT)
    assert transport.outputs[0] == BUILT_IN
    assert transport.outputs[-1] == SILENT


def test_empty_schedule_ends_at_once(opened: Opener, tape: Path) -> None:
    transport = opened(recording(tape))
    transport.play(build_schedule(chord_song(), BAR, BAR))
    wait_until(lambda: not transport.playing, "the end")
    assert not [data for data in recorded(tape) if is_note(data)]


def start_player(tape: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "jazzassist.playback.player", "--output", recording(tape)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)


def play_in(process: subprocess.Popen[bytes]) -> None:
    payload = LONG.to_bytes()
    assert process.stdin is not None
    process.stdin.write(b'{"do": "play", "at": 0.0, "size": %d}\n' % len(payload) + payload)
    process.stdin.flush()


def test_player_survives_nonsense_on_its_commands(tape: Path) -> None:
    with start_player(tape) as process:
        assert process.stdin is not None
        process.stdin.write(b'nonsense\n{"do": "play", "size": 4, "at": 0}\nabcd[]\n{"do": 7}\n{"do": "seek"}\n')
        process.stdin.flush()
        play_in(process)
        wait_for_sound(tape)
        process.stdin.close()
        assert process.wait(30) == 0
    assert not sounding(recorded(tape))
