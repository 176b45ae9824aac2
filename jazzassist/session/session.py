"""The session: all state that the window shows and commands change."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from jazzassist.domain.passage import Passage
from jazzassist.domain.song import EMPTY, Notes, Song
from jazzassist.session.document import Document, Runner, run_here
from jazzassist.session.grid import Grid
from jazzassist.session.observing import Announcer, Aspect, Listener
from jazzassist.session.offer import NOTHING, Offer
from jazzassist.session.tracks import Heard, TrackChoice, layout

Indices = npt.NDArray[np.intp]
NO_NOTES: Indices = np.zeros(0, np.intp)


class Session:
    """The current state. Read its attributes; change it with its methods, which announce the changes."""

    def __init__(self, run: Runner = run_here) -> None:
        self._announcer = Announcer()
        self.document = Document(self._announcer, self._follow_song, run)
        self.tracks, self.heard = TrackChoice(), Heard()
        self.passage: Passage | None = None
        self.selected: Indices = NO_NOTES  # into the notes of the current track, in order
        self.playhead, self.playing = 0, False
        self.loop: tuple[int, int] | None = None  # ticks
        self.looping = False
        self.grid = Grid()
        self.outputs: tuple[str, ...] = ()
        self.output = ""
        self.offer = NOTHING
        self._candidate_of: tuple[Song, object] = (self.song, None)  # key of the cached candidate
        self._candidate = self.song
        self.worker, self.checkpoint = "loading", ""  # loading, ready, busy or failed; name of the model
        self.refusal = ""  # why nothing was suggested, one sentence

    def observe(self, listener: Listener, *aspects: Aspect) -> None:
        """Call `listener` once after each change, with the changed ones among `aspects`."""
        self._announcer.observe(listener, *aspects)

    def changing(self) -> AbstractContextManager[None]:
        """Announce all changes inside the block together."""
        return self._announcer.changing()

    # The song

    @property
    def song(self) -> Song:
        """The document's song."""
        return self.document.song

    @property
    def candidate(self) -> Song:
        """The song with the shown suggestion inserted, as it is played and would be inserted."""
        key = (self.offer.gap, self.offer.shown_notes, self.offer.neutral)
        if self.song is not self._candidate_of[0] or key != self._candidate_of[1]:
            self._candidate_of, self._candidate = (self.song, key), self.offer.in_song(self.song)
        return self._candidate

    @property
    def notes(self) -> Notes:
        """The current track's notes."""
        tracks = self.song.tracks
        return tracks[self.tracks.current].notes if tracks else EMPTY

    def _follow_song(self, before: Song, after: Song, is_opened: bool) -> None:
        """Update the other state after the song was replaced."""
        with self._announcer.changing(Aspect.SONG):
            self.withdraw_offer()
            old = before.tracks[self.tracks.current].notes if before.tracks else EMPTY
            if layout(before) != layout(after):
                self.set_heard(Heard())
            if is_opened:
                self._begin(after)
            else:
                self._set_tracks(self.tracks.within(len(after.tracks)))
                if self.notes is not old and len(self.selected):
                    self.select_notes(self.notes.places_of(old.select(self.selected)))

    def _begin(self, song: Song) -> None:
        """Reset the state for a newly opened song."""
        with self._announcer.changing(Aspect.CURRENT):
            self.set_passage(None)
            self._set_tracks(TrackChoice.first(song))
            self.select_notes(NO_NOTES)
            self.set_loop(None, False)
            self.set_playhead(0)

    # Tracks

    @property
    def current(self) -> int:
        """The index of the current track; 0 in a song without tracks."""
        return self.tracks.current

    def set_current(self, index: int) -> None:
        """Make a track the current one. Ignores an index that the song does not have."""
        if 0 <= index < len(self.song.tracks):
            self._set_tracks(self.tracks.with_current(index))

    def mark(self, index: int) -> None:
        """Add or remove a target track. At least one remains."""
        self._set_tracks(self.tracks.marked(index))

    def mark_to(self, index: int) -> None:
        """Make exactly the tracks from the current one to `index` the targets."""
        self._set_tracks(self.tracks.marked_to(index))

    def _set_tracks(self, tracks: TrackChoice) -> None:
        before, self.tracks = self.tracks, tracks
        changed = [Aspect.CURRENT] if tracks.current != before.current else []
        changed += [Aspect.TARGETS] if tracks.targets != before.targets else []
        if not changed:
            return
        with self._announcer.changing(*changed):
            if tracks.current != before.current:
                self.select_notes(NO_NOTES)
            if self.offer.gap is None or self.offer.gap.tracks != tracks.targets:
                self.withdraw_offer()
            self.set_passage(self.passage)

    def set_heard(self, heard: Heard) -> None:
        """Set mute and solo."""
        self._set(Aspect.HEARD, heard=heard)

    def toggle_mute(self) -> None:
        """Mute or unmute the current track."""
        if self.song.tracks:
            self.set_heard(self.heard.with_muted(self.current, self.current not in self.heard.muted))

    def toggle_solo(self) -> None:
        """Solo or unsolo the current track."""
        if self.song.tracks:
            self.set_heard(self.heard.with_soloed(self.current, self.current not in self.heard.soloed))

    # Selection

    def set_passage(self, passage: Passage | None) -> None:
        """Select a range of ticks on the target tracks, or none.

        A passage on tracks that the song does not have counts as none.
        """
        if passage is not None and max(passage.tracks) >= len(self.song.tracks):
            passage = None
        if passage is not None and self.tracks.targets:
            passage = replace(passage, tracks=self.tracks.targets)
        self._set(Aspect.PASSAGE, passage=passage)

    def select_notes(self, indices: npt.ArrayLike) -> None:
        """Select notes of the current track. Ignores indices that it does not have."""
        chosen = np.unique(np.asarray(indices, np.intp))
        chosen = chosen[(chosen >= 0) & (chosen < len(self.notes))]
        if not np.array_equal(chosen, self.selected):
            with self._announcer.changing(Aspect.SELECTED):
                self.selected = chosen

    # Playing

    def set_playhead(self, tick: int) -> None:
        """Record the position of the playhead. To seek, use PlaybackControl."""
        self._set(Aspect.PLAYHEAD, playhead=tick)

    def set_playing(self, playing: bool) -> None:
        """Record whether playback is running."""
        self._set(Aspect.PLAYING, playing=playing)

    def set_loop(self, loop: tuple[int, int] | None, looping: bool) -> None:
        """Set the loop range in ticks, and whether looping is on."""
        self._set(Aspect.LOOP, loop=loop, looping=looping and loop is not None)

    def set_outputs(self, outputs: tuple[str, ...], output: str) -> None:
        """Record the available outputs and the chosen one."""
        self._set(Aspect.OUTPUTS, outputs=outputs, output=output)

    # Suggestions

    @property
    def suggested(self) -> Notes | None:
        """The suggested notes for the current track; None if no suggestion is shown."""
        return self.offer.notes_for(self.current)

    @property
    def is_busy(self) -> bool:
        """Whether a request is pending."""
        return self.worker == "busy"

    def set_offer(self, offer: Offer) -> None:
        """Replace the offer, for other suggestions or to show another one."""
        with self._announcer.changing(Aspect.OFFER):
            self.offer = offer

    def withdraw_offer(self) -> None:
        """Withdraw the suggestions and the refusal."""
        with self.changing():
            self.set_refusal("")
            if self.offer is not NOTHING:
                self.set_offer(NOTHING)

    def set_worker(self, state: str, checkpoint: str) -> None:
        """Record the state of the suggester: loading, ready, busy or failed. Keeps a refusal only in state ready."""
        if (state, checkpoint) != (self.worker, self.checkpoint):
            with self._announcer.changing(Aspect.WORKER):
                self.worker, self.checkpoint = state, checkpoint
                self.refusal = self.refusal if state == "ready" else ""

    def set_refusal(self, sentence: str) -> None:
        """Set the reason why there are no suggestions."""
        self._set(Aspect.WORKER, refusal=sentence)

    def _set(self, aspect: Aspect, **values: Any) -> None:
        """Set attributes, and announce the aspect if a value changed."""
        if any(getattr(self, name) != value for name, value in values.items()):
            with self._announcer.changing(aspect):
                for name, value in values.items():
                    setattr(self, name, value)
