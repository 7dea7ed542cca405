"""Cells of a request as the endpoint takes them: in the form that their column had in training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lambdas.predict.trained import Feature, Trained
from training.written_dates import DateForm
from training.written_numbers import BLANK, NumberForm

Cell = float | str | None


class UnreadableError(ValueError):
    """The endpoint would not have taken it: it says nothing of the cell."""


@dataclass(frozen=True)
class Cells:
    """Reads cells for the columns of one model.

    Parameters
    ----------
    trained : Trained
    """

    trained: Trained

    @cached_property
    def _missing(self) -> frozenset[str]:
        return frozenset(self.trained.missing)

    def row(self, cells: Sequence[Any]) -> list[Cell]:
        """Return a row, its cells given in the order of the model's columns.

        Raises
        ------
        UnreadableError
        """
        features = self.trained.features
        return [self._cell(*pair) for pair in zip(features, cells, strict=True)]

    def fits(self, cells: Sequence[str]) -> bool:
        """Return whether a line may be a row: as wide as that, and numbers where they belong."""
        features = self.trained.features
        if len(cells) != len(features) or all(each.kind != "numeric" for each in features):
            return False
        try:
            for feature, cell in zip(features, cells, strict=True):
                if feature.kind == "numeric":
                    self._cell(feature, cell)
        except UnreadableError:
            return False
        return True

    def _cell(self, feature: Feature, cell: Any) -> Cell:
        if isinstance(cell, str):
            cell = cell.strip(BLANK)
            if not cell or cell in self._missing:
                return None
        if cell is None:
            return None
        return _number(feature, cell) if feature.kind == "numeric" else _text(feature, cell)


def _number(feature: Feature, cell: Any) -> float | None:
    if isinstance(cell, bool) or not isinstance(cell, (str, int, float)):
        raise UnreadableError
    value = None
    if isinstance(cell, str):
        if isinstance(feature.form, NumberForm):
            value = feature.form.read(cell)
        if "_" in cell:  # Python's own sign between digits
            raise UnreadableError
    try:
        number = float(cell) if value is None else value
    except (ValueError, OverflowError):
        raise UnreadableError from None
    if math.isinf(number):
        raise UnreadableError
    return None if math.isnan(number) else number


def _text(feature: Feature, cell: Any) -> str:
    """Return a text; 7 can only have been written "7", other values in several ways."""
    if isinstance(cell, int) and not isinstance(cell, bool):
        cell = str(cell)
    if not isinstance(cell, str):
        raise UnreadableError
    if isinstance(feature.form, DateForm) and feature.form.read(cell) is None:
        raise UnreadableError
    return cell.replace("\0", " ")
