"""CSV requests, with or without a header."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import partial

import numpy as np

from training import written_requests
from training.errors import RequestError
from training.schema import Schema
from training.serve.numbers import lines_to_numbers
from training.serve.table import Table, build_table, is_number, positions
from training.written_requests import is_header


def read_records(schema: Schema, text: str, delimiter: str | None = None) -> list[list[str]]:
    """Return the cells of all lines, a header's too.

    Parameters
    ----------
    schema : Schema
    text : str
    delimiter : str, optional
        What stands between cells, where the first line is not to tell.

    Raises
    ------
    RequestError
        400.
    """
    try:
        return written_requests.read_records(schema.names, text, delimiter)
    except csv.Error as error:
        raise RequestError(400, "the body is not well-formed CSV") from error


def _looks_like_numbers(schema: Schema, record: Sequence[str]) -> bool:
    """Whether a first line fits the schema by position, numbers where numbers belong."""
    if len(record) != len(schema.names) or not schema.numeric:
        return False
    return all(
        is_number(schema, name, cell)
        for cell, name in zip(record, schema.names, strict=True)
        if name in schema.numeric and cell.strip()
    )


def _check_widths(records: list[list[str]], width: int, has_header: bool) -> None:
    if set(map(len, records)) <= {width}:
        return
    for row, record in enumerate(records, start=1):
        if len(record) != width:
            expected = (
                f"the header has {width}"
                if has_header
                else f"without a header there must be {width}: the features in the model's order"
            )
            raise RequestError(400, f"row {row} has {len(record)} fields; {expected}")


def parse_csv(schema: Schema, text: str, *, lacks_header: bool = False) -> Table:
    """Read a CSV body.

    With a header, columns are taken by name, in any order, and others are ignored; commas,
    semicolons, tabs or bars stand between them. Without one, there must be exactly the features,
    in the schema's order, with commas.

    Parameters
    ----------
    schema : Schema
    text : str
    lacks_header : bool
        That there is none is known; otherwise the first line tells.

    Raises
    ------
    RequestError
        400, naming what is missing or where a cell is bad. Rows are counted from 1, without header.
    """
    text = text.removeprefix("\ufeff")
    found = _parse_numbers(schema, text, lacks_header=lacks_header)
    if found is None:
        records = read_records(schema, text, "," if lacks_header else None)
        found = parse_records(schema, records, lacks_header=lacks_header)
    return found


def _parse_numbers(schema: Schema, text: str, *, lacks_header: bool) -> Table | None:
    """Read a body of nothing but numbers, ten times quicker; None if it is another."""
    if schema.written or not schema.is_plain:
        return None
    first, _, rest = text.partition("\n")
    header = first.rstrip("\r").split(",")
    names = schema.names
    if not lacks_header and sorted(header) == sorted(names):
        places = {name: place for place, name in enumerate(header)}
        order = [places[name] for name in names]
    elif lacks_header or set(names).isdisjoint(header):
        order, rest = list(range(len(names))), text
    else:
        return None
    numbers = lines_to_numbers(rest, len(names))
    if numbers is None or len(numbers) == 0:
        return None
    return Table(len(numbers), numbers[:, order], np.empty((len(numbers), 0), object))


def parse_records(schema: Schema, records: list[list[str]], *, lacks_header: bool = False) -> Table:
    """Take the lines of a CSV body, as `read_records` returns them, for rows.

    Raises
    ------
    RequestError
        As `parse_csv`.
    """
    if not records:
        raise RequestError(400, "the request holds no rows")
    # A name with a line break has the file's kind of line end in a file's own header.
    header = [cell.replace("\r\n", "\n") for cell in records[0]]
    has_header = not lacks_header and is_header(
        schema.names, header, partial(_looks_like_numbers, schema)
    )
    if has_header:
        places = positions(schema, header)
        width, rows = len(records[0]), records[1:]
    else:
        places = {name: index for index, name in enumerate(schema.names)}
        width, rows = len(schema.names), records
    _check_widths(rows, width, has_header)
    cells = list(zip(*rows, strict=True)) or [()] * width
    columns = {name: cells[index] for name, index in places.items()}
    return build_table(schema, columns, len(rows))
