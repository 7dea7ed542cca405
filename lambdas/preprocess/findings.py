"""What was noticed in the data: for the manifest and the report, never with a cell's value."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Finding:
    """One observation.

    Parameters
    ----------
    code : str
        Stable name, such as ``CONSTANT_COLUMN``.
    severity : str
        ``info``, ``note`` (something was left out) or ``warning`` (it may spoil the result).
    message : str
        One sentence for the user.
    column : str or None
    row : int or None
        As a spreadsheet counts, the header being row 1.
    advice : str or None
    """

    code: str
    severity: Literal["info", "note", "warning"]
    message: str
    column: str | None = None
    row: int | None = None
    advice: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return asdict(self)


NAMED = 10


def listed(items: list[str] | list[int]) -> str:
    """Write the first few of many for a sentence."""
    shown = ", ".join(str(item) for item in items[:NAMED])
    return f"{shown} and {len(items) - NAMED} more" if len(items) > NAMED else shown
