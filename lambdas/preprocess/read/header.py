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


_YEARS = range(1800, 2101)


def has_header(records: Sequence[list[str]]) -> bool:
    """Judge by the first record's numbers.

    Names are rarely numbers: only years, or a count from column to column. So a first record with
    another number is data, unless a word in it stands above a column of numbers. Without any
    number nothing tells them apart, and files mostly have a header.

    Parameters
    ----------
    records : sequence of list of str
        The first records of a file, at least one.
    """
    first = [cell.strip() for cell in records[0]]
    numbers = [place for place, cell in enumerate(first) if _is_decimal(cell)]
    if not numbers or (any(not cell for cell in first[1:-1]) and not _has_value(first, numbers)):
        return True
    columns = [_filled(records[1:], place) for place in range(len(first))]
    for place, cell in enumerate(first):
        if (
            cell not in MISSING
            and not is_number(cell.replace(",", "."))
            and _are_decimals(columns[place])
        ):
            return True
    return _names_by_counting([first[place] for place in numbers], columns, numbers)


def _is_decimal(cell: str) -> bool:
    return cell not in MISSING and is_number(cell.replace(",", "."))


def _has_value(first: list[str], numbers: list[int]) -> bool:
    """Tell whether a record with gaps is data all the same: it holds fractions."""
    return any("." in first[place] or "," in first[place] for place in numbers)


def _filled(records: Sequence[list[str]], place: int) -> list[str]:
    cells = [record[place].strip() for record in records[:_ROWS_LOOKED_AT] if place < len(record)]
    return [cell for cell in cells if cell not in MISSING]


def _are_decimals(cells: list[str]) -> bool:
    return bool(cells) and sum(_is_decimal(cell) for cell in cells) >= 0.9 * len(cells)


def _names_by_counting(names: list[str], columns: list[list[str]], places: list[int]) -> bool:
    """Tell years and counts above columns of other numbers, as in "country,1990,1991"."""
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


_FEWEST_ROWS = 3
_NEARLY_ALL = 0.9
_RULE = re.compile(":?-{2,}:?")  # as in Markdown


def is_second_header(records: Sequence[list[str]]) -> bool:
    """Tell whether the record below the header describes the columns rather than being a row.

    It has words where all other rows have numbers, at least two, or one and nothing else; and no
    text of it stands in another row. Words for "no value" make it a row.

    Parameters
    ----------
    records : sequence of list of str
        The header and the first records below it.
    """
    if len(records) < 2 + _FEWEST_ROWS or len(records[1]) != len(records[0]):
        return False
    second = [cell.strip() for cell in records[1]]
    return _is_rule(second) or _describes(second, records[2 : 2 + _ROWS_LOOKED_AT])


def _is_rule(cells: Sequence[str]) -> bool:
    filled = list(filter(None, cells))
    return bool(filled) and all(map(_RULE.fullmatch, filled))


def _describes(second: Sequence[str], records: Sequence[list[str]]) -> bool:
    below = [row for row in records if len(row) == len(second)]
    columns = [[cell.strip() for cell in column] for column in zip(*below, strict=True)]
    found = Counter(map(_kind, second, columns))
    return not found["row"] and (found["words"] > 1 or (found["words"] == 1 and not found["text"]))


def _kind(cell: str, column: Sequence[str]) -> str:
    """Tell what a cell is beside those below it: words where there are numbers, or a row's cell."""
    filled = [each for each in column if each not in MISSING]
    if not cell or (cell == "-" and cell not in filled):
        return "nothing"
    if _are_numbers(filled):
        is_row = parts(cell) or cell in MISSING or all_known([folded(cell)])
        return "row" if is_row else "words"
    if cell in filled:
        return "row"
    return "text" if filled and not cell.startswith(("(", "[")) else "nothing"


def _are_numbers(cells: Sequence[str]) -> bool:
    numbers = sum(is_number(cell.replace(",", ".")) for cell in cells)
    return len(cells) >= _FEWEST_ROWS and numbers >= _NEARLY_ALL * len(cells)


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
