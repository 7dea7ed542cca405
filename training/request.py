"""A request's body as a table, by its Content-Type."""

from __future__ import annotations

import numpy as np

from training.content import CSV, NPY, request_type
from training.csv_request import parse_csv
from training.errors import RequestError
from training.json_request import parse_json
from training.npy_request import read_array
from training.schema import Schema
from training.table import Table


def parse_request(schema: Schema, body: bytes | str, content_type: str) -> Table:
    """Read a request.

    Parameters
    ----------
    schema : Schema
    body : bytes or str
        The stack decodes a body whose type it knows as text.
    content_type : str
        The header, with or without parameters.

    Raises
    ------
    RequestError
        400 or 415.
    """
    media_type = request_type(content_type)
    if media_type == NPY:
        return _parse_npy(
            schema, body if isinstance(body, bytes) else body.encode("utf-8", "replace")
        )
    try:
        text = body if isinstance(body, str) else bytes(body).decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(400, "the body is not UTF-8") from error
    return parse_csv(schema, text) if media_type == CSV else parse_json(schema, text)


def _parse_npy(schema: Schema, body: bytes) -> Table:
    """Take an array of numbers, a column a feature in the schema's order; NaN is missing."""
    if schema.written:
        named = ", ".join(f"'{name}'" for name in schema.written)
        raise RequestError(400, f"an array can't hold the column(s) {named}: send CSV or JSON")
    array = read_array(body)
    width = len(schema.names)
    if array.shape[1] != width:
        raise RequestError(
            400, f"the array has {array.shape[1]} columns; the model's features are {width}"
        )
    if len(array) == 0:
        raise RequestError(400, "the request holds no rows")
    numbers = array.astype(np.float64)
    if np.isinf(numbers).any():
        row, column = np.argwhere(np.isinf(numbers))[0]
        raise RequestError(
            400, f"column '{schema.names[column]}', row {row + 1}: not a finite number"
        )
    return Table(len(numbers), numbers, np.empty((len(numbers), 0), object))
