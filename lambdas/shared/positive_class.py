"""The class of a binary task that is looked for."""

from __future__ import annotations

from typing import NamedTuple


class PositiveClass(NamedTuple):
    """One of two classes, by which sensitivity, precision and the like are measured.

    Attributes
    ----------
    label : str
        As it stands in the splits.
    rule : str
        What chose it, as a clause for the report.
    """

    label: str
    rule: str
