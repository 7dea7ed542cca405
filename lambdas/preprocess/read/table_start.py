"""Where a table begins below titles, notes and dates of a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise, takewhile

from lambdas.preprocess.columns.cells import MISSING, is_number

Record = list[str]
_MOST_ABOVE = 40
_ROWS_LOOKED_AT = 200


def usual_width(records: Sequence[Record]) -> int:
    """Return the number of fields that most records of more than one have."""
    widths = Counter(len(record) for record in records if len(record) > 1)
    return widths.most_common(1)[0][0] if widths else 1


def table_start(records: Sequence[Record]) -> int:
    """Return the position of the header, or of the first row where there is none.

    Titles are narrower or wider than the table, or filled up with delimiters to its width. Where
    it is doubtful whether a line is a title or a header that does not fit its rows, it is a header:
    the rows are then refused, and nothing is lost unsaid.

    Parameters
    ----------
    records : sequence of list of str
        The first records of a file, blank lines as empty lists; at least one is not blank.
    """
    width = usual_width(records)
    filled = [
        place for place, record in enumerate(records[:_MOST_ABOVE]) if any(map(_text, record))
    ]
    if not filled:
        return 0
    if _tells_sizes(records, filled[0], width) or _groups_names(records, filled[0], width):
        return filled[0] + 1
    full = [at for at in filled if len(records[at]) == width and not _is_title(records[at])]
    if not full:
        return filled[0]
    padded = list(takewhile(lambda at: not _text(records[at][-1]), full))
    if 0 < len(padded) < len(full) and _is_surely_header(records, full[len(padded)]):
        return full[len(padded)]
    below = dict(pairwise(filled))
    steady = [at for at in full if len(records[below.get(at, at)]) == width]
    if steady and steady[0] != full[0] and _is_surely_header(records, steady[0]):
        return steady[0]
    above = filled[: filled.index(full[0])]
    return _below(records, above, full[0], width) if above else full[0]


def _groups_names(records: Sequence[Record], at: int, width: int) -> bool:
    """Tell a line above the names that groups them: "Patient,,Blood,"."""
    first, second = ([_text(cell) for cell in record] for record in [*records[at : at + 2], []][:2])
    is_grouping = bool(first) and bool(first[0]) and 1 < sum(map(bool, first)) < width
    fits = len(first) == len(second) == width and all(second) and len(set(second)) == width
    return is_grouping and fits and _is_surely_header(records, at + 1)


def _tells_sizes(records: Sequence[Record], at: int, width: int) -> bool:
    """Tell a line of the numbers of rows and columns, then the classes, as scikit-learn has."""
    cells = [_text(cell) for cell in records[at]]
    sizes, names = cells[:2], cells[2:]
    if len(sizes) < 2 or not all(map(str.isdecimal, sizes)) or any(map(is_number, names)):
        return False
    rows = sum(map(bool, records[at + 1 :]))
    return int(sizes[1]) in (width - 1, width) and int(sizes[0]) >= rows > 1


def _below(records: Sequence[Record], above: Sequence[int], first: int, width: int) -> int:
    """Return ``first``, or the place above it that may be its header."""
    if _is_surely_header(records, first):
        return first
    headers = [
        place
        for place in above
        if len(records[place]) == width - 1 or sum(map(bool, map(_text, records[place]))) > 1
    ]
    padded = [place for place in above if len(records[place]) == width]
    return max([*headers, *padded], default=first)


def _text(cell: str) -> str:
    return cell.strip()


def _is_title(record: Record) -> bool:
    """Tell a title that is filled up to the table's width: "Visits,,,"."""
    cells = [_text(cell) for cell in record]
    filled = sum(map(bool, cells))
    return bool(cells[0]) and not cells[-1] and filled <= max(1, len(cells) // 3)


def _is_surely_header(records: Sequence[Record], at: int) -> bool:
    """Tell names that stand above numbers, or above texts that repeat and never are the name."""
    names = [_text(cell) for cell in records[at]]
    if any(is_number(name) for name in names) or not all(names[1:]):
        return False
    below = records[at + 1 : at + 1 + _ROWS_LOOKED_AT]
    rows = [row for row in below if len(row) == len(names)]
    columns = [
        [cell for cell in map(_text, column) if cell not in MISSING]
        for column in zip(*rows, strict=True)
    ]
    return any(
        len(cells) > 2 and (_numeric(cells) or _repeats(name, cells))
        for name, cells in zip(names, columns, strict=False)
    )


def _numeric(cells: Sequence[str]) -> bool:
    return sum(is_number(cell.replace(",", ".")) for cell in cells) >= 0.9 * len(cells)


def _repeats(name: str, cells: Sequence[str]) -> bool:
    return name not in cells and len(set(cells)) <= len(cells) // 2
