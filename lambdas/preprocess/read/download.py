"""A file fetched from S3, wherever it is processed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


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
