"""Find a file's encoding and delimiter, or say why it is no CSV; reads the file's bytes once."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lambdas.shared.errors import EmptyFile, UnreadableFile

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_BYTES = 1 << 18
_CHUNK_BYTES = 1 << 20
_SIGNATURES = {
    b"PK\x03\x04": "it is an Excel workbook or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "it is an old Excel workbook",
    b"\x1f\x8b": "it is compressed with gzip",
    b"%PDF": "it is a PDF document",
    b"PAR1": "it is a Parquet file",
    codecs.BOM_UTF16_LE: "it is encoded in UTF-16 and not in UTF-8",
    codecs.BOM_UTF16_BE: "it is encoded in UTF-16 and not in UTF-8",
}


@dataclass(frozen=True)
class Dialect:
    """How to read the file.

    Parameters
    ----------
    delimiter : str
    header : tuple of str
        Names as in the file, stripped.
    """

    delimiter: str
    header: tuple[str, ...]


def sniff(path: Path) -> Dialect:
    """Find out how a file is to be read.

    Raises
    ------
    EmptyFile
        If it holds nothing but white space.
    UnreadableFile
        If it is another kind of file, or not UTF-8.
    """
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    for signature, kind in _SIGNATURES.items():
        if sample.startswith(signature):
            raise UnreadableFile(kind)
    _check_encoding(path)
    text = sample.decode("utf-8-sig", "ignore")
    if not text.strip():
        raise EmptyFile("it holds nothing but white space")
    delimiter = _delimiter(text)
    header = next(record for record in _records(text, delimiter) if record)
    return Dialect(delimiter, tuple(name.strip() for name in header))


def _check_encoding(path: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    rows = 1
    problem = None
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            problem = _problem(decoder, chunk, rows)
            if problem:
                break
            rows += chunk.count(b"\n")
    if problem:
        raise problem


def _problem(decoder: codecs.IncrementalDecoder, chunk: bytes, rows: int) -> UnreadableFile | None:
    if 0 in chunk:
        line = rows + chunk[: chunk.index(0)].count(b"\n")
        return UnreadableFile(f"line {line} holds a zero byte, which text never does")
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as error:
        line = rows + chunk[: error.start].count(b"\n")
        return UnreadableFile(f"line {line} is not encoded in UTF-8")
    return None


def _records(text: str, delimiter: str) -> list[list[str]]:
    # A sample may end within quotes: the last record is left out of judging, not of reading.
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return [text.splitlines()[0].split(delimiter)]


def _delimiter(text: str) -> str:
    """Return the delimiter by which most records have the header's number of fields."""
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        records = [record for record in _records(text, delimiter) if record]
        widths = Counter(len(record) for record in records[:-1] or records)
        width = len(records[0])
        if width > 1:
            score = (round(widths[width] / widths.total(), 2), width)
            best, best_score = (delimiter, score) if score > best_score else (best, best_score)
    return best
