"""A process that was suspended continues where it was, without a burst of late messages."""

from __future__ import annotations

import threading

import pytest

from jazzassist.domain.song import Event, Note, Notes, Track
from jazzassist.playback import outputs
from jazzassist.playback.outputs import PortOutput
from jazzassist.playback.schedule import build_schedule
from jazzassist.playback.sequencer import Sequencer
from tests.playback.songs import PPQ, begins, song


class Clock:
    """A clock that only moves when the test moves it."""

    now = 100.0

    def monotonic(self) -> float:
        """Return the current time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Do not wait."""


class Tape:
    """A port that records messages with their times."""

    name = "Tape"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.sent: list[tuple[float, bytes]] = []

    def send(self, data: bytes) -> None:
        """Record the message."""
        self.sent.append((self._clock.now, data))

    def close(self) -> None:
        """Do nothing."""


class Stepped(PortOutput):
    """An output without a thread: the test calls it."""

    def _run(self) -> None:
        """Not used."""

    def look(self) -> None:
        """Send the messages that are due now."""
        with self._lock:
            self._catch_up()


@pytest.mark.parametrize("stall", [0.3, 3.0, 3000.0])
def test_after_a_stall_everything_comes_in_its_own_time(monkeypatch: pytest.MonkeyPatch, stall: float) -> None:
    clock = Clock()
    monkeypatch.setattr(outputs, "time", clock)
    notes = Notes.of([Note(i * 10, 10, 60 + i % 12) for i in range(800)])
    controls = tuple(Event(i * 10, bytes((0xB0, 1, i % 128))) for i in range(800))
    made = build_schedule(song(Track("Fast", notes, controls)), 0, 8000)
    sequencer, tape = Sequencer(), Tape(clock)
    output = Stepped(tape, sequencer, threading.Lock())
    sequencer.play(made, 0.0)
    output.begin()
    for step in range(9000):
        clock.now += stall if step == 1000 else 0.001
        output.look()
    times = [time for time, data in tape.sent if data in made.messages]
    heard = [data for _, data in tape.sent][-len(made.messages) - 60 :]
    assert begins(heard) == begins(made.messages), "nothing is left out"
    assert max(sum(1 for other in times if time <= other < time + 0.02) for time in times[::50]) < 16
    assert not sequencer.playing


def test_a_short_delay_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(outputs, "time", clock)
    made = build_schedule(song(Track("A", Notes.of([Note(i * PPQ, 10, 60) for i in range(8)]))), 0, 8 * PPQ)
    sequencer, tape = Sequencer(), Tape(clock)
    output = Stepped(tape, sequencer, threading.Lock())
    sequencer.play(made, 0.0)
    output.begin()
    output.look()
    for step in range(4000):
        clock.now += 0.08 if step == 100 else 0.001
        output.look()
    ons = [time - 100.0 for time, data in tape.sent if data[0] == 0x90]
    assert ons == pytest.approx([0.5 * i for i in range(8)], abs=0.1)
    assert ons[-1] == pytest.approx(3.5, abs=0.003)
