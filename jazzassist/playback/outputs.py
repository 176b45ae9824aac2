"""Where messages go, each with its own clock: a MIDI port with a waiting thread, the synthesizer with its device."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import Protocol

import miniaudio
import numpy as np

from jazzassist.playback.device_clock import DeviceClock, without_ended_notes
from jazzassist.playback.ported import split
from jazzassist.playback.priority import hurry, may_hurry
from jazzassist.playback.sequencer import TAIL_SECONDS, Sequencer
from jazzassist.playback.synth import RATE, Synth
from jazzassist.playback.system import GM_ON

_SPIN_SECONDS = 0.0015  # the last stretch before a message is waited for awake: sleeping is not that exact
_SPIN_SHARE = 0.25  # the most of a core that waiting awake may take
_IDLE_SECONDS = 1.0
_STALL_SECONDS = 0.1  # lateness up to this is made up for
_BATCH, _BATCH_PAUSE_SECONDS = 128, 0.004
_RESET_SECONDS = 0.05  # what an instrument may need for a reset (GM 1 asks for 100 ms between two of them)
_LONGEST_TAIL_SECONDS = 30.0
_FADED = 10 ** (-70 / 20)  # amplitude below which a room has fallen silent
_DEVICE_MILLISECONDS = 20  # of one period at first
_LARGEST_MILLISECONDS = 160
_PERIODS = 3  # that miniaudio gives a device
_OFTEN_SECONDS = 10.0  # a device that runs dry twice within this time has too small a buffer
_CAUGHT_UP_SECONDS = 0.5  # the song skips what was lost up to here; after a longer pause it goes on where it was
_STALLED_SECONDS = 5.0
_DEVICES = ("WASAPI", "DSOUND", "WINMM", "COREAUDIO", "PULSEAUDIO", "ALSA", "JACK")
_SERVED_BY = "JACK"  # miniaudio's name of the system whose server decides the period, whatever a program asks for

TOO_BUSY = "The machine is too busy for the built-in synth: there are gaps in the sound."


class Port(Protocol):
    """Takes one MIDI message at a time."""

    name: str

    def send(self, data: bytes) -> None:
        """Send one message now."""

    def close(self) -> None:
        """Let the port go."""


class Output(Protocol):
    """Plays the sequencer by a clock of its own, until closed."""

    is_known: bool  # whether every channel is at its defaults when the output is opened

    def send(self, messages: Iterable[bytes]) -> None:
        """Send these now. The caller holds the sequencer's lock."""

    def prepare(self, messages: Callable[[], Iterable[bytes]]) -> None:
        """Get ready to send these later; may take a while. They are not asked for where nothing is to be prepared."""

    def begin(self) -> None:
        """The sequencer has been started or moved: count time from now. The caller holds the lock."""

    def recount(self) -> None:
        """The sequencer goes on in another schedule: only what it reports is new. The caller holds the lock."""

    def position(self) -> tuple[float, float]:
        """The sequencer's position as it is heard, in seconds, and the monotonic time of that."""

    def close(self) -> None:
        """Stop; what was sent before is delivered. The caller does not hold the lock."""


class NullPort:
    """Takes everything, plays nothing."""

    name = "No sound"

    def send(self, data: bytes) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class PortOutput:
    """Sends the sequencer's messages to a port when they are due: asleep until just before, then awake.

    Messages for further ports go to this one too, since it is the only one. When the process was held
    up (for more than a tenth of a second), time goes on from the message that was due next: nothing is
    left out, and nothing is sent in a heap. `failure` says what went wrong when the port refused a message.
    """

    is_known = False

    def __init__(self, port: Port, sequencer: Sequencer, lock: threading.Lock) -> None:
        self.port = port
        sequencer.longest_tail = TAIL_SECONDS
        self.failure: str | None = None
        self._sequencer, self._lock = sequencer, lock
        self._changed, self._closing = threading.Event(), False
        self._then, self._awaited = time.monotonic(), False
        self._allowance = _SPIN_SECONDS
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)
        self._thread.start()

    def send(self, messages: Iterable[bytes]) -> None:
        """Send these now; a port that refuses is remembered in `failure` and not asked again.

        Many at once are sent in batches that a slow port can take, and an instrument that is reset is
        given time for it.
        """
        for count, data in enumerate(messages, 1):
            self._emit(data)
            if data.endswith(GM_ON):
                time.sleep(_RESET_SECONDS)
            elif count % _BATCH == 0:
                time.sleep(_BATCH_PAUSE_SECONDS)

    def _emit(self, data: bytes) -> None:
        if self.failure is None:
            try:
                self.port.send(split(data)[1])
            except Exception as error:  # whatever a driver raises must not end the playing
                self.failure = str(error) or type(error).__name__

    def prepare(self, messages: Callable[[], Iterable[bytes]]) -> None:
        """Nothing to do."""

    def begin(self) -> None:
        """Count time from when the thread awakes, so that its delay does not shorten the first note."""
        self._then, self._awaited = time.monotonic(), True
        self._changed.set()

    def recount(self) -> None:
        """Look anew for what is due next; time runs on."""
        self._changed.set()

    def position(self) -> tuple[float, float]:
        """The sequencer's position and when it was reached."""
        return self._sequencer.position, self._then

    def close(self) -> None:
        """End the thread and, once the last messages had time to leave, the port."""
        self._closing = True
        self._changed.set()
        self._thread.join()
        if self.failure is None:
            time.sleep(0.05)  # a driver may hold the last messages for two of its periods
        self.port.close()

    def _run(self) -> None:
        hurry()
        while not self._closing:
            with self._lock:
                self._catch_up()
                wait = self._sequencer.until_next()
                due = None if wait is None else self._then + wait
            self._wait_until(due)

    def _catch_up(self) -> None:
        now = time.monotonic()
        due = self._sequencer.until_next()
        if due is None:
            self._then = now
            return
        passed, self._then, self._awaited = (0.0 if self._awaited else now - self._then), now, False
        if passed > due + _STALL_SECONDS:
            passed = due
        for _, data in self._sequencer.advance(passed):
            self._emit(data)

    def _wait_until(self, due: float | None) -> None:
        """Sleep until just before `due`, then stay awake as long as that stays within the allowed share of time."""
        began = time.monotonic()
        rest = _IDLE_SECONDS if due is None else due - began
        asleep = rest - min(self._allowance, _SPIN_SECONDS) if rest < _IDLE_SECONDS else _IDLE_SECONDS
        if asleep > 0 and self._changed.wait(asleep):
            self._changed.clear()
            return
        awake_from = time.monotonic()
        while due is not None and rest < _IDLE_SECONDS and time.monotonic() < due and not self._changed.is_set():
            pass
        now = time.monotonic()
        earned = _SPIN_SHARE * (now - began) - (now - awake_from)
        self._allowance = min(20 * _SPIN_SECONDS, max(0.0, self._allowance + earned))


class SynthOutput:
    """Renders the built-in synthesizer into the sound device, every message at its own frame.

    `silent` is True when no device was found: then time runs all the same, without sound. `devices`
    are miniaudio's names of the systems to try; none means to use none. Where the system gives the device's
    thread no place before others, the buffer is larger. When the machine is so busy that the device
    runs dry all the same, `clock` counts that and the song goes on where it would be by then; the
    second time within a few seconds the device is opened again with a larger buffer. Not on JACK: its
    server decides the period, and opening again would only undo the connections that the composer has made.
    """

    is_known = True

    def __init__(
        self, sequencer: Sequencer, lock: threading.Lock, synth: Synth, devices: tuple[str, ...] = _DEVICES
    ) -> None:
        self.synth = synth
        sequencer.longest_tail = _LONGEST_TAIL_SECONDS
        self._sequencer, self._lock = sequencer, lock
        self._now: deque[bytes] = deque()
        self._devices = devices
        self._milliseconds = _DEVICE_MILLISECONDS if may_hurry() else 2 * _DEVICE_MILLISECONDS
        self._ran_dry: deque[float] = deque(maxlen=1)
        self._longest, self._reopened = 0.0, False
        self._heard = (0.0, time.monotonic())
        self._faded = True  # nothing is heard, the room included
        self._notices: list[str] = []
        self._closing, self._too_small = False, threading.Event()
        self._device, self.silent = _open_device(devices, self._milliseconds)
        self._is_served = self._device.backend == _SERVED_BY
        self.clock = DeviceClock(_PERIODS * self._milliseconds / 1000, in_hand=1 if self._is_served else 0)
        self._start()
        self._keeper = threading.Thread(target=self._keep_large_enough, name="sound device", daemon=True)
        self._keeper.start()

    def send(self, messages: Iterable[bytes]) -> None:
        """Hand these to the next block."""
        self._now.extend(messages)

    def prepare(self, messages: Callable[[], Iterable[bytes]]) -> None:
        """Decode the samples that these will sound."""
        self.synth.prepare(messages())

    def begin(self) -> None:
        """Time is counted in frames, so only the position that is reported is new."""
        self._heard = (self._sequencer.position, time.monotonic() + self.clock.lead)

    def recount(self) -> None:
        """As `begin`: the position is in the new schedule's seconds now."""
        self.begin()

    def position(self) -> tuple[float, float]:
        """Where the block that was rendered last began, and when it is heard."""
        return self._heard

    @property
    def stalled(self) -> bool:
        """True when the device has asked for nothing for a while: it is gone."""
        return time.monotonic() - self._asked > _STALLED_SECONDS

    @property
    def milliseconds(self) -> int:
        """The length of the device's periods now."""
        return self._milliseconds

    def notices(self) -> list[str]:
        """Messages for the composer since the last call, one sentence each."""
        found, self._notices = self._notices, []
        return found

    def close(self) -> None:
        """Play the last blocks, then close the device."""
        self._closing = True
        self._too_small.set()
        self._keeper.join()
        time.sleep(2 * self._milliseconds / 1000)
        self._device.close()

    def _start(self) -> None:
        self._asked = time.monotonic()
        render = self._render()
        next(render)
        self._device.start(render)

    def _render(self) -> Generator[np.typing.NDArray[np.float32], int, None]:
        frames = yield np.zeros((0, 2), np.float32)
        hurry()
        while True:
            frames = yield self._block(frames)

    def _block(self, frames: int) -> np.typing.NDArray[np.float32]:
        """The next frames, for the device."""
        self._asked = now = time.monotonic()
        lost = self.clock.asked(now, frames / RATE)
        if lost and not self._reopened:
            self._note_dry(now, lost)
        self._reopened = False
        with self._lock:
            events = [(0, self._now.popleft()) for _ in range(len(self._now))]
            if self._sequencer.playing and 0 < lost < _CAUGHT_UP_SECONDS:
                events += [(0, data) for data in without_ended_notes(self._sequencer.advance(lost))]
            self._heard = (self._sequencer.position, now + self.clock.lead)
            if self._sequencer.ringing and not events and self._faded:
                events = [(0, data) for data in self._sequencer.fade()]
            due = self._sequencer.advance(frames / RATE)
        block = self.synth.render(frames, events + [(int(seconds * RATE + 0.5), data) for seconds, data in due])
        self._faded = not self.synth.sounding and float(np.abs(block).max(initial=0.0)) < _FADED
        return block

    def _note_dry(self, now: float, lost: float) -> None:
        self._longest = max(self._longest, lost)
        if self._ran_dry and now - self._ran_dry[-1] < _OFTEN_SECONDS:
            self._too_small.set()
        self._ran_dry.append(now)

    def _keep_large_enough(self) -> None:
        """Open the device with a larger buffer each time that its present one has proved too small.

        Where no larger one can be had, the composer is told, once.
        """
        while not self._closing:
            self._too_small.wait()
            self._too_small.clear()
            if self._closing:
                return
            if self._is_served or self._milliseconds >= _LARGEST_MILLISECONDS:
                self._notices.append(TOO_BUSY)
                return
            while True:
                self._milliseconds *= 2
                if self._milliseconds >= min(1000 * self._longest, _LARGEST_MILLISECONDS):
                    break
            self._device.close()
            self._reopened, self._longest = True, 0.0
            self._device, self.silent = _open_device(self._devices, self._milliseconds)
            self.clock.capacity = _PERIODS * self._milliseconds / 1000
            self._ran_dry.clear()
            self._start()


def _open_device(devices: tuple[str, ...], milliseconds: int) -> tuple[miniaudio.PlaybackDevice, bool]:
    """A device of the first system that works, and whether it is only the silent one."""
    for name in devices:
        backend = miniaudio.Backend[name]
        if not miniaudio.is_backend_enabled(backend):
            continue
        try:
            return _device(backend, milliseconds), False
        except miniaudio.MiniaudioError:
            continue
    return _device(miniaudio.Backend.NULL, milliseconds), True


def _device(backend: miniaudio.Backend, milliseconds: int) -> miniaudio.PlaybackDevice:
    return miniaudio.PlaybackDevice(
        output_format=miniaudio.SampleFormat.FLOAT32,
        nchannels=2,
        sample_rate=RATE,
        buffersize_msec=milliseconds,
        backends=[backend],
        app_name="JazzAssist",
    )
