"""What the captured lines of some days hold: rows in a file, and counts of all else."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from lambdas.requests.cells import Cells, UnreadableError
from lambdas.requests.exchange import read_exchange
from lambdas.requests.rows import is_refused, read_rows

MOST_ROWS = 100_000


@dataclass
class Seen:
    """What was read.

    Parameters
    ----------
    objects : int
        Captured objects.
    rows : int
        Rows of requests that the version has answered.
    requests : dict of str to int
        Requests: ``read``, ``refused`` (they got an error), ``earlier`` (another version may have
        answered them), ``own`` (Molino asked), ``unreadable`` (not what the version takes).
    """

    objects: int = 0
    rows: int = 0
    requests: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            ("read", "refused", "earlier", "own", "unreadable"), 0
        )
    )


def write_rows(
    objects: Iterable[list[bytes]], cells: Cells, since: dt.datetime, path: Path
) -> Seen:
    """Write the rows of captured requests as JSON lines: ``c0``, ``c1``, ..., and the prediction.

    Parameters
    ----------
    objects : iterable of list of bytes
        Their lines; no more are read than make ``MOST_ROWS``.
    cells : Cells
        Of the version that serves.
    since : datetime
        When it began to.
    """
    seen = Seen()
    with path.open("w", encoding="ascii") as file:
        for lines in objects:
            seen.objects += 1
            for line in lines:
                seen.requests[_write(line, cells, since, file, seen)] += 1
            if seen.rows >= MOST_ROWS:
                break
    return seen


def _write(line: bytes, cells: Cells, since: dt.datetime, file: IO[str], seen: Seen) -> str:
    """Write the rows of one request; return what became of it."""
    exchange = read_exchange(line)
    if exchange is None:
        return "unreadable"
    if exchange.is_own:
        return "own"
    if exchange.time < since:
        return "earlier"
    if is_refused(exchange.answered):
        return "refused"
    try:
        rows = read_rows(exchange, cells)
    except UnreadableError:
        return "unreadable"
    for row, answer in rows:
        record = {f"c{n}": cell for n, cell in enumerate(row)} | {"a0": answer}
        file.write(json.dumps(record) + "\n")
    seen.rows += len(rows)
    return "read"
