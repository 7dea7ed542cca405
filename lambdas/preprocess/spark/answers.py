"""What a query asks for, and Spark's queries that answer it together.

Spark lacks aggregates that make a map of counts. Each is asked by a query of its own that groups by
value, or by the place of a number between edges, in which only groups leave the workers; its counts
are put into the rows of the main query here. Structs and numbers of rows are made here as well.
"""

# ruff: noqa: S608 - statements are made of parsed ones

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

Row = Sequence[Any]
Ask = Callable[[str], list[Row]]
_TOP = "approx_top_k"


@dataclass
class _Counted:
    """An aggregate that makes a map: of what, between which edges, and how many counts."""

    value: exp.Expression
    edges: exp.Expression | None = None
    most: int | None = None


@dataclass
class Answers:
    """A query taken apart.

    Parameters
    ----------
    sheet_row : callable
        From a row's number to what a person knows it by.
    spark_sql : callable
        Translates a query.
    """

    query: exp.Select
    sheet_row: Callable[[int], Any]
    spark_sql: Callable[[exp.Expression], str]
    _asked: list[exp.Expression] = field(default_factory=list)
    _counted: list[_Counted] = field(default_factory=list)

    def rows(self, ask: Ask) -> list[tuple[Any, ...]]:
        """Return the query's rows."""
        found = [self._maker(each.unalias()) for each in self.query.expressions]
        if all(maker is None for maker in found):
            return [tuple(row) for row in ask(self.spark_sql(self.query))]
        makers = [
            maker or self._plain(each)
            for maker, each in zip(found, self.query.expressions, strict=True)
        ]
        keys = self._keys()
        places = [self._ask(key) for key in keys]
        if not self._asked:
            self._ask(exp.Count(this=exp.Star()))
        main = self.query.copy()
        main.set(
            "expressions",
            [exp.alias_(each.copy(), f"a{n}") for n, each in enumerate(self._asked)],
        )
        rows = ask(self.spark_sql(main))
        counts = self._counts(keys, ask)
        return [
            tuple(make(row, counts.get(tuple(row[n] for n in places), {})) for make in makers)
            for row in rows
        ]

    def _ask(self, expression: exp.Expression) -> int:
        self._asked.append(expression)
        return len(self._asked) - 1

    def _plain(self, expression: exp.Expression) -> _Maker:
        place = self._ask(expression.unalias())
        return lambda row, _: row[place]

    def _maker(self, expression: exp.Expression) -> _Maker | None:
        """Return how a column is made of what is asked; None if Spark itself makes it."""
        if isinstance(expression, exp.Struct):
            return self._struct(expression)
        if isinstance(expression, exp.ApproxTopK):
            return self._map(_TOP, expression.this, expression.expression)
        name = str(expression.this).lower() if isinstance(expression, exp.Anonymous) else ""
        if name == "sheet_row":
            place = self._ask(expression.expressions[0])
            return lambda row, _: None if row[place] is None else self.sheet_row(row[place])
        if name == "histogram":
            return self._map(name, *expression.expressions)
        return None

    def _struct(self, struct: exp.Struct) -> _Maker:
        parts = {
            each.this.name: self._maker(each.expression) or self._plain(each.expression)
            for each in struct.expressions
        }
        return lambda row, counts: {name: make(row, counts) for name, make in parts.items()}

    def _map(self, name: str, value: exp.Expression, *more: exp.Expression) -> _Maker:
        place = len(self._counted)
        if name == _TOP:
            self._counted.append(_Counted(value, most=int(more[0].name)))
            return lambda _, counts: list(counts.get(place, ())) or None
        self._counted.append(_Counted(value, *more))
        if not more:
            return lambda _, counts: counts.get(place)
        edges = more[0]
        if not isinstance(edges, exp.Bracket):
            ends = _numbers(edges)
            return lambda _, counts: _between(ends, counts.get(place))
        lists = [_numbers(each) for each in edges.this.expressions]
        index = self._ask(edges.expressions[0])
        return lambda row, counts: _between(lists[row[index] - 1], counts.get(place))

    def _keys(self) -> list[exp.Expression]:
        group = self.query.args.get("group")
        return list(group.expressions) if group else []

    def _counts(
        self, keys: Sequence[exp.Expression], ask: Ask
    ) -> dict[tuple[Any, ...], dict[int, dict[Any, int]]]:
        """Return for each group and aggregate the counts by value or place."""
        found: dict[tuple[Any, ...], dict[int, dict[Any, int]]] = {}
        kinds = [n for n, each in enumerate(self._counted) if each.edges is None]
        places = [n for n, each in enumerate(self._counted) if each.edges is not None]
        for which in (kinds, places):
            for *group, place, value, rows in ask(self._query(keys, which)) if which else ():
                found.setdefault(tuple(group), {}).setdefault(place, {})[value] = rows
        return found

    def _query(self, keys: Sequence[exp.Expression], which: Sequence[int]) -> str:
        inner = self.query.copy()
        for clause in ("group", "order", "having", "limit"):
            inner.set(clause, None)
        columns = [exp.alias_(key.copy(), f"k{n}") for n, key in enumerate(keys)]
        columns += [exp.alias_(self._counted[n].value.copy(), f"x{n}") for n in which]
        indexes = {n: _index(self._counted[n]) for n in which}
        columns += [exp.alias_(each, f"i{n}") for n, each in indexes.items() if each]
        inner.set("expressions", columns)
        groups = "".join(f"k{n}, " for n in range(len(keys)))
        # Made of named columns, so that what they are made of is made once.
        places = [f"{_value(self._counted[n], n).sql('spark')} AS v{n}" for n in which]
        values = f"SELECT {groups}{', '.join(places)} FROM ({self.spark_sql(inner)})"
        stack = ", ".join(f"{n}, v{n}" for n in which)
        counted = (
            f"SELECT {groups}place, value, count(*) AS rows FROM ({values}) "
            f"LATERAL VIEW stack({len(which)}, {stack}) stacked AS place, value "
            f"WHERE value IS NOT NULL GROUP BY {groups}place, value"
        )
        limits = {n: self._counted[n].most for n in which if self._counted[n].most}
        if not limits:
            return counted
        cases = " ".join(f"WHEN {n} THEN {most}" for n, most in limits.items())
        return (
            f"SELECT {groups}place, value, rows FROM (SELECT *, row_number() OVER "
            f"(PARTITION BY {groups}place ORDER BY rows DESC, value) AS rank FROM ({counted})) "
            f"WHERE rank <= CASE place {cases} ELSE rank END"
        )


_Counts = Mapping[int, Mapping[Any, int]]
_Maker = Callable[[Row, _Counts], Any]


def _index(counted: _Counted) -> exp.Expression | None:
    """Return the SQL of which edges a row has, where there are several lists of them."""
    if isinstance(counted.edges, exp.Bracket):
        return counted.edges.expressions[0].copy()
    return None


def _value(counted: _Counted, n: int) -> exp.Expression:
    """Return the SQL of what is counted: the value ``x``, or its place between edges."""
    value, edges = exp.column(f"x{n}"), counted.edges
    if edges is None:
        return exp.cast(value, "STRING")
    if isinstance(edges, exp.Bracket):
        place = exp.case(exp.column(f"i{n}"))
        for which, each in enumerate(edges.this.expressions, start=1):
            place = place.when(exp.Literal.number(which), _place(value, _numbers(each)))
        return place
    return _place(value, _numbers(edges))


def _place(value: exp.Column, ends: Sequence[float]) -> exp.Expression:
    """Return the SQL of the place of the first edge that is not less than a number.

    By halves: some six comparisons for forty edges.
    """

    def between(low: int, high: int) -> exp.Expression:
        if low == high:
            return exp.Literal.number(low)
        middle = (low + high) // 2
        at = exp.Literal.number(f"{float(ends[middle])!r}D")
        return (
            exp.case()
            .when(exp.LTE(this=value.copy(), expression=at), between(low, middle))
            .else_(between(middle + 1, high))
        )

    ends = [end for end in ends if math.isfinite(end)]
    filled = exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))
    return exp.case().when(filled, between(0, len(ends)))


def _numbers(edges: exp.Expression) -> list[float]:
    return [_number(each) for each in edges.expressions]


def _number(edge: exp.Expression) -> float:
    if isinstance(edge, exp.Neg):
        return -_number(edge.this)
    if isinstance(edge, exp.Cast):
        return float(edge.this.name)
    return float(edge.name)


def _between(ends: Sequence[float], counts: Mapping[Any, int] | None) -> dict[float, int]:
    """Return counts by edge, as DuckDB names its bins; those above all edges are not named."""
    places = counts or {}
    return {end: places.get(n, 0) for n, end in enumerate(ends)}
