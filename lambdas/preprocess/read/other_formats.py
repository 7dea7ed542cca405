"""Recognise files that are no CSV, whatever they are called, by how they begin."""

from __future__ import annotations

import re

from lambdas.shared.failures.errors import NotCsv
from lambdas.shared.findings.message import Message

_SIGNATURES = {
    b"\xd0\xcf\x11\xe0": Message("it is an old Excel workbook or another Office file"),
    b"\x1f\x8b": Message("it is a gzip file within an archive"),
    b"PK\x03\x04": Message("it is a ZIP archive or Excel workbook within an archive"),
    b"%PDF": Message("it is a PDF document"),
    b"PAR1": Message("it is a Parquet file"),
    b"ORC": Message("it is an ORC file"),
    b"ARROW1": Message("it is an Arrow or Feather file"),
    b"Obj\x01": Message("it is an Avro file"),
    b"\x89HDF": Message("it is an HDF5 file"),
    b"\x93NUMPY": Message("it is a NumPy array"),
    b"SQLite format 3": Message("it is an SQLite database"),
    b"$FL2": Message("it is an SPSS file"),
    b"<stata_dta>": Message("it is a Stata file"),
    b"RDX": Message("it is an R data file"),
    b"RDA": Message("it is an R data file"),
    b"\x89PNG": Message("it is an image (PNG)"),
    b"\xff\xd8\xff": Message("it is an image (JPEG)"),
    b"GIF8": Message("it is an image (GIF)"),
    b"II*\x00": Message("it is an image (TIFF)"),
    b"MM\x00*": Message("it is an image (TIFF)"),
    b"{\\rtf": Message("it is a rich-text document"),
    b"BZh": Message("it is compressed with bzip2; only gzip and ZIP are unpacked"),
    b"\xfd7zXZ": Message("it is compressed with xz; only gzip and ZIP are unpacked"),
    b"\x28\xb5\x2f\xfd": Message("it is compressed with zstd; only gzip and ZIP are unpacked"),
    b"7z\xbc\xaf": Message("it is a 7-Zip archive; only gzip and ZIP are unpacked"),
    b"Rar!": Message("it is a RAR archive; only gzip and ZIP are unpacked"),
}
_TEXTS = (
    (
        re.compile(rb"\s*<(!doctype html|html|head|table)\b", re.IGNORECASE),
        Message("it is a web page"),
    ),
    (re.compile(rb"\s*<(\?xml|!--|!doctype)", re.IGNORECASE), Message("it is an XML file")),
    (re.compile(rb'\s*(\{\s*"[^"]*"\s*:|\[\s*[\[{])'), Message("it is a JSON file")),
)
_TAR_MARK = slice(257, 262)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b"))
_BINARY_SHARE = 0.05


def refuse_other_formats(head: bytes) -> None:
    """Do nothing if a file may be a CSV.

    Parameters
    ----------
    head : bytes
        The first some thousand bytes.

    Raises
    ------
    NotCsv
        With what the file is.
    """
    text = head.removeprefix(b"\xef\xbb\xbf")
    kind = next((kind for mark, kind in _SIGNATURES.items() if head.startswith(mark)), None)
    kind = kind or next((kind for form, kind in _TEXTS if form.match(text)), None)
    if kind is None and head[_TAR_MARK] == b"ustar":
        kind = Message("it is a tar archive")
    if kind:
        raise NotCsv(kind)


def refuse_binary(head: bytes) -> None:
    """Do nothing if a file in an 8-bit encoding looks like text.

    Raises
    ------
    NotCsv
        If too many bytes are control characters.
    """
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > _BINARY_SHARE * len(head):
        raise NotCsv(Message("it contains binary data"))
