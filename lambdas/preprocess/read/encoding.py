"""Find the encoding of a file that is not UTF-8."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from lambdas.preprocess.read.scan import Scan, line_of
from lambdas.shared.failures.errors import UndecodableText
from lambdas.shared.findings.message import Message

UTF8 = "utf-8"
WESTERN = "cp1252"
_SAMPLE_BYTES = 1 << 17
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Letters of Windows-1252 that other code pages use for common letters of theirs.
_RARE_IN_WEST = frozenset("ÐÝÞðýþƒˆŠšŽž¡¤¦¨©ª¬®¯³¹\u00b8¾¿")
# Quotation marks and dashes of typesetting, and marks that follow a letter or figure.
_MARKS = frozenset("\u2018\u2019\u2013·°µ®™©²³½¼¾º\u00a0")
_WORD = re.compile(rb"[^\s,;|\t\"']+")


def find_encoding(path: Path, head: bytes, found: Scan) -> str:
    """Return the name of Python's codec for a file.

    Parameters
    ----------
    path : Path
    head : bytes
        The file's beginning.
    found : Scan

    Raises
    ------
    UndecodableText
        If most of it is UTF-8 and some is not.
    """
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    wide = _wide(head)
    if wide:
        return wide
    return UTF8 if found.not_utf8 is None else _legacy(path, head, found.not_utf8)


def _wide(head: bytes) -> str | None:
    """Recognise UTF-16 without a mark: in Latin text every other byte is zero."""
    low, high = head[0::2], head[1::2]
    half = len(head) // 2
    if half < 2:
        return None
    if high.count(0) > 0.7 * half and low.count(0) < 0.1 * half:
        return "utf-16-le"
    if low.count(0) > 0.7 * half and high.count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _legacy(path: Path, head: bytes, offset: int) -> str:
    with path.open("rb") as file:
        file.seek(max(0, offset - 1000))
        sample = head[:_SAMPLE_BYTES] + b"\n" + file.read(_SAMPLE_BYTES)
    text = sample.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    if sum(not letter.isascii() for letter in text) - wrong > 4 * wrong:
        line = line_of(path, offset)
        problem = Message(
            "line {line} has bytes that are not UTF-8, unlike the rest of the file", line=str(line)
        )
        raise UndecodableText(problem)
    words = [word for word in _WORD.findall(sample) if not word.isascii()]
    return WESTERN if _is_western(words) else _guessed(words)


def _is_western(words: list[bytes]) -> bool:
    """Judge whether words read as Windows-1252 look like words.

    In Western languages most letters of a word are ASCII, and marks stand beside words, not in
    them. Detection by statistics needs more text than a few names with an accent.
    """
    letters = plain = odd = 0
    for word in words:
        text = word.decode(WESTERN, "replace")
        inside = [letter for letter in text if letter.isalpha() and letter not in _RARE_IN_WEST]
        letters += len(inside)
        plain += sum(letter.isascii() for letter in inside)
        odd += sum(_is_odd(text, place) for place in range(len(text)))
    return odd * 10 <= len(words) and plain * 2 >= letters


def _is_odd(text: str, place: int) -> bool:
    """Tell a letter or mark that hardly stands here in a Western word."""
    letter = text[place]
    if letter.isascii():
        return False
    neighbours = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
    beside_letter = any(other.isascii() and other.isalpha() for other in neighbours)
    mark = not letter.isalpha() and letter not in _MARKS
    return letter == "\ufffd" or (beside_letter and (mark or letter in _RARE_IN_WEST))


def _guessed(words: list[bytes]) -> str:
    from chardet import EncodingEra, detect  # needed for few files only

    guess = detect(b" ".join(words), encoding_era=EncodingEra.MODERN_WEB)["encoding"]
    try:
        found = codecs.lookup(guess or WESTERN).name
    except LookupError:
        return WESTERN
    # It is no UTF-8, and UTF-16 was looked for in the whole, not in single words.
    return WESTERN if found.startswith("utf") else found
