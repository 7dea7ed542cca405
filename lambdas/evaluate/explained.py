"""An endpoint's answer with reasons: what each feature of a row adds to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdas.shared.failures.errors import EndpointRejected
from lambdas.shared.findings.message import Message

UNITS = ("probability", "log_odds", "number")


@dataclass(frozen=True)
class Explained:
    """What explains some rows.

    Parameters
    ----------
    unit : str
        One of ``UNITS``.
    method : str
        ``exact`` or ``sampled``.
    columns : list of str
        The features.
    of : list of str or None
        The class of each row whose probability is explained; None for numbers.
    base : numpy.ndarray, shape (rows,)
    contributions : numpy.ndarray, shape (rows, features)
        With the base they add up to the answer.
    milliseconds : list of float
        Of each request.
    """

    unit: str
    method: str
    columns: list[str]
    of: list[str | None]
    base: NDArray[np.float64]
    contributions: NDArray[np.float64]
    milliseconds: list[float]


def explained(body: bytes, milliseconds: float, rows: int) -> Explained:
    """Read a JSON response with reasons.

    Raises
    ------
    EndpointRejected
        If it has none, or not for so many rows.
    """
    found = _read(body, milliseconds)
    if found is None or len(found.of) != rows:
        raise EndpointRejected(Message("the model's answers come without reasons"))
    return found


def _read(body: bytes, milliseconds: float) -> Explained | None:
    try:
        document = json.loads(body)
        unit, method = (str(document["reasons"][name]) for name in ("unit", "method"))
        rows: list[dict[str, Any]] = [each["reasons"] for each in document["predictions"]]
        columns = list(rows[0]["contributions"])
        found = np.array([[row["contributions"][name] for name in columns] for row in rows])
        base = np.array([row["base"] for row in rows], dtype=np.float64)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None
    of = [row.get("explained") for row in rows]
    is_known = unit in UNITS and np.isfinite(found).all() and np.isfinite(base).all()
    return Explained(unit, method, columns, of, base, found, [milliseconds]) if is_known else None


def together(parts: Sequence[Explained]) -> Explained:
    """Return the answers to the parts of a batch as one."""
    first = parts[0]
    return Explained(
        first.unit,
        first.method,
        first.columns,
        list(chain.from_iterable(part.of for part in parts)),
        np.concatenate([part.base for part in parts]),
        np.concatenate([part.contributions for part in parts]),
        list(chain.from_iterable(part.milliseconds for part in parts)),
    )
