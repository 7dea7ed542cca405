"""Partial dependence through the endpoint: answers if a column had one value in every row.

Friedman 2001, Annals of Statistics 29(5), section 8.2; the spread over the rows is that of
individual conditional expectations (Goldstein, Kapelner, Bleich and Pitkin, JCGS 24, 2015).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdas.evaluate.batches import Sample
from lambdas.evaluate.cells import columns_of, grid, numbers_of
from lambdas.evaluate.collect import Asks
from lambdas.evaluate.loading import with_answer
from lambdas.evaluate.rows import Row, cells_of, with_cell
from lambdas.quality.scored import Scored

Numbers = NDArray[np.float64]
COLUMNS = 6
_MOST_ROWS = 50
_SPREAD = (10, 90)  # percent of the rows


def dependence(
    endpoint: Asks, sample: Sample, scored: Scored, names: Sequence[str], threads: int
) -> list[dict[str, Any]]:
    """Measure how the answers depend on some columns.

    Parameters
    ----------
    endpoint : Asks
    sample : Sample
    scored : Scored
        The sample's rows as they were answered.
    names : sequence of str
        The columns, of which the first ``COLUMNS`` that can be varied count.
    threads : int
        Requests at a time.
    """
    columns = dict(zip(sample.columns, columns_of(sample.rows), strict=True))
    grids = {name: grid(columns[name]) for name in names}
    chosen = [name for name in names if len(grids[name]) > 1][:COLUMNS]
    rows = sample.rows[:: ceil(len(sample.rows) / _MOST_ROWS)]

    def measure(name: str) -> dict[str, Any]:
        place, values = sample.columns.index(name), grids[name]
        answer = endpoint.ask(sample.batch(list(_varied(rows, place, values))))
        outputs = _outputs(with_answer(answer, scored)).reshape(-1, len(values), len(rows))
        is_number = numbers_of(columns[name]) is not None
        return {"name": name, "is_number": is_number, **_described(outputs, scored, values)}

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(measure, chosen))


def _varied(rows: Sequence[Row], place: int, values: Sequence[str]) -> Iterator[Row]:
    """Yield all rows with the first value, then all with the second, and so on."""
    tables = [cells_of(row.sent) for row in rows]
    for value in values:
        for row, cells in zip(rows, tables, strict=True):
            yield with_cell(row, cells, place, value)


def _outputs(scored: Scored) -> Numbers:
    """Return what is shown: numbers, the positive class's probability, or each class's."""
    if scored.task == "regression":
        return np.asarray(scored.predicted[None])
    if scored.positive is not None:
        return np.asarray(scored.probabilities[scored.positive][None])
    return scored.probabilities


def _described(outputs: Numbers, scored: Scored, values: Sequence[str]) -> dict[str, Any]:
    """Return mean and spread at each value, of the class whose probability varies most."""
    which = int(np.ptp(outputs.mean(axis=2), axis=1).argmax())
    low, high = np.percentile(outputs[which], _SPREAD, axis=1)
    of = None
    if scored.labels:
        of = scored.labels[which if scored.positive is None else scored.positive]
    return {
        "of": of,
        "values": list(values),
        "mean": rounded(outputs[which].mean(axis=1)),
        "low": rounded(low),
        "high": rounded(high),
    }


def rounded(numbers: Numbers) -> list[float]:
    """Return numbers with five significant digits: they are only drawn."""
    return [float(f"{number:.5g}") for number in numbers]
