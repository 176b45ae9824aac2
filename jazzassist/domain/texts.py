"""Texts in a song: which bytes of a MIDI file stand for which letters, and what of it can be shown."""

from __future__ import annotations

import re
import unicodedata

UTF_8 = "utf-8"
_BOMS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", UTF_8))
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
_JOINERS = "\u200c\u200d"  # invisible, but part of Persian and Indian words and of emoji


def decode_text(payload: bytes, encoding: str = UTF_8) -> str:
    """The text of a meta event in a file whose texts are in `encoding`, without NULs at its end.

    A byte order mark and the NULs of UTF-16 are heeded first. What is valid UTF-8 is read as that,
    but in a file of an encoding of two bytes a letter, where short texts are valid UTF-8 by chance.
    Whatever cannot be decoded is read as Latin-1.
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
    """The bytes of a text for a file whose texts are in `encoding`; UTF-8 with its mark where that lacks a letter."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return b"\xef\xbb\xbf" + text.encode(UTF_8, "replace")


def _without_bom(payload: bytes) -> tuple[bytes, str | None]:
    """The bytes without their byte order mark, and the encoding that the mark or the bytes imply, if any."""
    for mark, name in _BOMS:
        if payload.startswith(mark):
            return payload[len(mark) :], name
    return payload, utf_16_of(payload)


def utf_16_of(payload: bytes) -> str | None:
    """UTF-16 with its byte order, when every second byte is mostly NUL; otherwise None."""
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
    """Whether letters take several bytes in an encoding other than Unicode's."""
    return encoding in ("cp932", "gb18030", "big5hkscs", "cp949", "euc-jp")


def without_controls(text: str) -> str:
    """The text in one line, without what would steer a terminal or turn the direction of writing.

    Line breaks and tabs become spaces, other control characters the replacement character.
    """
    return "".join(letter if _is_harmless(letter) else "\N{REPLACEMENT CHARACTER}" for letter in _BREAKS.sub(" ", text))


def _is_harmless(letter: str) -> bool:
    return letter in _JOINERS or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
