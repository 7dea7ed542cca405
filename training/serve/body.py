"""A request's body as a table, by its Content-Type."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from training.errors import RequestError
from training.schema import Schema
from training.serve.csv_body import parse_csv
from training.serve.json_body import parse_json, parse_json_lines
from training.serve.media_types import CSV, JSON_LINES, NPY, lacks_header, request_type
from training.serve.table import Table

# An array of numbers needs neither the third version, for names in UTF-8, nor a long header.
_NPY_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def parse_request(schema: Schema, body: bytes | str, content_type: str) -> Table:
    """Read a request's body.

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
    if media_type == JSON_LINES:
        return parse_json_lines(schema, text)
    if media_type == CSV:
        return parse_csv(schema, text, lacks_header=lacks_header(content_type))
    return parse_json(schema, text)


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


def read_array(body: bytes) -> NDArray[Any]:
    """Return the array of numbers of a body in NumPy's format, of two dimensions and not copied.

    ``numpy.load`` takes ZIP archives too, allocates what a header claims before it reads, and lets
    out whatever its parser of headers meets: errors of tokens, syntax, numbers and archives.

    Raises
    ------
    RequestError
        400 for any other body.
    """
    stream = io.BytesIO(body)
    try:
        shape, by_column, kind = _NPY_HEADERS[npy.read_magic(stream)](stream)
    except Exception:  # noqa: BLE001 - see above
        raise RequestError(400, "the body is not an NPY array of numbers") from None
    if kind.kind not in "fiu" or len(shape) != 2:
        raise RequestError(400, "the body must be one array of numbers with two dimensions")
    begin = stream.tell()
    if min(shape) < 0 or math.prod(shape) * kind.itemsize != len(body) - begin:
        raise RequestError(400, "the body is not an NPY array of numbers: its length differs")
    flat = np.frombuffer(body, kind, offset=begin) if begin < len(body) else np.empty(0, kind)
    rows, columns = map(int, shape)
    return flat.reshape((rows, columns), order="F" if by_column else "C")
