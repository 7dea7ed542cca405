"""What thousands of columns, fields or letters cost is bounded; `make bench` has the figures."""

from collections import Counter
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from lambdas.preprocess.engine import replace_columns
from lambdas.preprocess.read import dialect, loading
from lambdas.preprocess.read.header import name_columns
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.run import prepare
from lambdas.shared.failures.errors import DataError
from lambdas.shared.findings.finding import Finding, few_findings
from lambdas.shared.findings.message import NAMED, verbatim
from tests.lambdas.preprocess.broken_files import data, lines, table


def problems(folder: Path, content: bytes) -> tuple[Finding, ...]:
    (folder / "upload").write_bytes(content)
    with pytest.raises(DataError) as caught:
        prepare(Download(folder / "upload", "0123456789abcdef" * 4, 0), [], folder)
    return caught.value.findings


@pytest.mark.parametrize(
    ("more", "fields"),
    [(["1,2,no" + ",x" * 20_000], 20_003), (["1,2,no" + ",x" * 5000] * 20, 5003)],
)
def test_surplus_fields_are_one_finding_for_each_row(
    tmp_path: Path, more: list[str], fields: int
) -> None:
    found = problems(tmp_path, data([*table(), *more]))
    assert len(found) <= NAMED + 1
    assert f"row 62 has {fields:,} fields" in str(found[0].message)


def test_too_many_columns_are_refused_before_anything_is_done_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialect, "_sniffed", None)
    content = data(["Report", *[",".join(["measurement"] * 100_000)] * 3])
    assert [finding.code for finding in problems(tmp_path, content)] == ["TooManyColumns"]


def test_equal_names_are_numbered_without_trying_each_number_again() -> None:
    tried = Counter[int]()

    class Name(str):
        def __format__(self, spec: str) -> str:
            tried["names"] += 1  # type: ignore[index]
            return str(self)

    names, _, findings = name_columns([Name("x")] * 4999)
    assert len(set(names)) == 4999
    assert tried.total() < 5 * 4999
    assert len(findings) == 1


def test_an_open_quotation_mark_is_one_finding(tmp_path: Path) -> None:
    rows = table(rows=30_000)
    found = problems(tmp_path, data([rows[0], '1,"2,no', *rows[1:]]))
    assert [(finding.code, finding.row) for finding in found] == [("BrokenQuotes", 2)]


def test_texts_below_numbers_take_three_readings_however_many_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings: list[int] = []
    load = loading._load

    def counted(*given: Any) -> frozenset[int]:
        readings.append(1)
        return load(*given)

    monkeypatch.setattr(loading, "_load", counted)
    wide = lines(",".join(f"x{n}" for n in range(300)), lambda i: ",".join([str(i % 7)] * 300), 200)
    content = data([*wide, ",".join(["a long text"] * 299 + ["3"])])
    (tmp_path / "upload").write_bytes(content)
    prepare(Download(tmp_path / "upload", "0123456789abcdef" * 4, 0), [], tmp_path)
    assert len(readings) <= 3


def test_columns_are_replaced_by_few_statements_and_stay_in_place() -> None:
    statements: list[str] = []

    class Connection:
        def execute(self, statement: str) -> Any:
            statements.append(statement)
            return connection.execute(statement)

    connection = duckdb.connect()
    cells = ", ".join(f"i * 1000 + {n} AS c{n}" for n in range(250))
    made = f"CREATE TABLE data AS SELECT {cells} FROM range(5000) numbers(i)"  # noqa: S608
    connection.execute(made)
    replaced = dict.fromkeys(range(1, 250), "-cell")
    replace_columns(cast("duckdb.DuckDBPyConnection", Connection()), replaced, 250)
    assert sum(statement.count("-cell") for statement in statements) <= 3
    for row, found in enumerate(connection.execute("SELECT * FROM data").fetchall()):
        assert found == (row * 1000, *(-(row * 1000 + n) for n in range(1, 250)))


def test_a_header_beyond_the_first_look_is_read_whole(tmp_path: Path) -> None:
    names = [f"{'n' * 900}{n}" for n in range(399)]
    body = (",".join([*[str(i * 7 % 31)] * 399, "ab"[i % 2]]) for i in range(30))
    (tmp_path / "upload").write_bytes(data([",".join([*names, "target"]), *body]))
    prepared = prepare(Download(tmp_path / "upload", "0123456789abcdef" * 4, 0), [], tmp_path)
    assert prepared.table.columns == (*names, "target")


@pytest.mark.parametrize("above", ["\n" * (1 << 20), "# a comment\n" * (1 << 17)])
def test_a_file_is_not_called_empty_for_its_beginning(tmp_path: Path, above: str) -> None:
    found = problems(tmp_path, above.encode() + data(table()))
    assert [finding.code for finding in found] == ["UnreadableFile"]


def test_a_line_longer_than_any_row_may_be_is_named(tmp_path: Path) -> None:
    content = data([*table(), "x" * (17 << 20), "1,2,no"])
    assert [str(found.message) for found in problems(tmp_path, content)] == [
        "line 62 is longer than 16 MB"
    ]


def test_thousands_of_equal_findings_become_few() -> None:
    many = [Finding("ConstantColumn", verbatim("x"), column=f"c{n}") for n in range(4999)]
    found = few_findings([*many, Finding("WideData", verbatim("y"))])
    assert len(found) == NAMED + 2
    assert "4,989 more columns: c10, c11" in str(found[NAMED].message)
