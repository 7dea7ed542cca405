"""SQL that reads numbers as people write them, made of training/written_numbers.py's constants.

A cell passes through stages, each a subquery, so that nothing is computed twice.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Iterable

from lambdas.preprocess.engine import literal
from training import written_numbers as written


def plain(cell: str) -> str:
    """Return the SQL of `written.plain`."""
    translated = f"translate({cell}, {literal(written.ODD)}, {literal(written.PLAIN)})"
    # Nearly every cell is in ASCII, which spares the slow translation.
    is_ascii = f"regexp_full_match({cell}, '[ -_a-~]*')"
    return f"trim(CASE WHEN {is_ascii} THEN {cell} ELSE {translated} END, ' ')"


def folded(cell: str) -> str:
    """Return the SQL of `written.folded`."""
    return f"translate({plain(cell)}, '{written.LARGE}', '{written.SMALL}')"


def judged(positions: Iterable[int], condition: str = "true") -> str:
    """Return the SQL of a table with what columns of texts hold, a row for each row of ``data``.

    Parameters
    ----------
    positions : iterable of int
        Columns, ``c0`` and so on.
    condition : str
        Which rows to take.

    Returns
    -------
    str
        A subquery with ``id`` (the row's), and for each column its cells (``c0``), digits
        (``digits0``; NULL where a cell is no number), unit (``unit0``), signs (``signs0``) and
        whether it is a limit (``limit0``).
    """
    positions = list(positions)
    columns = ["id", *(f"c{n}" for n in positions)]
    source = f"(SELECT rowid AS {', '.join(columns)} FROM data WHERE {condition})"
    for stage in (_plain, _taken_apart, _around, _parts):
        made = [stage(n) for n in positions]
        source = f"(SELECT {', '.join([*columns, *made])} FROM {source})"
    return source


def _plain(n: int) -> str:
    return f"{plain(f'c{n}')} AS plain{n}"


def _taken_apart(n: int) -> str:
    parts = f"regexp_extract(plain{n}, {literal(f'^(?:{written.PARTS})$')}, ['l', 'n', 'r'])"
    return f"CASE WHEN {_fits(f'plain{n}', written.CELL)} THEN {parts} END AS m{n}"


def _around(n: int) -> str:
    around = f"m{n}.l || m{n}.r"
    signs = _without(around, written.NOT_SIGN)
    return f"m{n}.n AS number{n}, m{n}.r AS behind{n}, {around} AS around{n}, {signs} AS signs{n}"


def _parts(n: int) -> str:
    digits = _without(f"number{n}", written.GROUPING)
    unit = _without(f"around{n}", written.NOT_UNIT)
    limit = f"(contains(behind{n}, '+') OR regexp_matches(around{n}, {literal(written.AT_LIMIT)}))"
    return (
        f"CASE WHEN signs{n} IN ({_texts(written.SIGNS)}) THEN {digits} END AS digits{n}, "
        f"translate({unit}, '{written.LARGE}', '{written.SMALL}') AS unit{n}, "
        f"signs{n}, {limit} AS limit{n}"
    )


def style(digits: str) -> str:
    """Return the SQL of what digits show of the column: a decimal sign, or that they are open.

    It is ``.`` or ``,`` where a cell shows the decimal sign by itself, ``?.`` or ``?,`` where it
    could separate thousands just as well, else an empty text.
    """
    return (
        f"CASE WHEN {_fits(digits, written.AMBIGUOUS)} "
        f"THEN CASE WHEN contains({digits}, ',') THEN '?,' ELSE '?.' END "
        f"WHEN {_fits(digits, written.ENDS_IN_COMMA_DECIMALS)} THEN ',' "
        f"WHEN contains({digits}, ',') THEN '.' "
        f"WHEN {_fits(digits, written.SEVERAL_POINTS)} THEN ',' "
        f"WHEN contains({digits}, '.') THEN '.' WHEN {digits} IS NOT NULL THEN '' END"
    )


def is_read(n: int, units: Iterable[str]) -> str:
    """Return the SQL that tells whether a cell is a number in one of the units, or without any."""
    return f"(digits{n} IS NOT NULL AND unit{n} IN ({_texts(('', *units))}))"


def value(n: int, form: written.NumberForm) -> str:
    """Return the SQL of a cell of `judged` as DOUBLE; NULL where the form does not read it."""
    sign = f"CASE WHEN signs{n} IN ({_texts(written.NEGATIVE)}) THEN -1 ELSE 1 END"
    digits = _with_point(f"digits{n}", form.decimal)
    if form.multiplies:
        sign += _times(f"unit{n}", form.units)
    return f"CASE WHEN {is_read(n, form.units)} THEN {sign} * TRY_CAST({digits} AS DOUBLE) END"


def _times(unit: str, units: Iterable[str]) -> str:
    cases = " ".join(f"WHEN {literal(each)} THEN {written.multiple(each)[0]}" for each in units)
    return f" * CASE {unit} {cases} ELSE 1.0 END" if cases else ""


def _with_point(digits: str, decimal: str) -> str:
    """Return the SQL of `written.with_point`."""
    comma = _fits(digits, written.ENDS_IN_COMMA_DECIMALS)
    several = _fits(digits, written.SEVERAL_POINTS)
    is_open = _fits(digits, written.AMBIGUOUS)
    if decimal == ".":
        comma = f"({comma} AND NOT {is_open})"
    else:
        several = f"({several} OR {is_open})"
    without = f"replace({digits}, ',', '')"
    return (
        f"CASE WHEN {comma} THEN replace(replace({digits}, '.', ''), ',', '.') "
        f"WHEN {several} THEN replace({without}, '.', '') ELSE {without} END"
    )


def _fits(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {literal(pattern)})"


def _without(text: str, pattern: str) -> str:
    return f"regexp_replace({text}, {literal(pattern)}, '', 'g')"


def _texts(texts: Iterable[str]) -> str:
    return ", ".join(literal(text) for text in texts)
