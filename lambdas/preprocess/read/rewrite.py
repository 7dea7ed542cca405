"""Rewrite a file as DuckDB reads it: UTF-8, one kind of line end.

Done only where needed, in one pass of bounded memory.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from lambdas.preprocess.read.encoding import UTF8, WESTERN
from lambdas.shared.failures.errors import UndecodableText
from lambdas.shared.findings.message import Message

_CHUNK_BYTES = 1 << 20
_LONGEST_LINE = 16 << 20


def _as_c1(error: UnicodeError) -> tuple[str, int]:
    """Read the five bytes that Windows-1252 leaves open as the web does: as control characters."""
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - for mypy: only used to decode
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("c1", _as_c1)


def errors_of_codec(encoding: str) -> str:
    """Return how a codec treats bytes it lacks."""
    return "c1" if encoding == WESTERN else "strict"


def rewrite(source: Path, target: Path, encoding: str) -> None:
    """Write the file anew.

    Parameters
    ----------
    source, target : Path
    encoding : str

    Raises
    ------
    UndecodableText
        If the encoding does not fit; tells the line.
    """
    line, problem = 1, None
    try:
        with target.open("w", encoding=UTF8, newline="") as file:
            for text in _blocks(source, encoding):
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


def _blocks(source: Path, encoding: str) -> Iterator[str]:
    """Yield the text in whole lines, each ended by a newline alone."""
    # newline=None turns every kind of line end into "\n".
    name = "utf-8-sig" if encoding == UTF8 else encoding
    with source.open(encoding=name, errors=errors_of_codec(encoding), newline=None) as file:
        rest = ""
        while text := file.read(_CHUNK_BYTES):
            rest += text
            end = rest.rfind("\n") + 1
            if end or len(rest) > _LONGEST_LINE:
                end = end or len(rest)
                yield rest[:end]
                rest = rest[end:]
        yield rest
