"""Detection of the text encoding of a MIDI file, which the file format does not state."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable

from jazzassist.domain.texts import UTF_8, utf_16_of

_MOST_BYTES = 1 << 14
# The encodings considered, with factors for how much more frequent they are in MIDI files than chardet assumes.
_CANDIDATES = {
    "cp932": 1.0,
    "gb18030": 1.0,
    "big5hkscs": 1.0,
    "cp949": 1.0,
    "euc-jp": 1.0,
    "cp1251": 1.0,
    "koi8-r": 0.5,
    "cp1252": 3.0,
    "cp1250": 1.0,
    "cp1253": 0.5,
    "cp1254": 1.0,
    "cp1255": 0.5,
    "cp1256": 0.5,
    "cp874": 0.5,
    "cp437": 0.3,
    "mac-roman": 0.3,
}
_WESTERN = "cp1252"
_HALF_WIDTH = 0.01  # for single-byte katakana, which chardet does not know
_FEWEST_HALF_WIDTH = 3
_KANA = 0.1  # for two-byte katakana, about which chardet is unsure
_WORD = re.compile(r"[^\W\d_]+(?:[^\w\s\x00-\x7f][^\W\d_]+)*")


def encoding_of(texts: Iterable[bytes]) -> str:
    """Return the most plausible encoding of all texts of one file; UTF-8 if all of them are valid UTF-8."""
    foreign = [text for text in dict.fromkeys(texts) if not (text.isascii() or _is_unicode(text))]
    data = b"\n".join(foreign)[:_MOST_BYTES]
    if not data:
        return UTF_8
    scores = _confidences(data)
    ranked = {name: score * _plausibility(data.decode(name, "replace")) for name, score in scores.items()}
    best = max(ranked, key=lambda name: ranked[name], default=_WESTERN)
    return best if ranked.get(best) else _WESTERN


def _is_unicode(text: bytes) -> bool:
    if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or utf_16_of(text):
        return True
    try:
        text.decode(UTF_8)
    except UnicodeDecodeError:
        return False
    return True


def _confidences(data: bytes) -> dict[str, float]:
    """Return the confidence in each encoding: chardet's letter statistics, with corrections."""
    found = {name: share * _CANDIDATES[name] for name, share in _statistics(data).items()}
    capitals = _decoded(data, "cp1251")
    if capitals is not None and capitals.isupper():  # chardet's statistics are of lower-case letters
        small = _statistics(capitals.lower().encode("cp1251", "replace"))
        found["cp1251"] = max(found.get("cp1251", 0.0), small.get("cp1251", 0.0))
    high = [byte for byte in data if byte > 0x7F]
    if (
        len(high) > _FEWEST_HALF_WIDTH
        and all(0xA1 <= byte <= 0xDF for byte in high)
        and sum(byte < 0xC0 for byte in high) * 4 >= len(high)
    ):
        found["cp932"] = max(found.get("cp932", 0.0), _HALF_WIDTH)
    for name in ("cp932", "euc-jp"):
        foreign = [letter for letter in _decoded(data, name) or "" if not letter.isascii()]
        if sum("\u3040" <= letter <= "\u30ff" for letter in foreign) * 2 > len(foreign):
            found[name] = max(found.get(name, 0.0), _KANA)
    return found


def _statistics(data: bytes) -> dict[str, float]:
    import chardet  # imported late: most files have no text that needs it

    found = chardet.detect_all(data, include_encodings=_CANDIDATES, ignore_threshold=True)
    known = {codecs.lookup(name).name: name for name in _CANDIDATES} | {"big5": "big5hkscs", "euc_kr": "cp949"}
    confidences: dict[str, float] = {}
    for answer in found:
        name = known.get(codecs.lookup(answer["encoding"]).name) if answer["encoding"] else None
        if name is not None:
            confidences[name] = max(confidences.get(name, 0.0), answer["confidence"])
    return confidences


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _plausibility(text: str) -> float:
    """Return a value from 0 to 1, reduced by words that mix scripts, cases or symbols, and by undefined characters."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    odd = sum(_is_odd(word) for word in words)
    meaningless = sum(unicodedata.category(letter) in ("Cc", "Co", "Cn") for letter in text if letter not in "\r\n\t\0")
    meaningless += text.count("\N{REPLACEMENT CHARACTER}")
    share = odd / len(words) if words else 0.0
    return (1 - 0.97 * share) * 0.1 ** min(meaningless, 5)


def _is_odd(word: str) -> bool:
    """Return True if no language would write a word like that."""
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in word if letter.isalpha()}
    alphabets = scripts - {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HALFWIDTH", "FULLWIDTH"}
    has_symbol = any(unicodedata.category(letter)[0] not in "LM" and letter not in "’‘·゛゜" for letter in word)
    is_cased_oddly = word not in (word.lower(), word.upper(), word[0] + word[1:].lower())
    return len(alphabets) > 1 or has_symbol or is_cased_oddly or (bool(alphabets) and alphabets != scripts)
