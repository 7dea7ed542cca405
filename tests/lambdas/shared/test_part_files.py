"""Which keys are part files, which are markers, and which are uploads as ever."""

import pytest

from lambdas.shared.names.part_files import is_marker, is_part

FOLDER = "incoming/sales/2026/"
# As programs write them.
PARTS = [
    "part-00000-0dd07c7a-5b1c-4c2e-8f6d-5a4b0e0e6c1f-c000.csv",  # Spark
    "part-00000-tid-4381-9c1f-0-1-c000.snappy.parquet",  # Databricks
    "part-r-00000",  # Hadoop
    "run-1699999999999-part-r-00000",  # Glue
    "0000_part_00",  # Redshift
    "venue_pipe_0001_part_00.csv.gz",
    "part.0.parquet",  # dask
    "0.part",
    "part-0.parquet",  # PyArrow
    "part-81fc4980-a6af-41c8-9937-9939408a734b-0",  # Flink
    "data_0_7_3.csv.gz",  # Snowflake
    "000000000012.csv",  # BigQuery
    "sales-000000000000.csv.gz",
    "20260102_030405_00006_abcde_0f1e2d3c-0000-4000-8000-000000000000.gz",  # Athena
    "Part-1.csv",
    "_metadata",
    "_committed_123",
    ".part-00000.csv.crc",
    "_temporary/0/task_1/rows.csv",
    ".spark-staging/x/part-00000.csv",
    "_temporary/0/_SUCCESS",
]
UPLOADS = [
    "sales.csv",
    "part2.csv",
    "department-1.csv",
    "study part 1.csv",
    "counterpart.csv",
    "sales_2026_01_02.csv",
    "202601020304.csv",
    "data_1.csv",
    "a/b/sales.csv",
]


@pytest.mark.parametrize("name", PARTS)
def test_a_part_file_is_never_an_upload(name: str) -> None:
    assert is_part(FOLDER + name)
    assert not is_marker(FOLDER + name)


@pytest.mark.parametrize("name", UPLOADS)
def test_other_files_are_uploads_as_ever(name: str) -> None:
    assert not is_part(FOLDER + name)
    assert not is_marker(FOLDER + name)


@pytest.mark.parametrize("name", ["_SUCCESS", "_manifest.json", "manifest", "venue_pipe_manifest"])
def test_a_marker_is_one_below_a_datasets_folder_only(name: str) -> None:
    for key in (FOLDER + name, f"incoming/sales/{name}", f"incoming/_x/{name}"):
        assert is_marker(key)
        assert not is_part(key)
    for key in (f"incoming/{name}", f"predict/sales/2026/{name}", f"actuals/sales/2026/{name}"):
        assert not is_marker(key)
        assert not is_part(key)


def test_right_in_a_datasets_folder_only_what_no_person_writes_is_a_part() -> None:
    assert is_part("incoming/sales/part-00000-0dd07c7a-c000.csv")
    assert is_part("incoming/sales/venue_0000_part_00")
    for name in ("part-2.csv", "_rows.csv", "000000000012.csv", "", "2026/"):
        assert not is_part(f"incoming/sales/{name}")
    assert not is_part("incoming/part-00000.csv")
    assert not is_part("predict/sales/2026/part-00000.csv")
