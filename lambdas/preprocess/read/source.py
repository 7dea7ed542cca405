"""From an upload to a file that DuckDB reads: unpacked, recognised, decoded, its dialect known.

An archive may hold one file, within limits that stop bombs; Parquet is read as the CSV that it
would be; other formats are recognised by how they begin, whatever they are called.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

import duckdb

from lambdas.preprocess.read.dialect import Dialect, find_dialect, least_width, no_table
from lambdas.preprocess.read.encoding import UTF8, Scan, find_encoding, line_of, rewrite, scan
from lambdas.preprocess.read.parquet import AS_WRITTEN, as_csv, is_parquet
from lambdas.preprocess.read.records import LONGEST_ROW_BYTES, Records, examine
from lambdas.shared.failures.errors import (
    ArchiveUnusable,
    DataError,
    NotCsv,
    NulBytes,
    TooManyColumns,
    UndecodableText,
    UnpackedTooLarge,
    UnreadableFile,
)
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed
from lambdas.shared.settings.reading import ReadingSettings

_SIGNATURES = {
    b"\xd0\xcf\x11\xe0": Message("it is an old Excel workbook or another Office file"),
    b"\x1f\x8b": Message("it is a gzip file within an archive"),
    b"PK\x03\x04": Message("it is a ZIP archive or Excel workbook within an archive"),
    b"%PDF": Message("it is a PDF document"),
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
_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_CHUNK_BYTES = 1 << 20
# Small files may grow as they like: a table of one repeated line packs a thousandfold.
_UNSUSPICIOUS_BYTES = 64 << 20
# What a ZIP of these programs holds; their files are archives too.
_PROGRAMS = {
    "xl/workbook.xml": Message("it is an Excel workbook"),
    "xl/workbook.bin": Message("it is an Excel workbook"),
    "word/document.xml": Message("it is a Word document"),
    "ppt/presentation.xml": Message("it is a PowerPoint presentation"),
    "content.xml": Message("it is an OpenDocument spreadsheet or text"),
    "Index/Document.iwa": Message("it is a Numbers spreadsheet"),
}
_HEAD_BYTES = 1 << 18
_HEAD_LINES = 50
COLUMNS_LIMIT = 5000  # a training row this wide no longer fits the request limit of an endpoint
_WIDE = ("utf-16", "utf-32")
_WORDS = {"cp1252": "Windows-1252", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}


@dataclass(frozen=True)
class Download:
    """A file fetched: where it lies, its digest and size in bytes."""

    path: Path
    sha256: str
    size: int

    @classmethod
    def at(cls, path: Path) -> Download:
        """Describe a file that is already there."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
        return cls(path, digest.hexdigest(), path.stat().st_size)


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
    """Do nothing if a file in an 8-bit encoding is text.

    Raises
    ------
    NotCsv
        If too many bytes are control characters.
    """
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > _BINARY_SHARE * len(head):
        raise NotCsv(Message("it contains binary data"))


@dataclass(frozen=True)
class Limits:
    """What unpacking may come to: bytes in all, and how many times the packed size."""

    size: int
    ratio: int


def is_packed(path: Path) -> bool:
    """Return whether a file begins as one that may be larger when it is read."""
    with path.open("rb") as file:
        return file.read(4).startswith((_GZIP, *_ZIP)) or is_parquet(path)


def unpack(path: Path, folder: Path, limits: Limits) -> tuple[Path, list[Finding]]:
    """Return the file itself or the one unpacked into the folder, and what was assumed.

    Raises
    ------
    ArchiveUnusable
        If it is damaged, needs a password, or does not hold exactly one file.
    NotCsv
        If it is the archive of an office program.
    UnpackedTooLarge
        If it outgrows a limit.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if not head.startswith((_GZIP, *_ZIP)):
        return path, []
    target, problem = folder / "unpacked", None
    kind = "gzip" if head.startswith(_GZIP) else "ZIP"
    try:
        with _open(path, kind) as source:
            problem = _copy(source, target, path.stat().st_size, limits)
    except DataError as error:
        problem = error
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, ValueError):
        # Their texts are the library's; RuntimeError, for passwords, is asked for beforehand.
        problem = ArchiveUnusable(
            Message(
                "its {kind} data are damaged, cut off or compressed by an unknown method", kind=kind
            )
        )
    if problem:
        raise problem
    return target, [
        Finding("ArchiveUnpacked", Message("the upload was unpacked with {kind}", kind=kind))
    ]


def _open(path: Path, kind: str) -> IO[bytes]:
    if kind == "gzip":
        return io.BufferedReader(gzip.open(path, "rb"))
    archive = zipfile.ZipFile(path)
    members = [member for member in archive.infolist() if not _is_by_product(member.filename)]
    names = {member.filename for member in members}
    for name, program in _PROGRAMS.items():
        if name in names:
            raise NotCsv(program)
    if len(members) != 1:
        raise ArchiveUnusable(
            Message("the ZIP archive contains {files} files instead of one", files=len(members))
        )
    if members[0].flag_bits & 1:
        raise ArchiveUnusable(Message("a password is needed to open the ZIP archive"))
    return archive.open(members[0])


def _is_by_product(name: str) -> bool:
    """Return whether a member of a ZIP is a folder, or what macOS adds."""
    return name.endswith("/") or name.startswith("__MACOSX/") or PurePosixPath(name).name[:1] == "."


def _copy(source: IO[bytes], target: Path, packed: int, limits: Limits) -> DataError | None:
    written = 0
    with target.open("wb") as file:
        while chunk := source.read(_CHUNK_BYTES):
            written += file.write(chunk)
            if written > limits.size:
                too_large = Message("it contains more than {size} MB", size=limits.size >> 20)
                return UnpackedTooLarge(too_large)
            if written > max(_UNSUSPICIOUS_BYTES, packed * limits.ratio):
                too_large = Message(
                    "it contains more than {ratio} times its compressed size", ratio=limits.ratio
                )
                return UnpackedTooLarge(too_large)
    return None


@dataclass(frozen=True)
class TableFile:
    """Where the rows are.

    Parameters
    ----------
    skip : int
        Lines above the first row.
    """

    path: Path
    skip: int


def table_file(path: Path, folder: Path, dialect: Dialect, records: Records) -> TableFile:
    """Return the file itself if it is a header and rows, else a copy of its rows."""
    if not records.cuts and dialect.skip <= 1 and _can_be_skipped(path, dialect):
        return TableFile(path, dialect.skip)
    copy = folder / "table.csv"
    with path.open("rb") as source, copy.open("wb") as target:
        size = path.stat().st_size
        for begin, end in _kept(records, size):
            source.seek(begin)
            _copy_bytes(source, target, end - begin)
    return TableFile(copy, 0)


def _can_be_skipped(path: Path, dialect: Dialect) -> bool:
    """Return whether DuckDB finds the header's end: where its quotes are broken it does not."""
    if not dialect.skip:
        return True
    with path.open("rb") as file:
        line = file.readline().decode("utf-8-sig")
    try:
        next(csv.reader([line], strict=True, **dialect.style.for_csv), None)
    except csv.Error:
        return False
    return True


def _kept(records: Records, size: int) -> Iterator[tuple[int, int]]:
    begin = records.begin
    for cut, end in zip(records.cuts[::2], records.cuts[1::2], strict=True):
        if cut > begin:
            yield begin, cut
        begin = end
    yield begin, size


def _copy_bytes(source: BinaryIO, target: BinaryIO, count: int) -> None:
    while count and (chunk := source.read(min(count, _CHUNK_BYTES))):
        target.write(chunk)
        count -= len(chunk)


@dataclass(frozen=True)
class SourceFile:
    """A file ready to be read, how it is written, what its records are, and what was assumed."""

    table: TableFile
    dialect: Dialect
    records: Records
    findings: tuple[Finding, ...]


def open_source(
    connection: duckdb.DuckDBPyConnection, path: Path, folder: Path, settings: ReadingSettings
) -> SourceFile:
    """Find out how an upload is to be read, and rewrite it if DuckDB can't read it as it is.

    Parameters
    ----------
    folder : Path
        Where an unpacked or rewritten copy goes.

    Raises
    ------
    EmptyFile
        If there is nothing in it.
    UnreadableFile
        Of the subclass that says why it is not a CSV.
    """
    limits = Limits(settings.max_unpacked_mb << 20, settings.max_unpack_ratio)
    unpacked, findings = unpack(path, folder, limits)
    if is_parquet(unpacked):
        written = folder / "written.csv"
        as_csv(connection, unpacked, written, limits.size)
        unpacked, settings = written, settings.model_copy(update=AS_WRITTEN)
    with unpacked.open("rb") as file:
        head = _head(file)
    if not head.strip():
        raise no_table(len(head) == unpacked.stat().st_size, has_comments=False)
    refuse_other_formats(head)
    found = scan(unpacked, LONGEST_ROW_BYTES)
    encoding = settings.encoding or find_encoding(unpacked, head, found)
    _refuse_unreadable(unpacked, head, encoding, found)
    if encoding != UTF8 and not settings.encoding:
        name = _WORDS.get(encoding, encoding.upper())
        text = Message("the text is read as {encoding}", encoding=name)
        findings.append(Finding("EncodingAssumed", text))
    if found.has_mixed_line_ends and not encoding.startswith(_WIDE):
        findings.append(Finding("LineEndsMixed", Message("lines end in different ways")))
    is_whole = len(head) == unpacked.stat().st_size
    start = _text(head, encoding)
    _refuse_too_wide(least_width(start, COLUMNS_LIMIT))  # before anything that takes time for each
    dialect = find_dialect(connection, start, is_whole, settings)
    findings += dialect.findings
    _refuse_too_wide(len(dialect.names))
    ready = unpacked
    if encoding != UTF8 or found.has_odd_line_ends:
        ready = folder / "rewritten.csv"
        rewrite(unpacked, ready, encoding)
    records = examine(ready, dialect, settings.skip_last_rows)
    table = table_file(ready, folder, dialect, records)
    for done in {unpacked, ready} - {path, table.path}:
        done.unlink()
    return SourceFile(table, replace(dialect, findings=()), records, tuple(findings))


def _refuse_too_wide(columns: int) -> None:
    if columns > COLUMNS_LIMIT:
        text = Message(
            "it has {columns} columns; at most {most} can be used",
            columns=columns,
            most=COLUMNS_LIMIT,
        )
        raise TooManyColumns(Finding("TooManyColumns", text))


def _head(file: BinaryIO) -> bytes:
    """Read the first lines, whatever their length."""
    head = file.read(_HEAD_BYTES)
    while (
        head.count(b"\n") + head.count(b"\r") < _HEAD_LINES
        and len(head) < LONGEST_ROW_BYTES
        and (more := file.read(len(head)))
    ):
        head += more
    return head


def _refuse_unreadable(path: Path, head: bytes, encoding: str, found: Scan) -> None:
    if not encoding.startswith(_WIDE):
        refuse_binary(head)
        if found.zero_lines:
            text = Message(
                "there are null bytes in line {lines}",
                "there are null bytes in lines {lines}",
                count=len(found.zero_lines),
                lines=listed(found.zero_lines),
            )
            raise NulBytes(text)
    if found.overlong is not None:
        limit = LONGEST_ROW_BYTES >> 20
        text = Message(
            "line {line} is longer than {limit} MB", line=listed([found.overlong]), limit=limit
        )
        raise UnreadableFile(Finding("UnreadableFile", text))
    if encoding == UTF8 and found.not_utf8 is not None:
        line = str(line_of(path, found.not_utf8))
        raise UndecodableText(Message("line {line} has bytes that are not UTF-8", line=line))


def _text(head: bytes, encoding: str) -> str:
    # A head may end within a letter; what does not fit at all is found when the file is rewritten.
    text, problem = "", None
    try:
        text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    except UnicodeError:  # UTF-16 without its mark
        problem = UndecodableText(
            Message("it does not begin as a text in {encoding} does", encoding=encoding)
        )
    if problem:
        raise problem
    text = text.removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")
