"""The table that a file becomes: exact whatever the first rows suggest."""

import csv
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lambdas.preprocess.columns.cells import MISSING
from lambdas.preprocess.read import loading
from lambdas.preprocess.read.dialect import Style
from lambdas.preprocess.read.loading import Reader, has_grouped_digits, load, sample
from lambdas.preprocess.read.source import TableFile
from training.written_numbers import BLANK

NUMERIC = re.compile(r"[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|(?i:inf(inity)?))")
CELLS = st.sampled_from(
    ["1", "2.5", "-3e2", "+4", ".5", "6.", " 8 ", "\t9", "1e400", "inf", "-Infinity",
     "", " ", "NA", " NA", "?", "nan", "nAn", "NaN ", "1_000", "0x10", "1d5", "12,5", "a", " b ",
     "\u00a0c", "d\u00a0", "é", "true", "2026-11-24", 'q"q', "x\ny", "1 000", "1e", "--1", "²"]
)  # fmt: skip


def expected(cells: list[str]) -> list[float | str | None]:
    """Return what the cells mean, by Python alone."""
    texts = [cell.strip(BLANK) for cell in cells]
    values = [None if text in MISSING else text for text in texts]
    if all(value is None or NUMERIC.fullmatch(value) for value in values):
        return [None if value is None else float(value) for value in values]
    return list(values)


def loaded(
    connection: Any, folder: Path, columns: list[list[str]]
) -> list[list[float | str | None]]:
    path = folder / "made.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["h"] * len(columns), *zip(*columns, strict=True)])
    reader = Reader([(TableFile(path, skip=1), Style(","))], len(columns))
    load(connection, reader, sample(connection, reader, "h" * len(columns)), [])
    found = connection.execute("SELECT * FROM data ORDER BY rowid").fetchall()
    return [list(column) for column in zip(*found, strict=True)]


@pytest.mark.parametrize("sampled", [1, 2000])
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(1, 3).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n),
                                                    min_size=1, max_size=12)))  # fmt: skip
@example([["1"], ["nAn"]])
@example([["1", "2", "x"], ["1_000", " NA", "y"], ["3", "nan", "z"]])
def test_cells_mean_the_same_whatever_the_first_rows_show(
    database: Any,
    tmp_path: Path,
    sampled: int,
    rows: list[list[str]],
) -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr(loading, "_MOST_SAMPLED_ROWS", sampled)
    patch.setattr(loading, "_FEWEST_SAMPLED_ROWS", 1)
    try:
        # Always a filled column beside the others: an empty line is no row in a CSV of one column.
        columns = [list(column) for column in zip(*rows, strict=True)]
        columns.append([str(number) for number in range(len(rows))])
        assert loaded(database, tmp_path, columns) == [expected(column) for column in columns]
    finally:
        patch.undo()


def test_the_sign_of_infinity_and_every_digit_stay(database: Any, tmp_path: Path) -> None:
    column = ["-inf", "inf", "0.1", "9007199254740993", "1.7976931348623157e308"]
    (found,) = loaded(database, tmp_path, [column])
    assert found == [-math.inf, math.inf, 0.1, 9007199254740992.0, 1.7976931348623157e308]


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"a,1_0\n", True), (b"a_1,b_\n_2,1_a\n", False), (b"1" * ((1 << 20) - 1) + b"_2", True),
     (b"1" * (1 << 20) + b"_2", True), (b"x" * (1 << 20) + b"_2", False)],
)  # fmt: skip
def test_grouped_digits_are_found_across_chunks(
    tmp_path: Path, content: bytes, found: bool
) -> None:
    (tmp_path / "file").write_bytes(content)
    assert has_grouped_digits(tmp_path / "file") is found


def test_a_wide_table_is_no_burden() -> None:
    """Columns without infinite numbers are written without a condition on each.

    DuckDB's optimizer compares every condition with every other: 5,000 of them took a minute.
    """
    from lambdas.preprocess.columns.features import Feature
    from lambdas.preprocess.documents.splits import _cell

    assert _cell(Feature(7, "x", "numeric")) == "c7"
    assert "CASE" in _cell(Feature(7, "x", "numeric", has_unusable=True))
