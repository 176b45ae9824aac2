"""Playback state of a schedule: position, due messages and sounding notes. It contains no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from jazzassist.playback.chase import CENTRE, ChannelState
from jazzassist.playback.ported import on_channel, split
from jazzassist.playback.setup import Setup
from jazzassist.playback.timed import Schedule

Due = tuple[float, bytes]  # seconds from now, message
TAIL_SECONDS = 2.0  # time for the last notes to ring out before the controllers are reset


class NoteTracker:
    """Tracks sent messages: the number of sounding notes per (channel, pitch), and the resulting setup."""

    def __init__(self) -> None:
        self.held: Counter[tuple[int, int]] = Counter()
        self.channels: set[int] = set()
        self.sent = Setup()

    def follow(self, data: bytes) -> None:
        """Update the state by a message that was sent."""
        port, message = split(data)
        kind, channel = message[0] & 0xF0, port << 4 | message[0] & 0x0F
        if kind in (0x80, 0x90):
            self.channels.add(channel)
            self._follow_note(channel, message[1], begins=kind == 0x90 and message[2] > 0)
            return
        if kind != 0xF0:
            self.channels.add(channel)
        self.sent.take(data)

    def _follow_note(self, channel: int, pitch: int, *, begins: bool) -> None:
        if begins:
            self.held[channel, pitch] += 1
        elif self.held[channel, pitch] > 1:
            self.held[channel, pitch] -= 1
        else:
            del self.held[channel, pitch]

    def forget(self, *, is_known: bool) -> None:
        """Start over for a new output, on which nothing sounds. `is_known`: its channels are at their defaults."""
        self.held.clear()
        self.channels.clear()
        self.sent = Setup(is_known=is_known)

    def endings(self) -> list[bytes]:
        """Return note-offs for all sounding notes, one per note-on."""
        return [note_off(*key) for key, count in sorted(self.held.items()) for _ in range(count)]

    def silence(self, channels: Iterable[int] | None = None) -> list[bytes]:
        """Return the messages that end all sound, and track them as sent.

        These are note-offs, pedals up, all notes off, all sound off and pitch bend to the centre. `channels`:
        additional channels to silence.
        """
        found = self.endings()
        for channel in sorted(self.channels if channels is None else channels):
            state = self.sent.channels.get(channel, ChannelState()).controllers
            pedals = [64, *(number for number in (66, 69) if state.get(number))]
            found += [on_channel(channel, 0xB0, number, 0) for number in (*pedals, 123, 120)]
            found.append(on_channel(channel, 0xE0, CENTRE & 0x7F, CENTRE >> 7))
        for data in found:
            self.sent.take(data)
        self.held.clear()
        return found


def note_off(channel: int, pitch: int) -> bytes:
    """Return the message that ends a note."""
    return on_channel(channel, 0x80, pitch, 64)


class Sequencer:
    """Plays one schedule at a time. Methods return the messages to send now, and never wait.

    `position`: seconds from the start of the schedule. `tracker` must also follow messages that are sent outside the
    schedule (preview notes), so that they are ended with the rest. `ringing`: after the end, the last notes ring
    out for at most `longest_tail` seconds, then all controllers return to their defaults. An output that detects
    silence calls `fade` earlier.
    """

    def __init__(self) -> None:
        self.tracker = NoteTracker()
        self.schedule: Schedule | None = None
        self.playing = False
        self.position = 0.0
        self.longest_tail = TAIL_SECONDS
        self._tail: float | None = None
        self._next = 0
        self._skipped: Counter[int] = Counter()  # note-offs to skip, by channel * 128 + pitch

    @property
    def ringing(self) -> bool:
        """Whether the last notes are ringing out."""
        return self._tail is not None

    def play(self, schedule: Schedule, position: float) -> list[bytes]:
        """Start at `position` seconds: end sounding notes, restore the state there, restart held notes."""
        ended = self.tracker.silence()
        self.schedule, self.playing, self._tail = schedule, True, None
        return ended + self._placed(position)

    def stop(self) -> list[bytes]:
        """Stop at the current position and silence everything."""
        self.playing, self._tail = False, None
        return self.tracker.silence()

    def seek(self, position: float) -> list[bytes]:
        """Move to `position` seconds. Playback continues if it was running."""
        if self.schedule is None:
            return []
        if not self.playing:
            self._place(position)
            return []
        ended = self.tracker.silence()
        return ended + self._placed(position)

    def resend(self) -> list[bytes]:
        """Return the current setup and the held notes, for an output that has just been opened."""
        return self._placed(self.position) if self.schedule is not None and self.playing else []

    def rest(self) -> list[bytes]:
        """Return the messages that reset everything that was changed on the output."""
        programs = [channel for channel, state in self.tracker.sent.channels.items() if state.program is not None]
        resting = Setup({channel: ChannelState(program=(0, 0, 0)) for channel in programs})
        return self._follow(resting.messages_after(self.tracker.sent))

    def click(self, schedule: Schedule, channel: int, pitch: int, velocity: int) -> list[bytes]:
        """Start a preview note with the program of `channel` at the start of `schedule`.

        All other settings are at their defaults, so that a channel with a low volume can be heard. The previous
        preview note is ended. Does nothing during playback.
        """
        if self.playing:
            return []
        ended = self._follow(self.tracker.endings())
        wanted = Setup.of(schedule.chase)
        state = wanted.channels.get(channel, ChannelState())
        wanted.channels = {channel: ChannelState(program=state.program, bank=dict(state.bank))}
        instrument = self._follow(wanted.messages_after(self.tracker.sent, only=channel))
        return ended + instrument + self._follow([on_channel(channel, 0x90, pitch, velocity)])

    def end_click(self, channel: int, pitch: int) -> list[bytes]:
        """End a preview note if it still sounds."""
        return self._follow([note_off(channel, pitch)]) if self.tracker.held[channel, pitch] else []

    def update(self, schedule: Schedule) -> list[bytes]:
        """Continue at the same tick of another schedule.

        Ends sounding notes that it does not contain, starts held notes that were missing, and updates the setup.
        """
        before, self.schedule = self.schedule, schedule
        if before is None or not self.playing:
            self._place(0.0 if before is None else schedule.seconds_at(before.tick_at(self.position)))
            return []
        tick = before.tick_at(self.position)
        if not schedule.start <= tick <= schedule.end:
            return self.tracker.silence() + self._placed(0.0)
        self._place(schedule.seconds_at(tick))
        found = self._surplus() + schedule.setup_at(self.position).messages_after(self.tracker.sent, undo=False)
        return self._follow(found) + self._missing()

    def advance(self, seconds: float) -> list[Due]:
        """Advance by `seconds`. Return the messages due in that time as (seconds from the old position, message)."""
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
                self.playing, self._tail = False, self.longest_tail
                found += [(passed, data) for data in self._ended()]
        return found + self._rung_out(seconds, passed)

    def until_next(self) -> float | None:
        """Return the seconds until the next message, loop end, end, or end of ringing; None if nothing is due."""
        if self._tail is not None:
            return self._tail
        if not self.playing or self.schedule is None:
            return None
        seconds = self.schedule.seconds
        due = float(seconds[self._next]) if self._next < len(seconds) else self.schedule.length
        return max(0.0, due - self.position)

    def fade(self) -> list[bytes]:
        """End the ringing now, because the output has become silent."""
        self._tail = None
        return self.rest()

    def _rung_out(self, seconds: float, passed: float) -> list[Due]:
        if self._tail is None:
            return []
        self._tail -= seconds - passed
        return [(seconds, data) for data in self.fade()] if self._tail <= 1e-9 else []

    def _due_until(self, position: float, passed: float, whole: bool = False) -> list[Due]:
        assert self.schedule is not None
        schedule = self.schedule
        last = len(schedule.seconds) if whole else schedule.index_at(position)
        found: list[Due] = []
        for index in range(self._next, last):
            data = schedule.message(index)
            if self._skipped and self._is_skipped(data):
                continue
            found.append((passed + max(0.0, float(schedule.seconds[index]) - self.position), data))
            self.tracker.follow(data)
        self._next, self.position = max(self._next, last), position
        return found

    def _is_skipped(self, data: bytes) -> bool:
        """Return True for the note-off of a note that was not restarted."""
        port, message = split(data)
        key = (port << 4 | message[0] & 0x0F) << 7 | message[1]
        if message[0] & 0xF0 != 0x80 or not self._skipped[key]:
            return False
        self._skipped[key] -= 1
        return True

    def _ended(self) -> list[bytes]:
        """Return the messages after the last note: note-offs for sounding notes, pedals up."""
        pedals = [on_channel(channel, 0xB0, 64, 0) for channel in sorted(self.tracker.channels)]
        return self._follow(self.tracker.endings() + pedals)

    def _wrapped(self) -> list[bytes]:
        """Return the messages for the jump to the loop start: note-offs, and controllers that have changed."""
        assert self.schedule is not None
        ended = self._follow(self.tracker.endings())
        self._place(0.0)
        return ended + self._follow(self.schedule.setup_at(0.0).messages_after(self.tracker.sent, undo=False))

    def _surplus(self) -> list[bytes]:
        """Return note-offs for sounding notes that the rest of the schedule does not end."""
        assert self.schedule is not None
        wanted = self.schedule.sounding_before(self._next)
        extra = {key: count - int(wanted[key[0] << 7 | key[1]]) for key, count in self.tracker.held.items()}
        return [note_off(*key) for key, count in sorted(extra.items()) for _ in range(max(0, count))]

    def _missing(self) -> list[bytes]:
        """Return note-ons for notes that should sound at this position but do not."""
        assert self.schedule is not None
        missing = self.schedule.sounding_before(self._next)
        for (channel, pitch), count in self.tracker.held.items():
            missing[channel << 7 | pitch] -= count
        held = self.schedule.missing_at(self.position, np.maximum(missing, 0))
        self._skipped = Counter(held.skipped)
        return self._follow(held.messages)

    def _place(self, position: float) -> None:
        assert self.schedule is not None
        self.position = min(max(0.0, position), self.schedule.length)
        self._next = self.schedule.index_at(self.position)
        self._skipped.clear()

    def _placed(self, position: float) -> list[bytes]:
        assert self.schedule is not None
        self._place(position)
        setup, soon = self.schedule.setup_at(self.position), self.schedule.system_at(self.position)
        return self._follow(setup.messages_after(self.tracker.sent, soon)) + self._missing()

    def _follow(self, messages: list[bytes]) -> list[bytes]:
        for data in messages:
            self.tracker.follow(data)
        return messages
