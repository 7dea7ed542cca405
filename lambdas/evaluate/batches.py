"""Cut the test split into requests that an endpoint accepts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# InvokeEndpoint takes and returns at most 6 MB and answers within 60 s.
LARGEST_REQUEST = 4_000_000
LARGEST_RESPONSE = 4_000_000
# A row costs a forest of 300 trees well under a millisecond, so this stays far below 60 s.
MOST_ROWS = 5_000
FIRST_ROWS = 100  # a small first request measures how long the answer is per row


@dataclass(frozen=True)
class Batch:
    """One request.

    Parameters
    ----------
    first_row : int
        Number of its first row in the test split, from 1, without header.
    truth : list of str
        Targets of its rows; they are not in the body.
    body : bytes
        CSV with header, of the features only.
    """

    first_row: int
    truth: list[str]
    body: bytes


class Batches:
    """Reads the test split batch by batch.

    Parameters
    ----------
    path : Path
        The split: UTF-8 CSV with header.
    target : str
        Column to keep back.
    """

    def __init__(self, path: Path, target: str) -> None:
        self._path = path
        self._target = target
        self.rows_limit = FIRST_ROWS

    def learn(self, response_bytes: int, rows: int) -> None:
        """Choose how many rows later requests may have, from the first one's answer."""
        per_row = max(1.0, response_bytes / max(1, rows))
        self.rows_limit = max(1, min(MOST_ROWS, int(LARGEST_RESPONSE / per_row)))

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches in order; ``rows_limit`` is looked at for each anew."""
        csv.field_size_limit(2**31 - 1)
        with self._path.open(encoding="utf-8", newline="") as file:
            records = csv.reader(file)
            header = next(records)
            position = header.index(self._target)
            lines = _Lines(header[:position] + header[position + 1 :])
            truth: list[str] = []
            row = 0
            for row, record in enumerate(records, start=1):
                line = lines.format(record[:position] + record[position + 1 :])
                is_full = len(truth) >= self.rows_limit or lines.size + len(line) > LARGEST_REQUEST
                if truth and is_full:
                    yield Batch(row - len(truth), truth, lines.take())
                    truth = []
                lines.add(line)
                truth.append(record[position])
            if truth:
                yield Batch(row + 1 - len(truth), truth, lines.take())


class _Lines:
    """A growing CSV body."""

    def __init__(self, header: list[str]) -> None:
        self._header = self.format(header)
        self._lines = [self._header]
        self.size = len(self._header)

    @staticmethod
    def format(record: list[str]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerow(record)
        return text.getvalue().encode()

    def add(self, line: bytes) -> None:
        self._lines.append(line)
        self.size += len(line)

    def take(self) -> bytes:
        body = b"".join(self._lines)
        self._lines, self.size = [self._header], len(self._header)
        return body
