"""A batch of rows as two arrays, checked cell by cell: what the fitted pipeline takes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.errors import RequestError
from training.schema import Schema
from training.serve.numbers import first_that_is_none, to_numbers
from training.written_dates import DateForm
from training.written_numbers import BLANK, NumberForm
from training.written_words import WordForm

Columns = Mapping[str, Sequence[Any]]
Numbers = NDArray[np.float64]
Texts = NDArray[np.object_]
NAMED = 20  # columns in a message


@dataclass(frozen=True)
class Table:
    """Rows to predict.

    Parameters
    ----------
    rows : int
    numeric : numpy.ndarray, shape (rows, numeric features)
        Missing is NaN.
    written : numpy.ndarray, shape (rows, features of all other types)
        Text; missing is NaN.
    """

    rows: int
    numeric: Numbers
    written: Texts


@dataclass(frozen=True)
class Answered:
    """Rows with what the model made of them.

    Parameters
    ----------
    table : Table
    encoded : numpy.ndarray, shape (rows, encoded columns)
    outputs : numpy.ndarray
        Probabilities of shape (rows, classes), or numbers of shape (rows, 1).
    """

    table: Table
    encoded: Numbers
    outputs: Numbers

    def part(self, at: slice) -> Answered:
        """Return some of the rows."""
        numeric, written = self.table.numeric[at], self.table.written[at]
        return Answered(Table(len(numeric), numeric, written), self.encoded[at], self.outputs[at])


def positions(schema: Schema, header: Sequence[Any]) -> dict[str, int]:
    """Return where each feature is in a header, in the schema's order.

    Raises
    ------
    RequestError
        400 if a feature is missing or there more than once.
    """
    names = [name if isinstance(name, str) else None for name in header]
    times, places = Counter(names), {name: place for place, name in enumerate(names)}
    absent = [name for name in schema.names if name not in times]
    if absent:
        raise RequestError(400, f"missing column(s): {_quoted(absent)}")
    repeated = [name for name in schema.names if times[name] > 1]
    if repeated:
        raise RequestError(400, f"column(s) given more than once: {_quoted(repeated)}")
    return {name: places[name] for name in schema.names}


def _quoted(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(f"'{name}'" for name in names[:NAMED]) + more


def _numeric_block(schema: Schema, columns: Columns, rows: int) -> Numbers | None:
    """Convert all numeric columns at once; None if a cell is not a finite number or missing."""
    names = schema.numeric
    block = None
    if schema.is_plain:
        block = to_numbers(list(chain.from_iterable(columns[name] for name in names)))
    if block is not None:
        return np.asarray(block.reshape(len(names), rows).T, order="C")
    if not schema.forms and not schema.missing:
        return None
    each = [_numbers(schema, name, columns[name]) for name in names]
    found = [column for column in each if column is not None]
    return np.column_stack(found) if len(found) == len(each) else None


def _numbers(schema: Schema, name: str, cells: Sequence[Any]) -> Numbers | None:
    """Convert one numeric column, in the form that the training file had."""
    return to_numbers(_read(schema, name, cells))


def is_number(schema: Schema, name: str, cell: str) -> bool:
    """Tell whether a cell fits a numeric column."""
    return _numbers(schema, name, [cell]) is not None


def _read(schema: Schema, name: str, cells: Sequence[Any]) -> list[Any]:
    """Replace texts by what they mean in a column's form; those that it does not read stay."""
    form = schema.forms.get(name)
    return [_meaning(form, schema.missing, cell) for cell in cells]


def _meaning(form: NumberForm | None, missing: frozenset[str], cell: Any) -> Any:
    if not isinstance(cell, str) or not cell:
        return cell
    if cell.strip(BLANK) in missing:
        return math.nan
    value = form.read(cell) if form else None
    return cell if value is None else value


def _text(cell: Any, missing: frozenset[str]) -> Any:
    if cell is None or cell == "":
        return math.nan
    if isinstance(cell, str):
        # Where the schema tells what is missing, training's texts had no blanks around them.
        text = cell.strip(BLANK) if missing else cell
        return math.nan if text in missing else text
    # 7 can only have been written "7"; true or 7.0 could have been written in several ways.
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else None


def _texts(schema: Schema, name: str, cells: Sequence[Any]) -> list[Any]:
    """Take the cells of a column of texts, dates in ISO 8601; None where one is not acceptable."""
    texts = [_text(cell, schema.missing) for cell in cells]
    form = schema.dates.get(name) or schema.words.get(name)
    return texts if form is None else [_in_form(form, text) for text in texts]


def _in_form(form: DateForm | WordForm, text: Any) -> Any:
    return form.read(text) if isinstance(text, str) else text


def _written_block(schema: Schema, columns: Columns, rows: int) -> Texts | None:
    """Take all other columns; None if a cell could have been written in several ways."""
    block = np.empty((rows, len(schema.written)), dtype=object)
    for index, name in enumerate(schema.written):
        texts = _texts(schema, name, columns[name])
        if None in texts:
            return None
        block[:, index] = texts
    return block


def _problems(schema: Schema, columns: Columns) -> Iterator[str]:
    """Say of each column where its first bad cell is."""
    for name in schema.numeric:
        cells = _read(schema, name, columns[name])
        if to_numbers(cells) is None:
            yield f"column '{name}', row {first_that_is_none(cells)}: not a finite number"
    for name in schema.written:
        texts = _texts(schema, name, columns[name])
        if None in texts:
            wanted = "must be a date, written as in training, or null"
            wanted = wanted if name in schema.dates else "must be text or null"
            yield f"column '{name}', row {texts.index(None) + 1}: {wanted}"


def _refusal(schema: Schema, columns: Columns) -> RequestError:
    problems = list(_problems(schema, columns))
    more = len(problems) - NAMED
    shown = [*problems[:NAMED], *([f"and {more} columns more"] if more > 0 else [])]
    return RequestError(400, "; ".join(shown))


def build_table(schema: Schema, columns: Columns, rows: int) -> Table:
    """Check and convert columns of cells.

    Parameters
    ----------
    schema : Schema
    columns : mapping
        Cells by feature, ``rows`` of each; missing is None or an empty text.
    rows : int

    Returns
    -------
    Table

    Raises
    ------
    RequestError
        400 if there are no rows or cells do not fit their columns; names each such column and the
        first such row of it.
    """
    if rows == 0:
        raise RequestError(400, "the request holds no rows")
    numeric, written = _numeric_block(schema, columns, rows), _written_block(schema, columns, rows)
    if numeric is None or written is None:
        raise _refusal(schema, columns)
    return Table(rows, numeric, written)
