"""Dates as numbers: the moment itself, the parts in which seasons and weeks show, and circles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from training.written_dates import DateForm

PARTS = ("days since 1970", "year", "month", "day", "weekday", "hour")
# Each is a circle, of two columns: its sine and its cosine.
CYCLES = ("year", "week", "day")
DAYS_OF_A_YEAR = 365.25
_ANY_ISO = DateForm(())
_AS_IN_SPLITS = re.compile(
    "NaT|[0-9]{4}-[01][0-9]-[0-3][0-9](T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{6})?)?"
)
_START = np.datetime64(0, "us")
_WEEKDAY_OF_START = 3  # a Thursday; Monday is 0


class DateParts(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Turn columns of dates, in ISO 8601, into ``PARTS`` for each.

    What is not a date becomes missing. Times with an offset count in UTC.
    """

    def fit(self, values: NDArray[np.object_], _target: object = None) -> DateParts:
        """Learn nothing; ``values`` has the shape (rows, columns)."""
        self.n_features_in_ = np.shape(values)[1]
        return self

    def transform(self, values: NDArray[np.object_]) -> NDArray[np.float64]:
        """Return numbers of shape (rows, columns x parts), missing as NaN."""
        columns = np.asarray(values, dtype=object).T
        return np.hstack([_parts(moments(column)) for column in columns])


class DateCycles(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Turn columns of dates, in ISO 8601, into sine and cosine of each of ``CYCLES``.

    A linear model then follows seasons, without a leap from December to January. What is not a date
    becomes missing. Times with an offset count in UTC.
    """

    def fit(self, values: NDArray[np.object_], _target: object = None) -> DateCycles:
        """Learn nothing; ``values`` has the shape (rows, columns)."""
        self.n_features_in_ = np.shape(values)[1]
        return self

    def transform(self, values: NDArray[np.object_]) -> NDArray[np.float64]:
        """Return numbers of shape (rows, columns x cycles x 2), missing as NaN."""
        columns = np.asarray(values, dtype=object).T
        return np.hstack([_cycles(moments(column)) for column in columns])


def _cycles(moments: NDArray[np.datetime64]) -> NDArray[np.float64]:
    day = np.timedelta64(1, "D")
    of_year = (moments - moments.astype("datetime64[Y]")) / day
    ever = (moments - _START) / day
    turns = np.column_stack([of_year / DAYS_OF_A_YEAR, (ever + _WEEKDAY_OF_START) / 7, ever])
    angles = 2 * np.pi * (turns % 1)
    return np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(len(moments), -1)


def moments(cells: Iterable[Any]) -> NDArray[np.datetime64]:
    """Return the dates of cells to the microsecond; what is none is missing."""
    texts = [cell if isinstance(cell, str) else "NaT" for cell in cells]
    if all(map(_AS_IN_SPLITS.fullmatch, texts)):
        with suppress(ValueError):  # not a day of the calendar
            return np.array(texts, dtype="datetime64[us]")
    iso = [_ANY_ISO.read(text) for text in texts]
    return np.array([text if isinstance(text, str) else "NaT" for text in iso], "datetime64[us]")


def _parts(moments: NDArray[np.datetime64]) -> NDArray[np.float64]:
    days, months, years = (moments.astype(f"datetime64[{unit}]") for unit in "DMY")
    numbers = [
        (moments - _START) / np.timedelta64(1, "D"),
        _since(years, _START, "Y") + 1970,
        _since(months, years, "M") + 1,
        _since(days, months, "D") + 1,
        (_since(days, _START, "D") + _WEEKDAY_OF_START) % 7,
        (moments - days) / np.timedelta64(1, "h"),
    ]
    return np.column_stack(numbers)


def _since(
    later: NDArray[np.datetime64], earlier: NDArray[np.datetime64] | np.datetime64, unit: str
) -> NDArray[np.float64]:
    """Return whole units between moments, as floats with NaN where one is missing."""
    difference = later - np.asarray(earlier).astype(f"datetime64[{unit}]")
    return np.where(np.isnat(difference), np.nan, difference.astype(np.int64))
