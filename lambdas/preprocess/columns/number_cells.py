"""Units of numbers, and SQL that reads numbers as people write them.

It is made of training/written_numbers.py's constants. A cell passes through stages, each a
subquery, so that nothing is computed twice.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from lambdas.preprocess.engine import literal, stacked
from training import written_numbers as written
from training.written_numbers import multiple

_UNIT_SHARE = 0.1  # of the numbers: fewer are rather slips than a unit that others lack
_SAME_UNIT = {
    "us$": "$", "usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "inr": "₹", "rs": "₹",
    "percent": "%", "pct": "%",
}  # fmt: skip
_SHORTEST_PLURAL = 4


class Units(NamedTuple):
    """What a column's numbers are written with.

    Parameters
    ----------
    units : tuple of str
        Those that mean the same, or that multiply.
    has_others : bool
        Whether other units are frequent as well.
    """

    units: tuple[str, ...]
    has_others: bool = False
    multiply: bool = False


def main_unit(counts: Mapping[str, int], *, has_mega: bool) -> Units:
    """Return the most frequent unit in all its spellings, or those that multiply.

    Parameters
    ----------
    counts : mapping of str to int
        Numbers in each unit; those without one under an empty text.
    has_mega : bool
        Whether some unit is "M"; "m" alone is rather metres or minutes.
    """
    if _multiply(counts, has_mega=has_mega):
        return Units(tuple(sorted(unit for unit in counts if unit)), multiply=True)
    groups: dict[str, list[str]] = {}
    for unit in counts:
        groups.setdefault(units_alike(unit), []).append(unit)
    sizes = {group: sum(counts[unit] for unit in units) for group, units in groups.items()}
    few = _UNIT_SHARE * sum(counts.values())
    frequent = sorted((group for group in sizes if group and sizes[group] >= few),
                      key=lambda group: (-sizes[group], group))  # fmt: skip
    if not frequent:
        return Units(())
    return Units(tuple(sorted(groups[frequent[0]])), len(frequent) > 1)


def _multiply(counts: Mapping[str, int], *, has_mega: bool) -> bool:
    """Return whether units multiply: there are several of one currency, or also numbers without."""
    found = [multiple(unit) for unit in counts]
    factors = {factor for factor, _ in found}
    currencies = {units_alike(rest) for _, rest in found} - {""}
    if len(factors) < 2 or len(currencies) > 1 or any(map(str.isalnum, currencies)):
        return False
    return has_mega or bool(currencies) or not factors <= {1.0, 1e6}


def units_alike(unit: str) -> str:
    """Return what spellings of one unit have in common."""
    single = unit.removesuffix("s") if len(unit) >= _SHORTEST_PLURAL else unit
    return _SAME_UNIT.get(unit, single)


def plain(cell: str) -> str:
    """Return the SQL of `written.plain`."""
    translated = f"translate({cell}, {literal(written.ODD)}, {literal(written.PLAIN)})"
    # Nearly every cell is in ASCII, which spares the slow translation.
    is_ascii = f"regexp_full_match({cell}, '[ -_a-~]*')"
    return f"trim(CASE WHEN {is_ascii} THEN {cell} ELSE {translated} END, ' ')"


def folded(cell: str) -> str:
    """Return the SQL of `written.folded`."""
    return f"translate({plain(cell)}, '{written.LARGE}', '{written.SMALL}')"


def judged(
    positions: Sequence[int], units: Mapping[int, Iterable[str]], condition: str = "true"
) -> str:
    """Return the SQL of a table with what columns of texts hold, a row for each cell.

    Parameters
    ----------
    units : mapping of int
        Those that a column's numbers may have, by position.
    condition : str
        Which rows to take.

    Returns
    -------
    str
        A subquery with the cell's row (``id``), column (``n``) and text (``cell``), its ``digits``
        (NULL where it is not a number), ``unit``, ``signs``, whether it is a limit (``at_limit``),
        and whether it is a number in one of the units or without any (``is_read``).
    """
    source = stacked(positions, condition)
    has_unit = _has_unit({n: ("", *units.get(n, ())) for n in positions})
    is_read = f"digits, unit, signs, at_limit, digits IS NOT NULL AND {has_unit} AS is_read"
    for stage in (f"{plain('cell')} AS plain", _taken_apart(), _around(), _parts(), is_read):
        source = f"(SELECT id, n, cell, {stage} FROM {source})"
    return source


def _has_unit(units: Mapping[int, tuple[str, ...]]) -> str:
    if len(set(units.values())) == 1:
        return f"unit IN ({_texts(next(iter(units.values())))})"
    pairs = ", ".join(f"({n}, {literal(unit)})" for n, own in units.items() for unit in own)
    return f"(n, unit) IN (VALUES {pairs})"


def _taken_apart() -> str:
    parts = f"regexp_extract(plain, {literal(f'^(?:{written.PARTS})$')}, ['l', 'n', 'r'])"
    return f"CASE WHEN {_fits('plain', written.CELL)} THEN {parts} END AS m"


def _around() -> str:
    signs = _without("m.l || m.r", written.NOT_SIGN)
    # Without a match the parts are empty, not NULL: "Rs.Rs.0" has pieces of a number only.
    return f"nullif(m.n, '') AS number, m.r AS behind, m.l || m.r AS around, {signs} AS signs"


def _parts() -> str:
    unit = _without("around", written.NOT_UNIT)
    return (
        f"CASE WHEN signs IN ({_texts(written.SIGNS)}) "
        f"THEN {_without('number', written.GROUPING)} END AS digits, "
        f"translate({unit}, '{written.LARGE}', '{written.SMALL}') AS unit, signs, "
        f"contains(behind, '+') OR regexp_matches(around, {literal(written.AT_LIMIT)}) AS at_limit"
    )


def style() -> str:
    """Return the SQL of what digits show of the column: a decimal sign, or that they are open.

    It is ``.`` or ``,`` where a cell shows the decimal sign by itself, ``?.`` or ``?,`` where it
    could separate thousands just as well, else an empty text.
    """
    return (
        f"CASE WHEN {_fits('digits', written.AMBIGUOUS)} "
        "THEN CASE WHEN contains(digits, ',') THEN '?,' ELSE '?.' END "
        f"WHEN {_fits('digits', written.ENDS_IN_COMMA_DECIMALS)} THEN ',' "
        "WHEN contains(digits, ',') THEN '.' "
        f"WHEN {_fits('digits', written.SEVERAL_POINTS)} THEN ',' "
        "WHEN contains(digits, '.') THEN '.' WHEN digits IS NOT NULL THEN '' END"
    )


def value(form: written.NumberForm) -> str:
    """Return the SQL of a cell of `judged` as DOUBLE; NULL where the form does not read it."""
    sign = f"CASE WHEN signs IN ({_texts(written.NEGATIVE)}) THEN -1 ELSE 1 END"
    if form.multiplies:
        sign += _times(form.units)
    return f"CASE WHEN is_read THEN {sign} * TRY_CAST({_with_point(form.decimal)} AS DOUBLE) END"


def _times(units: Iterable[str]) -> str:
    cases = " ".join(f"WHEN {literal(each)} THEN {written.multiple(each)[0]}" for each in units)
    return f" * CASE unit {cases} ELSE 1.0 END" if cases else ""


def _with_point(decimal: str) -> str:
    """Return the SQL of `written.with_point`."""
    comma = _fits("digits", written.ENDS_IN_COMMA_DECIMALS)
    several = _fits("digits", written.SEVERAL_POINTS)
    is_open = _fits("digits", written.AMBIGUOUS)
    if decimal == ".":
        comma = f"({comma} AND NOT {is_open})"
    else:
        several = f"({several} OR {is_open})"
    without = "replace(digits, ',', '')"
    return (
        f"CASE WHEN {comma} THEN replace(replace(digits, '.', ''), ',', '.') "
        f"WHEN {several} THEN replace({without}, '.', '') ELSE {without} END"
    )


def _fits(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {literal(pattern)})"


def _without(text: str, pattern: str) -> str:
    return f"regexp_replace({text}, {literal(pattern)}, '', 'g')"


def _texts(texts: Iterable[str]) -> str:
    return ", ".join(literal(text) for text in texts)
