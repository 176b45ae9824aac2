"""Underruns of the sound device: they are counted, caught up with, and answered by a larger buffer."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator
from types import SimpleNamespace

import numpy as np
import pytest

from jazzassist.domain.song import Note, Notes, Track
from jazzassist.playback import synth_output
from jazzassist.playback.device_clock import DeviceClock, without_ended_notes
from jazzassist.playback.priority import hurry, may_hurry
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.sequencer import Sequencer
from jazzassist.playback.synth import RATE, Synth
from jazzassist.playback.synth_output import TOO_BUSY, SynthOutput
from tests.playback.songs import PPQ, line, song
from tests.playback.sounds import Sound, font
from tests.playback.waiting import wait_until

PERIOD = 0.02
FRAMES = round(PERIOD * RATE)
Blocks = Generator[Sound, int, None]


class Device:
    """A fake sound device: the test requests its blocks at the times of a fake clock."""

    def __init__(self, milliseconds: int, backend: str) -> None:
        self.milliseconds, self.backend = milliseconds, backend
        self.closed, self.playing = False, False
        self.blocks: Blocks | None = None

    def start(self, blocks: Blocks) -> None:
        self.blocks = blocks

    def close(self) -> None:
        self.closed = True


class Machine:
    """A fake clock, and the devices that were opened."""

    def __init__(self) -> None:
        self.now = 100.0
        self.backend = "ALSA"
        self.devices: list[Device] = []
        self.heard: list[Sound] = []

    def open(self, _: tuple[str, ...], milliseconds: int) -> tuple[Device, bool]:
        self.devices.append(Device(milliseconds, self.backend))
        return self.devices[-1], False

    def ask(self, times: int = 1, late: float = 0.0) -> None:
        """Request `times` periods when they are due, the first of them `late` seconds late."""
        for number in range(times):
            wait_until(lambda: self.devices[-1].blocks, "the device's start")
            device = self.devices[-1]
            period = device.milliseconds / 1000 if device.playing else 0.0  # the first request is immediate
            self.now += period + (late if number == 0 else 0.0)
            device.playing = True
            assert device.blocks is not None
            self.heard.append(device.blocks.send(round(device.milliseconds * RATE / 1000)))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr(synth_output, "_open_device", made.open)
    monkeypatch.setattr(synth_output, "hurry", lambda: False)
    monkeypatch.setattr(synth_output, "may_hurry", lambda: True)
    monkeypatch.setattr(synth_output, "time", SimpleNamespace(monotonic=lambda: made.now, sleep=lambda _: None))
    return made


def playing(machine: Machine, track: Track) -> tuple[SynthOutput, Sequencer]:
    schedule = build_schedule(song(track), 0, 40 * PPQ)
    synth, sequencer, lock = Synth(font(), reverb=False), Sequencer(), threading.Lock()
    synth.prepare(schedule.messages)
    output = SynthOutput(sequencer, lock, synth)
    machine.ask(5)
    output.send(sequencer.play(schedule, 0.0))
    output.begin()
    return output, sequencer


def test_a_device_that_asks_in_time_loses_nothing(machine: Machine) -> None:
    output, sequencer = playing(machine, line(range(60, 70)))
    machine.ask(100)
    assert (output.clock.underruns, output.clock.lost) == (0, 0.0)
    assert sequencer.position == pytest.approx(100 * PERIOD)
    output.close()


@pytest.mark.parametrize("late", [0.03, 0.15, 0.4])
def test_after_lost_time_the_song_is_where_the_clock_is(machine: Machine, late: float) -> None:
    output, _ = playing(machine, line(range(60, 70)))
    begun = machine.now
    machine.ask(50)
    machine.ask(50, late)
    assert output.clock.underruns == 1
    assert output.clock.lost == pytest.approx(late)
    position, at = output.position()
    assert position == pytest.approx(at - begun - PERIOD, abs=1e-6)
    output.close()


def test_small_delays_do_not_add_up_to_lost_time(machine: Machine) -> None:
    """Alternately 4 ms late and 4 ms early: a busy machine without underruns."""
    output, _ = playing(machine, line(range(60, 70)))
    for _ in range(100):
        machine.ask(1, 0.004)
        machine.ask(1, -0.004)
    assert output.clock.underruns == 0
    output.close()


def test_many_small_delays_that_are_not_made_up_for_are_caught_up_with(machine: Machine) -> None:
    output, _ = playing(machine, line(range(60, 70)))
    begun = machine.now
    for _ in range(100):
        machine.ask(1, 0.004)
    position, at = output.position()
    assert at - begun - position < 0.04
    assert 0.1 < output.clock.lost <= 0.4  # a new device has a whole period in reserve
    output.close()


def test_after_a_long_stop_the_song_goes_on_where_it_was(machine: Machine) -> None:
    output, sequencer = playing(machine, line(range(60, 70)))
    machine.ask(50)
    before = sequencer.position
    machine.ask(1, 5.0)
    assert sequencer.position == pytest.approx(before + PERIOD)
    assert output.clock.lost == pytest.approx(5.0)
    output.close()


def test_notes_that_were_over_in_the_lost_time_are_not_played_but_longer_ones_are(machine: Machine) -> None:
    notes = [Note(at, 24, 80, 90, 0) for at in range(0, 960, 48)]  # 25 ms each
    notes.append(Note(500, 4 * PPQ, 40, 90, 0))
    output, _ = playing(machine, Track("Notes", Notes.of(notes), channel=0))
    machine.ask(20)
    started: list[bytes] = []
    send = output.synth.send
    output.synth.send = lambda data: (started.append(data), send(data))[1]  # type: ignore[method-assign]
    machine.ask(1, 0.4)
    begun = [data[1] for data in started if data[0] & 0xF0 == 0x90 and data[2]]
    assert begun.count(40) == 1
    assert begun.count(80) <= 2
    output.close()


def test_a_message_that_was_lost_is_not(machine: Machine) -> None:
    """Controllers of the lost time are in effect after it."""
    output, _ = playing(machine, line([60], events=()))
    machine.ask(2)
    output.send([b"\xb0\x07\x11"])
    machine.ask(1, 0.3)
    assert output.synth.channels[0].controller(7) == 0x11
    output.close()


def test_a_device_that_runs_dry_again_is_opened_with_a_larger_buffer(machine: Machine) -> None:
    output, _ = playing(machine, line(range(60, 70)))
    machine.ask(10)
    machine.ask(10, 0.03)
    assert len(machine.devices) == 1  # one underrun does not count
    machine.ask(1, 0.03)
    wait_until(lambda: len(machine.devices) == 2, "another device")
    assert machine.devices[0].closed
    assert machine.devices[1].milliseconds > machine.devices[0].milliseconds
    machine.ask(1, 0.2)  # opening took time, which is caught up and is not an underrun
    machine.ask(50)
    position, at = output.position()
    assert position == pytest.approx(at - 100.0 - 5 * PERIOD, abs=PERIOD)
    assert len(machine.devices) == 2
    output.close()


def test_buffers_grow_to_a_limit_and_then_the_composer_is_told(machine: Machine) -> None:
    output, _ = playing(machine, line(range(60, 70)))
    told: list[str] = []
    for _ in range(12):
        for _ in range(3):
            machine.ask(1, 0.1)
        count = len(machine.devices)
        time_up = time.perf_counter() + 0.2
        while len(machine.devices) == count and time.perf_counter() < time_up:
            pass
        told += output.notices()
    assert [device.milliseconds for device in machine.devices][-1] == 160
    assert told == [TOO_BUSY]
    output.close()


def test_on_jack_the_device_stays_open_and_connected_when_it_runs_dry(machine: Machine) -> None:
    """JACK's server decides the period; opening again would undo the connections and gain nothing."""
    machine.backend = "JACK"
    output, sequencer = playing(machine, line(range(60, 70)))
    for _ in range(6):
        machine.ask(5, 0.1)
    told: list[str] = []
    wait_until(lambda: told.extend(output.notices()) or told, "a notice")
    machine.ask(20, 0.1)
    assert sequencer.playing
    output.close()
    assert told + output.notices() == [TOO_BUSY]
    assert len(machine.devices) == 1


def test_on_jack_a_request_may_come_a_period_late() -> None:
    """The server asks for a period while it plays the one before."""
    clock, period = DeviceClock(0.06, in_hand=1), 0.02
    assert clock.asked(10.0, period) == 0
    assert clock.asked(10.0 + 1.9 * period, period) == 0
    assert clock.asked(10.0 + 2 * period, period) == 0
    assert clock.asked(10.0 + 5 * period, period) == pytest.approx(period)


def test_lead_is_what_the_device_still_has_to_play() -> None:
    clock = DeviceClock(0.06)
    for _ in range(3):  # three periods at once
        assert clock.asked(10.0, 0.02) == 0
    assert clock.lead == pytest.approx(0.04)
    assert clock.asked(10.02, 0.02) == 0
    assert clock.lead == pytest.approx(0.04)
    assert clock.asked(10.2, 0.02) == pytest.approx(0.12)
    assert (clock.underruns, clock.lead) == (1, 0)


@pytest.mark.parametrize("rate", [0.9995, 1.0005])
def test_a_device_whose_clock_is_a_little_off_loses_little_more_than_that(rate: float) -> None:
    clock, now = DeviceClock(0.06), 10.0
    for _ in range(3):
        clock.asked(now, 0.02)
    for _ in range(20_000):
        now += 0.02 * rate
        clock.asked(now, 0.02)
    assert clock.lost <= max(0.0, (rate - 1) * 400)
    assert clock.lead <= 0.06


def test_messages_without_ended_notes() -> None:
    on, off, running_off = b"\x90\x3c\x50", b"\x80\x3c\x40", b"\x90\x3c\x00"
    other, control, system = b"\x91\x3c\x50", b"\xb0\x07\x50", b"\xf8"

    def left(*messages: bytes) -> list[bytes]:
        return without_ended_notes([(0.0, data) for data in messages])

    assert left(on, control, off) == [control]
    assert left(on, running_off, on) == [on]
    assert left(off, on) == [off, on]
    assert left(on, on, off) == [on]
    assert left(other, off, system) == [other, off, system]
    assert left() == []


def test_silence_is_given_while_nothing_plays(machine: Machine) -> None:
    synth, sequencer, lock = Synth(font()), Sequencer(), threading.Lock()
    output = SynthOutput(sequencer, lock, synth)
    machine.ask(3)
    assert not np.concatenate(machine.heard).any()
    output.close()


@pytest.mark.parametrize(("allowed", "milliseconds"), [(True, 20), (False, 40)])
def test_without_a_place_before_others_the_buffer_is_larger(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, allowed: bool, milliseconds: int
) -> None:
    monkeypatch.setattr(synth_output, "may_hurry", lambda: allowed)
    output = SynthOutput(Sequencer(), threading.Lock(), Synth(font()))
    assert machine.devices[0].milliseconds == output.milliseconds == milliseconds
    output.close()


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="this system has no such scheduler")
def test_hurrying_concerns_one_thread_and_says_whether_it_was_allowed() -> None:
    def policy() -> tuple[int, int]:
        return os.sched_getscheduler(0) & 0xFF, os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before, found = policy(), []
    thread = threading.Thread(target=lambda: found.append((policy(), hurry(), policy())))
    thread.start()
    thread.join()
    (calm, allowed, hurried), *_ = found
    assert (hurried != calm) == allowed
    assert may_hurry() == allowed
    assert policy() == before
