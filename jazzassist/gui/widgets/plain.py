"""Names of files and tracks as the window shows them: never as HTML, never with control characters."""

from __future__ import annotations

import html

from jazzassist.domain.texts import without_controls


def plain(text: str) -> str:
    """The text for a place that shows plain text."""
    return without_controls(text)


def as_shown(text: str) -> str:
    """The text for a place where Qt takes what looks like HTML for HTML: message boxes, tooltips."""
    text = plain(text)
    return f"<p>{html.escape(text)}</p>" if "<" in text else text
