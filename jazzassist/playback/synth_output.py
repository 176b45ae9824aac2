"""The output that renders the built-in synthesizer for the sound device, with the device as its clock."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable

import miniaudio
import numpy as np

from jazzassist.playback.device_clock import DeviceClock, without_ended_notes
from jazzassist.playback.priority import hurry, may_hurry
from jazzassist.playback.sequencer import Sequencer
from jazzassist.playback.synth import RATE, Synth

_LONGEST_TAIL_SECONDS = 30.0
_FADED = 10 ** (-70 / 20)  # amplitude below which the reverb counts as silent
_DEVICE_MILLISECONDS = 20  # initial length of a period
_LARGEST_MILLISECONDS = 160
_PERIODS = 3  # periods of a device in miniaudio
_OFTEN_SECONDS = 10.0  # two underruns within this time mean that the buffer is too small
_CAUGHT_UP_SECONDS = 0.5  # the song skips lost time up to this; after a longer gap it continues where it was
_STALLED_SECONDS = 5.0
_DEVICES = ("WASAPI", "DSOUND", "WINMM", "COREAUDIO", "PULSEAUDIO", "ALSA", "JACK")
_SERVED_BY = "JACK"  # miniaudio's name of the system whose server sets the period, whatever a program requests
TOO_BUSY = "The computer is too busy for the built-in synth: there are gaps in the sound."


class SynthOutput:
    """Renders the built-in synthesizer for the sound device. Every message takes effect at its exact frame.

    `silent`: no device was found; time runs on without sound. `devices`: miniaudio's names of the audio systems to
    try; empty for no device. The buffer is larger if the system does not allow real-time priority for the device's
    thread. `clock` counts underruns; the song skips the lost time. After the second underrun within a few seconds,
    the device is reopened with a larger buffer; not on JACK, whose server sets the period: reopening would only undo
    the connections that the composer has made.
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
        self._faded = True  # whether all sound including the reverb has faded
        self._notices: list[str] = []
        self._closing, self._too_small = False, threading.Event()
        self._device, self.silent = _open_device(devices, self._milliseconds)
        self._is_served = self._device.backend == _SERVED_BY
        self.clock = DeviceClock(_PERIODS * self._milliseconds / 1000, in_hand=1 if self._is_served else 0)
        self._start()
        self._keeper = threading.Thread(target=self._keep_large_enough, name="sound device", daemon=True)
        self._keeper.start()

    def send(self, messages: Iterable[bytes]) -> None:
        """Queue messages for the next block."""
        self._now.extend(messages)

    def prepare(self, messages: Callable[[], Iterable[bytes]]) -> None:
        """Decode the samples that these messages need."""
        self.synth.prepare(messages())

    def begin(self) -> None:
        """Update the reported position. The clock counts frames and needs no restart."""
        self._heard = (self._sequencer.position, time.monotonic() + self.clock.lead)

    def recount(self) -> None:
        """Update the reported position, which is now in seconds of the new schedule."""
        self.begin()

    def position(self) -> tuple[float, float]:
        """Return (start of the last rendered block in seconds, monotonic time at which it is heard)."""
        return self._heard

    @property
    def stalled(self) -> bool:
        """Whether the device has stopped requesting sound, for example because it was unplugged."""
        return time.monotonic() - self._asked > _STALLED_SECONDS

    @property
    def milliseconds(self) -> int:
        """The current length of the device's periods in milliseconds."""
        return self._milliseconds

    def notices(self) -> list[str]:
        """Return messages for the user since the last call, one sentence each."""
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
        """Render the next frames for the device: (frames, 2)."""
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
        """Reopen the device with a larger buffer whenever its buffer has proved too small.

        Where no larger one is possible, post one notice.
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
    """Open a device of the first audio system that works. Return it, and whether it is the silent one."""
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
