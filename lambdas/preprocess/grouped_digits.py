"""Find digits grouped by underscores in a file's bytes."""

from __future__ import annotations

import re
from pathlib import Path

_GROUPED = re.compile(rb"_(?<=[0-9]_)[0-9]")
_CHUNK_BYTES = 1 << 20


def has_grouped_digits(path: Path) -> bool:
    """Tell whether a file has an underscore between two digits anywhere, as in "1_000"."""
    overlap = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            # `in` is some ten times as fast as the pattern, and most files have no underscore.
            if (b"_" in chunk or b"_" in overlap) and _GROUPED.search(overlap + chunk):
                return True
            overlap = chunk[-2:]
    return False
