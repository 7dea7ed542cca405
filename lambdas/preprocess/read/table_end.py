"""What stands below a table: totals, sources and notes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lambdas.preprocess.columns.cells import is_number

# Words for totals in the languages that spreadsheets are most often in.
_TOTAL = re.compile(
    r"((grand|sub)[ -]?)?totale?s?|sums?|averages?|avg\.?|means?|counts?"
    r"|summe|gesamt(summe)?|mittelwert|durchschnitt|anzahl|suma|promedio|media|somme|moyenne|totaal"
    r"|итого|всего",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"[*©(\[]|(source|note|generated|created|exported|printed|page|end of|rows?|records?|quelle"
    r"|hinweis|fuente|nota|página|remarque)\b",
    re.IGNORECASE,
)


def is_total(cells: Sequence[str], above: Sequence[str]) -> bool:
    """Tell whether a full row is the total of those above it.

    Parameters
    ----------
    cells : sequence of str
    above : sequence of str
        The row above it, empty if there is none.
    """
    if not above or not begins_as_total(cells):
        return False
    first = next(place for place, cell in enumerate(cells) if cell.strip())
    has_gap = sum(not cell.strip() for cell in cells) > sum(not cell.strip() for cell in above)
    return has_gap or (first < len(above) and is_number(above[first].strip()))


def begins_as_total(cells: Sequence[str]) -> bool:
    """Tell whether the first filled cell is a word for a total."""
    filled = (cell for cell in cells if cell.strip())
    return _is_word_for_total(next(filled, ""))


def is_note(cells: Sequence[str], width: int, below_blank_line: bool, is_cut_off: bool) -> bool:
    """Tell whether a record that is no row of the table is a note below it.

    A row that lost its end when the file was cut off is none.

    Parameters
    ----------
    cells : sequence of str
    width : int
        Fields of a row.
    below_blank_line : bool
    is_cut_off : bool
        Whether the file may end within this record, as no line end follows it.
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled or is_number(filled[0]) or (len(cells) > width and len(filled) > 1):
        return not filled
    first = filled[0]
    said = below_blank_line or ":" in first or _NOTE.match(first) or _is_word_for_total(first)
    return bool(said) or (len(filled) == 1 and " " in first and not is_cut_off)


def _is_word_for_total(cell: str) -> bool:
    return _TOTAL.fullmatch(cell.strip().rstrip(":").rstrip()) is not None
