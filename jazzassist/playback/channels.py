"""The state of one channel as the built-in synthesizer interprets it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from jazzassist.domain.drums import DrumChannels
from jazzassist.domain.sysex import Meaning, Reset, System
from jazzassist.playback.chase import CENTRE, ChannelState

WHEEL, PORTAMENTO_TIME, VOLUME, PAN, EXPRESSION = 1, 5, 7, 10, 11
SUSTAIN, PORTAMENTO, SOSTENUTO, SOFT = 64, 65, 66, 67
RESONANCE, RELEASE, ATTACK, CUTOFF = 71, 72, 73, 74
PORTAMENTO_FROM, ROOM, CHORUS = 84, 91, 93
MONO, POLY = 126, 127
FORESEEN = frozenset((0, 32, SOFT, RESONANCE, CUTOFF, 121, 6, *range(98, 102)))
"""Controllers that determine which samples a note needs."""
_DEFAULTS = {WHEEL: 0, PORTAMENTO_TIME: 0, VOLUME: 100, PAN: 64, EXPRESSION: 127, ROOM: 40, CHORUS: 0}
_DEFAULTS |= dict.fromkeys((SUSTAIN, PORTAMENTO, SOSTENUTO, SOFT), 0)
_DEFAULTS |= dict.fromkeys((RESONANCE, RELEASE, ATTACK, CUTOFF), 64)
_BEND_RANGE, _FINE_TUNING, _COARSE_TUNING = ("rpn", 0, 0), ("rpn", 0, 1), ("rpn", 0, 2)
# GS and XG parameters (NRPN) for the same settings as the sound controllers. Their centre is 64 too.
_ALSO = {CUTOFF: 0x20, RESONANCE: 0x21, ATTACK: 0x63, RELEASE: 0x66}
_WHEEL_CENTS = 50.0  # vibrato at a full modulation wheel (SoundFont 2.04, 8.4.7)
_DRUM_BANK = 128
_GM2_MELODIC = 121
_CUTOFF_STEP = 4  # controller values that share a filtered sample
_SOFT_CENTS, _SOFT_DECIBELS = -500, 4.0
# Portamento time in seconds by value of controller 5, measured by John Novak (DOSBox Staging, pull request 2705). The
# times are assumed to be for 40 semitones.
_GLIDE_VALUES = (0, 1, 2, 4, 8, 16, 32, 64, 80, 96, 112, 116, 120, 124, 127)
_GLIDE_SECONDS = (0, 0.006, 0.023, 0.05, 0.11, 0.25, 0.5, 2.06, 4.2, 8.4, 19.5, 26.7, 40, 80, 480)


@dataclass
class Channel:
    """The state of one channel. `number`: 0-15, plus 16 for each further port.

    `system`: the standard of the last reset. `drums`: whether the channel plays a drum kit; see `domain.drums`.
    """

    number: int
    state: ChannelState = field(default_factory=ChannelState)
    system: System | None = None
    drums: bool = False
    mono: bool = False
    keys: list[tuple[int, int]] = field(default_factory=list)  # (key, velocity) held in mono mode, oldest first
    last_key: int | None = None
    _glide_from: int | None = None

    def take(self, data: bytes) -> None:
        """Update the state by a message that is not a note."""
        self.state.take(data)
        if data[0] & 0xF0 == 0xB0:
            if data[1] == PORTAMENTO_FROM:
                self._glide_from = data[2]
            elif data[1] in (MONO, POLY):
                self.mono = data[1] == MONO
            if data[1] in (120, 123, MONO, POLY):
                self.keys.clear()

    def for_preparing(self) -> Channel:
        """Return an independent copy. Safe to call while another thread calls `take`."""
        values = [(one.name, getattr(self.state, one.name)) for one in fields(self.state)]
        own: dict[str, Any] = {name: dict(value) for name, value in values if isinstance(value, dict)}
        own["parameters"] = {parameter: dict(data) for parameter, data in own["parameters"].items()}
        state = replace(self.state, **own)
        return Channel(self.number, state, self.system, self.drums)

    def controller(self, number: int) -> int:
        """Return the value of a controller, or its General MIDI default if it was never set."""
        return self.state.controllers.get(number, _DEFAULTS[number])

    @property
    def bend_cents(self) -> float:
        """The pitch bend in cents, by the current bend range (initially two semitones)."""
        wide = self.state.parameters.get(_BEND_RANGE, {})
        cents = 100 * wide.get(6, 2) + wide.get(38, 0) + self.state.steps.get(_BEND_RANGE, 0)
        return cents * ((CENTRE if self.state.bend is None else self.state.bend) - CENTRE) / CENTRE

    @property
    def tuning_cents(self) -> float:
        """The sum of the registered parameters for fine and coarse tuning, in cents; 0 for drum kits."""
        fine, coarse = (self.state.parameters.get(which, {}) for which in (_FINE_TUNING, _COARSE_TUNING))
        if self.drums:
            return 0.0
        return 100 * ((fine.get(6, 64) << 7 | fine.get(38, 0)) - CENTRE) / CENTRE + 100 * (coarse.get(6, 64) - 64)

    def sound(self, number: int) -> int:
        """Return a sound controller plus the GS or XG parameter for the same setting, -64 to 63; 0 changes nothing."""
        parameter = self.state.parameters.get(("nrpn", 1, _ALSO[number]), {})
        return min(63, max(-64, self.controller(number) + parameter.get(6, 64) - 128))

    @property
    def wheels(self) -> tuple[float, float]:
        """(pitch offset, vibrato depth) in cents."""
        return self.bend_cents + self.tuning_cents, self.controller(WHEEL) / 127 * _WHEEL_CENTS

    @property
    def preset(self) -> tuple[int, int]:
        """The current (bank, program). The bank of drum kits is 128.

        GS stores the number of a variation in the high byte of the bank, XG and GM2 in the low byte.
        """
        high, low, program = self.state.program or (None, None, 0)
        if self.drums:
            return _DRUM_BANK, program
        if high in (None, 0, _GM2_MELODIC) and self.system != "gs":
            return low or 0, program
        return high or 0, program

    @property
    def filtered(self) -> tuple[int, int]:
        """(offset of the low-pass cutoff in cents, increase of its resonance in tenths of a decibel)."""
        steps = self.sound(CUTOFF) // _CUTOFF_STEP * _CUTOFF_STEP
        soft = _SOFT_CENTS if self.controller(SOFT) >= 64 else 0
        return 75 * steps + soft, 3 * (self.sound(RESONANCE) // _CUTOFF_STEP * _CUTOFF_STEP)

    @property
    def softer(self) -> float:
        """The attenuation by the soft pedal in decibels."""
        return _SOFT_DECIBELS if self.controller(SOFT) >= 64 else 0.0

    @property
    def slower(self) -> tuple[float, float]:
        """(factor of the attack time, factor of the release time)."""
        return 2 ** (self.sound(ATTACK) / 9), 2 ** (self.sound(RELEASE) / 16)

    def glide_to(self, key: int) -> tuple[float, float]:
        """Start a note on `key`. Return (semitones from which its pitch glides, seconds until it arrives)."""
        start = self._glide_from
        if start is None and self.controller(PORTAMENTO) >= 64:
            start = self.last_key
        self._glide_from, self.last_key = None, key
        away = 0 if start is None else start - key
        seconds = float(np.interp(self.controller(PORTAMENTO_TIME), _GLIDE_VALUES, _GLIDE_SECONDS))
        return (float(away), seconds * abs(away) / 40) if away and seconds else (0.0, 0.0)


def follow_system(following: list[Channel], port: int, found: Meaning | None) -> None:
    """Replace the channels of a port by reset ones if a system message resets them."""
    first = 16 * port
    if isinstance(found, Reset):
        following[first : first + 16] = [Channel(first + i, system=found.system) for i in range(16)]


def fresh(numbers: Iterable[int], kits: DrumChannels) -> list[Channel]:
    """Return channels in their initial state."""
    return [Channel(number, drums=kits.is_drums(number)) for number in numbers]


def follow_kits(following: list[Channel], kits: DrumChannels, port: int, message: bytes) -> None:
    """Update `kits` and the `drums` flags of the channels by a message."""
    kind = message[0] & 0xF0
    if message[0] != 0xF0 and kind != 0xC0 and not (kind == 0xB0 and message[1] == 0):
        return
    kits.take(port, message)
    numbers = range(len(following)) if message[0] == 0xF0 else (port << 4 | message[0] & 0x0F,)
    for number in numbers:
        following[number].drums = kits.is_drums(number)
