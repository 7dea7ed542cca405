"""Cut the test split into requests that an endpoint accepts."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TextIO

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
            part = _part_plain if _is_plain(self._path) else _part_quoted
            rows = part(file, self._target)
            _, header = next(rows)
            lines = _Lines(header)
            truth: list[str] = []
            row = 0
            for row, (actual, line) in enumerate(rows, start=1):
                is_full = len(truth) >= self.rows_limit or lines.size + len(line) > LARGEST_REQUEST
                if truth and is_full:
                    yield Batch(row - len(truth), truth, lines.take())
                    truth = []
                lines.add(line)
                truth.append(actual)
            if truth:
                yield Batch(row + 1 - len(truth), truth, lines.take())


def _is_plain(path: Path) -> bool:
    """Whether commas only part cells; a lone empty feature would need quotes to be a row."""
    with path.open("rb") as file:
        if file.readline().count(b",") < 2:
            return False
        file.seek(0)
        return not any(b'"' in block for block in iter(lambda: file.read(1_000_000), b""))


def _part_quoted(file: TextIO, target: str) -> Iterator[tuple[str, bytes]]:
    """Yield the target's cell of each line, the header's first, and the line without it."""
    records = csv.reader(file)
    header = next(records)
    position = header.index(target)
    # A csv.writer returns what the write function of its file returned.
    write = csv.writer(_Encoder(), lineterminator="\n").writerow
    for record in chain([header], records):
        yield record[position], write(record[:position] + record[position + 1 :])


def _part_plain(file: TextIO, target: str) -> Iterator[tuple[str, bytes]]:
    """Do the same where commas only part cells: a fifth of the time."""
    header = next(file)
    names = header.rstrip("\r\n").split(",")
    position = names.index(target)
    after = len(names) - 1 - position
    for line in chain([header], file):
        text = line.rstrip("\r\n")
        if position < after:
            *before, actual, rest = text.split(",", position + 1)
            kept = [*before, rest]
        else:
            head, actual, *kept = text.rsplit(",", after + 1)
            kept.insert(0, head)
        yield actual, (",".join(kept) + "\n").encode()


class _Encoder:
    @staticmethod
    def write(text: str) -> bytes:
        return text.encode()


class _Lines:
    """A growing CSV body."""

    def __init__(self, header: bytes) -> None:
        self._header = header
        self._lines = [header]
        self.size = len(header)

    def add(self, line: bytes) -> None:
        self._lines.append(line)
        self.size += len(line)

    def take(self) -> bytes:
        body = b"".join(self._lines)
        self._lines, self.size = [self._header], len(self._header)
        return body
