"""Arrays in NumPy's own format: the header is read as a stranger's, the numbers are not copied.

``numpy.load`` takes ZIP archives too, allocates what a header claims before it reads, and lets out
whatever its parser of headers meets: errors of tokens, syntax, numbers and archives.
"""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from numpy.lib import format as npy

from training.errors import RequestError

# An array of numbers needs neither the third version, for names in UTF-8, nor a long header.
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_array(body: bytes) -> Any:
    """Return a body's array of numbers, which has two dimensions.

    Raises
    ------
    RequestError
        400 for any other body.
    """
    stream = io.BytesIO(body)
    try:
        shape, by_column, kind = _HEADERS[npy.read_magic(stream)](stream)
    except Exception:  # noqa: BLE001 - see the head of this module
        raise RequestError(400, "the body is no NPY array of numbers") from None
    if kind.kind not in "fiu" or len(shape) != 2:
        raise RequestError(400, "the body must be one array of numbers with two dimensions")
    begin = stream.tell()
    if min(shape) < 0 or math.prod(shape) * kind.itemsize != len(body) - begin:
        raise RequestError(400, "the body is no NPY array of numbers: its length differs")
    flat = np.frombuffer(body, kind, offset=begin) if begin < len(body) else np.empty(0, kind)
    rows, columns = map(int, shape)
    return flat.reshape((rows, columns), order="F" if by_column else "C")
