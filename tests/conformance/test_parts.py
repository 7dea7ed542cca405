"""A folder of part files is to Spark what it is to DuckDB."""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.outcomes import differences, outcome
from tests.lambdas.preprocess.test_folders import TABLES, csv, on_disk

pytestmark = pytest.mark.timeout(900)


def check(spark: Any, folder: Path, *texts: str) -> dict[str, Any]:
    from lambdas.preprocess.spark.on_spark import OnSpark
    from lambdas.preprocess.spark.reading import Part

    by_duckdb = outcome(on_disk(folder, *texts), {})
    parts = [Part(str(path)) for path in sorted(folder.glob("part-*"))]
    assert list(differences(by_duckdb, outcome(OnSpark(spark, parts), {}))) == []
    return by_duckdb


def test_empty_ones_and_rows_that_are_none(spark: Any, tmp_path: Path) -> None:
    one, header, nothing, two = TABLES["with nothing in some"]
    found = check(spark, tmp_path, one, header, nothing, two.replace(",yes\n", ",\n", 1))
    (missing,) = [each for each in found["findings"] if each["code"] == "TargetMissing"]
    assert "part-00003.csv:3" in missing["message"]


@pytest.mark.faults
@pytest.mark.parametrize("name", TABLES)
def test_tables(spark: Any, tmp_path: Path, name: str) -> None:
    check(spark, tmp_path, *TABLES[name])


@pytest.mark.faults
def test_what_is_wrong(spark: Any, tmp_path: Path) -> None:
    found = check(spark, tmp_path, csv(0, 90), csv(90, 120).replace("a,b", "a,c"))
    assert [each["code"] for each in found["errors"]] == ["PartsDiffer"]
