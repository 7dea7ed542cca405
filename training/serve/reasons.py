"""Why the model answered as it did: what each feature of a row adds to the answer.

Shapley values: exact where a model allows it, else estimated (``shapley_sampling``).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.errors import RequestError
from training.schema import Schema
from training.serve.exact_shapley import LOG_ODDS
from training.serve.shapley_sampling import sampled_contributions
from training.serve.single_model import SingleModel
from training.serve.table import Answered, Table

Numbers = NDArray[np.float64]
# Of a request: so that it is answered within the 60 s that an endpoint has. More are explained in
# parts of this size, so that memory does not grow with them.
MOST_ROWS, MOST_CELLS = 400, 12_000
_LOST = 1e-9  # of a row's strongest contribution: less is what rounding has left of none


@dataclass(frozen=True)
class Reasons:
    """What explains a batch of answers.

    Parameters
    ----------
    unit : str
        ``probability`` or ``log_odds`` of a class, or ``number``.
    is_exact : bool
        Whether the Shapley values are exact, or estimated.
    names : list of str
        The features.
    of : list of str or None
        The class of each row that is explained; None for numbers.
    base : numpy.ndarray, shape (rows,)
        The mean answer where nothing is known of a row.
    contributions : numpy.ndarray, shape (rows, features)
        With the base they add up to the answer.
    chosen : numpy.ndarray of int or None
        Positions of the features that contributions are given of, the strongest ones of each row,
        in the shape of ``contributions``, which are 0 where there are fewer; None for all, in
        their order.
    """

    unit: str
    is_exact: bool
    names: list[str]
    of: list[str] | None
    base: Numbers
    contributions: Numbers
    chosen: NDArray[np.intp] | None = None


class Explainer:
    """Explains a model's answers.

    Parameters
    ----------
    schema : Schema
    labels : list of str or None
        Classes, in the order of the outputs.
    ask : callable
    background : Answered
        Rows that stand for what is not known.
    single : SingleModel or None
        None where several models answer together.
    """

    def __init__(
        self,
        schema: Schema,
        labels: list[str] | None,
        ask: Callable[[Table], Answered],
        background: Answered,
        single: SingleModel | None,
    ) -> None:
        self._names, self._sampled_names = schema.names, [*schema.numeric, *schema.written]
        self._labels, self._ask, self._background = labels, ask, background
        self._single = single
        found = single and single.exact(background.encoded)
        self._exact = found[1] if found else None
        self._unit = (found[0] if found else None) or ("probability" if labels else "number")

    def explain(
        self, rows: Answered, of: NDArray[np.intp], strongest: int | None = None
    ) -> Reasons:
        """Explain the answers to a batch.

        Parameters
        ----------
        rows : Answered
        of : numpy.ndarray of int, shape (rows,)
            Which output of each row.
        strongest : int or None
            How many contributions of each row to keep, those of the largest amount; None for all.

        Raises
        ------
        RequestError
            413 if there are more rows than can be explained in time.
        """
        step = max(1, min(MOST_ROWS, MOST_CELLS // len(self._names)))
        most = step * _minutes()
        if rows.table.rows > most:
            raise RequestError(413, f"with reasons, a request may have {most} rows at most")
        starts = range(0, rows.table.rows, step)
        parts = [self._part(rows, of, slice(at, at + step), strongest) for at in starts]
        found, chosen, bases = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        labels = None if self._labels is None else [self._labels[index] for index in of]
        return Reasons(
            self._unit,
            self._exact is not None,
            self._names,
            labels,
            bases,
            found,
            None if strongest is None else chosen,
        )

    def _part(
        self, rows: Answered, of: NDArray[np.intp], at: slice, strongest: int | None
    ) -> tuple[Numbers, NDArray[np.intp], Numbers]:
        """Return contributions, the features that they are of, and bases of some rows."""
        found, bases = self._contributions(rows.part(at), of[at])
        if strongest is None:
            return found, np.empty((len(found), 0), dtype=np.intp), bases
        return *_strongest(found, strongest), bases

    def _contributions(self, rows: Answered, of: NDArray[np.intp]) -> tuple[Numbers, Numbers]:
        if not (self._exact and self._single):
            found, bases = sampled_contributions(self._outputs, rows, self._background, of)
            return found @ self._onto(self._sampled_names), bases
        every, base = self._exact(rows.encoded)
        if self._unit == LOG_ODDS:  # of the second class, and against the first
            every, base = np.concatenate([-every, every], axis=2), np.concatenate([-base, base])
        encoded = np.take_along_axis(every, of[:, None, None], axis=2)[:, :, 0]
        return encoded @ self._onto(self._single.owners), base[of]

    def _outputs(self, table: Table) -> Numbers:
        return self._ask(table).outputs

    def _onto(self, owners: list[str]) -> Numbers:
        """Return the matrix that sums columns by feature, in the schema's order."""
        places = {name: place for place, name in enumerate(self._names)}
        matrix = np.zeros((len(owners), len(self._names)))
        matrix[np.arange(len(owners)), [places[owner] for owner in owners]] = 1
        return matrix


def _strongest(found: Numbers, most: int) -> tuple[Numbers, NDArray[np.intp]]:
    """Return the largest contributions of each row by their amounts, and which they are."""
    amounts = np.abs(found)
    chosen = np.argsort(-amounts, axis=1, kind="stable")[:, :most]
    kept = np.take_along_axis(found, chosen, axis=1)
    least = _LOST * amounts.max(axis=1, initial=0.0)[:, None]
    return np.where(np.abs(kept) > least, kept, 0.0), chosen


def _minutes() -> int:
    """Return for how long a request is waited for: in a batch transform, while the server waits."""
    if os.environ.get("SAGEMAKER_BATCH") != "true":
        return 1
    return max(1, int(os.environ.get("SAGEMAKER_MODEL_SERVER_TIMEOUT", "60")) // 60)
