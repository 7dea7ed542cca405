"""One quick look at all bytes of a file: UTF-8 or not, zero bytes, ends of lines."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from pathlib import Path

from lambdas.shared.findings.message import NAMED

_CHUNK_BYTES = 1 << 20


@dataclass
class Scan:
    """What the bytes show.

    Parameters
    ----------
    not_utf8 : int or None
        Offset of the first byte that is no UTF-8.
    overlong : int or None
        The first line, from 1, that is longer than allowed; later ones were not looked at.
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
    path : Path
    longest : int
        Bytes that a line may have.
    """
    found = Scan()
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset, before, ended = 0, b"", 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            _look_for_zeros(found, path, offset, chunk)
            _look_at_line_ends(found, chunk, before)
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


def _look_for_zeros(found: Scan, path: Path, offset: int, chunk: bytes) -> None:
    if 0 not in chunk:
        return
    line = line_of(path, offset)
    for text in chunk.split(b"\n"):
        if 0 in text and len(found.zero_lines) < NAMED and line not in found.zero_lines:
            found.zero_lines.append(line)
        line += 1


def _look_at_line_ends(found: Scan, chunk: bytes, before: bytes) -> None:
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
