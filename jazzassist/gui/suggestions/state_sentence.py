"""One sentence about the state of the suggester and the keys that apply."""

from __future__ import annotations

from jazzassist.domain.familiar import note_on
from jazzassist.gui.widgets.plain import as_shown
from jazzassist.session import Session

STATES = {
    "loading": "Loading model…",
    "ready": "Ready",
    "busy": "Generating…",
    "failed": "Suggestions are unavailable",
}
OFFERED = "Press [ or ] for others, A to compare, Space to play, Enter to insert."
WRITING_MORE = "Generating more…"
ORIGINAL = "Original. Press A for the suggestion."


def state_sentence(session: Session) -> str:
    """Return the sentence for the current state. A refusal takes precedence."""
    offer = session.offer
    if session.refusal:
        return as_shown(session.refusal)
    if not offer.suggestions or session.worker not in ("ready", "busy"):
        return STATES[session.worker]
    if offer.original:
        return ORIGINAL
    if offer.is_complete and note_on(offer.suggestions):
        return note_on(offer.suggestions)
    return OFFERED if offer.is_complete else f"{WRITING_MORE} {OFFERED}"
