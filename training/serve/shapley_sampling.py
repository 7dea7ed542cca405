"""Shapley values of any model, estimated: columns are switched to a row's cells in several orders.

Starting from a background row, the columns take the explained row's cells one after the other; what
each switch changes is that column's contribution, averaged over orders (Castro, Gómez and Tejada,
Computers & Operations Research 36, 2009) and background rows. Whatever the orders, a row's
contributions add up to its output less the background's mean. Each order is followed by its
reverse, which halves the error and more (Mitchell, Cooper, Frank and Holmes, JMLR 23, 2022). All
rows have the same orders, so that an explanation does not depend on the request that asked for it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.serve.table import Answered, Table

Numbers = NDArray[np.float64]
_MOST_ROWS, _MOST_CELLS = 20_000, 4_000_000  # of tables that the model is asked about
_SEED = 0


def sampled_contributions(
    ask: Callable[[Table], Numbers], asked: Answered, others: Answered, of: NDArray[np.intp]
) -> tuple[Numbers, Numbers]:
    """Estimate what each column adds to an output.

    Parameters
    ----------
    ask : callable
        Returns outputs of shape (rows, outputs).
    asked : Answered
        Rows to explain.
    others : Answered
        The background.
    of : numpy.ndarray of int, shape (rows,)
        Which output of each row.

    Returns
    -------
    contributions : numpy.ndarray, shape (rows, columns)
        Numeric columns first, then the written ones.
    base : numpy.ndarray, shape (rows,)
        The background's mean output.
    """
    table, background = asked.table, others.table
    numeric = table.numeric.shape[1]
    columns = numeric + table.written.shape[1]
    orders = _orders(background.rows, columns)
    places = np.argsort(orders, axis=1)  # of each column in an order
    outputs = np.zeros((table.rows, background.rows, columns + 1))
    outputs[:, :, 0] = others.outputs[:, of].T
    outputs[:, :, -1] = asked.outputs[np.arange(table.rows), of][:, None]
    # A switch to an equal cell changes nothing, and need not be asked about.
    differs = _differs(table, background)
    matters = np.take_along_axis(differs, orders[None, :, :-1], axis=2)
    rows, at, done = np.nonzero(matters)
    step = max(1, min(_MOST_ROWS, _MOST_CELLS // columns))
    for first in range(0, len(rows), step):
        row, order, last = (each[first : first + step] for each in (rows, at, done))
        is_switched = places[order] <= last[:, None]
        mixed = Table(
            len(row),
            np.where(is_switched[:, :numeric], table.numeric[row], background.numeric[order]),
            np.where(is_switched[:, numeric:], table.written[row], background.written[order]),
        )
        outputs[row, order, last + 1] = ask(mixed)[np.arange(len(row)), of[row]]
    known = np.maximum.accumulate(np.where(matters, np.arange(1, columns), 0), axis=2)
    outputs[:, :, 1:-1] = np.take_along_axis(outputs, known, axis=2)
    changes = np.diff(outputs, axis=2)
    by_column = np.take_along_axis(changes, places[None], axis=2)
    return by_column.mean(axis=1), outputs[:, :, 0].mean(axis=1)


def _differs(table: Table, background: Table) -> NDArray[np.bool_]:
    """Return which cells differ, of shape (rows, background rows, columns)."""
    pairs = [(table.numeric, background.numeric), (table.written, background.written)]
    blocks = []
    for own, others in pairs:
        are_both_missing = pd.isna(own)[:, None] & pd.isna(others)
        blocks.append(np.asarray(own[:, None] != others, dtype=bool) & ~are_both_missing)
    return np.concatenate(blocks, axis=2)


def _orders(count: int, columns: int) -> NDArray[np.intp]:
    generator = np.random.default_rng(_SEED)
    half = generator.permuted(np.tile(np.arange(columns), ((count + 1) // 2, 1)), axis=1)
    return np.stack([half, half[:, ::-1]], axis=1).reshape(-1, columns)[:count]
