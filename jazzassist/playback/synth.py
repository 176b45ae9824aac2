"""The built-in synthesizer: a General MIDI player of SoundFonts in numpy, exact to the sample frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np

from jazzassist.domain.drums import DrumChannels
from jazzassist.paths import resources
from jazzassist.playback.chase import CENTRE, ChannelState
from jazzassist.playback.ported import split
from jazzassist.playback.reverb import Reverb
from jazzassist.playback.samples import CHUNK, FLOOR, SampleStore
from jazzassist.playback.soundfont import Region, Samples, SoundFont
from jazzassist.playback.voices import Envelope, Voices

RATE = 44100
VOICES = 64
_GAIN = 1.0  # a full band peaks near the knee of the limiter
_KNEE = 0.7  # amplitude from which the limiter bends
_WHEEL_CENTS = 50.0  # vibrato at a full modulation wheel (SoundFont 2.04, 8.4.7)
_BEND_RANGE = ("rpn", 0, 0)
_CONTROLLERS = {1: 0, 7: 100, 10: 64, 11: 127, 64: 0, 91: 40}


@dataclass
class Channel:
    """What the channel's messages have set, and whether it sounds a drum kit."""

    state: ChannelState = field(default_factory=ChannelState)
    drums: bool = False

    def controller(self, number: int) -> int:
        """The controller's value, or General MIDI's when nothing has set it."""
        return self.state.controllers.get(number, _CONTROLLERS[number])

    @property
    def bend_cents(self) -> float:
        """The pitch wheel in cents, by the bend range in force (two semitones at first)."""
        wide = self.state.parameters.get(_BEND_RANGE, {})
        cents = 100 * wide.get(6, 2) + wide.get(38, 0) + self.state.steps.get(_BEND_RANGE, 0)
        return cents * ((CENTRE if self.state.bend is None else self.state.bend) - CENTRE) / CENTRE

    @property
    def preset(self) -> tuple[int, int]:
        """(bank, program) in force; the bank of drums is 128."""
        bank, _, program = self.state.program or (None, None, 0)
        return (128 if self.drums else bank or 0), program


class Channels:
    """The channels of all ports, 16 for each: they are made when the first message for their port comes."""

    def __init__(self) -> None:
        self.all: list[Channel] = []
        self._kits = DrumChannels()
        self.ensure(0)

    def copy(self) -> Channels:
        """Channels with the same programs, banks and drums, to follow messages before they are sent."""
        found = Channels()
        found.all = [Channel(ChannelState(program=c.state.program, bank=dict(c.state.bank)), c.drums) for c in self.all]
        found._kits = deepcopy(self._kits)
        return found

    def ensure(self, port: int) -> None:
        """Make the channels of a port and those below it, if they are not there yet."""
        while len(self.all) < 16 * (port + 1):
            self.all.append(Channel(drums=self._kits.is_drums(len(self.all))))

    def take(self, port: int, message: bytes) -> None:
        """Note what a message that is no note sets."""
        first = port << 4
        if message[0] < 0xF0:
            first |= message[0] & 0x0F
            self.all[first].state.take(message)
        self._kits.take(port, message)
        if message[0] >= 0xF0 or message[0] & 0xF0 == 0xC0 or message[1] == 0:
            for number in range(first, first + 1 if message[0] < 0xF0 else len(self.all)):
                self.all[number].drums = self._kits.is_drums(number)


class Synth:
    """Takes MIDI messages, gives sound. `prepare` may run in one thread while another renders."""

    def __init__(
        self, font: SoundFont | None = None, rate: int = RATE, voices: int = VOICES, *, reverb: bool = True
    ) -> None:
        self.font = font or SoundFont(resources() / "soundfont" / "FluidR3Mono_GM.sf3")
        self.rate = rate
        self.store = SampleStore(self.font, rate)
        self.voices = Voices(voices, rate)
        self._channels = Channels()
        self._reverb = Reverb(rate) if reverb else None

    def prepare(self, messages: Iterable[bytes]) -> None:
        """Decode what these messages will sound, so that rendering them never waits for it."""
        channels = self._channels.copy()
        wanted: dict[tuple[tuple[int, int], int, int], None] = {}  # in the order in which they are needed
        for data in messages:
            port, message = split(data)
            channels.ensure(port)
            kind, number = message[0] & 0xF0, port << 4 | message[0] & 0x0F
            if kind == 0x90 and message[2] > 0:
                wanted[channels.all[number].preset, message[1], message[2]] = None
            elif message[0] == 0xF0 or kind == 0xC0 or (kind == 0xB0 and message[1] in (0, 32)):
                channels.take(port, message)
        for preset, key, velocity in wanted:
            for region in self._regions(preset, key, velocity):
                self.store.placed(region, key)

    def reset(self) -> None:
        """Every controller and program as at the start; what sounds goes on."""
        self._channels = Channels()
        self._aim(None)

    def send(self, data: bytes) -> None:
        """Take one message, perhaps for a further port; it is heard from the next rendered frame on."""
        port, message = split(data)
        self._channels.ensure(port)
        kind, number = message[0] & 0xF0, port << 4 | message[0] & 0x0F
        if kind == 0x90 and message[2] > 0:
            self._note_on(number, message[1], message[2])
        elif kind in (0x80, 0x90):
            self._note_off(number, message[1])
        elif 0xA0 <= message[0] <= 0xF0:
            self._channels.take(port, message)
            if kind == 0xB0:
                self._controlled(number, message[1], message[2])

    @property
    def channels(self) -> list[Channel]:
        """The channels of the first port, then those of the further ones that were used."""
        return self._channels.all

    def render(self, frames: int, events: Sequence[tuple[int, bytes]] = ()) -> Samples:
        """The next `frames` frames (frames x 2, float32 within -1 to 1), each event at its own frame."""
        parts: list[Samples] = []
        done = 0
        for at, data in events:
            if min(at, frames) > done:
                parts.append(self._rendered(min(at, frames) - done))
                done = min(at, frames)
            self.send(data)
        if frames > done:
            parts.append(self._rendered(frames - done))
        return limited(np.concatenate(parts, axis=1).T * np.float32(_GAIN)) if parts else np.zeros((0, 2), np.float32)

    @property
    def sounding(self) -> bool:
        """True while any voice is heard."""
        return bool(self.voices.active.any())

    def _rendered(self, frames: int) -> Samples:
        parts: list[Samples] = []
        for start in range(0, frames, CHUNK):
            wheel = [(c.bend_cents, c.controller(1) / 127 * _WHEEL_CENTS) for c in self.channels]
            mixed = self.voices.mix(self.store.pool, min(CHUNK, frames - start), np.array(wheel))
            parts.append(mixed[:2] if self._reverb is None else mixed[:2] + self._reverb.process(mixed[2]))
        return np.concatenate(parts, axis=1)

    def _regions(self, preset: tuple[int, int], key: int, velocity: int) -> list[Region]:
        found = self.font.substitute(*preset)
        return [] if found is None else [r for r in self.font.regions(*found) if r.answers(key, velocity)]

    def _note_on(self, number: int, key: int, velocity: int) -> None:
        regions = self._regions(self.channels[number].preset, key, velocity)
        for exclusive in {region.generators.get(57, 0) for region in regions} - {0}:
            self.voices.kill_class(number, exclusive)
        rows = [self._start(region, number, key, velocity) for region in regions]
        self._aim(np.array(rows, np.intp))

    def _start(self, region: Region, number: int, key: int, velocity: int) -> int:
        generators = region.generators
        # 0.4: how the synthesizers for which SoundFonts were made read attenuation, and so fonts are tuned to it.
        decibels = max(0.0, 0.04 * generators.get(48, 0) + 40 * np.log10(127 / velocity))
        slow = generators.get(6, 0) != 0  # the vibrato oscillator when it is used, else the modulation one
        return self.voices.start(
            number,
            key,
            generators.get(57, 0),
            self.store.placed(region, key),
            self.store.increment(region, key),
            self._envelope(region, key),
            loudness=float(10 ** (-decibels / 20)),
            pan=min(1.0, max(-1.0, generators.get(17, 0) / 500)),
            reverb=generators.get(16, 0) / 1000,
            vibrato=float(generators.get(6, 0) or generators.get(5, 0)),
            tremolo=generators.get(13, 0) / 10,
            lfo=8.176 * 2 ** (generators.get(24 if slow else 22, 0) / 1200) / self.rate,
            lfo_wait=self._frames(generators[23 if slow else 21]),
        )

    def _envelope(self, region: Region, key: int) -> Envelope:
        generators = region.generators
        hold = generators[35] + (60 - key) * generators.get(39, 0)
        decay = generators[36] + (60 - key) * generators.get(40, 0)
        return Envelope(
            delay=self._frames(generators[33]) if generators[33] > -12000 else 0.0,
            attack=max(1.0, self._frames(generators[34])),
            hold=self._frames(hold) if hold > -12000 else 0.0,
            decay=FLOOR / max(1.0, self._frames(decay)),
            sustain=min(FLOOR, max(0, generators.get(37, 0)) / 10),
            release=FLOOR / self._frames(max(-7200, generators[38])),
        )

    def _frames(self, timecents: float) -> float:
        return float(min(100.0, 2 ** (timecents / 1200)) * self.rate)

    def _note_off(self, number: int, key: int) -> None:
        rows = self.voices.rows(number, key)
        rows = rows[~self.voices.pedalled[rows]]
        if not len(rows):
            return
        oldest = rows[self.voices.integers["age"][rows] == self.voices.integers["age"][rows[0]]]
        if self.channels[number].controller(64) >= 64:
            self.voices.pedalled[oldest] = True
        else:
            self.voices.release(oldest)

    def _controlled(self, number: int, controller: int, value: int) -> None:
        rows = self.voices.rows(number)
        if controller == 64 and value < 64:
            self.voices.release(rows[self.voices.pedalled[rows]])
        elif controller == 120:
            self.voices.kill(np.flatnonzero(self.voices.active & (self.voices.integers["channel"] == number)))
        elif controller == 123 and self.channels[number].controller(64) >= 64:
            self.voices.pedalled[rows] = True
        elif controller == 123:
            self.voices.release(rows)
        elif controller == 121:
            self.voices.release(rows[self.voices.pedalled[rows]])
        if controller in (7, 10, 11, 91, 121):
            self._aim(np.flatnonzero(self.voices.active & (self.voices.integers["channel"] == number)))

    def _aim(self, rows: np.typing.NDArray[np.intp] | None) -> None:
        """Set where the gains of these voices (all without `rows`) are heading, from their channels' controllers."""
        voices = self.voices
        rows = np.flatnonzero(voices.active) if rows is None else rows
        if not len(rows):
            return
        table = np.array([[c.controller(n) for n in (7, 11, 10, 91)] for c in self.channels], float)
        volume, expression, pan, room = table[voices.integers["channel"][rows]].T
        loud = voices.loudness[rows] * (volume / 127 * expression / 127) ** 2
        angle = (np.clip(voices.pan[rows] + (pan - 64) / 63, -1, 1) + 1) * np.pi / 4
        send = loud * np.clip(voices.reverb[rows] + room / 127 * 0.4, 0, 1) * 0.5
        voices.targets[rows] = np.stack((loud * np.cos(angle), loud * np.sin(angle), send), axis=1)


def limited(sound: Samples) -> Samples:
    """`sound` with peaks above the knee bent below 1 instead of cut off."""
    size = np.abs(sound)
    if not len(sound) or size.max() <= _KNEE:
        return sound
    bent = _KNEE + (1 - _KNEE) * np.tanh((size - _KNEE) / (1 - _KNEE))
    return np.asarray(np.where(size > _KNEE, np.copysign(bent, sound), sound), np.float32)
