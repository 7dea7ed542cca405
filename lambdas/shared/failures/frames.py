"""Where an exception came from, without what it says."""

from __future__ import annotations

import traceback
from pathlib import Path


def frames(error: BaseException) -> list[str]:
    """Return ``file:line function`` of each frame of an exception's traceback, outermost first."""
    return [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
