"""Dates as numbers: the moment itself, and the parts in which seasons and weeks show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

# In the order of preference: where every date fits several forms, the first is taken.
_DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d/%m/%y")
_MORE_DAYS = ("%m/%d/%y", "%d.%m.%y", "%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
FORMATS = ("ISO8601", *(day + time for time in _TIMES for day in (*_DAYS, *_MORE_DAYS)))
PARTS = ("days since 1970", "year", "month", "day", "weekday", "hour")
# Enough to tell day from month; the form is chosen once and for the whole column.
ROWS_LOOKED_AT = 5000
_SECONDS_PER_DAY = 86_400.0


def _parse(texts: pd.Series[Any], form: str) -> pd.Series[Any]:
    return pd.to_datetime(texts, format=form, errors="coerce", utc=True)


def find_format(texts: pd.Series[Any]) -> str:
    """Return the form that most of the texts are written in."""
    sample = texts.dropna().head(ROWS_LOOKED_AT)
    best, most = FORMATS[0], -1
    for form in FORMATS:
        fitting = int(_parse(sample, form).notna().sum())
        if fitting > most:
            best, most = form, fitting
        if most == len(sample):
            break
    return best


class DateParts(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Turn columns of dates, written as text, into ``PARTS`` for each.

    What is no date in the column's form becomes missing. Times with an offset count in UTC.

    Attributes
    ----------
    formats_ : list of str
        One a column, in pandas' spelling.
    """

    def fit(self, values: Any, _target: Any = None) -> DateParts:
        """Find each column's form; ``values`` has the shape (rows, columns)."""
        self.formats_ = [find_format(column) for column in _columns(values)]
        return self

    def transform(self, values: Any) -> Any:
        """Return float64 of shape (rows, columns x parts), missing as NaN."""
        columns = zip(_columns(values), self.formats_, strict=True)
        return np.hstack([_parts(_parse(column, form)) for column, form in columns])


def _columns(values: Any) -> list[pd.Series[Any]]:
    array = np.asarray(values, dtype=object)
    return [pd.Series(array[:, number], dtype=object) for number in range(array.shape[1])]


def _parts(moments: pd.Series[Any]) -> Any:
    # Through seconds, whatever unit pandas parsed into.
    seconds = (moments - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
    time = moments.dt
    hour = time.hour + time.minute / 60
    parts = [seconds / _SECONDS_PER_DAY, time.year, time.month, time.day, time.weekday, hour]
    return np.column_stack([part.to_numpy(dtype=np.float64) for part in parts])
