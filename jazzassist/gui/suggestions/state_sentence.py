"""What the suggester does and what can be done about it, in one sentence."""

from __future__ import annotations

from jazzassist.domain.familiar import note_on
from jazzassist.gui.widgets.plain import as_shown
from jazzassist.session import Session

STATES = {
    "loading": "The network is being loaded ...",
    "ready": "Ready",
    "busy": "Writing ...",
    "failed": "Not available",
}
OFFERED = "[ and ] change it, A compares, Space plays, Enter inserts it."
WRITING_MORE = "Writing more ..."
ORIGINAL = "This is what is there now. Press A for the suggestion."


def state_sentence(session: Session) -> str:
    """The sentence for the present state; why nothing was suggested comes first."""
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
