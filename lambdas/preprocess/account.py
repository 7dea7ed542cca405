"""What became of every row of a file; the figures add up, or the run is refused as our mistake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class RowsDoNotAddUp(RuntimeError):  # noqa: N818 - a mistake in here, not in a file
    """Rows were lost or made up on the way."""


@dataclass(frozen=True)
class Account:
    """The rows of a file.

    Parameters
    ----------
    file : int
        Records below the header; blank lines are none.
    used : int
        Rows of the splits.
    excluded : mapping of str to int
        The others, by reason.

    Raises
    ------
    RowsDoNotAddUp
        If some are missing or too many.
    """

    file: int
    used: int
    excluded: Mapping[str, int]

    def __post_init__(self) -> None:
        check(self.file, self.used + sum(self.excluded.values()))

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return {"file": self.file, "used": self.used, "excluded": dict(self.excluded)}


def check(expected: int, counted: int) -> None:
    """Compare two counts of the same rows.

    Raises
    ------
    RowsDoNotAddUp
        If they differ.
    """
    if expected != counted:
        raise RowsDoNotAddUp(f"{expected} rows were expected, {counted} are accounted for")
