"""What DuckDB holds before it writes is bounded for wide files, too."""

from pathlib import Path

from lambdas.preprocess.engine import connect, one


def test_rows_are_written_long_before_duckdbs_usual_number(tmp_path: Path) -> None:
    with connect(tmp_path) as connection:
        connection.execute("CREATE TABLE data AS SELECT range AS c0 FROM range(20480)")
        groups = one(
            connection, "SELECT count(DISTINCT row_group_id) FROM pragma_storage_info('data')"
        )
        kept = one(connection, "SELECT count(*), min(c0 - rowid), max(c0 - rowid) FROM data")
    assert groups == (2,)
    assert kept == (20480, 0, 0)
    assert (tmp_path / "work.duckdb").exists()
