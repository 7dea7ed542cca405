"""A transform job's DataProcessing: columns chosen by JSONPath, answers joined to their rows.

Facts from AWS's guide, "Associate prediction results with input records": each row is an array, so
that only indexes apply, and CSV must not have embedded newlines. Its text calls a slice's end
inclusive; the library that it names (json-path/JsonPath) and the jobs that people publish, with
``$[:14]`` for the first 14 columns, take it as exclusive, and so does this.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from localsagemaker.transform_records import InputError, bad_data

_DEFAULT = "$"
_PATH = re.compile(r"\$\[([^\[\]]*)\]")
_PART = re.compile(r"\s*(?:(-?\d+)|(-?\d+)?\s*:\s*(-?\d+)?)\s*")
Row = list[str]


class ColumnFilter:
    """Columns chosen by ``$``, or by indexes and slices: ``$[1]``, ``$[0,5:]``, ``$[-1]``.

    Raises
    ------
    ValueError
        For any other path; the text says so.
    """

    def __init__(self, path: str) -> None:
        self.is_all = path == _DEFAULT
        found = _PATH.fullmatch(path)
        parts = [_PART.fullmatch(part) for part in found[1].split(",")] if found else [None]
        if not self.is_all and not all(parts):
            raise ValueError(
                f"The local SageMaker chooses columns by indexes and slices, not by {path!r}."
            )
        self._parts = [_chosen(part) for part in parts if part]

    def columns(self, row: Row) -> Row:
        """Return the row's chosen cells.

        Raises
        ------
        InputError
            For an index beyond the row.
        """
        if self.is_all:
            return row
        chosen: Row = []
        for part in self._parts:
            if isinstance(part, slice):
                chosen += row[part]
            elif -len(row) <= part < len(row):
                chosen.append(row[part])
            else:
                raise bad_data(f"Index {part} is out of the {len(row)} columns of a row")
        return chosen


class DataProcessing:
    """What is done with payloads and answers around the request.

    Parameters
    ----------
    config
        The request's member of this name.

    Raises
    ------
    ValueError
        For filters that this does not know.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self._input = ColumnFilter(config.get("InputFilter", _DEFAULT))
        self._output = ColumnFilter(config.get("OutputFilter", _DEFAULT))
        self._joins = config.get("JoinSource", "None") == "Input"

    @property
    def reads_input(self) -> bool:
        """Whether it reads rows of the input."""
        return self._joins or not self._input.is_all

    @property
    def reads_output(self) -> bool:
        """Whether it reads rows of the answers."""
        return self._joins or not self._output.is_all

    def before(self, payload: bytes) -> bytes:
        """Return what is sent of a payload; raise `InputError`."""
        if self._input.is_all:
            return payload
        return _written(map(self._input.columns, _rows(payload, "input as CSV")))

    def after(self, payload: bytes, answer: bytes) -> bytes:
        """Return what is stored of an answer; raise `InputError`."""
        if not self.reads_output:
            return answer
        rows = _rows(answer, "output from the algorithm as CSV")
        if self._joins:
            rows = _joined(_rows(payload, "input as CSV"), rows)
        return _written(map(self._output.columns, rows))


def _chosen(part: re.Match[str]) -> int | slice:
    index, start, end = (int(text) if text else None for text in part.groups())
    return slice(start, end) if index is None else index


def _joined(inputs: Iterator[Row], outputs: Iterator[Row]) -> Iterator[Row]:
    try:
        for before, after in zip(inputs, outputs, strict=True):
            yield before + after
    except ValueError:
        raise bad_data(
            "Fail to join data: mismatched line count between the input and the output"
        ) from None


def _rows(content: bytes, what: str) -> Iterator[Row]:
    """Yield the rows of CSV, but for empty lines; no message has a cell's text."""
    try:
        # Lines end at newlines only, as records do.
        lines = io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="\n")
        reader = csv.reader(lines, strict=True)
        for number, row in enumerate(reader, 1):
            if reader.line_num != number:
                raise bad_data(f"Failed to parse {what}: a cell has a newline")
            if row:
                yield row
    except (csv.Error, UnicodeDecodeError) as error:
        raise _unreadable(what, error) from None


def _unreadable(what: str, error: Exception) -> InputError:
    why = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
    return bad_data(f"Failed to parse {what}: {why}")


def _written(rows: Iterable[Row]) -> bytes:
    out = io.BytesIO()
    lines = io.TextIOWrapper(out, "utf-8", newline="\n", write_through=True)
    csv.writer(lines, lineterminator="\n").writerows(rows)
    return out.getvalue()
