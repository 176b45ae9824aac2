"""A simple General MIDI instrument for tests, after the MIDI specification. It records the state of each note."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

DEFAULTS = {7: 100, 8: 64, 10: 64, 11: 127, 91: 40} | dict.fromkeys(range(70, 80), 64)
PARAMETERS = {(0, 0): (2, 0), (0, 1): (64, 0), (0, 2): (64, 0)}
NULL = (127, 127)


@dataclass
class Part:
    """One channel."""

    controllers: dict[int, int] = field(default_factory=lambda: dict(DEFAULTS))
    parameters: dict[tuple[int, int], tuple[int, int]] = field(default_factory=lambda: dict(PARAMETERS))
    selected: tuple[int, int] = NULL
    bank: tuple[int, int] = (0, 0)
    program: tuple[int, int, int] = (0, 0, 0)
    bend: int = 8192
    pressure: int = 0
    keys: dict[int, int] = field(default_factory=dict)
    mono: bool = False

    def take(self, data: bytes) -> None:
        """Process one channel message that is not a note."""
        kind = data[0] & 0xF0
        if kind == 0xB0:
            self._control(data[1], data[2])
        elif kind == 0xC0:
            self.program = (*self.bank, data[1])
        elif kind == 0xD0:
            self.pressure = data[1]
        elif kind == 0xE0:
            self.bend = data[1] | data[2] << 7
        elif kind == 0xA0:
            self.keys[data[1]] = data[2]

    def _control(self, number: int, value: int) -> None:
        if number == 0:
            self.bank = (value, self.bank[1])
        elif number == 32:
            self.bank = (self.bank[0], value)
        elif number in (100, 101):
            self.selected = (self.selected[0], value) if number == 100 else (value, self.selected[1])
        elif number in (6, 38, 96, 97) and self.selected != NULL:
            high, low = self.parameters.get(self.selected, (0, 0))
            changed = {6: (value, low), 38: (high, value), 96: (high, low + 1), 97: (high, low - 1)}
            self.parameters[self.selected] = changed[number]
        elif number == 121:
            self.controllers |= {11: 127} | dict.fromkeys((1, 2, 4, *range(64, 70)), 0)
            self.selected, self.bend, self.pressure = NULL, 8192, 0
            self.keys.clear()
        elif number in (126, 127):
            self.mono = number == 126
        elif number not in (6, 38, 96, 97) and number < 120:
            self.controllers[number] = value

    def state(self, key: int) -> tuple[object, ...]:
        """Return all settings with which a note of `key` would sound."""
        controllers = tuple(sorted((n, v) for n, v in self.controllers.items() if v != DEFAULTS.get(n, 0)))
        parameters = tuple(sorted((p, v) for p, v in self.parameters.items() if v != PARAMETERS.get(p, (0, 0))))
        rest = (self.program, self.bank, self.selected, self.bend, self.pressure, self.mono)
        return (controllers, parameters, *rest, self.keys.get(key, 0))


class Instrument:
    """Sixteen channels. `heard` lists (channel, key, state) of each note-on since the last `clear`."""

    def __init__(self) -> None:
        self.parts = [Part() for _ in range(16)]
        self.rhythm = {9}
        self.heard: list[tuple[int, int, tuple[object, ...]]] = []

    def obey(self, messages: Iterable[bytes]) -> Instrument:
        """Process messages in order."""
        for data in messages:
            channel = data[0] & 0x0F
            if data[0] == 0xF0:
                self._exclusive(data)
            elif data[0] & 0xF0 == 0x90 and data[2]:
                drums = (channel in self.rhythm,)
                self.heard.append((channel, data[1], self.parts[channel].state(data[1]) + drums))
            elif data[0] & 0xF0 not in (0x80, 0x90):
                self.parts[channel].take(data)
        return self

    def _exclusive(self, data: bytes) -> None:
        if data in (bytes.fromhex("f07e7f0901f7"), bytes.fromhex("f04110421240007f0041f7")):
            self.parts, self.rhythm = [Part() for _ in range(16)], {9}
        elif data[:6] == bytes.fromhex("f04110421240") and data[6] >> 4 == 1 and data[7] == 0x15:
            block = data[6] & 0x0F
            channel = 9 if block == 0 else block - 1 if block < 10 else block
            self.rhythm = self.rhythm | {channel} if data[8] else self.rhythm - {channel}
