"""Why the model answered as it did: what each feature of a row adds to the answer.

Shapley values: exact where a model allows it, else estimated (``shapley_sampling``).
"""

from __future__ import annotations

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
# Of a request: so that it is answered within the 60 s that an endpoint has.
MOST_ROWS, MOST_CELLS = 400, 12_000


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
    """

    unit: str
    is_exact: bool
    names: list[str]
    of: list[str] | None
    base: Numbers
    contributions: Numbers


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

    def explain(self, rows: Answered, of: NDArray[np.intp]) -> Reasons:
        """Explain the answers to a batch.

        Parameters
        ----------
        rows : Answered
        of : numpy.ndarray of int, shape (rows,)
            Which output of each row.

        Raises
        ------
        RequestError
            413 if there are more rows than can be explained in time.
        """
        most = max(1, min(MOST_ROWS, MOST_CELLS // len(self._names)))
        if rows.table.rows > most:
            raise RequestError(413, f"with reasons, a request may have {most} rows at most")
        if self._exact and self._single:
            every, base = self._exact(rows.encoded)
            if self._unit == LOG_ODDS:  # of the second class, and against the first
                every, base = np.concatenate([-every, every], axis=2), np.concatenate([-base, base])
            encoded = np.take_along_axis(every, of[:, None, None], axis=2)[:, :, 0]
            found, bases = encoded @ self._onto(self._single.owners), base[of]
        else:
            found, bases = sampled_contributions(self._outputs, rows, self._background, of)
            found = found @ self._onto(self._sampled_names)
        labels = None if self._labels is None else [self._labels[index] for index in of]
        exact = self._exact is not None
        return Reasons(self._unit, exact, self._names, labels, bases, found)

    def _outputs(self, table: Table) -> Numbers:
        return self._ask(table).outputs

    def _onto(self, owners: list[str]) -> Numbers:
        """Return the matrix that sums columns by feature, in the schema's order."""
        places = {name: place for place, name in enumerate(self._names)}
        matrix = np.zeros((len(owners), len(self._names)))
        matrix[np.arange(len(owners)), [places[owner] for owner in owners]] = 1
        return matrix
