"""Where a table begins below titles and notes, whether it has a header, and its columns' names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise, takewhile

from lambdas.preprocess.columns.cells import MISSING, all_known, is_number
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed
from training.written_numbers import folded, parts

Record = list[str]
_MOST_ABOVE = 40
_ROWS_COMPARED = 200
_FEWEST_ROWS, _NEARLY_ALL = 3, 0.9
_YEARS = range(1800, 2101)
_RULE = re.compile(":?-{2,}:?")  # as in Markdown


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
    records : sequence of list of str, trimmed
        The first records of a file, blank lines as empty lists; at least one is not blank.
    """
    width = usual_width(records)
    filled = [place for place, record in enumerate(records[:_MOST_ABOVE]) if any(record)]
    if not filled:
        return 0
    if _tells_sizes(records, filled[0], width) or _groups_names(records, filled[0], width):
        return filled[0] + 1
    full = [at for at in filled if len(records[at]) == width and not _is_title(records[at])]
    if not full:
        return filled[0]
    padded = list(takewhile(lambda at: not records[at][-1], full))
    if 0 < len(padded) < len(full) and _is_surely_header(records, full[len(padded)]):
        return full[len(padded)]
    below = dict(pairwise(filled))
    steady = [at for at in full if len(records[below.get(at, at)]) == width]
    if steady and steady[0] != full[0] and _is_surely_header(records, steady[0]):
        return steady[0]
    above = filled[: filled.index(full[0])]
    return _below(records, above, full[0], width) if above else full[0]


def _groups_names(records: Sequence[Record], at: int, width: int) -> bool:
    """Return whether a line above the names groups them: "Patient,,Blood,"."""
    first, second = [*records[at : at + 2], []][:2]
    is_grouping = bool(first) and bool(first[0]) and 1 < sum(map(bool, first)) < width
    fits = len(first) == len(second) == width and all(second) and len(set(second)) == width
    return is_grouping and fits and _is_surely_header(records, at + 1)


def _tells_sizes(records: Sequence[Record], at: int, width: int) -> bool:
    """Return whether a line gives the numbers of rows and columns, as scikit-learn's files do."""
    sizes, names = records[at][:2], records[at][2:]
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
        if len(records[place]) == width - 1 or sum(map(bool, records[place])) > 1
    ]
    padded = [place for place in above if len(records[place]) == width]
    return max([*headers, *padded], default=first)


def _is_title(record: Record) -> bool:
    """Return whether it is a title that is filled up to the table's width: "Visits,,,"."""
    filled = sum(map(bool, record))
    return bool(record[0]) and not record[-1] and filled <= max(1, len(record) // 3)


def _is_surely_header(records: Sequence[Record], at: int) -> bool:
    """Return whether names stand above numbers, or above texts that repeat, but not the name."""
    names = records[at]
    if any(is_number(name) for name in names) or not all(names[1:]):
        return False
    below = records[at + 1 : at + 1 + _ROWS_COMPARED]
    rows = [row for row in below if len(row) == len(names)]
    columns = [_filled(rows, place) for place in range(len(names))]
    return any(
        len(cells) >= _FEWEST_ROWS and (_numeric(cells) or _repeats(name, cells))
        for name, cells in zip(names, columns, strict=True)
    )


def _filled(records: Sequence[Record], place: int) -> list[str]:
    """Return a column's cells that are not missing."""
    cells = (record[place] for record in records[:_ROWS_COMPARED] if place < len(record))
    return [cell for cell in cells if cell not in MISSING]


def _is_decimal(cell: str) -> bool:
    return cell not in MISSING and is_number(cell.replace(",", "."))


def _numeric(cells: Sequence[str], fewest: int = 1) -> bool:
    return len(cells) >= fewest and sum(map(_is_decimal, cells)) >= _NEARLY_ALL * len(cells)


def _repeats(name: str, cells: Sequence[str]) -> bool:
    return name not in cells and len(set(cells)) <= len(cells) // 2


def has_header(records: Sequence[Record]) -> bool:
    """Judge by the first record's numbers.

    Names are rarely numbers: only years, or a count from column to column. So a first record with
    another number is data, unless a word in it stands above a column of numbers. Without any
    number they look alike, and files mostly have a header.

    Parameters
    ----------
    records : sequence of list of str, trimmed
        The first records of a file, at least one.
    """
    first = records[0]
    numbers = [place for place, cell in enumerate(first) if _is_decimal(cell)]
    if not numbers or (any(not cell for cell in first[1:-1]) and not _has_value(first, numbers)):
        return True
    columns = [_filled(records[1:], place) for place in range(len(first))]
    words = (
        place for place, cell in enumerate(first) if cell not in MISSING and place not in numbers
    )
    if any(_numeric(columns[place]) for place in words):
        return True
    return _names_by_counting([first[place] for place in numbers], columns, numbers)


def _has_value(first: list[str], numbers: list[int]) -> bool:
    """Return whether a record with gaps is data all the same: it has fractions."""
    return any("." in first[place] or "," in first[place] for place in numbers)


def _names_by_counting(names: list[str], columns: list[list[str]], places: list[int]) -> bool:
    """Return whether names are years or counts above other numbers, as in "country,1990,1991"."""
    if not all(name.isascii() and name.isdigit() for name in names):
        return False
    values = [int(name) for name in names]
    steps = {later - earlier for earlier, later in pairwise(values)}
    counts = len(values) > 2 and len(steps) == 1 and steps != {0}
    years = all(value in _YEARS for value in values)
    same = all(_all_years(columns[place]) for place in places)
    return counts or (years and not same)


def _all_years(cells: list[str]) -> bool:
    return bool(cells) and all(cell.isdigit() and int(cell) in _YEARS for cell in cells)


def is_second_header(records: Sequence[Record]) -> bool:
    """Return whether the record below the header describes the columns rather than being a row.

    It has words where all other rows have numbers, at least two, or one and nothing else; and no
    text of it stands in another row. Words for "no value" make it a row.

    Parameters
    ----------
    records : sequence of list of str, trimmed
        The header and the first records below it.
    """
    if len(records) < 2 + _FEWEST_ROWS or len(records[1]) != len(records[0]):
        return False
    second, below = records[1], records[2 : 2 + _ROWS_COMPARED]
    filled = list(filter(None, second))
    if filled and all(map(_RULE.fullmatch, filled)):
        return True
    below = [row for row in below if len(row) == len(second)]
    found = Counter(_kind(cell, _filled(below, place)) for place, cell in enumerate(second))
    return not found["row"] and (found["words"] > 1 or (found["words"] == 1 and not found["text"]))


def _kind(cell: str, filled: Sequence[str]) -> str:
    """Compare a cell with those below it: words where there are numbers, or a row's cell."""
    if not cell or (cell == "-" and cell not in filled):
        return "nothing"
    if _numeric(filled, _FEWEST_ROWS):
        is_row = parts(cell) or cell in MISSING or all_known([folded(cell)])
        return "row" if is_row else "words"
    if cell in filled:
        return "row"
    return "text" if filled and not cell.startswith(("(", "[")) else "nothing"


def name_columns(
    header: Sequence[str],
) -> tuple[tuple[str, ...], frozenset[int], list[Finding]]:
    """Give every column a name of its own.

    Returns
    -------
    names : tuple of str
        By position; an unnamed column is called after its position, a repeated name is numbered.
    unnamed : frozenset of int
        Positions without a name in the file.
    findings : list of Finding
        One for each repeated name, and one if only some columns have names.
    """
    taken = {given for given in header if given}
    seen: Counter[str] = Counter()
    names: list[str] = []
    called: dict[str, list[str]] = {}
    for position, given in enumerate(header):
        name = given or f"col_{position + 1}"
        if seen[name] or (not given and name in taken):
            name = _numbered(name, seen, taken)
        seen[name] += 1
        taken.add(name)
        names.append(name)
        if given and name != given:
            called.setdefault(given, []).append(name)
    findings = [_repeated(given, others) for given, others in called.items()]
    unnamed = [position for position, given in enumerate(header) if not given]
    if 0 < len(unnamed) < len(names):
        shown = listed([names[position] for position in unnamed])
        text = Message(
            "a column without a name is called after its position: {names}",
            "{count} columns without a name are called after their positions: {names}",
            count=len(unnamed),
            names=shown,
        )
        findings.append(Finding("UnnamedColumn", text, column=names[unnamed[0]]))
    return tuple(names), frozenset(unnamed), findings


def _numbered(name: str, seen: Counter[str], taken: set[str]) -> str:
    """Return the name with the next number that no other column has."""
    seen[name] = max(seen[name], 1)
    while (numbered := f"{name} ({seen[name] + 1})") in taken:
        seen[name] += 1
    seen[name] += 1
    return numbered


def _repeated(given: str, others: Sequence[str]) -> Finding:
    text = Message(
        "two columns are called “{given}”; the later one is called “{names}” here",
        "{count} later columns are called “{given}”, too; here they are called {names}",
        count=len(others),
        given=given,
        names=listed(others),
    )
    return Finding("DuplicateColumnName", text, column=given)
