"""SQL that reads dates as people write them, made of training/written_dates.py's constants."""

from __future__ import annotations

from lambdas.preprocess.engine import literal
from training import written_dates as written

_PART = {
    name: f"p{place}"
    for place, name in enumerate(
        ("%Y", "%y", "%m", "%b", "%d", "%H", "%I", "%M", "%S", "%f", "%p", "%z")
    )
}


def moment(cell: str, pattern: str) -> str:
    """Return the SQL of a cell as TIMESTAMP in UTC; NULL where the pattern does not read it.

    Parameters
    ----------
    cell : str
        SQL of a text without blanks around it.
    pattern : str
    """
    form = written.shape(pattern)
    names = ", ".join(literal(_PART[part]) for part in form.parts)
    whole = literal(f"^(?:{form.regex})$")
    found = f"regexp_extract({cell}, {whole}, [{names}])"
    fits = f"regexp_full_match({cell}, {literal(form.regex)})"
    # A list of one, so that the parts are taken once.
    return f"CASE WHEN {fits} THEN list_transform([{found}], lambda p: {_made(form.parts)})[1] END"


def _made(parts: tuple[str, ...]) -> str:
    day = f"p.{_PART['%d']}" if "%d" in parts else "'1'"
    day = f"{_year(parts)} || '-' || {_month(parts)} || '-' || {day}"
    if "%H" not in parts and "%I" not in parts:
        return f"TRY_CAST({day} AS TIMESTAMP)"
    minute, second, fraction = (_text(parts, part) for part in ("%M", "%S", "%f"))
    time = f"{_hour(parts)} || ':' || {minute} || ':' || {second} || '.' || {fraction}"
    made = f"TRY_CAST({day} || ' ' || {time} AS TIMESTAMP)"
    return f"{made} - to_minutes({_offset()})" if "%z" in parts else made


def _year(parts: tuple[str, ...]) -> str:
    if "%Y" in parts:
        return f"p.{_PART['%Y']}"
    short = f"p.{_PART['%y']}"
    return f"CASE WHEN CAST({short} AS INT) >= {written.PIVOT} THEN '19' ELSE '20' END || {short}"


def _month(parts: tuple[str, ...]) -> str:
    if "%m" in parts:
        return f"p.{_PART['%m']}"
    names = ", ".join(f"{literal(name)}: {number}" for name, number in written.MONTHS.items())
    return f"CAST(MAP {{{names}}}[lower(left(p.{_PART['%b']}, 3))] AS VARCHAR)"


def _text(parts: tuple[str, ...], part: str) -> str:
    return (
        f"CASE WHEN p.{_PART[part]} = '' THEN '0' ELSE p.{_PART[part]} END"
        if part in parts
        else "'0'"
    )


def _hour(parts: tuple[str, ...]) -> str:
    hour = f"CAST({_text(parts, '%H' if '%H' in parts else '%I')} AS INT)"
    if "%p" not in parts:
        return f"CAST({hour} AS VARCHAR)"
    half = f"p.{_PART['%p']}"
    later = f"CASE WHEN lower({half}) = 'p' THEN 12 ELSE 0 END"
    # An hour of 99 makes no time: "13:00 pm".
    noon = f"CASE WHEN {hour} BETWEEN 1 AND 12 THEN {hour} % 12 + {later} ELSE 99 END"
    return f"CAST(CASE WHEN {half} = '' THEN {hour} ELSE {noon} END AS VARCHAR)"


def _offset() -> str:
    zone = f"p.{_PART['%z']}"
    minutes = f"CAST({zone}[2:3] AS INT) * 60 + CAST({zone}[-2:] AS INT)"
    sign = f"CASE WHEN {zone}[1] = '-' THEN -1 ELSE 1 END"
    return f"CASE WHEN {zone} IN ('', 'Z', 'UTC', 'GMT') THEN 0 ELSE {sign} * ({minutes}) END"


def iso(moment_: str) -> str:
    """Return the SQL of `written.iso`."""
    day, time = "'%Y-%m-%d'", "'%Y-%m-%dT%H:%M:%S'"
    return (
        f"CASE WHEN {moment_} = date_trunc('day', {moment_}) THEN strftime({moment_}, {day}) "
        f"WHEN {moment_} = date_trunc('second', {moment_}) THEN strftime({moment_}, {time}) "
        f"ELSE strftime({moment_}, '%Y-%m-%dT%H:%M:%S.%f') END"
    )
