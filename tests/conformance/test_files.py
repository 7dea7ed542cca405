"""Every file is to Spark what it is to DuckDB: good ones, broken ones, and some of the corpus."""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.outcomes import both, differences
from tests.corpus.files import lay_out
from tests.lambdas.preprocess.broken_files import BROKEN
from tests.lambdas.preprocess.test_parquet import made

CASES = Path(__file__).parents[1] / "cases"
_CORPUS = 40  # of the smallest files, every so many
_MOST_BYTES = 20_000
SLICE = ("currency.csv",)


def check(spark: Any, path: Path, given: dict[str, Any]) -> None:
    by_duckdb, by_spark = both(spark, path, given)
    assert list(differences(by_duckdb, by_spark)) == []


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", SLICE)
def test_a_file_of_numbers_with_units(spark: Any, name: str) -> None:
    check(spark, CASES / name, {})


@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.parametrize("path", sorted(CASES.glob("*.csv")), ids=lambda path: path.name)
def test_cases(spark: Any, path: Path) -> None:
    check(spark, path, {})


@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BROKEN)
def test_broken_files(spark: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / "upload"
    path.write_bytes(BROKEN[name].content)
    check(spark, path, BROKEN[name].settings)


@pytest.mark.faults
@pytest.mark.timeout(7200)
def test_some_of_the_corpus(spark: Any, tmp_path: Path) -> None:
    small = [path for path in lay_out(tmp_path) if path.stat().st_size <= _MOST_BYTES]
    assert len(small) > _CORPUS
    different = {}
    for path in small[:: len(small) // _CORPUS]:
        found = list(differences(*both(spark, path, {})))
        if found:
            different[path.name] = found
    assert different == {}


@pytest.mark.timeout(900)
def test_parquet(spark: Any, tmp_path: Path) -> None:
    check(spark, made(tmp_path, "parquet"), {})
