"""A Parquet file is read as the CSV of the same table would be."""

from pathlib import Path

import duckdb
import pytest

from lambdas.preprocess.read.source import Download
from lambdas.preprocess.run import Prepared, prepare
from lambdas.shared.failures.errors import NotCsv, UnpackedTooLarge
from lambdas.shared.settings.dataset import Source

TABLE = (
    "SELECT range AS n, range * 0.37 AS x, range * 1e20 AS large, range % 3 = 0 AS flag, "
    "DATE '2024-01-31' + range::INT AS day, CASE WHEN range % 7 = 0 THEN NULL "
    """ELSE 'a, "b" ' || range % 5 END AS text, '0' || range % 4 AS code, """
    "CAST(range AS DECIMAL(9, 2)) / 8 AS share, CASE range % 2 WHEN 0 THEN 'no' ELSE 'yes' END "
    "AS target FROM range(120)"
)


def made(folder: Path, form: str) -> Path:
    path = folder / f"upload.{form}"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({TABLE}) TO '{path}' (FORMAT {form})")
    return path


def prepared(folder: Path, path: Path, **given: int) -> Prepared:
    work = folder / path.suffix[1:]
    work.mkdir()
    return prepare(Download.at(path), [Source("set", "test", given)], work)


def test_it_is_what_its_csv_is(tmp_path: Path) -> None:
    by_csv, by_parquet = (prepared(tmp_path, made(tmp_path, form)) for form in ("csv", "parquet"))
    assert by_parquet.table.columns == by_csv.table.columns
    assert by_parquet.features == by_csv.features
    assert by_parquet.findings == by_csv.findings
    assert by_parquet.account == by_csv.account
    kinds = {each.name: each.kind for each in by_parquet.features}
    assert kinds == {
        "x": "numeric",
        "large": "numeric",
        "flag": "categorical",
        "day": "datetime",
        "text": "categorical",
        "code": "categorical",
        "share": "numeric",
    }


@pytest.mark.parametrize("cut", [slice(0, -20), slice(0, 40)])
def test_what_is_cut_off_is_refused(tmp_path: Path, cut: slice) -> None:
    path = tmp_path / "cut.parquet"
    path.write_bytes(made(tmp_path, "parquet").read_bytes()[cut] + b"PAR1")
    with pytest.raises(NotCsv, match="Parquet"):
        prepared(tmp_path, path)


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT random() AS a FROM range(200_000)) TO '{path}'")  # noqa: S608
    with pytest.raises(UnpackedTooLarge):
        prepared(tmp_path, path, max_unpacked_mb=1)
