"""What the text of a cell means: missing, a number, or a text; in SQL and in Python alike."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lambdas.preprocess.engine import literal
from training.written_numbers import BLANK

# Spellings of "no value". Left out on purpose, as they are values in real tables: "-" (Rh factor),
# "Na" (sodium), "None" and "unknown" (answers to a question).
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


def is_number(cell: str) -> bool:
    """Tell whether a trimmed cell is a number, an infinite one included."""
    return _NUMERIC.fullmatch(cell) is not None


def missing_sql(missing: Sequence[str]) -> str:
    """Return the spellings of "no value" as a list of SQL."""
    return ", ".join(literal(token) for token in missing)


def trimmed(column: str, missing: Sequence[str] = MISSING) -> str:
    """Return the SQL of a column of texts without blanks around them, NULL where missing."""
    text = f"trim({column}, {literal(BLANK)})"
    return f"CASE WHEN {text} NOT IN ({missing_sql(missing)}) THEN {text} END"


def is_untidy(column: str) -> str:
    """Return the SQL that tells whether `trimmed` would change a cell.

    Printable ASCII at both ends settles nearly every cell without the slow `trim`.
    """
    ends = (f"{column}[{end}] BETWEEN '!' AND '~'" for end in (1, -1))
    text = f"trim({column}, {literal(BLANK)})"
    return f"CASE WHEN {' AND '.join(ends)} THEN false ELSE {text} <> {column} END"


def number(column: str) -> str:
    """Return the SQL of a column of texts as DOUBLE, NULL where it is no usable number."""
    value = f"TRY_CAST({column} AS DOUBLE)"
    return (
        f"CASE WHEN regexp_full_match({column}, '{NUMBER}') AND abs({value}) <= {LARGEST_NUMBER} "
        f"THEN {value} END"
    )


def usable(column: str) -> str:
    """Return the SQL of a column of numbers, NULL where training can't compute with it."""
    return f"CASE WHEN abs({column}) <= {LARGEST_NUMBER} THEN {column} END"
