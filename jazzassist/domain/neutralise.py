"""Controllers that would silence, detune or sustain new notes in a gap, and the edit that neutralises them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Event, Notes, Song, Track

QUIET = 12  # volume or expression up to this value is more than 40 dB below full level
CENTRE = 8192  # pitch bend at rest
SLIGHT_BEND = 128  # distance from CENTRE: 3 cents with the usual range, inaudible
PEDAL_DOWN = 64
_RESET = 121  # reset all controllers (RP-015): expression, bend and pedals, but not volume
_PORT = 0x21


class Kind(Enum):
    """The controllers that can be neutralised. `controller`: its number, None for pitch bend; `rest`: its default."""

    VOLUME = 7, 100
    EXPRESSION = 11, 127
    BEND = None, CENTRE
    PEDAL = 64, 0

    def __init__(self, controller: int | None, rest: int) -> None:
        self.controller, self.rest = controller, rest


@dataclass(frozen=True)
class Disturbance:
    """A controller value in force on a channel (0-15) that would spoil new notes. `value`: the worst one in the gap."""

    track: int
    channel: int
    kind: Kind
    value: int


class Steps:
    """The values of one controller in time order. Each is in force from its tick to the next."""

    def __init__(self, kind: Kind) -> None:
        self.ticks, self.values = [-1], [kind.rest]

    def add(self, tick: int, value: int) -> None:
        """Append a value that is in force from `tick` on. Ticks must not decrease."""
        self.ticks.append(tick)
        self.values.append(value)

    def at(self, tick: int) -> int:
        """Return the value in force at a tick, after the events of that tick."""
        return self.values[bisect_right(self.ticks, tick) - 1]

    def within(self, start: int, end: int) -> list[int]:
        """Return all values in force in [start, end). Of several at one tick, only the last counts."""
        low, high = bisect_right(self.ticks, start) - 1, bisect_left(self.ticks, end)
        return [self.values[i] for i in range(low, high) if i + 1 == high or self.ticks[i + 1] > self.ticks[i]]


class InForce:
    """The controller values of a song over time, with a cache per channel."""

    def __init__(self, song: Song) -> None:
        self._song = song
        self._found: dict[tuple[int, bytes], dict[Kind, Steps]] = {}

    def disturbances(self, gap: Gap, *notes: Notes) -> tuple[Disturbance, ...]:
        """Return the controller values that would spoil `notes`, one `Notes` per track of the gap.

        These are: volume or expression close to zero where a note begins, a pitch bend while a note sounds, and a
        sustain pedal that is down in the whole gap (one that is released in it is part of the playing).
        The events of all tracks that share a channel count.
        """
        found = []
        for track, new in zip(gap.tracks, notes, strict=True):
            for channel in sorted(set(new.channel.tolist())):
                own = new.select(new.channel == channel)
                for kind, steps in self.steps(track, channel).items():
                    value = _worst(kind, steps, gap, own)
                    if value is not None:
                        found.append(Disturbance(track, channel, kind, value))
        return tuple(found)

    def steps(self, track: int, channel: int) -> dict[Kind, Steps]:
        """Return the values of each controller on a channel of a track's port, in the order in which they are sent."""
        key = (channel, _port(self._song.tracks[track]))
        if key not in self._found:
            events = [
                e for i in sharing(self._song, track) for e in self._song.tracks[i].events if e.channel == channel
            ]
            self._found[key] = _followed(sorted(events, key=lambda event: event.tick), channel)
        return self._found[key]


def _followed(events: Iterable[Event], channel: int) -> dict[Kind, Steps]:
    found = {kind: Steps(kind) for kind in Kind}
    for event in events:
        if event.data[0] & 0xF0 in (0xB0, 0xE0):
            for kind, steps in found.items():
                value = _value_set(event, kind, channel)
                if value is not None:
                    steps.add(event.tick, value)
    return found


def neutralised(song: Song, gap: Gap, found: Iterable[Disturbance]) -> Song:
    """Return the song with each disturbing controller set to a neutral value in the gap.

    The controller's events in the gap are removed from every track of that channel. At the end of the gap its
    original value is restored, unless an event sets it there anyway.
    """
    done: set[tuple[int, bytes, Kind]] = set()
    for one in found:
        place = (one.channel, _port(song.tracks[one.track]), one.kind)
        if place not in done:  # two tracks of the gap may share a channel
            done.add(place)
            song = _neutralised(song, gap, one)
    return song


def _neutralised(song: Song, gap: Gap, one: Disturbance) -> Song:
    steps = InForce(song).steps(one.track, one.channel)[one.kind]
    before, neutral = steps.at(gap.end - 1), _neutral(one.kind, steps, gap.start)
    new = [Event(gap.start, message(one.kind, one.channel, neutral))]
    if before != neutral and gap.end not in steps.ticks:
        new.append(Event(gap.end, message(one.kind, one.channel, before)))
    for index in sharing(song, one.track):
        track = song.tracks[index]
        kept = tuple(
            event
            for event in track.events
            if not (gap.start <= event.tick < gap.end and sets(event, one.kind, one.channel))
        )
        added = new if index == one.track else []
        if added or len(kept) < len(track.events):
            song = song.with_track(index, with_events(track, kept, added))
    return song


def with_events(track: Track, kept: tuple[Event, ...], added: Sequence[Event]) -> Track:
    """Return the track with new events. Within a tick, the added ones come last."""
    events = tuple(sorted((*kept, *added), key=lambda event: event.tick))
    return replace(track, events=events, end=max(track.end, *(event.tick for event in added), 0))


def _worst(kind: Kind, steps: Steps, gap: Gap, notes: Notes) -> int | None:
    """Return the value that spoils the notes most, or None if none does."""
    if not len(notes):
        return None
    if kind is Kind.PEDAL:
        inside = steps.within(gap.start, gap.end)
        return inside[0] if min(inside) >= PEDAL_DOWN else None
    if kind is Kind.BEND:
        heard = [
            v for start, end in _stretches(notes) for v in steps.within(start, end) if abs(v - CENTRE) > SLIGHT_BEND
        ]
        return max(heard, key=lambda value: abs(value - CENTRE), default=None)
    quiet = [value for value in map(steps.at, notes.start.tolist()) if value <= QUIET]
    return min(quiet, default=None)


def _stretches(notes: Notes) -> list[tuple[int, int]]:
    """Return (start, end) of each note, at least one tick long."""
    return [(start, max(start + 1, end)) for start, end in zip(notes.start.tolist(), notes.end.tolist(), strict=True)]


def _neutral(kind: Kind, steps: Steps, start: int) -> int:
    """Return the neutral value. For volume and expression it is the highest value that the channel had before."""
    if kind in (Kind.BEND, Kind.PEDAL):
        return kind.rest
    set_before = steps.values[1 : bisect_left(steps.ticks, start)]
    return max((value for value in set_before if value > QUIET), default=kind.rest)


def _value_set(event: Event, kind: Kind, channel: int) -> int | None:
    """Return the value to which an event sets the controller, or None if it does not affect it."""
    if event.channel != channel:
        return None
    is_reset = event.data[0] & 0xF0 == 0xB0 and event.data[1:2] == bytes((_RESET,)) and kind is not Kind.VOLUME
    if is_reset:
        return kind.rest
    if not sets(event, kind, channel):
        return None
    return event.data[1] | event.data[2] << 7 if kind is Kind.BEND else event.data[2]


def sets(event: Event, kind: Kind, channel: int) -> bool:
    """Return True if an event is a valid message of this controller (not a reset)."""
    if event.channel != channel or len(event.data) != 3 or max(event.data[1:]) > 127:
        return False
    if kind is Kind.BEND:
        return event.data[0] & 0xF0 == 0xE0
    return event.data[0] & 0xF0 == 0xB0 and event.data[1] == kind.controller


def message(kind: Kind, channel: int, value: int) -> bytes:
    if kind is Kind.BEND:
        return bytes((0xE0 | channel, value & 0x7F, value >> 7))
    assert kind.controller is not None
    return bytes((0xB0 | channel, kind.controller, value))


def sharing(song: Song, track: int) -> list[int]:
    """Return the indices of the tracks on the same port, whose channels are the same as those of `track`."""
    port = _port(song.tracks[track])
    return [index for index, other in enumerate(song.tracks) if _port(other) == port]


def _port(track: Track) -> bytes:
    return next((event.payload for event in track.events if event.meta == _PORT), b"\0")
