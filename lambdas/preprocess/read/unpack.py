"""Unpack a gzip or ZIP upload to the one file it holds, within limits that stop bombs."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from lambdas.shared.failures.errors import ArchiveUnusable, DataError, NotCsv, UnpackedTooLarge
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message

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


@dataclass(frozen=True)
class Limits:
    """What unpacking may come to: bytes in all, and how many times the packed size."""

    size: int
    ratio: int


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
        raise ArchiveUnusable(Message("the ZIP archive needs a password"))
    return archive.open(members[0])


def _is_by_product(name: str) -> bool:
    """Tell folders, and what macOS adds, from the files of a ZIP."""
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
