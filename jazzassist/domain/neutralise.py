"""Controllers that would silence, bend or hold new notes in a gap, and the song with them neutral there."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from jazzassist.domain.passage import Gap
from jazzassist.domain.song import Event, Notes, Song, Track

QUIET = 12  # of 127: from here down volume and expression are more than 40 dB below full
CENTRE = 8192  # pitch bend at rest
SLIGHT_BEND = 128  # from the centre, 3 cents of the usual range: nobody hears it
PEDAL_DOWN = 64
_RESET = 121  # reset all controllers (RP-015): expression, bend and pedals, but not volume
_PORT = 0x21


class Kind(Enum):
    """What can be neutralised. `controller`: its number, None for the bend; `rest`: its value where none is set."""

    VOLUME = 7, 100
    EXPRESSION = 11, 127
    BEND = None, CENTRE
    PEDAL = 64, 0

    def __init__(self, controller: int | None, rest: int) -> None:
        self.controller, self.rest = controller, rest


@dataclass(frozen=True)
class Disturbance:
    """What is in force on a channel (0-15) of a track's port and would spoil new notes there. `value`: the worst."""

    track: int
    channel: int
    kind: Kind
    value: int


class Steps:
    """The values of one controller in order: each is in force from its tick until the next."""

    def __init__(self, kind: Kind) -> None:
        self.ticks, self.values = [-1], [kind.rest]

    def add(self, tick: int, value: int) -> None:
        """Adds the value that is in force from `tick` on, not earlier than the last."""
        self.ticks.append(tick)
        self.values.append(value)

    def at(self, tick: int) -> int:
        """The value in force at a tick, after its own events."""
        return self.values[bisect_right(self.ticks, tick) - 1]

    def within(self, start: int, end: int) -> list[int]:
        """The values in force anywhere in [start, end), of several at one tick the last."""
        low, high = bisect_right(self.ticks, start) - 1, bisect_left(self.ticks, end)
        return [self.values[i] for i in range(low, high) if i + 1 == high or self.ticks[i + 1] > self.ticks[i]]


class InForce:
    """The controllers of a song over time, read once for all that is asked about them."""

    def __init__(self, song: Song) -> None:
        self._song = song
        self._found: dict[tuple[int, bytes], dict[Kind, Steps]] = {}

    def disturbances(self, gap: Gap, *notes: Notes) -> tuple[Disturbance, ...]:
        """What would spoil `notes`, one for each track of the gap; all tracks that write to a channel count.

        Volume or expression close to zero where a note begins, a bend while one sounds, and a sustain
        pedal that is held over the whole gap: one that is lifted in it is played with.
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
        """All values of each controller on a channel of a track's port, in the order in which they are sent."""
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
    """The song with each disturbance neutral from the start of the gap to its end, and as it was from there on.

    The disturbing controller's own events in the gap are left out, on every track of that channel. At the
    gap's end it gets the value back that it would have had there, unless an event sets it there anyway.
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
    """The track with other events, the added ones last within their tick."""
    events = tuple(sorted((*kept, *added), key=lambda event: event.tick))
    return replace(track, events=events, end=max(track.end, *(event.tick for event in added), 0))


def _worst(kind: Kind, steps: Steps, gap: Gap, notes: Notes) -> int | None:
    """The value that spoils notes most; None where none does."""
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
    """(start, end) of each note, at least a tick long."""
    return [(start, max(start + 1, end)) for start, end in zip(notes.start.tolist(), notes.end.tolist(), strict=True)]


def _neutral(kind: Kind, steps: Steps, start: int) -> int:
    """The value to give: of volume and expression the highest that was set so far, the channel's own level."""
    if kind in (Kind.BEND, Kind.PEDAL):
        return kind.rest
    set_before = steps.values[1 : bisect_left(steps.ticks, start)]
    return max((value for value in set_before if value > QUIET), default=kind.rest)


def _value_set(event: Event, kind: Kind, channel: int) -> int | None:
    """What an event sets the controller to; None where it does not touch it."""
    if event.channel != channel:
        return None
    is_reset = event.data[0] & 0xF0 == 0xB0 and event.data[1:2] == bytes((_RESET,)) and kind is not Kind.VOLUME
    if is_reset:
        return kind.rest
    if not sets(event, kind, channel):
        return None
    return event.data[1] | event.data[2] << 7 if kind is Kind.BEND else event.data[2]


def sets(event: Event, kind: Kind, channel: int) -> bool:
    """Whether an event is a message of this very controller."""
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
    """The tracks whose channels are the same as this one's: those of its port."""
    port = _port(song.tracks[track])
    return [index for index, other in enumerate(song.tracks) if _port(other) == port]


def _port(track: Track) -> bytes:
    return next((event.payload for event in track.events if event.meta == _PORT), b"\0")
