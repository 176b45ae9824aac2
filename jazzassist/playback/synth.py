"""The built-in synthesizer: a sample-accurate General MIDI player for SoundFonts, in numpy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from jazzassist.domain.drums import DrumChannels
from jazzassist.domain.sysex import MasterVolume, Meaning, Reset, meaning
from jazzassist.paths import resources
from jazzassist.playback import channels, shaping
from jazzassist.playback.channels import Channel
from jazzassist.playback.chorus import Chorus
from jazzassist.playback.mixing import BLOCK, mix
from jazzassist.playback.ported import split
from jazzassist.playback.readings import Readings
from jazzassist.playback.reverb import Reverb
from jazzassist.playback.samples import SampleStore
from jazzassist.playback.soundfont import Region, Samples, SoundFont
from jazzassist.playback.voices import Rows, Voices

RATE = 44100
VOICES = 128
_KNEE = 0.7  # amplitude at which the soft limiter starts; a full band peaks near it
_MIXING = (channels.VOLUME, channels.EXPRESSION, channels.PAN, channels.ROOM, channels.CHORUS)
_PEDALS = (channels.SUSTAIN, channels.SOSTENUTO)
_PREPARED_SECONDS = 0.1  # part of a note that is computed in advance


class Synth:
    """Renders MIDI messages to sound. `prepare` may run in one thread while another renders.

    `block`: the maximum number of frames mixed at once. Larger blocks are faster but have a higher latency.
    """

    def __init__(
        self,
        font: SoundFont | None = None,
        rate: int = RATE,
        voices: int = VOICES,
        *,
        reverb: bool = True,
        block: int = BLOCK,
    ) -> None:
        self.font = font or SoundFont(resources() / "soundfont" / "FluidR3Mono_GM.sf3")
        self.rate = rate
        self.store = SampleStore(self.font, rate)
        self.voices = Voices(voices, rate)
        self._readings = Readings(rate)
        self._answers: dict[tuple[tuple[int, int], int, int], list[Region]] = {}
        self._block = block
        self._effects: tuple[Reverb | Chorus, ...] = (Reverb(rate), Chorus(rate)) if reverb else ()
        self._kits = DrumChannels()
        self.channels: list[Channel] = []
        self._mixing = np.zeros((0, len(_MIXING)))
        self._wheels = np.zeros((0, 2))
        self._bends = [(0, self._wheels)]  # (frame of the block, wheels from there on)
        self._volume = self._volume_before = 1.0
        self._open_ports(1)

    def prepare(self, messages: Iterable[bytes]) -> None:
        """Decode the samples for these messages, so that rendering them does not have to wait."""
        following, kits = [channel.for_preparing() for channel in self.channels], self._kits.copy()
        wanted: dict[tuple[tuple[int, int], int, int, tuple[int, int]], None] = {}  # in order of use
        for data in messages:
            port, message = split(data)
            following += channels.fresh(range(len(following), 16 * (port + 1)), kits)
            kind, channel = message[0] & 0xF0, following[port << 4 | message[0] & 0x0F]
            if kind == 0x90 and message[2] > 0:
                wanted[channel.preset, message[1], message[2], channel.filtered] = None
            elif kind == 0xC0 or (kind == 0xB0 and message[1] in channels.FORESEEN):
                channel.take(message)
            elif message[0] == 0xF0:
                channels.follow_system(following, port, meaning(message))
            channels.follow_kits(following, kits, port, message)
        for preset, key, velocity, filtered in wanted:
            for region in self._regions(preset, key, velocity):
                placed = self.store.placed(region, key, filtered)
                if _steady(region):
                    reading = self._readings.of(placed, self.store.increment(region, key))
                    reading.extend(self.store.pool, int(_PREPARED_SECONDS * self.rate))

    def reset(self) -> None:
        """Reset all controllers and programs. Sounding notes continue."""
        self._kits = DrumChannels()
        self.channels = channels.fresh(range(len(self.channels)), self._kits)
        self._volume = 1.0
        self._took_over(range(len(self.channels)))

    def send(self, data: bytes) -> None:
        """Process one message, possibly with a port prefix. It takes effect at the next rendered frame.

        Unknown system messages are ignored.
        """
        port, message = split(data)
        if len(self.channels) < 16 * (port + 1):
            self._open_ports(port + 1)
        kind, number = message[0] & 0xF0, port << 4 | message[0] & 0x0F
        if kind == 0x90 and message[2] > 0:
            self._note_on(number, message[1], message[2])
        elif kind in (0x80, 0x90):
            self._note_off(number, message[1])
        elif 0xA0 <= kind < 0xF0:
            self.channels[number].take(message)
            self._bend(number)
            if kind == 0xB0:
                self._controlled(number, message[1], message[2])
        elif message[0] == 0xF0:
            self._system(port, meaning(message))
        channels.follow_kits(self.channels, self._kits, port, message)

    def render(self, frames: int, events: Sequence[tuple[int, bytes]] = ()) -> Samples:
        """Render the next `frames` frames: (frames, 2), float32, -1 to 1. `events`: (frame, message), sorted."""
        parts = [np.zeros((2, 0), np.float32)]
        taken = 0
        for done in range(0, frames, self._block):
            size = min(self._block, frames - done)
            self._bends = [(0, self._wheels)]
            while taken < len(events) and events[taken][0] < done + size:
                self.voices.now = max(0, events[taken][0] - done)
                self.send(events[taken][1])
                taken += 1
            self.voices.now = 0
            parts.append(self._mixed(size))
        for _, data in events[taken:]:
            self.send(data)
        return limited(np.concatenate(parts, axis=1).T)

    @property
    def sounding(self) -> bool:
        """Whether any voice is audible."""
        return bool(self.voices.active.any())

    def _mixed(self, frames: int) -> Samples:
        mixed = mix(self.voices, self.store.pool, frames, self._bends)
        sound = mixed[:2]
        for effect, send in zip(self._effects, mixed[2:], strict=False):
            sound = sound + effect.process(send)
        if self._volume == self._volume_before == 1:
            return sound
        ramp = np.linspace(self._volume_before, self._volume, frames, dtype=np.float32)
        self._volume_before = self._volume
        return np.asarray(sound * ramp, np.float32)

    def _bend(self, number: int) -> None:
        """Apply the pitch and modulation wheels of a channel from the current frame of the block on."""
        wheels = self.channels[number].wheels
        if wheels != tuple(self._wheels[number]):
            self._wheels = self._wheels.copy()
            self._wheels[number] = wheels
            if self._bends[-1][0] == self.voices.now:
                self._bends.pop()
            self._bends.append((self.voices.now, self._wheels))

    def _open_ports(self, count: int) -> None:
        """Create 16 channels for each of `count` ports, as far as they are missing."""
        fresh = channels.fresh(range(len(self.channels), 16 * count), self._kits)
        self.channels += fresh
        self._mixing = np.concatenate((self._mixing, [_mixing(channel) for channel in fresh]))
        more = np.zeros((len(fresh), 2))
        self._bends = [(at, np.concatenate((table, more))) for at, table in self._bends]
        self._wheels = self._bends[-1][1]

    def _system(self, port: int, found: Meaning | None) -> None:
        if isinstance(found, MasterVolume):
            self._volume = found.volume**2
        channels.follow_system(self.channels, port, found)
        if isinstance(found, Reset):
            self._volume = 1.0
            self._took_over(range(16 * port, 16 * port + 16))
            rows = self.voices.rows()
            self.voices.release(rows[self.voices.integers["channel"][rows] >> 4 == port])

    def _took_over(self, numbers: Iterable[int]) -> None:
        """Apply the state of replaced channels to their sounding voices."""
        for number in numbers:
            self._bend(number)
            self._mixing[number] = _mixing(self.channels[number])
        self._aim(np.flatnonzero(self.voices.active))

    def _regions(self, preset: tuple[int, int], key: int, velocity: int) -> list[Region]:
        known = self._answers.get((preset, key, velocity))
        if known is None:
            found = self.font.substitute(*preset)
            regions = () if found is None else self.font.regions(*found)
            known = [region for region in regions if region.answers(key, velocity)]
            self._answers[preset, key, velocity] = known
        return known

    def _note_on(self, number: int, key: int, velocity: int) -> None:
        channel = self.channels[number]
        if channel.mono and not channel.drums:
            self.voices.release(self.voices.rows(number))
            channel.keys = [*(held for held in channel.keys if held[0] != key), (key, velocity)]
        self._sound(number, key, velocity)

    def _sound(self, number: int, key: int, velocity: int) -> None:
        channel = self.channels[number]
        preset = channel.preset
        regions = self._regions(preset, key, velocity)
        for exclusive in {region.generators.get(57, 0) for region in regions} - {0}:
            self.voices.kill_class(number, exclusive)
        glide = channel.glide_to(key)
        self.voices.note += 1
        rows = [self._start(region, number, key, velocity, glide) for region in regions]
        self._aim(np.array(rows, np.intp))

    def _start(self, region: Region, number: int, key: int, velocity: int, glide: tuple[float, float]) -> int:
        channel = self.channels[number]
        placed, increment = self.store.placed(region, key, channel.filtered), self.store.increment(region, key)
        still = _steady(region) and not glide[0] and not self._wheels[number].any()
        return self.voices.start(
            number,
            key,
            region.generators.get(57, 0),
            placed,
            increment,
            shaping.envelope(region.generators, key, self.rate, channel.slower),
            shaping.sounding(region.generators, velocity, self.rate, channel.softer, glide),
            reading=self._readings.of(placed, increment) if still else None,
            drums=channel.drums,
        )

    def _note_off(self, number: int, key: int) -> None:
        channel = self.channels[number]
        if channel.mono and channel.keys:
            current = channel.keys[-1][0]
            channel.keys = [held for held in channel.keys if held[0] != key]
            if key == current and channel.keys:  # return to the key that is still held
                self.voices.release(self.voices.rows(number))
                self._sound(number, *channel.keys[-1])
                return
        rows = self.voices.rows(number, key)
        rows = rows[~self.voices.pedalled[rows]]
        if len(rows):
            notes = self.voices.integers["note"][rows]
            self._let_go(number, rows[notes == notes[0]])

    def _let_go(self, number: int, rows: Rows) -> None:
        """Release the keys of these voices. They end unless a pedal holds them."""
        voices = self.voices
        if self.channels[number].controller(channels.SUSTAIN) >= 64:
            voices.pedalled[rows] = True
            return
        voices.pedalled[rows[voices.sostenuto[rows]]] = True
        voices.release(rows[~voices.sostenuto[rows]])

    def _controlled(self, number: int, controller: int, value: int) -> None:
        voices, rows = self.voices, self.voices.rows(number)
        if controller == 121 or (controller in _PEDALS and value < 64):
            self._pedal_up(number, rows, controller)
        elif controller == channels.SOSTENUTO:
            voices.sostenuto[rows] = True
        elif controller == 120:
            voices.kill(voices.of_channel(number))
        elif controller >= 123:  # all channel mode messages also end all notes
            self._let_go(number, rows)
        if controller in _MIXING or controller == 121:
            self._mixing[number] = _mixing(self.channels[number])
            self._aim(voices.of_channel(number))

    def _pedal_up(self, number: int, rows: Rows, controller: int) -> None:
        voices = self.voices
        if controller in (channels.SOSTENUTO, 121):
            voices.sostenuto[rows] = False
        if self.channels[number].controller(channels.SUSTAIN) < 64:
            voices.release(rows[voices.pedalled[rows] & ~voices.sostenuto[rows]])

    def _aim(self, rows: Rows) -> None:
        """Set the target gains of these voices from the controllers of their channels."""
        if not len(rows):
            return
        reals = self.voices.reals
        volume, expression, pan, room, chorus = self._mixing[self.voices.integers["channel"][rows]].T
        loud = reals["loudness"][rows] * (volume / 127 * expression / 127) ** 2
        angle = (np.clip(reals["pan"][rows] + (pan - 64) / 63, -1, 1) + 1) * np.pi / 4
        room = loud * np.clip(reals["reverb"][rows] + room / 127 * 0.4, 0, 1) * 0.5
        chorus = loud * np.clip(reals["chorus"][rows] + chorus / 127 * 0.4, 0, 1) * 0.5
        self.voices.aim(rows, np.stack((loud * np.cos(angle), loud * np.sin(angle), room, chorus), axis=1))


def _mixing(channel: Channel) -> list[float]:
    return [channel.controller(number) for number in _MIXING]


def _steady(region: Region) -> bool:
    """Return True if a region has no pitch modulation of its own."""
    return not region.generators.get(6, 0) and not region.generators.get(5, 0)


def limited(sound: Samples) -> Samples:
    """Return `sound` with a soft limiter: peaks above the knee are compressed below 1 instead of clipped."""
    if not len(sound) or max(sound.max(), -sound.min()) <= _KNEE:
        return sound
    size = np.abs(sound)
    bent = _KNEE + (1 - _KNEE) * np.tanh((size - _KNEE) / (1 - _KNEE))
    return np.asarray(np.where(size > _KNEE, np.copysign(bent, sound), sound), np.float32)
