"""How many rows of a very large file are tested: a million say as much as ten, and cost a tenth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from lambdas.preprocess.engine import one
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message

if TYPE_CHECKING:
    from lambdas.preprocess.split.subsets import Plan


def lowered(connection: duckdb.DuckDBPyConnection, plan: Plan) -> tuple[Plan, dict[str, int]]:
    """Lower the shares of test and validation so far that neither is beyond the limit.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``units``.

    Returns
    -------
    plan : Plan
        The rows are drawn by it as by any other: those that are no longer tested are for training.
    limited : dict of int
        Rows that subsets would have had, of those that are lowered.
    """
    rows, strata = one(connection, "SELECT sum(size)::BIGINT, count(DISTINCT stratum) FROM units")
    # Each stratum is rounded, and has a row at least: that may be one more in each.
    more = 0 if plan.arrangement.moment else strata
    wanted = {"test": round(rows * plan.test), "validation": round(rows * plan.validation)}
    limited = {subset: number for subset, number in wanted.items() if number > plan.most}
    shares = dict.fromkeys(limited, max(0, plan.most - more) / rows)
    return replace(plan, **shares), limited


def about_limited(
    rows: Mapping[str, int], limited: Mapping[str, int], most: int
) -> Iterator[Finding]:
    """Tell of the subsets that the limit made smaller.

    Parameters
    ----------
    rows : mapping of int
        Rows of each subset.
    limited : mapping of int
        Rows that they would have had.
    most : int
        The limit.
    """
    for subset, wanted in limited.items():
        values = {"rows": rows[subset], "wanted": wanted, "limit": most}
        text = (
            Message(
                "{rows} rows are tested, not the {wanted} of “test_fraction”, because "
                "“test_rows_limit” is {limit}; the others are for training",
                **values,
            )
            if subset == "test"
            else Message(
                "{rows} rows are for validation, not the {wanted} of “validation_fraction”, "
                "because “test_rows_limit” is {limit}; the others are for training",
                **values,
            )
        )
        yield Finding("TestRowsLimited", text)
