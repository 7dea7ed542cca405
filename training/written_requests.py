"""Requests as they are written: where the cells of a CSV body are, and whether it has a header.

Imports nothing but the standard library, as the Lambdas use it too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

csv.field_size_limit(2**31 - 1)  # the request's size is limited already (6 MB at an endpoint)
# What may stand between the cells of a file to train on; a request without a header has commas.
_DELIMITERS = ",;\t|"
_HEAD = 1 << 20  # characters in which the names of a header are looked for


def read_records(names: Sequence[str], text: str, delimiter: str | None = None) -> list[list[str]]:
    """Return the cells of all lines of a CSV body, a header's too.

    Parameters
    ----------
    names : sequence of str
        The model's features.
    text : str
    delimiter : str, optional
        What stands between cells, where the first line is not to tell.

    Raises
    ------
    csv.Error
        If it is not well-formed.
    """
    records = list(_reader(text, delimiter or _delimiter(names, text)))
    while records and not records[-1]:
        records.pop()
    # An empty line is a row of one empty cell in a one-column table; in any other it is nothing.
    widest = max((len(record) for record in records), default=0)
    return [record or [""] for record in records if record or widest == 1]


def _delimiter(names: Sequence[str], text: str) -> str:
    """Return the sign between whose pieces the first line has most of the features' names."""
    wanted = set(names)

    def found(delimiter: str) -> int:
        with suppress(csv.Error):  # told when the whole is read
            return len(wanted.intersection(next(_reader(text[:_HEAD], delimiter), ())))
        return 0

    return max(_DELIMITERS, key=found)


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def is_header(
    names: Sequence[str], record: Sequence[str], fits: Callable[[Sequence[str]], bool]
) -> bool:
    """Tell a header from a first row.

    A line with every feature's name is a header. One with some names is a header that lacks
    columns, unless it is a fitting row (a category may be spelled like a column).

    Parameters
    ----------
    names : sequence of str
        The model's features.
    record : sequence of str
    fits : callable
        Whether a line fits the features by position, numbers where numbers belong.
    """
    wanted = set(names)
    found = wanted.intersection(record)
    return found == wanted or (bool(found) and not fits(record))


def parameters(header: str) -> list[str]:
    """Return the parts of a Content-Type or Accept header, without blanks and quotes."""
    parts = (header or "").lower().replace(",", ";").split(";")
    return ["".join(part.split()).replace('"', "") for part in parts]


def lacks_header(content_type: str) -> bool:
    """Return whether a Content-Type says so: ``text/csv; header=absent`` (RFC 4180, section 3)."""
    return "header=absent" in parameters(content_type)
