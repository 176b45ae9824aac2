"""The state of one MIDI channel after some messages, and the messages that restore such a state (chasing)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from jazzassist.domain.song import DRUM_CHANNEL
from jazzassist.playback.ported import on_channel

CENTRE = 8192  # pitch bend at rest
_BANK, _BANK_LOW = 0, 32
_DATA = (6, 38)  # data entry: coarse, fine
_STEPS = {96: 1, 97: -1}  # data increment and decrement
_SELECT = {101: (0, "rpn"), 100: (1, "rpn"), 99: (0, "nrpn"), 98: (1, "nrpn")}
_NULL = ("rpn", 127, 127)
_BEND_RANGE = ("rpn", 0, 0)
# Default values of controllers in General MIDI (GM 1 and RP-015). Other controllers have no default.
_DEFAULTS = {1: 0, 2: 0, 4: 0, 7: 100, 8: 64, 10: 64, 11: 127, 91: 40, 93: 0} | dict.fromkeys(range(64, 70), 0)
_DEFAULTS |= dict.fromkeys(range(70, 80), 64)
_DEFAULTS |= {122: 127}  # local control
_RESET_BY_121 = (1, 2, 4, 11, *range(64, 70))
# Messages for a synthesizer in an unknown state, sent before anything else on a channel.
_BASICS = (1, 7, 10, 11, 64, 65, 66, 67)
_MONO, _POLY = 126, 127
RESET_CONTROLLERS = 121

Parameter = tuple[str, int, int]
# Defaults of registered parameters (MIDI 1.0, RP-018, CA-26): bend range, tuning, modulation depth.
_PARAMETERS: dict[Parameter, dict[int, int]] = {
    _BEND_RANGE: {6: 2, 38: 0},
    ("rpn", 0, 1): {6: 64, 38: 0},
    ("rpn", 0, 2): {6: 64, 38: 0},
    ("rpn", 0, 3): {6: 0, 38: 0},
    ("rpn", 0, 4): {6: 0, 38: 0},
    ("rpn", 0, 5): {6: 0, 38: 64},
}
_SOUND_NRPN = 1  # GS and XG: vibrato, filter and envelope, relative to 64


@dataclass
class ChannelState:
    """The settings made by the messages of one channel so far. Notes are not part of it.

    `steps`: for each parameter, data increments minus decrements since its last data entry.
    `keys`: the pressure of each key.
    """

    program: tuple[int | None, int | None, int] | None = None
    bank: dict[int, int] = field(default_factory=dict)
    controllers: dict[int, int] = field(default_factory=dict)
    parameters: dict[Parameter, dict[int, int]] = field(default_factory=dict)
    steps: dict[Parameter, int] = field(default_factory=dict)
    keys: dict[int, int] = field(default_factory=dict)
    mode: int | None = None
    selected: Parameter | None = None
    bend: int | None = None
    pressure: int | None = None

    def take(self, data: bytes) -> None:
        """Update the state by the channel message `data`."""
        kind = data[0] & 0xF0
        if kind == 0xB0:
            self._take_controller(data[1], data[2])
        elif kind == 0xA0:
            self.keys[data[1]] = data[2]
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
                self.steps.pop(self.selected, None)
        elif number in _STEPS:
            if self.selected is not None and self.selected[1:] != (127, 127):
                self.steps[self.selected] = self.steps.get(self.selected, 0) + _STEPS[number]
        elif number == RESET_CONTROLLERS:
            self._reset_controllers()
        elif number in (_MONO, _POLY):
            self.mode = number
        elif number < 96 or number == 122:
            self.controllers[number] = value

    def _reset_controllers(self) -> None:
        self.controllers |= {number: _DEFAULTS[number] for number in _RESET_BY_121 if number in self.controllers}
        self.selected = _NULL if self.selected else None
        self.bend = CENTRE if self.bend is not None else None
        self.pressure = 0 if self.pressure is not None else None
        self.keys = dict.fromkeys(self.keys, 0)

    def at_rest(self) -> ChannelState:
        """Return the defaults of all settings in this state that have one."""
        rest = ChannelState(program=None if self.program is None else (0, 0, 0) if self.bank else (None, None, 0))
        rest.bank = dict.fromkeys(self.bank, 0)
        rest.controllers = {number: _DEFAULTS[number] for number in self.controllers if number in _DEFAULTS}
        changed = {*self.parameters, *self.steps}
        rest.parameters = {parameter: values for parameter in changed if (values := _parameter_at_rest(parameter))}
        rest.selected = _NULL if rest.parameters else None
        rest.bend = None if self.bend is None else CENTRE
        rest.pressure = None if self.pressure is None else 0
        rest.keys = dict.fromkeys(self.keys, 0)
        rest.mode = None if self.mode is None else _POLY
        return rest

    def messages(self, channel: int) -> list[bytes]:
        """Return the messages that bring `channel` into this state from any other. Unset values are left alone."""
        found: list[bytes] = []
        if self.program is not None:
            high, low, program = self.program
            banks = ((_BANK, high), (_BANK_LOW, low))
            found += [on_channel(channel, 0xB0, number, value) for number, value in banks if value is not None]
            found.append(on_channel(channel, 0xC0, program))
        in_force = dict(zip((_BANK, _BANK_LOW), self.program[:2], strict=True)) if self.program else {}
        later = {number: value for number, value in self.bank.items() if in_force.get(number) != value}
        found += [on_channel(channel, 0xB0, number, value) for number, value in later.items()]
        for parameter in {**self.parameters, **self.steps}:
            found += self._parameter(channel, parameter)
        if self.selected is not None or self.parameters or self.steps:
            found += _select(channel, self.selected or _NULL)
        found += [on_channel(channel, 0xB0, number, value) for number, value in sorted(self.controllers.items())]
        found += [on_channel(channel, 0xA0, key, value) for key, value in sorted(self.keys.items()) if value]
        return found + self._mode(channel) + self._pressure(channel) + self._bend(channel)

    def messages_after(self, sent: ChannelState | None, channel: int) -> list[bytes]:
        """Return the messages that bring `channel` from the state `sent` into this one: only the differences.

        Settings of `sent` that are unset in this state return to their defaults. `sent` None: the state of the
        channel is unknown, so its volume, pan, pedals, bend and so on are all sent.
        """
        if sent is None:
            return _basics(self, channel).messages(channel)
        found = self._program_after(sent, channel) + self._parameters_after(sent, channel)
        for number in sorted({*self.controllers, *sent.controllers}):
            default = _DEFAULTS.get(number, 0)
            value = self.controllers.get(number, default)
            if value != sent.controllers.get(number, default):
                found.append(on_channel(channel, 0xB0, number, value))
        for key in sorted({*self.keys, *sent.keys}):
            if self.keys.get(key, 0) != sent.keys.get(key, 0):
                found.append(on_channel(channel, 0xA0, key, self.keys.get(key, 0)))
        if (self.mode or _POLY) != (sent.mode or _POLY):
            found += self._mode(channel, _POLY)
        if (self.pressure or 0) != (sent.pressure or 0):
            found += self._pressure(channel, 0)
        if _bend_of(self) != _bend_of(sent):
            found += self._bend(channel, CENTRE)
        return found

    def _program_after(self, sent: ChannelState, channel: int) -> list[bytes]:
        found: list[bytes] = []
        bank = {number: sent.bank.get(number, 0) for number in (_BANK, _BANK_LOW)}
        if self.program is not None and _with_bank(self.program) != _with_bank(sent.program):
            high, low, program = self.program
            for number, value in ((_BANK, high or 0), (_BANK_LOW, low or 0)):
                if bank[number] != value:
                    found.append(on_channel(channel, 0xB0, number, value))
                    bank[number] = value
            found.append(on_channel(channel, 0xC0, program))
        banks = dict(zip((_BANK, _BANK_LOW), (self.program or (0, 0))[:2], strict=True))
        for number, in_force in bank.items():
            value = self.bank.get(number, banks[number] or 0)
            if value != in_force:
                found.append(on_channel(channel, 0xB0, number, value))
        return found

    def _parameters_after(self, sent: ChannelState, channel: int) -> list[bytes]:
        found: list[bytes] = []
        for parameter in {**self.parameters, **self.steps}:
            before, now = ((s.parameters.get(parameter), s.steps.get(parameter, 0)) for s in (sent, self))
            if before != now:
                if parameter not in self.parameters and before != (None, 0):
                    found += _entered(channel, parameter, _parameter_at_rest(parameter))
                found += self._parameter(channel, parameter)
        for parameter in {**sent.parameters, **sent.steps}:
            rest = _parameter_at_rest(parameter)
            changed = sent.steps.get(parameter, 0) or sent.parameters.get(parameter) != rest
            if changed and rest and parameter not in {**self.parameters, **self.steps}:
                found += _entered(channel, parameter, rest)
        if found or (self.selected or _NULL) != (sent.selected or _NULL):
            found += _select(channel, self.selected or _NULL)
        return found

    def _parameter(self, channel: int, parameter: Parameter) -> list[bytes]:
        """Return the messages that select a parameter and then set its data and steps."""
        steps = self.steps.get(parameter, 0)
        step = on_channel(channel, 0xB0, 96 if steps > 0 else 97, 0)
        found = _entered(channel, parameter, self.parameters.get(parameter, {}))
        return found + [step] * min(abs(steps), 127)

    def _mode(self, channel: int, otherwise: int | None = None) -> list[bytes]:
        mode = self.mode or otherwise
        return [] if mode is None else [on_channel(channel, 0xB0, mode, 1 if mode == _MONO else 0)]

    def _pressure(self, channel: int, otherwise: int | None = None) -> list[bytes]:
        value = otherwise if self.pressure is None else self.pressure
        return [] if value is None else [on_channel(channel, 0xD0, value)]

    def _bend(self, channel: int, otherwise: int | None = None) -> list[bytes]:
        value = otherwise if self.bend is None else self.bend
        return [] if value is None else [on_channel(channel, 0xE0, value & 0x7F, value >> 7)]


def _basics(state: ChannelState, channel: int) -> ChannelState:
    """Return the state, with defaults for settings that most synthesizers have and that songs often leave changed."""
    controllers = {number: _DEFAULTS.get(number, 0) for number in _BASICS} | state.controllers
    parameters = {_BEND_RANGE: dict(_PARAMETERS[_BEND_RANGE])} | state.parameters
    program = state.program
    if program is not None and channel & 15 != DRUM_CHANNEL:  # bank 0 would make an instrument of an XG kit
        program = (program[0] or 0, program[1] or 0, program[2])
    return replace(
        state,
        program=program,
        controllers=controllers,
        parameters=parameters,
        bend=_bend_of(state),
        pressure=state.pressure or 0,
    )


def _bend_of(state: ChannelState) -> int:
    return CENTRE if state.bend is None else state.bend


def _with_bank(program: tuple[int | None, int | None, int] | None) -> tuple[int, int, int] | None:
    return None if program is None else (program[0] or 0, program[1] or 0, program[2])


def _parameter_at_rest(parameter: Parameter) -> dict[int, int]:
    """Return the default data of a parameter; empty if it is not known."""
    if parameter[0] == "nrpn":
        return {6: 64, 38: 0} if parameter[1] == _SOUND_NRPN else {}
    return dict(_PARAMETERS.get(parameter, {}))


def _entered(channel: int, parameter: Parameter, data: dict[int, int]) -> list[bytes]:
    """Return the messages that select a parameter and enter its data."""
    values = [on_channel(channel, 0xB0, number, data[number]) for number in _DATA if number in data]
    return _select(channel, parameter) + values


def _select(channel: int, parameter: Parameter) -> list[bytes]:
    kind, high, low = parameter
    first = 101 if kind == "rpn" else 99
    return [on_channel(channel, 0xB0, first, high), on_channel(channel, 0xB0, first - 1, low)]
