"""DuckDB's SQL as Spark's: what sqlglot knows, and what it can't know of the two engines.

Where both have a function of one name, it need not mean the same. What differs is rewritten here,
each with its reason, and compared at the boundary (tests/conformance/test_boundary.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from sqlglot import exp, parse

ROW = "rowid"  # a kept column of Spark's tables, where DuckDB has a row's position
RANK_ERROR = 1e-4  # of a quantile of many rows, as a share of them
_BLANKS = r"[ \t\n\x0B\f\r]*"
_DIGITS = "[0-9]+(?:_[0-9]+)*"
_DOUBLE = (
    rf"\A{_BLANKS}[-+]?(?:(?i:inf(?:inity)?|nan)"
    rf"|(?:{_DIGITS}[.]?(?:{_DIGITS})?|[.]{_DIGITS})(?:[eE][-+]?{_DIGITS})?){_BLANKS}\z"
)
_BETWEEN = "\uffff"  # is no character
_TIMESTAMP = (
    r"\A([0-9]{1,6}[-/][0-9]{1,2}[-/][0-9]{1,2}"
    r"(?:[ T][0-9]{1,2}:[0-9]{1,2}(?::[0-9]{1,2}(?:[.][0-9]{1,6})?)?)?)"
    r"(?:[0-9]* ?(?:Z|[-+][0-9:]+|[A-Za-z_]+/?[A-Za-z_]+))?\z"
)
_FORMATS = {"Y": "yyyy", "m": "MM", "d": "dd", "H": "HH", "M": "mm", "S": "ss", "f": "SSSSSS"}
_KINDS = exp.DataType.Type
# Spark's integers are signed: what is stored in them here are hashes, rows and sizes.
_TYPES = {
    _KINDS.UBIGINT: "BIGINT",
    _KINDS.INT128: "DECIMAL(38, 0)",
    _KINDS.USERDEFINED: "STRING",
    _KINDS.TIMESTAMP: "TIMESTAMP",
    _KINDS.TIMESTAMPNTZ: "TIMESTAMP",
}
_TIMES = (_KINDS.TIMESTAMP, _KINDS.TIMESTAMPNTZ, _KINDS.TIMESTAMPLTZ, _KINDS.TIMESTAMPTZ)
# The same text as DuckDB writes: an exponent from 1e16 on and below 1e-4, of two digits at least.
_SCIENTIFIC = (
    "regexp_replace(regexp_replace(regexp_replace(regexp_replace(CAST(v AS STRING), "
    "'[.]0E', 'E'), 'E-', 'e-'), 'E', 'e+'), 'e([-+])([0-9])$', 'e$10$2')"
)
_WRITTEN = (
    "transform(array({0}), v -> CASE WHEN isnan(v) THEN 'nan' "
    "WHEN abs(v) = double('inf') THEN CASE WHEN v > 0 THEN 'inf' ELSE '-inf' END "
    "WHEN abs(v) < 1e16D AND v % 1D = 0D "
    "THEN concat(CAST(CAST(v AS DECIMAL(38, 0)) AS STRING), '.0') "
    "WHEN abs(v) >= 1e-4D AND abs(v) < 1e16D "
    "THEN trim(TRAILING '0' FROM CAST(CAST(CAST(v AS STRING) AS DECIMAL(38, 21)) AS STRING)) "
    f"ELSE {_SCIENTIFIC} END)[0]"
)


def statements(sql: str, parameters: Sequence[Any] | None = None) -> Iterator[exp.Expression]:
    """Yield the statements of a text, their parameters filled in."""
    values = iter(parameters or ())
    for statement in parse(sql, read="duckdb"):
        if statement is not None:
            for place in list(statement.find_all(exp.Placeholder, bfs=False)):
                place.replace(constant(next(values)))
            yield statement


def constant(value: Any) -> exp.Expression:
    """Return the SQL of a number, a text, or a list of such."""
    if isinstance(value, list | tuple):
        return exp.Array(expressions=[constant(each) for each in value])
    if isinstance(value, float) and math.isinf(value):
        return exp.cast(exp.Literal.string("inf" if value > 0 else "-inf"), "DOUBLE")
    return exp.convert(value)


def spark_sql(query: exp.Expression, *, is_large: bool = False) -> str:
    """Return a query in Spark's SQL.

    Parameters
    ----------
    is_large : bool
        Whether quantiles are to be within `RANK_ERROR` of all rows rather than exact, which keeps
        every different number in memory.
    """
    made = query.copy()
    for node in list(made.find_all(exp.PercentileCont)):
        node.replace(_quantiles(node, is_large=is_large))
    _join_by_row(made)
    _stack_columns(made)
    for node in reversed(list(made.dfs())):
        rewrite = _REWRITES.get(type(node))
        new = rewrite(node) if rewrite else node
        if new is not node:
            node.replace(new)
    return str(made.sql("spark"))


def call(name: str, *arguments: exp.Expression | str | float) -> exp.Expression:
    """Return a call of a function by its name in Spark."""
    return exp.Anonymous(this=name, expressions=[exp.convert(each) for each in arguments])


def java_pattern(pattern: str, *, is_whole: bool = False) -> str:
    """Return a pattern of RE2 as Java takes it.

    In RE2 a point is every sign but a newline, a text ends at its very end, and case is that of all
    alphabets.
    """
    pattern = re.sub(r"\(\?i([:)])", r"(?iu\1", pattern)
    if is_whole:
        return rf"(?d)\A(?:{pattern})\z"
    if pattern.endswith("$") and not pattern.endswith(r"\$"):
        pattern = pattern[:-1] + r"\z"
    return f"(?d){pattern}"


def _join_by_row(statement: exp.Expression) -> None:
    """Make positional joins joins by row; both sides keep the number of theirs."""
    for join in list(statement.find_all(exp.Join)):
        if join.args.get("method") != "POSITIONAL":
            continue
        select = cast("exp.Select", join.parent)
        for side in (select.args["from_"].this, join.this):
            _keep_row(side)
        join.set("method", None)
        join.set("using", [exp.to_identifier(ROW)])


def _quantiles(node: exp.PercentileCont, *, is_large: bool) -> exp.Expression:
    if is_large:
        accuracy = round(1 / RANK_ERROR)
        return call("percentile_approx", node.this, node.expression, accuracy)
    return call("percentile", node.this, node.expression)


def _keep_row(source: exp.Expression) -> None:
    """Let a subquery keep the number of its rows."""
    if isinstance(source, exp.Subquery) and ROW not in source.this.named_selects:
        source.this.append("expressions", exp.column(ROW))


def _stack_columns(statement: exp.Expression) -> None:
    """Make two lists that are unnested together one generator of rows."""
    for select in list(statement.find_all(exp.Select)):
        lists = [each for each in select.expressions if isinstance(each.this, exp.Explode)]
        if not lists:
            continue
        parts = [each.this.this.expressions for each in lists]
        flat = [part.copy() for row in zip(*parts, strict=True) for part in row]
        alias = exp.TableAlias(
            this=exp.to_identifier("stacked"),
            columns=[exp.to_identifier(each.alias) for each in lists],
        )
        for each in lists:
            each.replace(exp.column(each.alias))
        stack = call("stack", len(parts[0]), *flat)
        select.append("laterals", exp.Lateral(this=stack, view=True, alias=alias))


def _text(node: exp.Expression) -> str:
    return str(node.this)


def _fits(text: exp.Expression, pattern: str) -> exp.Expression:
    return exp.RegexpLike(this=text, expression=exp.Literal.string(pattern))


def _full_match(node: exp.Expression) -> exp.Expression:
    return _fits(node.this, java_pattern(_text(node.expression), is_whole=True))


def _matches(node: exp.Expression) -> exp.Expression:
    pattern = _text(node.expression)
    return node if pattern.startswith("(?d)") else _fits(node.this, java_pattern(pattern))


def _extract(node: exp.Expression) -> exp.Expression:
    """Match once: Spark gives one group at a time, so all are written in a row and divided.

    The pattern is that of a whole text; any other leaves nothing in the groups.
    """
    names = node.args["group"].expressions
    whole = _text(node.expression).removeprefix("^").removesuffix("$")
    pattern = rf"{java_pattern(whole, is_whole=True)}|(?s:\A.*\z)"
    groups = _BETWEEN.join(f"${place}" for place in range(1, len(names) + 1))
    divided = call("split", call("regexp_replace", node.this, pattern, groups), _BETWEEN, -1)
    parts: list[exp.Expression | str] = []
    for place, name in enumerate(names, start=1):
        parts += [name, call("element_at", exp.column("x"), place)]
    struct = exp.Lambda(this=call("named_struct", *parts), expressions=[exp.to_identifier("x")])
    return call("element_at", call("transform", call("array", divided), struct), 1)


def _replace(node: exp.Expression) -> exp.Expression:
    """Replace what fits everywhere, as Spark does; those patterns that fit once say so."""
    pattern = java_pattern(_text(node.expression))
    new = re.sub(r"\\([0-9])", r"$\1", _text(node.args["replacement"]))
    return call("regexp_replace", node.this, pattern, new)


def _function(node: exp.Expression) -> exp.Expression:
    rewrite = _FUNCTIONS.get(str(node.this).lower())
    return rewrite(node) if rewrite else node


def _hash(node: exp.Expression) -> exp.Expression:
    """Hash with each cell whether it is missing: Spark's hash passes over missing ones."""
    parts: list[exp.Expression] = []
    for each in node.expressions:
        parts += [each.copy(), exp.Is(this=each.copy(), expression=exp.Null())]
    return call("xxhash64", *parts)


def _type(node: exp.Expression) -> exp.Expression:
    kind = _TYPES.get(node.this)
    return exp.DataType.build(kind, dialect="spark") if kind else node


def _cast(node: exp.Expression) -> exp.Expression:
    """Write a double as DuckDB does, whose whole numbers have no exponent."""
    is_text = node.to.this in (_KINDS.VARCHAR, _KINDS.TEXT)
    if not is_text or isinstance(node.this, exp.Column | exp.Cast) or not _makes_double(node.this):
        return node
    return _over(_WRITTEN, node.this)


def _makes_double(node: exp.Expression) -> bool:
    return any(each.to.this == _KINDS.DOUBLE for each in node.find_all(exp.Cast))


def _over(template: str, value: exp.Expression) -> exp.Expression:
    """Return SQL of Spark in which ``{0}`` stands for a value."""
    return cast("exp.Expression", exp.maybe_parse(template.format(f"({value.sql('spark')})"),
                                                  dialect="spark"))  # fmt: skip


def _try_cast(node: exp.Expression) -> exp.Expression:
    """Read a text as DuckDB does: Java also takes "1d" for a number and "12:30" for a time."""
    kind, text = node.to.this, node.this
    if kind == _KINDS.DOUBLE:
        number = exp.cast(call("replace", text.copy(), "_", ""), "DOUBLE")
        return exp.case().when(_fits(text, _DOUBLE), number)
    if kind in _TIMES:
        when = call("translate", call("regexp_extract", text, _TIMESTAMP, 1), "/", "-")
        return exp.TryCast(this=when, to=node.to)
    return node


def _minutes(node: exp.Expression) -> exp.Expression:
    return call("make_dt_interval", 0, 0, node.expressions[0])


def _written(node: exp.Expression) -> exp.Expression:
    """Write a moment; letters that are no part of it stand in apostrophes in Java."""
    pattern = _text(node.args["format"])
    java = re.sub(r"%(\w)|([A-Za-z]+)", lambda m: _FORMATS[m[1]] if m[1] else f"'{m[2]}'", pattern)
    return call("date_format", node.this, java)


def _seconds(node: exp.Expression) -> exp.Expression:
    return exp.cast(node.this, "DOUBLE")


def _look_up(node: exp.Expression) -> exp.Expression:
    """Look up in a map; sqlglot takes its key for a place in what the map is made of."""
    pairs = [part for each in node.this.this.expressions for part in (each.this, each.expression)]
    return call("element_at", call("map", *pairs), *node.this.expressions)


def _in(node: exp.Expression) -> exp.Expression:
    """Compare with pairs one by one, where Spark takes no table and converts no parts of pairs."""
    values = node.expressions
    if len(values) != 1 or not isinstance(values[0], exp.Values):
        return node
    mine = node.this.expressions
    rows = [
        exp.and_(
            *(
                exp.EQ(this=a.copy(), expression=b)
                for a, b in zip(mine, row.expressions, strict=True)
            )
        )
        for row in values[0].expressions
    ]
    return exp.paren(exp.or_(*rows))


def _floor(node: exp.Expression) -> exp.Expression:
    """Round down within doubles: Spark's floor is a 64-bit integer."""
    floor = "CASE WHEN abs({0}) < 9e15D THEN CAST(floor({0}) AS DOUBLE) ELSE {0} END"
    return _over(floor, node.this)


def _xor(node: exp.Expression) -> exp.Expression:
    """Enclose what was a function and is an operator now."""
    return exp.Paren(this=node.copy())


def _number(node: exp.Expression) -> exp.Expression:
    """Say that what has an exponent or many digits is a double; few are a decimal in both."""
    text = _text(node)
    if node.args.get("is_string") or text.isdecimal() or re.fullmatch(r"[0-9.]{1,17}", text):
        return node
    return exp.Literal.number(text if text[-1] in "dD" else f"{text}D")


Rewrite = Callable[[Any], exp.Expression]
_REWRITES: dict[type[exp.Expression], Rewrite] = {
    exp.RegexpFullMatch: _full_match,
    exp.RegexpLike: _matches,
    exp.RegexpExtract: _extract,
    exp.RegexpReplace: _replace,
    exp.Anonymous: _function,
    exp.DataType: _type,
    exp.Cast: _cast,
    exp.TryCast: _try_cast,
    exp.TimeToStr: _written,
    exp.TimeToUnix: _seconds,
    exp.ToMap: _look_up,
    exp.In: _in,
    exp.Floor: _floor,
    exp.BitwiseXor: _xor,
    exp.Literal: _number,
}
_FUNCTIONS: dict[str, Rewrite] = {"hash": _hash, "to_minutes": _minutes}
