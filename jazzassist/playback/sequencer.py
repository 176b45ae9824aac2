"""Where a schedule is while it is played: which messages are due, which notes sound, how to end them. No clock here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from jazzassist.playback.chase import CENTRE
from jazzassist.playback.schedule import Schedule

Due = tuple[float, bytes]  # seconds from now, message


class NoteTracker:
    """Counts what sounds per (channel, pitch), from the messages that were sent."""

    def __init__(self) -> None:
        self.held: Counter[tuple[int, int]] = Counter()
        self.channels: set[int] = set()

    def follow(self, data: bytes) -> None:
        """Note that `data` was sent."""
        if data[0] >= 0xF0:
            return
        kind, channel = data[0] & 0xF0, data[0] & 0x0F
        self.channels.add(channel)
        if kind == 0x90 and data[2] > 0:
            self.held[channel, data[1]] += 1
        elif kind in (0x80, 0x90):
            self.held[channel, data[1]] -= 1
            if self.held[channel, data[1]] <= 0:
                del self.held[channel, data[1]]

    def endings(self) -> list[bytes]:
        """The note-offs of everything that sounds, one for each note-on."""
        return [note_off(*key) for key, count in sorted(self.held.items()) for _ in range(count)]

    def silence(self, channels: Iterable[int] | None = None) -> list[bytes]:
        """What ends all sound: note-offs, pedal up, all notes off, all sound off, bend at rest; then forgets."""
        used = sorted(self.channels if channels is None else channels)
        found = self.endings()
        for channel in used:
            found += [bytes((0xB0 | channel, number, 0)) for number in (64, 123, 120)]
            found.append(bytes((0xE0 | channel, CENTRE & 0x7F, CENTRE >> 7)))
        self.held.clear()
        return found


def note_off(channel: int, pitch: int) -> bytes:
    """The message that ends a note."""
    return bytes((0x80 | channel, pitch, 64))


class Sequencer:
    """Plays one schedule at a time. Every method returns the messages to send now; it never waits.

    `position` is in seconds from the schedule's start. What is sent besides (a clicked note) is told
    to `tracker`, so that it is ended with the rest.
    """

    def __init__(self) -> None:
        self.tracker = NoteTracker()
        self.schedule: Schedule | None = None
        self.playing = False
        self.position = 0.0
        self._next = 0

    def play(self, schedule: Schedule, position: float) -> list[bytes]:
        """Begin at `position` seconds: what sounds is ended, what is in force there is sent."""
        ended = self.tracker.silence()
        self.schedule = schedule
        self.playing = True
        return ended + self._placed(position)

    def stop(self) -> list[bytes]:
        """Stop where we are and silence everything."""
        self.playing = False
        return self.tracker.silence()

    def seek(self, position: float) -> list[bytes]:
        """Go to `position` seconds, playing on if we were playing."""
        if self.schedule is None:
            return []
        ended = self.tracker.silence()
        found = self._placed(position)
        return ended + (found if self.playing else [])

    def resend(self) -> list[bytes]:
        """What is in force here, for an output that has just been opened."""
        if self.schedule is None or not self.playing:
            return []
        return self._follow(self.schedule.chase_at(self.position))

    def update(self, schedule: Schedule) -> list[bytes]:
        """Go on at the same tick of another schedule: notes it does not have end, changed controllers are sent."""
        before, self.schedule = self.schedule, schedule
        if before is None or not self.playing:
            self._placed(0.0 if before is None else schedule.seconds_at(before.tick_at(self.position)))
            return []
        tick = before.tick_at(self.position)
        was = before.states_at(self.position)
        if not schedule.start <= tick <= schedule.end:
            return self.tracker.silence() + self._placed(0.0)
        self._place(schedule.seconds_at(tick))
        now = schedule.states_at(self.position)
        changed = [channel for channel, state in now.items() if was.get(channel) != state]
        found = self._surplus() + [data for channel in sorted(changed) for data in now[channel].messages(channel)]
        return self._follow(found)

    def advance(self, seconds: float) -> list[Due]:
        """Move on by `seconds` and return what was due in them, in order, with the seconds from the old position."""
        found: list[Due] = []
        passed = 0.0
        while self.playing and self.schedule is not None:
            rest = self.schedule.length - self.position
            if seconds - passed < rest:
                found += self._due_until(self.position + seconds - passed, passed)
                return found
            found += self._due_until(self.schedule.length, passed, whole=True)
            passed += rest
            if self.schedule.loop and self.schedule.length > 0:
                found += [(passed, data) for data in self._wrapped()]
            else:
                self.playing = False
                found += [(passed, data) for data in self._ended()]
        return found

    def until_next(self) -> float | None:
        """Seconds until the next message, the loop's wrap or the end; None when nothing is being played."""
        if not self.playing or self.schedule is None:
            return None
        seconds = self.schedule.seconds
        due = float(seconds[self._next]) if self._next < len(seconds) else self.schedule.length
        return max(0.0, due - self.position)

    def _due_until(self, position: float, passed: float, whole: bool = False) -> list[Due]:
        assert self.schedule is not None
        schedule = self.schedule
        last = len(schedule.messages) if whole else schedule.index_at(position)
        found: list[Due] = []
        for index in range(self._next, last):
            found.append((passed + max(0.0, float(schedule.seconds[index]) - self.position), schedule.messages[index]))
            self.tracker.follow(schedule.messages[index])
        self._next, self.position = max(self._next, last), position
        return found

    def _ended(self) -> list[bytes]:
        """What lets everything ring out after the last note: what still sounds ends, pedals up."""
        pedals = [bytes((0xB0 | channel, 64, 0)) for channel in sorted(self.tracker.channels)]
        return self._follow(self.tracker.endings() + pedals)

    def _wrapped(self) -> list[bytes]:
        """Back to the start of the loop: what still sounds ends, controllers that changed are set back."""
        assert self.schedule is not None
        ended = self.tracker.endings()
        self._place(0.0)
        return self._follow(ended + (list(self.schedule.chase) if len(self.schedule.controls) else []))

    def _surplus(self) -> list[bytes]:
        """Note-offs for what sounds but ends nowhere in the schedule after this position."""
        assert self.schedule is not None
        wanted = self.schedule.sounding_before(self._next)
        extra = {key: count - int(wanted[key[0] << 7 | key[1]]) for key, count in self.tracker.held.items()}
        return [note_off(*key) for key, count in sorted(extra.items()) for _ in range(max(0, count))]

    def _place(self, position: float) -> None:
        assert self.schedule is not None
        self.position = min(max(0.0, position), self.schedule.length)
        self._next = self.schedule.index_at(self.position)

    def _placed(self, position: float) -> list[bytes]:
        assert self.schedule is not None
        self._place(position)
        return self._follow(self.schedule.chase_at(self.position))

    def _follow(self, messages: list[bytes]) -> list[bytes]:
        for data in messages:
            self.tracker.follow(data)
        return messages
