"""A small band, and a suggester that answers at once in this process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from jazzassist.domain.song import Event, Note, Notes, Song, Track
from jazzassist.domain.suggestion import NothingToSuggest, Suggestion, SuggestionRequest
from jazzassist.playback.schedule import Schedule
from jazzassist.playback.transport import Transport
from jazzassist.session import Session
from jazzassist.session.playback_control import PlaybackControl
from jazzassist.session.suggesting import Suggesting
from jazzassist.suggest.asking import answer
from jazzassist.suggest.baseline import MarkovSuggester

BAR = 4 * 480


def band() -> Song:
    """Twelve bars: a tune that rests in bars 5 to 8, and a bass."""
    scale = (60, 62, 64, 65, 67, 69, 71, 72)
    tune = [Note(at * 240, 220, scale[at * 3 % 8], 90, 0) for at in range(12 * 8) if not 32 <= at < 64]
    bass = [Note(beat * 480, 450, 36 + beat * 5 % 12, 80, 1) for beat in range(48)]
    head = (Event(0, b"\xff\x03Head"), Event(0, b"\xff\x58\x04\x02\x18\x08"), Event(0, b"\xff\x51\x07\xa1\x20"))
    return Song(
        480,
        (
            Track("Head", events=head, end=12 * BAR),
            Track("Tune", Notes.of(tune), (Event(0, b"\xc0\x38"),), 0, 56, 12 * BAR),
            Track("Bass", Notes.of(bass), (Event(0, b"\xc1\x20"),), 1, 32, 12 * BAR),
        ),
    )


class StandingTransport:
    """A transport that plays nothing and stands where it was put; notes what it was told."""

    output, outputs = "None", ("None",)

    def __init__(self) -> None:
        self.playing, self.position = False, 0
        self.told: list[str] = []

    def play(self, schedule: Schedule, at: int | None = None) -> None:
        self.playing, self.position = True, schedule.start if at is None else at
        self.told.append("play")

    def update(self, schedule: Schedule) -> None:
        self.told.append("update")

    def stop(self) -> None:
        self.playing = False
        self.told.append("stop")

    def seek(self, tick: int) -> None:
        self.position = tick

    def poll(self) -> list[str]:
        return []

    def close(self) -> None:
        self.playing = False


@dataclass
class Markov:
    """Answers in the same process, when `answer` is called."""

    session: Session
    asked: list[SuggestionRequest] = field(default_factory=list)
    cancelled: int = 0

    def ask(self, request: SuggestionRequest) -> None:
        self.cancel()
        self.asked.append(request)
        self.session.set_worker("busy", "markov")

    def cancel(self) -> None:
        if self.session.is_busy:
            self.cancelled += 1
            self.session.set_worker("ready", "markov")

    def answer(self, suggesting: Suggesting) -> list[Suggestion]:
        """Hands over the whole answer to the latest request, or says why there is none."""
        try:
            found = answer(MarkovSuggester(), self.asked[-1], lambda share: None, lambda: False)
        except NothingToSuggest as reason:
            suggesting.refuse(str(reason))
            return []
        with self.session.changing():
            self.session.set_worker("ready", "markov")
            suggesting.take(found)
        return found


def parts(session: Session) -> tuple[PlaybackControl, Markov, Suggesting, StandingTransport]:
    """Controllers over a session, without any process."""
    transport = StandingTransport()
    player = PlaybackControl(session, cast(Transport, transport))
    asker = Markov(session)
    session.set_worker("ready", "markov")
    return player, asker, Suggesting(session, asker, player), transport
