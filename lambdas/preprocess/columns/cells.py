"""What the text of a cell means: missing, a number, a phone number, or a text.

In SQL and in Python alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lambdas.preprocess.engine import literal
from training.written_numbers import BLANK

# Spellings of "no value". "-" (Rh factor), "Na" (sodium), "None" and "unknown" (answers to a
# question) are not among them: they are values in real tables.
MISSING = (
    *("", "NA", "na", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NaN", "nan", "NAN", "-nan"),
    *("null", "NULL", "Null", "?", "."),
)
# A number as training and serving read it. DuckDB alone would also take "1_000" and "inf".
NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
INFINITE = r"[+-]?(?i:inf(inity)?)"
# Forests compute in 32-bit floats; a larger number would end training.
LARGEST_NUMBER = 3.0e38
_NUMERIC = re.compile(f"{NUMBER}|{INFINITE}")
# Compared as training/written_numbers.py folds them: small ASCII letters, no blanks around.
_NO_VALUE = frozenset(
    word.strip()
    for word in """
    - ; -- ; --- ; * ; ** ; ... ; / ; x ; none ; no ; nil ; null ; nan ; na ; n/a ; n.a. ; n.a ; nav
    n.av. ; nd ; n/d ; n.d. ; nr ; n/r ; n.r. ; nk ; n/k ; nt ; n/t ; tbd ; tba ; tbc ; qns ; #n/a
    #na ; #value! ; #div/0! ; #ref! ; #name? ; #num! ; #null! ; unknown ; unk ; unkn ; missing
    pending ; refused ; refusal ; declined ; cancelled ; canceled ; invalid ; error ; err ; void
    blank ; empty ; undetermined ; indeterminate ; inconclusive ; unavailable ; unspecified
    undefined ; unrecorded ; unreported ; undisclosed ; withheld ; confidential ; haemolysed
    hemolyzed ; hemolysed ; clotted ; insufficient ; not done ; not known ; not available
    not applicable ; not recorded ; not measured ; not tested ; not reported ; not performed
    not assessed ; not given ; not stated ; not specified ; not provided ; not collected ; not taken
    not obtained ; not detected ; not determined ; not found ; not asked ; no data ; no result
    no value ; no answer ; no response ; no sample ; no information ; data missing
    to be determined ; to be confirmed ; prefer not to say ; prefer not to answer ; don't know
    dont know ; do not know ; see note ; see notes ; see comment
    desconocido ; desconocida ; ninguno ; ninguna ; pendiente ; rechazado ; rehusado ; s/d ; s.d.
    n/c ; ns ; nc ; ns/nc ; sin datos ; sin dato ; no realizado ; no realizada ; no disponible
    no aplica ; no consta ; no sabe ; no contesta ; no medido
    inconnu ; inconnue ; manquant ; aucun ; non fait ; non disponible ; unbekannt ; fehlt ; fehlend
    k.a. ; keine ; keine angabe ; keine angaben ; nicht bekannt ; nicht gemessen ; nicht erhoben
    sconosciuto ; mancante ; non disponibile ; non eseguito ; desconhecido ; ausente ; recusado
    0000-00-00 ; 0000-00-00 00:00:00 ; 00/00/0000 ; 00.00.0000 ; 00-00-0000
    """.replace("\n", ";").split(";")
    if word.strip()
)
# Digits of an international number (ITU-T E.164); with few, only the column's name can show it.
_FEWEST_DIGITS, _FEWEST_NAMED, _MOST_DIGITS = 10, 7, 15
_NEARLY_ALL, _MOSTLY = 0.9, 0.5
_WRITTEN = "[+(]?[0-9][0-9 ()./-]*"
_MARKED = r"(?:\+|\([0-9]{2,5}\) *[0-9]).*"
_NAMES = re.compile(
    r"(?i)phone|tel[eé]fono|telefon|(?:^|[^a-z])(?:tel|fax|cel|m[oó]vil|mobile|celular)(?:[^a-z]|$)"
)
# Seconds and milliseconds since 1970 have as many digits in each row, too.
_TIMES = {10: ("0900000000", "2200000000"), 13: ("0900000000000", "2200000000000")}


def is_number(cell: str) -> bool:
    """Return whether a trimmed cell is a number, an infinite one included."""
    return _NUMERIC.fullmatch(cell) is not None


def missing_sql(missing: Sequence[str]) -> str:
    """Return the spellings of "no value" as a list of SQL."""
    return ", ".join(literal(token) for token in missing)


def trimmed(column: str, missing: Sequence[str] = MISSING) -> str:
    """Return the SQL of a column of texts without blanks around them, NULL where missing."""
    text = f"trim({column}, {literal(BLANK)})"
    return f"CASE WHEN {text} NOT IN ({missing_sql(missing)}) THEN {text} END"


def is_untidy(column: str) -> str:
    """Return the SQL of whether `trimmed` would change a cell.

    Printable ASCII at both ends settles nearly every cell without the slow `trim`.
    """
    ends = (f"{column}[{end}] BETWEEN '!' AND '~'" for end in (1, -1))
    text = f"trim({column}, {literal(BLANK)})"
    return f"CASE WHEN {' AND '.join(ends)} THEN false ELSE {text} <> {column} END"


def number(column: str) -> str:
    """Return the SQL of a column of texts as DOUBLE, NULL where it is not a usable number."""
    value = f"TRY_CAST({column} AS DOUBLE)"
    return (
        f"CASE WHEN regexp_full_match({column}, '{NUMBER}') AND abs({value}) <= {LARGEST_NUMBER} "
        f"THEN {value} END"
    )


def usable(column: str) -> str:
    """Return the SQL of a column of numbers, NULL where training can't compute with it."""
    return f"CASE WHEN abs({column}) <= {LARGEST_NUMBER} THEN {column} END"


def all_known(words: Iterable[str]) -> bool:
    """Return whether every word is known to stand for "no value"."""
    return _NO_VALUE.issuperset(words)


class PhoneFigures(NamedTuple):
    """What the cells of a column show.

    Parameters
    ----------
    named, written, marked : int
        Cells of as many digits as a phone number has in a column so called or in any; and those of
        the latter that begin with a plus or a number in brackets.
    digits : int
        Cells of digits alone.
    shortest, longest : int
        Signs of a cell.
    least, most : str
        The first and the last cell in alphabetical order.
    """

    named: int
    written: int
    marked: int
    digits: int
    shortest: int
    longest: int
    least: str
    most: str

    @classmethod
    def of(cls, cells: Sequence[str]) -> PhoneFigures:
        """Return the figures of some cells."""
        found = [cell for cell in cells if re.fullmatch(_WRITTEN, cell)]
        written = [cell for cell in found if _has_digits(cell, _FEWEST_DIGITS)]
        return cls(
            named=sum(_has_digits(cell, _FEWEST_NAMED) for cell in found),
            written=len(written),
            marked=sum(re.fullmatch(_MARKED, cell) is not None for cell in written),
            digits=sum(cell.isdecimal() for cell in cells),
            shortest=min(map(len, cells)),
            longest=max(map(len, cells)),
            least=min(cells),
            most=max(cells),
        )


def _has_digits(cell: str, fewest: int) -> bool:
    return fewest <= len(re.sub("[^0-9]", "", cell)) <= _MOST_DIGITS


def phone_figures(column: str) -> str:
    """Return the SQL of a column's `PhoneFigures`, a struct."""
    digits = f"length(regexp_replace({column}, '[^0-9]', '', 'g'))"
    fits = f"regexp_full_match({column}, {literal(_WRITTEN)}) AND {digits}"
    written = f"{fits} BETWEEN {_FEWEST_DIGITS} AND {_MOST_DIGITS}"
    return (
        f"{{named: count_if({fits} BETWEEN {_FEWEST_NAMED} AND {_MOST_DIGITS}), "
        f"written: count_if({written}), "
        f"marked: count_if({written} AND regexp_full_match({column}, {literal(_MARKED)})), "
        f"digits: count_if(regexp_full_match({column}, '[0-9]+')), "
        f"shortest: min(length({column})), longest: max(length({column})), "
        f"least: min({column}), most: max({column})}}"
    )


def are_phones(found: PhoneFigures, filled: int, name: str) -> bool:
    """Return whether a column holds phone numbers, or numbers as long of something else."""
    if _NAMES.search(name) and found.named >= _NEARLY_ALL * filled:
        return True
    if found.written < _NEARLY_ALL * filled:
        return False
    if found.marked >= _MOSTLY * filled:
        return True
    is_fixed = found.digits == filled and found.shortest == found.longest
    earliest, latest = _TIMES.get(found.longest, ("", ""))
    return is_fixed and not earliest <= found.least <= found.most <= latest


def mostly_phones(found: PhoneFigures, filled: int, name: str) -> bool:
    """Return whether texts that cannot be computed with are phone numbers, not measurements."""
    return are_phones(found, filled, name) or found.written >= _NEARLY_ALL * filled
