"""``model.tar.gz`` opened with suspicion: nothing is unpacked that training does not write."""

from __future__ import annotations

import gzip
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from training.errors import UntrustedModelError
from training.model.code_folder import PREDICTING_ENTRY, REQUIREMENTS
from training.model.files import DESCRIPTION_FILE, MAXIMUM_BYTES, MODEL_FILE
from training.written_export import DESCRIPTION, FOLDER, MODEL

MAXIMUM_MEMBERS = 10_000
_OF_MODEL = (MODEL_FILE, DESCRIPTION_FILE, PREDICTING_ENTRY.name, REQUIREMENTS)
_CODE = re.compile(r"code(/[A-Za-z0-9_.+-]+)+")
_EXPORTED = (FOLDER, f"{FOLDER}/{MODEL}", f"{FOLDER}/{DESCRIPTION}")


def unpack(archive: Path, folder: Path, maximum_bytes: int = MAXIMUM_BYTES) -> None:
    """Unpack the model's files, and its code, which is never run from there, into ``folder``.

    Raises
    ------
    UntrustedModelError
        If the archive is damaged, too large, or holds a link, a device, a name twice, or one that
        training does not write. Nothing lies in ``folder`` then but members before that one.
    """
    try:
        _check_gzip(archive, maximum_bytes)
        with tarfile.open(archive, "r|gz") as opened:
            for member in _checked(opened):
                opened.extract(member, folder, filter="data")
    except (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise UntrustedModelError(
            f"{archive.name} was refused: it is damaged or no tar.gz ({type(error).__name__})"
        ) from error


def _check_gzip(archive: Path, maximum_bytes: int) -> None:
    """Read to the end once: only there is the checksum, and tar itself stops before."""
    size = 0
    with gzip.open(archive) as opened:
        while block := opened.read(1 << 20):
            size += len(block)
            if size > maximum_bytes:
                raise UntrustedModelError(
                    f"{archive.name} was refused: it unpacks to more than {maximum_bytes} bytes"
                )


def _checked(opened: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    seen: set[str] = set()
    for member in opened:
        if problem := _problem(member, seen):
            raise UntrustedModelError(f"the model's archive was refused: {problem}")
        seen.add(_name(member))
        yield member


def _name(member: tarfile.TarInfo) -> str:
    return member.name.removeprefix("./").rstrip("/")


def _problem(member: tarfile.TarInfo, seen: set[str]) -> str | None:
    name = _name(member)
    if not (member.isfile() or member.isdir()):
        return "it holds a link or a device"
    if member.isdir() and name in (".", ""):
        return None
    ours = name in (*_OF_MODEL, *_EXPORTED, "code") or _CODE.fullmatch(name)
    if not ours or ".." in name.split("/"):
        return "it holds a file that training does not write"
    if name in seen:
        return "it holds a name twice"
    return f"it holds over {MAXIMUM_MEMBERS} members" if len(seen) >= MAXIMUM_MEMBERS else None
