"""Recognise files that are no CSV, whatever they are called, by how they begin."""

from __future__ import annotations

import re

from lambdas.shared.errors import NotCsv

_SIGNATURES = {
    b"\xd0\xcf\x11\xe0": "it is an old Excel workbook or another Office file",
    b"\x1f\x8b": "it is a gzip file within an archive",
    b"PK\x03\x04": "it is a ZIP archive or Excel workbook within an archive",
    b"%PDF": "it is a PDF document",
    b"PAR1": "it is a Parquet file",
    b"ORC": "it is an ORC file",
    b"ARROW1": "it is an Arrow or Feather file",
    b"Obj\x01": "it is an Avro file",
    b"\x89HDF": "it is an HDF5 file",
    b"\x93NUMPY": "it is a NumPy array",
    b"SQLite format 3": "it is an SQLite database",
    b"$FL2": "it is an SPSS file",
    b"<stata_dta>": "it is a Stata file",
    b"RDX": "it is an R data file",
    b"RDA": "it is an R data file",
    b"\x89PNG": "it is an image (PNG)",
    b"\xff\xd8\xff": "it is an image (JPEG)",
    b"GIF8": "it is an image (GIF)",
    b"II*\x00": "it is an image (TIFF)",
    b"MM\x00*": "it is an image (TIFF)",
    b"{\\rtf": "it is a rich-text document",
    b"BZh": "it is compressed with bzip2; only gzip and ZIP are unpacked",
    b"\xfd7zXZ": "it is compressed with xz; only gzip and ZIP are unpacked",
    b"\x28\xb5\x2f\xfd": "it is compressed with zstd; only gzip and ZIP are unpacked",
    b"7z\xbc\xaf": "it is a 7-Zip archive; only gzip and ZIP are unpacked",
    b"Rar!": "it is a RAR archive; only gzip and ZIP are unpacked",
}
_TEXTS = (
    (re.compile(rb"\s*<(!doctype html|html|head|table)\b", re.IGNORECASE), "it is a web page"),
    (re.compile(rb"\s*<(\?xml|!--|!doctype)", re.IGNORECASE), "it is an XML file"),
    (re.compile(rb'\s*(\{\s*"[^"]*"\s*:|\[\s*[\[{])'), "it is a JSON file"),
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
        kind = "it is a tar archive"
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
        raise NotCsv("it holds binary data")
