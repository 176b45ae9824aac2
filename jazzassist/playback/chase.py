"""What is in force on the MIDI channels after some messages: what has to be sent before playing from the middle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

CENTRE = 8192  # pitch bend at rest
_BANK, _BANK_LOW = 0, 32
_DATA = (6, 38)  # data entry: coarse, fine
_SELECT = {101: (0, "rpn"), 100: (1, "rpn"), 99: (0, "nrpn"), 98: (1, "nrpn")}
_NULL = ("rpn", 127, 127)
_BEND_RANGE = ("rpn", 0, 0)
# What General MIDI gives a controller that nothing has set (GM 1 and RP-015); others have no default.
_DEFAULTS = {1: 0, 2: 0, 4: 0, 7: 100, 8: 64, 10: 64, 11: 127, 91: 40, 93: 0} | dict.fromkeys(range(64, 70), 0)
_DEFAULTS |= dict.fromkeys(range(70, 80), 64)
_RESET_BY_121 = (1, 2, 4, 11, *range(64, 70))

Parameter = tuple[str, int, int]


@dataclass
class ChannelState:
    """What one channel's messages have set so far. Notes and key pressure leave no trace in it."""

    program: tuple[int | None, int | None, int] | None = None
    bank: dict[int, int] = field(default_factory=dict)
    controllers: dict[int, int] = field(default_factory=dict)
    parameters: dict[Parameter, dict[int, int]] = field(default_factory=dict)
    selected: Parameter | None = None
    bend: int | None = None
    pressure: int | None = None

    def take(self, data: bytes) -> None:
        """Note what the channel message `data` sets."""
        kind = data[0] & 0xF0
        if kind == 0xB0:
            self._take_controller(data[1], data[2])
        elif kind == 0xC0:
            self.program = (self.bank.get(_BANK), self.bank.get(_BANK_LOW), data[1])
        elif kind == 0xD0:
            self.pressure = data[1]
        elif kind == 0xE0:
            self.bend = data[1] | data[2] << 7

    def _take_controller(self, number: int, value: int) -> None:
        if number in (_BANK, _BANK_LOW):
            self.bank[number] = value
        elif number in _SELECT:
            place, kind = _SELECT[number]
            numbers = [127, 127] if self.selected is None or self.selected[0] != kind else list(self.selected[1:])
            numbers[place] = value
            self.selected = (kind, numbers[0], numbers[1])
        elif number in _DATA:
            if self.selected is not None and self.selected[1:] != (127, 127):
                self.parameters.setdefault(self.selected, {})[number] = value
        elif number == 121:
            self._reset_controllers()
        elif number < 96:
            self.controllers[number] = value

    def _reset_controllers(self) -> None:
        self.controllers |= {number: _DEFAULTS[number] for number in _RESET_BY_121 if number in self.controllers}
        self.selected = _NULL if self.selected else None
        self.bend = CENTRE if self.bend is not None else None
        self.pressure = 0 if self.pressure is not None else None

    def at_rest(self) -> ChannelState:
        """The General MIDI defaults of everything that is set here."""
        rest = ChannelState(program=None if self.program is None else (0, 0, 0) if self.bank else (None, None, 0))
        rest.bank = dict.fromkeys(self.bank, 0)
        rest.controllers = {number: _DEFAULTS[number] for number in self.controllers if number in _DEFAULTS}
        rest.parameters = {_BEND_RANGE: {6: 2, 38: 0}} if _BEND_RANGE in self.parameters else {}
        rest.selected = _NULL if rest.parameters else None
        rest.bend = None if self.bend is None else CENTRE
        rest.pressure = None if self.pressure is None else 0
        return rest

    def messages(self, channel: int) -> list[bytes]:
        """The messages that bring `channel` (0-15) into this state."""
        control = 0xB0 | channel
        found: list[bytes] = []
        if self.program is not None:
            high, low, program = self.program
            banks = ((_BANK, high), (_BANK_LOW, low))
            found += [bytes((control, number, value)) for number, value in banks if value is not None]
            found.append(bytes((0xC0 | channel, program)))
        in_force = dict(zip((_BANK, _BANK_LOW), self.program[:2], strict=True)) if self.program else {}
        later = {number: value for number, value in self.bank.items() if in_force.get(number) != value}
        found += [bytes((control, number, value)) for number, value in later.items()]
        found += self._parameter_messages(control)
        found += [bytes((control, number, value)) for number, value in sorted(self.controllers.items())]
        if self.pressure is not None:
            found.append(bytes((0xD0 | channel, self.pressure)))
        if self.bend is not None:
            found.append(bytes((0xE0 | channel, self.bend & 0x7F, self.bend >> 7)))
        return found

    def _parameter_messages(self, control: int) -> list[bytes]:
        """Each parameter selected, then its data; at the end the selection in force, so that data stays harmless."""
        found: list[bytes] = []
        for parameter, values in self.parameters.items():
            found += _select(control, parameter)
            found += [bytes((control, number, values[number])) for number in _DATA if number in values]
        if self.selected is not None or self.parameters:
            found += _select(control, self.selected or _NULL)
        return found


def _select(control: int, parameter: Parameter) -> list[bytes]:
    kind, high, low = parameter
    first = 101 if kind == "rpn" else 99
    return [bytes((control, first, high)), bytes((control, first - 1, low))]


States = dict[int, ChannelState]


def follow(states: States, messages: Iterable[bytes]) -> States:
    """`states` (by channel) after `messages`; system messages are passed over."""
    for data in messages:
        if data[0] < 0xF0:
            states.setdefault(data[0] & 0x0F, ChannelState()).take(data)
    return states


def chase_messages(states: States) -> list[bytes]:
    """The messages that bring every channel into its state."""
    return [data for channel in sorted(states) for data in states[channel].messages(channel)]
