"""The setup of an output: the state of every channel, and the system exclusives in effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from jazzassist.playback.chase import RESET_CONTROLLERS, ChannelState
from jazzassist.playback.ported import at_port, split
from jazzassist.playback.system import GM_ON, Address, address_of

_RESET = ("reset",)
_PLAIN = frozenset(range(1, 96)) - {6, 32, 38}  # controllers without side effects: only the last value counts
Place = tuple[int, Address]  # port and address of a system exclusive
Settings = dict[Place, bytes]


@dataclass
class Setup:
    """The settings made by messages so far.

    `channels`: channel states by channel. `system`: the system exclusives since the last reset of each port, in
    order, without those replaced by later ones. `is_known`: channels that are not listed are at their defaults
    (built-in synthesizer); otherwise their state is unknown.
    """

    channels: dict[int, ChannelState] = field(default_factory=dict)
    system: Settings = field(default_factory=dict)
    is_known: bool = False

    @staticmethod
    def of(messages: Iterable[bytes]) -> Setup:
        """Return the setup after these messages."""
        found = Setup()
        found.take_all(messages)
        return found

    def take_all(self, messages: Iterable[bytes]) -> None:
        """Update the setup by messages in order.

        Of many pitch bends or values of one controller, only the last is processed, because songs have thousands.
        """
        last: dict[bytes, bytes] = {}
        for data in messages:
            kind = data[0] & 0xF0
            if kind in (0xD0, 0xE0):
                last[data[:1]] = data
            elif kind == 0xB0 and data[1] in _PLAIN:
                last[data[:2]] = data
            elif kind == 0xF0 or (kind == 0xB0 and data[1] == RESET_CONTROLLERS):
                self._take_each(last)
                self.take(data)
            else:
                self.take(data)
        self._take_each(last)

    def _take_each(self, last: dict[bytes, bytes]) -> None:
        for data in last.values():
            self.take(data)
        last.clear()

    def take(self, data: bytes) -> None:
        """Update the setup by one message."""
        port, message = split(data)
        if message[0] == 0xF0:
            self._take_system(port, message, data)
        elif 0xA0 <= message[0] < 0xF0:
            channel = port << 4 | message[0] & 0x0F
            state = self.channels.get(channel)
            if state is None:
                state = self.channels[channel] = ChannelState()
            state.take(message)

    def _take_system(self, port: int, message: bytes, data: bytes) -> None:
        address = address_of(message)
        if address is None:
            return
        if address == _RESET:
            self._reset(port)
        self.system.pop((port, address), None)  # so that the newest comes last
        self.system[port, address] = data

    def _reset(self, port: int) -> None:
        self.system = {place: data for place, data in self.system.items() if place[0] != port}
        for channel, state in self.channels.items():
            if channel >> 4 == port:
                self.channels[channel] = state.at_rest()

    def messages(self) -> list[bytes]:
        """Return the messages that bring an output into this setup."""
        of_channels = (self.channels[channel].messages(channel) for channel in sorted(self.channels))
        return [*self.system.values(), *chain.from_iterable(of_channels)]

    def messages_after(
        self, sent: Setup, soon: Iterable[bytes] = (), *, undo: bool = True, only: int | None = None
    ) -> list[bytes]:
        """Return the messages that bring an output from the setup `sent` into this one: only the differences.

        Settings of `sent` that are unset here return to their defaults. System exclusives can only be undone by a
        reset (GM System On). No reset is sent if `undo` is false, or if the messages that follow immediately
        (`soon`) set the same addresses or reset the instrument themselves. `only`: restrict this to one channel.
        """
        found, forgotten = self._system_after(sent, Setup.of(soon).system, undo)
        for channel in sorted({*sent.channels, *self.channels}) if only is None else (only,):
            before = sent.channels.get(channel)
            if channel >> 4 in forgotten or (before is None and not sent.is_known):
                before = None
            elif before is None:
                before = ChannelState()
            found += self.channels.get(channel, ChannelState()).messages_after(before, channel)
        return found

    def _system_after(self, sent: Setup, soon: Settings, undo: bool) -> tuple[list[bytes], set[int]]:
        """Return the system exclusives to send, and the ports whose channels they reset."""
        found: list[bytes] = []
        forgotten: set[int] = set()
        for port in sorted({port for port, _ in (*sent.system, *self.system)}):
            before, now = _at(port, sent.system), _at(port, self.system)
            changed = {place: data for place, data in now.items() if before.get(place) != data}
            left = before.keys() - now.keys() - soon.keys()
            at_rest = set(before.values()) == {at_port(port, GM_ON)}
            if undo and left and (port, _RESET) not in soon and not at_rest:
                found.append(at_port(port, GM_ON))
                changed, forgotten = now, {*forgotten, port}
            if (port, _RESET) in changed:
                changed, forgotten = now, {*forgotten, port}
            found += changed.values()
        return found, forgotten


def _at(port: int, system: Settings) -> Settings:
    return {place: data for place, data in system.items() if place[0] == port}
