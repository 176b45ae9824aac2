"""Detection of drum channels by the rules of General MIDI 1 and 2, Roland GS and Yamaha XG.

Channels are numbered 0-15, plus 16 for each further MIDI port. Channel 10 of every port (number 9 here) is a
drum channel by default. These messages change that:

- GS "use for rhythm part" (address 40 1x 15) and XG "part mode" (08 pp 07);
- bank select MSB 120 or 127 (drums in GM2 and XG), 126 (drums in XG), 121 (an instrument in GM2). GS ignores
  them, because its banks are variations. A bank takes effect at the next program change, or immediately if
  the channel has had no program change yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from jazzassist.domain.instruments import instrument_name
from jazzassist.domain.song import DRUM_CHANNEL, Song, Track
from jazzassist.domain.sysex import Reset, System, meaning, roland_data, xg_data

_GM2_DRUMS, _GM2_MELODIC, _XG_EFFECTS, _XG_DRUMS = 120, 121, 126, 127
# The program numbers of common drum kits. Any other program on channel 10 of a further port is treated as an
# instrument: GS has drums there, XG and many sequencers do not.
_KITS = frozenset((0, 1, 8, 16, 24, 25, 26, 32, 40, 48, 56, 127))


@dataclass
class _Part:
    """The state of one channel: drum mode set by a message, pending bank, program, and the bank of that program."""

    mode: bool | None = None
    bank: int | None = None
    in_force: int | None = None
    program: int | None = None


class DrumChannels:
    """Tracks MIDI messages and reports which channels play a drum kit."""

    def __init__(self) -> None:
        self._parts: dict[int, _Part] = {}
        self._systems: dict[int, System | None] = {}  # by port, after a reset
        self._listens: dict[tuple[int, int], int] = {}  # (port, part): receive channel 0-15, if changed

    def copy(self) -> DrumChannels:
        """Return an independent copy. Safe to call while another thread calls `take`."""
        found = DrumChannels()
        found._parts = {channel: replace(part) for channel, part in list(self._parts.items())}
        found._systems, found._listens = dict(self._systems), dict(self._listens)
        return found

    def take(self, port: int, message: bytes) -> None:
        """Process one MIDI message received on `port`. Notes and unknown messages have no effect."""
        kind = message[0] & 0xF0
        if kind == 0xB0 and message[1] == 0:
            self._part(port << 4 | message[0] & 0x0F).bank = message[2]
        elif kind == 0xC0:
            part = self._part(port << 4 | message[0] & 0x0F)
            part.in_force, part.program = part.bank, message[1]
        elif message[0] == 0xF0:
            self._take_system(port, message)

    def is_drums(self, channel: int) -> bool:
        """Return True if `channel` currently plays a drum kit."""
        part, system = self._parts.get(channel), self._systems.get(channel >> 4)
        usual = channel & 0x0F == DRUM_CHANNEL
        if part is None:
            return usual
        bank = part.bank if part.program is None else part.in_force
        by_bank = None if bank is None or system == "gs" else _by_bank(bank, system)
        if by_bank is not None:
            return by_bank
        if part.mode is not None:
            return part.mode
        return usual and (channel < 16 or part.program is None or part.program in _KITS)

    def _part(self, channel: int) -> _Part:
        return self._parts.setdefault(channel, _Part())

    def _take_system(self, port: int, message: bytes) -> None:
        found = meaning(message)
        if isinstance(found, Reset):
            self._systems[port] = found.system
            self._parts = {channel: part for channel, part in self._parts.items() if channel >> 4 != port}
            self._listens = {key: channel for key, channel in self._listens.items() if key[0] != port}
            return
        for at, part, what, value in _settings(message):
            self._set(port + at, part, what, value)

    def _set(self, port: int, part: int, what: str, value: int) -> None:
        if what == "channel":
            self._listens[port, part] = value
            return
        channel = self._listens.get((port, part), part)
        if channel < 16:  # higher values switch the part off
            self._part(port << 4 | channel).mode = value > 0


def _by_bank(bank: int, system: System | None) -> bool | None:
    """Return whether a bank MSB selects drums, or None if it does not decide that."""
    if bank in (_GM2_DRUMS, _XG_DRUMS) or (bank == _XG_EFFECTS and system == "xg"):
        return True
    return False if bank == _GM2_MELODIC else None


class _Setting(NamedTuple):
    port: int  # relative to the port of the message
    part: int  # 0-15, numbered by its default receive channel
    what: str  # "channel" or "mode"
    value: int


def _settings(message: bytes) -> Iterator[_Setting]:
    """Yield the receive channels and drum modes that a GS or XG message sets."""
    roland, xg = roland_data(message), xg_data(message)
    if roland is not None:
        (high, middle, low), data = roland
        if high in (0x40, 0x50) and middle >> 4 == 1:
            block = middle & 0x0F  # part 10 has block 0, parts 1 to 9 have blocks 1 to 9
            part = DRUM_CHANNEL if block == 0 else block - 1 if block < 10 else block
            yield from _named(high >> 4 & 1, part, low, data, {0x02: "channel", 0x15: "mode"})
    elif xg is not None:
        (high, part, low), data = xg
        if high == 0x08:
            yield from _named(part >> 4, part & 0x0F, low, data, {0x04: "channel", 0x07: "mode"})


def _named(port: int, part: int, low: int, data: bytes, names: dict[int, str]) -> Iterator[_Setting]:
    for address, value in enumerate(data, low):
        if address in names:
            yield _Setting(port, part, names[address], value)


def with_drums(song: Song) -> Song:
    """Return the song with `Track.drums` set on every track whose messages decide whether it plays drums.

    The state at the track's first note counts. A track that is named after its instrument is renamed too.
    """
    found = tuple(_marked(track, drums) for track, drums in zip(song.tracks, _drums_in(song), strict=True))
    if all(one is other for one, other in zip(found, song.tracks, strict=True)):
        return song
    return replace(song, tracks=found)


def _drums_in(song: Song) -> list[bool]:
    """Return for each track whether it plays drums."""
    answers = [track.channel == DRUM_CHANNEL for track in song.tracks]
    events = _relevant(song)
    if not events and not any(song.ports):
        return answers
    state, done = DrumChannels(), 0
    last = events[-1][0] if events else 0
    for start, index in sorted((_first_tick(track, last), index) for index, track in enumerate(song.tracks)):
        while done < len(events) and events[done][0] <= start:
            state.take(*events[done][1:])
            done += 1
        answers[index] = state.is_drums(song.ports[index] << 4 | song.tracks[index].channel)
    return answers


def _relevant(song: Song) -> list[tuple[int, int, bytes]]:
    """Return (tick, port, message) of all messages that may change a drum channel, in time order."""
    found = [
        (tick, port, data)
        for track, port in zip(song.tracks, song.ports, strict=True)
        for tick, data in track.messages
        if data[0] & 0xF0 == 0xC0 or data[0] == 0xF0 or (data[0] >> 4 == 0xB and data[1] == 0)
    ]
    return sorted(found, key=lambda item: item[0])


def _first_tick(track: Track, otherwise: int) -> int:
    starts = track.notes.start[track.notes.channel == track.channel]
    return int(starts[0]) if len(starts) else otherwise


def _marked(track: Track, drums: bool) -> Track:
    if drums == track.is_drums:
        return track
    before = instrument_name(track.program, drums=track.is_drums)
    own = track.name.removesuffix(before)
    named = own != track.name and (not own or own.endswith(" - "))
    name = own + instrument_name(track.program, drums=drums) if named else track.name
    return replace(track, name=name, drums=drums)
