"""Requesting suggestions, playing them in context, inserting one."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np

from jazzassist.domain import pedalling
from jazzassist.domain.neutralise import Disturbance, InForce
from jazzassist.domain.passage import Gap, Passage
from jazzassist.domain.song import Notes
from jazzassist.domain.suggestion import (
    NothingToSuggest,
    Suggestion,
    SuggestionRequest,
    Wishes,
    bridge_request,
    continuation_request,
)
from jazzassist.session.observing import Aspect
from jazzassist.session.offer import Offer
from jazzassist.session.playback_control import PlaybackControl
from jazzassist.session.session import Session
from jazzassist.suggest.ranking import notes_of

NO_TRACK = "This song has no tracks."
LEAD_BARS = 2  # played before a suggestion, and after it if notes follow


class Asker(Protocol):
    """Handles requests. Reports its state to the session, and suggestions to `Suggesting.take`."""

    def ask(self, request: SuggestionRequest) -> None:
        """Request suggestions. A pending request is cancelled."""

    def cancel(self) -> None:
        """Cancel the pending request, if any."""


class Suggesting:
    """Requests and offers suggestions. The document is unchanged until one is inserted."""

    def __init__(self, session: Session, asker: Asker, player: PlaybackControl) -> None:
        self._session, self._asker, self._player = session, asker, player
        self._in_force: InForce | None = None
        session.observe(lambda changed: self._give_up(), Aspect.OFFER)

    def ask_bridge(self, passage: Passage | None, controls: Wishes, alternatives: int, rng_seed: int | None) -> None:
        """Request bridges over the passage, for all its tracks together."""
        if passage is None:
            self._refuse_without_passage("Select the bars to fill first: drag in the ruler.")
            return
        gap = Gap(passage.tracks, passage.start, passage.end)
        self._ask(lambda: bridge_request(self._session.song, gap, controls, alternatives, _number(rng_seed)), gap)

    def ask_continuation(
        self, passage: Passage | None, length: int, controls: Wishes, alternatives: int, rng_seed: int | None
    ) -> None:
        """Request continuations of the passage, `length` ticks long, for all its tracks together."""
        if passage is None:
            self._refuse_without_passage("Select the bars to continue first: drag in the ruler.")
            return
        gap, seed = Gap(passage.tracks, passage.end, passage.end + length), passage.start
        song = self._session.song
        self._ask(lambda: continuation_request(song, gap, seed, controls, alternatives, _number(rng_seed)), gap)

    def _refuse_without_passage(self, sentence: str) -> None:
        self.refuse(sentence if self._session.song.tracks else NO_TRACK)

    def _ask(self, make: Callable[[], SuggestionRequest], gap: Gap) -> None:
        self._in_force = None
        with self._session.changing():
            self.dismiss()
            try:
                request = make()
            except NothingToSuggest as reason:
                self.refuse(f"Nothing can be suggested: {reason}.")
                return
            self._session.set_offer(Offer(request, gap))
            self._asker.ask(request)

    def refuse(self, sentence: str) -> None:
        """Set the reason why there are no suggestions, or no more of them."""
        with self._session.changing():
            self._session.set_refusal(sentence)
            self._complete()

    def take_one(self, suggestion: Suggestion) -> None:
        """Add one suggestion while others are still being generated. The first one is shown."""
        offer = self._session.offer
        if offer.request is not None:
            offer = self._with(offer, (*offer.suggestions, suggestion))
            self._session.set_offer(replace(offer, index=max(0, offer.index)))

    def take(self, suggestions: list[Suggestion]) -> None:
        """Offer the complete answer, best first. The suggestion that the composer has chosen or is playing stays shown.

        If the answer does not contain it, it becomes the last one.
        """
        offer = self._session.offer
        if offer.request is None:
            return
        shown = offer.suggestions[offer.index] if offer.index >= 0 else None
        is_kept = shown is not None and (offer.is_chosen or self._player.playing)
        if shown is not None and is_kept and notes_of(shown) not in map(notes_of, suggestions):
            suggestions = [*suggestions, shown]
        if not suggestions:
            self.refuse("No suggestions were found.")
            return
        offer = replace(self._with(offer, tuple(suggestions)), is_complete=True)
        if shown is not None and is_kept:
            offer = replace(offer, index=[notes_of(found) for found in suggestions].index(notes_of(shown)))
        else:
            offer = replace(offer, index=0, original=False)
        self._show(offer)

    def _with(self, offer: Offer, suggestions: tuple[Suggestion, ...]) -> Offer:
        """Return the offer with these suggestions and their disturbances."""
        known = dict(zip(map(notes_of, offer.suggestions), offer.disturbed, strict=True))
        keys = map(notes_of, suggestions)
        disturbed = tuple(known[key] if key in known else self._disturbances(offer.gap, key) for key in keys)
        return replace(offer, suggestions=suggestions, disturbed=disturbed)

    def _disturbances(self, gap: Gap | None, parts: tuple[Notes, ...]) -> tuple[Disturbance, ...]:
        """Return the disturbances of a suggestion's notes in the gap."""
        if gap is None:
            return ()
        self._in_force = self._in_force or InForce(self._session.song)
        found = self._in_force.disturbances(gap, *parts)
        return pedalling.undisturbed(self._session.song, gap, found, self._in_force)

    def show(self, index: int) -> None:
        """Show one of the suggestions. During playback it is heard from the playhead on."""
        offer = self._session.offer
        if 0 <= index < len(offer.suggestions):
            self._show(replace(offer, index=index, original=False, is_chosen=True))

    def _show(self, offer: Offer) -> None:
        with self._session.changing():
            self._session.set_refusal("")
            self._session.set_offer(offer)

    def step(self, by: int) -> None:
        """Show the next (1) or previous (-1) suggestion, with wrap-around."""
        offer = self._session.offer
        if offer.suggestions:
            self.show((offer.index + by) % len(offer.suggestions))

    def set_neutral(self, neutral: bool) -> None:
        """Set whether disturbances are reset in the gap, for playback and insertion."""
        self._session.set_offer(replace(self._session.offer, neutral=neutral, is_chosen=True))

    def hear(self, index: int | None = None) -> None:
        """Play a suggestion in a loop, with two bars before it, and two after it if notes follow."""
        if index is not None:
            self.show(index)
        offer, song = self._session.offer, self._session.candidate
        if offer.gap is None or not offer.suggestions:
            return
        self._session.set_offer(replace(offer, is_chosen=True))
        meters = song.meter_map
        start = meters.bar_start(max(1, meters.bar_at(offer.gap.start) - LEAD_BARS))
        end = offer.gap.end
        if song.last_note_end > end:
            end = meters.bar_start(meters.bar_at(end - 1) + 1 + LEAD_BARS)
        self._player.play_range(song, start, end, True, start)

    def toggle_original(self) -> None:
        """Switch between the suggestion and the original, at the same playhead."""
        offer = self._session.offer
        if offer.suggestions:
            self._show(replace(offer, is_chosen=True, original=not offer.original))

    def insert(self, index: int | None = None) -> None:
        """Insert the shown suggestion on all its tracks, as one undo step, and select its notes.

        While the original is shown, only show the suggestion again, so that nothing is inserted unseen.
        """
        if index is not None or self._session.offer.original:
            unseen = index is None
            self.show(self._session.offer.index if index is None else index)
            if unseen:
                return
        offer, song = self._session.offer, self._session.candidate
        if offer.gap is None or offer.request is None or offer.shown is None:
            return
        self._player.stop()
        with self._session.changing():
            self._session.document.apply(f"Insert {offer.request.kind}", song)
            self._session.withdraw_offer()
            start = self._session.notes.start
            self._session.select_notes(np.nonzero((start >= offer.gap.start) & (start < offer.gap.end))[0])

    def dismiss(self) -> bool:
        """Dismiss the suggestions and cancel a pending request. Return whether there were any suggestions."""
        had = bool(self._session.offer.suggestions)
        self._session.withdraw_offer()
        return had

    def stop_asking(self) -> bool:
        """Cancel a pending request. Return whether there was one. Suggestions received so far stay on offer."""
        is_busy = self._session.is_busy
        with self._session.changing():
            self._asker.cancel()
            if is_busy:
                self._complete()
        return is_busy

    def _complete(self) -> None:
        """Mark the offer as complete."""
        offer = self._session.offer
        if offer.suggestions and not offer.is_complete:
            self._session.set_offer(replace(offer, is_complete=True))

    def _give_up(self) -> None:
        """Cancel the request when its offer is withdrawn."""
        if self._session.offer.request is None:
            self._asker.cancel()


def _number(rng_seed: int | None) -> int:
    """Return the given random seed, or a new one."""
    return random.randrange(1_000_000) if rng_seed is None else rng_seed
