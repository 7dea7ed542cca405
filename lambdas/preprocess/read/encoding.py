"""A file's bytes: encoding, null bytes and line ends, and its text rewritten as DuckDB reads it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lambdas.shared.failures.errors import UndecodableText
from lambdas.shared.findings.message import NAMED, Message

_CHUNK_BYTES = 1 << 20
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


@dataclass
class Scan:
    """What the bytes show.

    Parameters
    ----------
    not_utf8 : int or None
        Offset of the first byte that is not UTF-8.
    overlong : int or None
        The first line, from 1, that is longer than allowed; later ones were not read.
    zero_lines : list of int
        The first lines, from 1, that hold a zero byte.
    line_ends : set of bytes
        Those that occur, within quotes too.
    """

    not_utf8: int | None = None
    overlong: int | None = None
    zero_lines: list[int] = field(default_factory=list)
    line_ends: set[bytes] = field(default_factory=set)

    @property
    def has_odd_line_ends(self) -> bool:
        """Whether lines end in another way than with a newline, alone or behind a return."""
        return self.has_mixed_line_ends or self.line_ends == {b"\r"}

    @property
    def has_mixed_line_ends(self) -> bool:
        """Whether lines end in several ways, which DuckDB does not take."""
        return len(self.line_ends) > 1


def scan(path: Path, longest: int) -> Scan:
    """Read a file once; plain ASCII and UTF-8 pass at some gigabytes a second.

    Parameters
    ----------
    longest : int
        Bytes that a line may have.
    """
    found = Scan()
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset, before, ended = 0, b"", 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            _note_zeros(found, path, offset, chunk)
            _note_line_ends(found, chunk, before)
            if found.not_utf8 is None:
                found.not_utf8 = _undecodable(decoder, chunk, offset)
            first, last = _line_ends(chunk)
            if offset + first - ended > longest:
                found.overlong = line_of(path, ended)
                return found
            ended = ended if last < 0 else offset + last + 1
            offset, before = offset + len(chunk), chunk[-1:]
    if before == b"\r":
        found.line_ends.add(b"\r")
    if found.not_utf8 is None and decoder.getstate()[0]:
        found.not_utf8 = offset - len(decoder.getstate()[0])
    return found


def _line_ends(chunk: bytes) -> tuple[int, int]:
    """Return where the first and the last line of a chunk end; without any, its length and -1."""
    places = [place for end in (b"\n", b"\r") if (place := chunk.find(end)) >= 0]
    return min(places, default=len(chunk)), max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))


def _undecodable(decoder: codecs.IncrementalDecoder, chunk: bytes, offset: int) -> int | None:
    waiting = len(decoder.getstate()[0])
    if not waiting and chunk.isascii():
        return None
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as error:
        return offset - waiting + error.start
    return None


def _note_zeros(found: Scan, path: Path, offset: int, chunk: bytes) -> None:
    if 0 not in chunk:
        return
    line = line_of(path, offset)
    for text in chunk.split(b"\n"):
        if 0 in text and len(found.zero_lines) < NAMED and line not in found.zero_lines:
            found.zero_lines.append(line)
        line += 1


def _note_line_ends(found: Scan, chunk: bytes, before: bytes) -> None:
    """Count kinds of line ends; a CR that ends a chunk is judged with the next one."""
    if b"\r" not in chunk and before != b"\r":
        if b"\n" in chunk:
            found.line_ends.add(b"\n")
        return
    text = before + chunk if before == b"\r" else chunk
    pairs = text.count(b"\r\n")
    returns = text.count(b"\r") - text.endswith(b"\r")
    if pairs:
        found.line_ends.add(b"\r\n")
    if text.count(b"\n") > pairs:
        found.line_ends.add(b"\n")
    if returns > pairs:
        found.line_ends.add(b"\r")


def line_of(path: Path, offset: int) -> int:
    """Return the number of the line, from 1, in which a byte lies."""
    line = 1
    with path.open("rb") as file:
        while offset > 0 and (chunk := file.read(min(_CHUNK_BYTES, offset))):
            line += chunk.count(b"\n")
            offset -= len(chunk)
    return line


def find_encoding(path: Path, head: bytes, found: Scan) -> str:
    """Return the name of Python's codec for a file.

    Parameters
    ----------
    head : bytes
        The file's beginning.

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
    """Judge whether words read as Windows-1252 are words.

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
    """Return whether a letter or mark hardly stands here in a Western word."""
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
    # It is not UTF-8, and UTF-16 was looked for in the whole, not in single words.
    return WESTERN if found.startswith("utf") else found


def _as_c1(error: UnicodeError) -> tuple[str, int]:
    """Read the five bytes that Windows-1252 leaves open as the web does: as control characters."""
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - for mypy: only used to decode
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("c1", _as_c1)


def errors_of_codec(encoding: str) -> str:
    """Return how a codec treats bytes it lacks."""
    return "c1" if encoding == WESTERN else "strict"


def rewrite(source: Path, target: Path, encoding: str) -> None:
    """Write the file again in UTF-8, with newlines.

    Raises
    ------
    UndecodableText
        If the encoding does not fit; names the line.
    """
    line, problem = 1, None
    try:
        with target.open("w", encoding=UTF8, newline="") as file:
            for text in _texts(source, encoding):
                file.write(text)
                line += text.count("\n")
    except UnicodeError:
        where = Message(
            "near line {line} there are bytes that are not {encoding}",
            line=str(line),
            encoding=encoding,
        )
        problem = UndecodableText(where)
    if problem:
        raise problem


def _texts(source: Path, encoding: str) -> Iterator[str]:
    # newline=None turns every kind of line end into "\n".
    name = "utf-8-sig" if encoding == UTF8 else encoding
    with source.open(encoding=name, errors=errors_of_codec(encoding), newline=None) as file:
        while text := file.read(_CHUNK_BYTES):
            yield text
