"""Texts of MIDI files: decoding and encoding their bytes, and making them safe to display."""

from __future__ import annotations

import re
import unicodedata

UTF_8 = "utf-8"
_BOMS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", UTF_8))
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
_JOINERS = "\u200c\u200d"  # invisible, but needed in Persian and Indic words and in emoji


def decode_text(payload: bytes, encoding: str = UTF_8) -> str:
    """Decode the payload of a text event in a file whose texts are in `encoding`. Trailing NULs are removed.

    Tried in this order: UTF-16 or UTF-8 by byte order mark, UTF-16 by its NUL bytes, UTF-8, `encoding`, Latin-1.
    A multi-byte `encoding` is tried before UTF-8, because short texts in it may be valid UTF-8 by chance.
    """
    bare, wide = _without_bom(payload)
    for name in (wide, *((encoding, UTF_8) if is_multibyte(encoding) else (UTF_8, encoding))):
        if name is not None:
            try:
                return bare.decode(name).rstrip("\0")
            except UnicodeDecodeError:
                continue
    return bare.decode("latin-1").rstrip("\0")


def encode_text(text: str, encoding: str = UTF_8) -> bytes:
    """Encode a text for a file whose texts are in `encoding`; as UTF-8 with a byte order mark if that fails."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return b"\xef\xbb\xbf" + text.encode(UTF_8, "replace")


def _without_bom(payload: bytes) -> tuple[bytes, str | None]:
    """Return the bytes without their byte order mark, and the encoding implied by the mark or the bytes, if any."""
    for mark, name in _BOMS:
        if payload.startswith(mark):
            return payload[len(mark) :], name
    return payload, utf_16_of(payload)


def utf_16_of(payload: bytes) -> str | None:
    """Return the UTF-16 codec if every second byte is mostly NUL, otherwise None."""
    body = payload.rstrip(b"\0") if len(payload) % 2 else payload
    pairs = len(body) // 2
    if pairs and len(body) % 2 == 0:
        first, second = body[::2].count(0), body[1::2].count(0)
        if second * 2 > pairs and first * 4 < pairs:
            return "utf-16-le"
        if first * 2 > pairs and second * 4 < pairs:
            return "utf-16-be"
    return None


def is_multibyte(encoding: str) -> bool:
    """Return True if an encoding uses several bytes per letter and is not a Unicode encoding."""
    return encoding in ("cp932", "gb18030", "big5hkscs", "cp949", "euc-jp")


def without_controls(text: str) -> str:
    """Return the text in one line, without control characters for terminals or for the direction of writing.

    Line breaks and tabs become spaces; other control characters become the replacement character.
    """
    return "".join(letter if _is_harmless(letter) else "\N{REPLACEMENT CHARACTER}" for letter in _BREAKS.sub(" ", text))


def _is_harmless(letter: str) -> bool:
    return letter in _JOINERS or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
