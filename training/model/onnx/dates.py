"""What `training.model.date_parts` makes of dates, of seconds since 1970; NaN stays NaN.

Days become dates by the arithmetic of the proleptic Gregorian calendar with years that begin in
March (Hinnant 2013, "chrono-Compatible Low-Level Date Algorithms").
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from training.model.date_parts import _WEEKDAY_OF_START, DAYS_OF_A_YEAR
from training.model.onnx.graph import Graph

DAY, HOUR = 86_400.0, 3_600.0  # seconds
_DAYS_TO_MARCH_OF_YEAR_0 = 719_468.0
_DAYS_OF_400_YEARS = 146_097.0


class _Moments(NamedTuple):
    seconds: str
    days: str  # whole ones since 1970
    year: str
    month: str
    day: str


def date_parts(graph: Graph, seconds: str, columns: int) -> str:
    """Return numbers of shape (rows, columns x parts) of seconds of shape (rows, columns)."""
    at = _moments(graph, seconds)
    parts = [
        graph.add("Div", seconds, DAY),
        *(at.year, at.month, at.day),
        _rest(graph, graph.add("Add", at.days, float(_WEEKDAY_OF_START)), 7.0),
        graph.add("Div", graph.add("Sub", seconds, graph.add("Mul", at.days, DAY)), HOUR),
    ]
    return _side_by_side(graph, parts, columns)


def date_cycles(graph: Graph, seconds: str, columns: int) -> str:
    """Return numbers of shape (rows, columns x cycles x 2) of seconds of shape (rows, columns)."""
    at = _moments(graph, seconds)
    begun = graph.add("Mul", _first_day(graph, at.year), DAY)
    of_year = graph.add("Div", graph.add("Sub", seconds, begun), DAY)
    ever = graph.add("Div", seconds, DAY)
    week = graph.add("Div", graph.add("Add", ever, float(_WEEKDAY_OF_START)), 7.0)
    parts = []
    for turns in (graph.add("Div", of_year, DAYS_OF_A_YEAR), week, ever):
        angle = graph.add("Mul", _rest(graph, turns, 1.0), 2 * np.pi)
        parts += [graph.add("Sin", angle), graph.add("Cos", angle)]
    return _side_by_side(graph, parts, columns)


def _side_by_side(graph: Graph, parts: list[str], columns: int) -> str:
    """Return the parts of each column together."""
    deep = [graph.add("Unsqueeze", part, [2]) for part in parts]
    return graph.add("Reshape", graph.add("Concat", *deep, axis=2), [-1, columns * len(parts)])


def _whole(graph: Graph, value: str, divisor: float) -> str:
    return graph.add("Floor", graph.add("Div", value, divisor))


def _rest(graph: Graph, value: str, divisor: float) -> str:
    return graph.add("Sub", value, graph.add("Mul", _whole(graph, value, divisor), divisor))


def _sum(graph: Graph, *terms: tuple[str, float]) -> str:
    """Return a sum of values, each with its factor."""
    found = [value if by == 1 else graph.add("Mul", value, by) for value, by in terms]
    total = found[0]
    for each in found[1:]:
        total = graph.add("Add", total, each)
    return total


def _moments(graph: Graph, seconds: str) -> _Moments:
    days = _whole(graph, seconds, DAY)
    shifted = graph.add("Add", days, _DAYS_TO_MARCH_OF_YEAR_0)
    era = _whole(graph, shifted, _DAYS_OF_400_YEARS)
    of_era = _sum(graph, (shifted, 1.0), (era, -_DAYS_OF_400_YEARS))
    leaps = [
        (_whole(graph, of_era, by), sign)
        for by, sign in ((1_460.0, -1.0), (36_524.0, 1.0), (146_096.0, -1.0))
    ]
    year_of_era = _whole(graph, _sum(graph, (of_era, 1.0), *leaps), 365.0)
    before = [
        (year_of_era, -365.0),
        (_whole(graph, year_of_era, 4.0), -1.0),
        (_whole(graph, year_of_era, 100.0), 1.0),
    ]
    of_year = _sum(graph, (of_era, 1.0), *before)  # from the first of March, 0
    twice_five = graph.add("Add", graph.add("Mul", of_year, 5.0), 2.0)
    from_march = _whole(graph, twice_five, 153.0)
    begun = _whole(graph, graph.add("Add", graph.add("Mul", from_march, 153.0), 2.0), 5.0)
    day = graph.add("Add", _sum(graph, (of_year, 1.0), (begun, -1.0)), 1.0)
    turned = graph.double(graph.add("GreaterOrEqual", from_march, 10.0))  # January and February
    month = graph.add("Add", _sum(graph, (from_march, 1.0), (turned, -12.0)), 3.0)
    year = _sum(graph, (year_of_era, 1.0), (era, 400.0), (turned, 1.0))
    return _Moments(seconds, days, year, month, day)


def _first_day(graph: Graph, year: str) -> str:
    """Return the days from 1970 to the first of January."""
    leaps = [
        (_whole(graph, graph.add("Sub", year, since), by), sign)
        for since, by, sign in ((1969.0, 4.0, 1.0), (1901.0, 100.0, -1.0), (1601.0, 400.0, 1.0))
    ]
    return _sum(graph, (graph.add("Sub", year, 1970.0), 365.0), *leaps)
