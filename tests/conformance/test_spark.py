"""What is Spark's own: parts, splits as Parquet, approximate quantiles, and the job."""

import json
import shutil
import traceback
from collections import defaultdict
from csv import DictReader
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lambdas.drift.bins import LEVELS
from lambdas.gate.digests import Digests, digests, joined
from lambdas.preprocess.order import Order, PartFile
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.run import prepare
from lambdas.shared.documents.bucket import write
from lambdas.shared.documents.document import FINDINGS, MANIFEST, ORDER, RESULT
from lambdas.shared.settings.dataset import DatasetSettings, Source
from tests.conformance.outcomes import differences, outcome
from tests.lambdas.conftest import BUCKET

ROWS = 900
pytestmark = pytest.mark.timeout(900)


def csv(rows: range, odd: str = "") -> str:
    body = (
        f"g{n * 13 % 90},{n * 31 % 97}.5,{'xyz'[n % 3]},"
        f"2024-{1 + n // 28 % 12:02d}-{1 + n % 28:02d},{odd or n},{'yes' if n * 7 % 5 else 'no'}"
        for n in rows
    )
    return "\n".join(["group,a,b,day,c,target", *body, ""])


def parts(folder: Path, *texts: str) -> list[Any]:
    from lambdas.preprocess.spark.reading import Part

    folder.mkdir(parents=True, exist_ok=True)
    for n, text in enumerate(texts):
        (folder / f"part-{n:05d}.csv").write_text(text)
    return [Part(str(path)) for path in sorted(folder.iterdir())]


def test_partitions_follow_the_size() -> None:
    pytest.importorskip("pyspark", reason="Spark is not installed")
    from lambdas.preprocess.spark.reading import partitions

    sizes = (1, 50_000_000, 20 * 10**9, 10**12)
    assert [partitions(size, 16) for size in sizes] == [1, 7, 157, 7813]


def test_parts_are_the_table_that_a_file_of_them_is(spark: Any, tmp_path: Path) -> None:
    from lambdas.preprocess.spark.on_spark import OnSpark

    whole = tmp_path / "whole.csv"
    whole.write_text(csv(range(ROWS)))
    thirds = [csv(range(start, start + ROWS // 3)) for start in range(0, ROWS, ROWS // 3)]
    upload = OnSpark(spark, parts(tmp_path / "parts", *thirds))
    given = {"group": "group"}
    alone, together = outcome(Download.at(whole), given), outcome(upload, given)
    own = {"digest", "bytes", "split"}  # the digest is another, and so is what was drawn
    assert [each for each in differences(alone, together) if each[1:].split(":")[0].split(".")[0]
            not in own and ".rows." not in each and ".target." not in each] == []  # fmt: skip
    assert sum(alone["split"].values()) == sum(together["split"].values()) == ROWS


@pytest.mark.parametrize("given", [{"group": "group"}, {"time": "day"}, {}])
def test_the_split_is_as_honest(spark: Any, tmp_path: Path, given: dict[str, str]) -> None:
    import pyarrow.parquet as pq

    from lambdas.preprocess.spark.on_spark import OnSpark

    upload = OnSpark(spark, parts(tmp_path / "parts", csv(range(500)), csv(range(500, ROWS))))
    given = {**given, "compare_by": "group,day" if given else ""}
    folder = tmp_path / "out"
    folder.mkdir()
    found = prepare(upload, [Source("set", "test", given)], folder)
    lines = (folder / "test/test.csv").read_text().splitlines()
    tested = [{**row, "c": int(row["c"])} for row in DictReader(lines)]
    read = {name: pq.read_table(folder / name).to_pylist() for name in ("train", "validation")}
    tables = {**read, "test": tested}
    assert {name: len(rows) for name, rows in tables.items()} == found.split.rows
    assert sum(found.split.rows.values()) == ROWS
    numbers = [row["c"] for rows in tables.values() for row in rows]
    assert sorted(numbers) == list(range(ROWS))  # each row once
    for name, share in (("test", 0.15), ("validation", 0.15)):
        assert len(tables[name]) == pytest.approx(share * ROWS, abs=0.03 * ROWS)
    if "time" not in given:
        shares = [sum(r["target"] == "yes" for r in rows) / len(rows) for rows in tables.values()]
        assert max(shares) - min(shares) < 0.08
    places = defaultdict(set)
    for name, rows in tables.items():
        for row in rows:
            places["group", f"g{row['c'] * 13 % 90}"].add(name)
            places["day", row["c"] // 28 % 12 * 100 + row["c"] % 28].add(name)
    if "group" in given:
        assert all(len(where) == 1 for (kind, _), where in places.items() if kind == "group")
    if "time" in given:
        latest = {name: [row["c"] // 28 % 12 * 100 + row["c"] % 28 for row in rows]
                  for name, rows in tables.items()}  # fmt: skip
        assert max(latest["train"]) < min(latest["validation"])
        assert max(latest["validation"]) < min(latest["test"])


ODD = (
    *(
        "plain",
        "a,b",
        'say ""no""',
        "two\nlines",
        "return\rhere",
        "tab\there",
        "NULL",
        "#note",
        "'",
    ),
    *("", "€", "ñandú", "🐊", "1,5", "=1+1", "\\N", "semi;colon", " inner  blanks "),
)


def odd(rows: int) -> str:
    """Return a CSV whose cells are hard to write."""
    head = "no,text,float,tiny,whole,point,day,mixed,group,target"
    floats = ("0.1", "1e-7", "123456789.25", "-0.0", "1e22", "5e-324", "", "3.0000000000000004")
    lines = [
        f'{n + 5},"{ODD[n % len(ODD)]}",{floats[n % len(floats)]},{n / 3e9!r},{n % 7 or ""},'
        f"{n % 9 + 1}.{n * 37 % 1000:03d},{1 + n % 28:02d}/0{1 + n % 9}/2024,"
        f'{"inf" if n == 40 else n % 11},"g, {n % 5}",{"yes" if n * 7 % 5 else "no"}'
        for n in range(rows)
    ]
    return "\n".join([head, *lines, ""])


@pytest.mark.parametrize(
    ("given", "rows", "one_in"),
    [({}, 400, 1), ({"target": "point"}, 400, 1), ({"test_rows_limit": 1000}, 7000, 8)],
)
def test_rows_are_written_as_those_of_a_smaller_upload(
    spark: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, Any],
    rows: int,
    one_in: int,
) -> None:
    from lambdas.preprocess.spark.on_spark import OnSpark
    from lambdas.preprocess.spark.reading import Part

    monkeypatch.setattr("lambdas.gate.digests.MOST", 1000)
    whole, alone, parted = (tmp_path / name for name in ("upload.csv", "alone", "parted"))
    whole.write_text(odd(rows), newline="")
    alone.mkdir()
    parted.mkdir()
    sources = [Source("set", "test", {**given, "compare_by": "group", "ignore": "group"})]
    by_duckdb = prepare(Download.at(whole), sources, alone)
    upload = OnSpark(spark, [Part(str(whole))], champion=("no", "text"))
    by_spark = prepare(upload, sources, parted)
    written = (parted / "test/test.csv").read_bytes()
    assert by_duckdb.files["test"].read_bytes() == written
    assert b'"g, 1"' in written  # what is only compared by travels, too
    assert [path.name for path in (parted / "test").iterdir()] == ["test.csv"]
    columns = [[feature.name for feature in by_spark.features], ["no", "text"]]
    for kept, features in zip(by_spark.written.digests, columns, strict=True):
        assert (list(kept["features"]), kept["one_in"]) == (features, one_in)
        found = Digests.from_bytes((parted / kept["name"]).read_bytes())
        expected = joined(
            digests(by_duckdb.files[split].open(newline=""), features, kept["target"])
            for split in ("train", "validation")
        )
        expected = expected.only(expected.drawn(one_in))
        assert sorted(found.records) == sorted(expected.records)
        assert sorted(found.features) == sorted(expected.features)


def test_quantiles_of_many_rows_are_within_the_stated_error(
    spark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lambdas.preprocess.columns.figures import quantiles
    from lambdas.preprocess.spark.connection import SparkConnection
    from lambdas.preprocess.spark.translate import RANK_ERROR

    monkeypatch.setattr("lambdas.preprocess.spark.connection._MOST_EXACT", 0)
    rows = 50_000
    with SparkConnection(spark.newSession()) as connection:
        frame = connection.session.range(rows).selectExpr("id AS rowid", "pow(id, 1.5) AS c0")
        connection.keep("data", frame, is_bound=True)
        (found,) = quantiles(connection, [0], rows).values()
    ranks = [value ** (1 / 1.5) / rows for value in found]
    assert len(ranks) == len(LEVELS)
    for rank, level in zip(ranks, LEVELS, strict=True):
        assert rank == pytest.approx(level, abs=RANK_ERROR + 2 / rows)


def fetch(root: Path, part: Any, folder: Path) -> Download:
    """Stand in for S3, which is not where workers see it."""
    return Download.at(Path(shutil.copy(root / part.key, folder / "upload")))


@pytest.fixture
def job(spark: Any, s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return how a job does its work on parts given as texts; its files are in a folder."""
    from lambdas.preprocess import spark_job
    from lambdas.preprocess.spark.splits import to_folder

    monkeypatch.setattr(spark_job, "from_bucket", lambda bucket: partial(fetch, tmp_path / bucket))
    monkeypatch.setattr(spark_job, "to_prefix", lambda uri: to_folder(tmp_path / "stored"))

    def run(*texts: str) -> dict[str, Any]:
        found = parts(tmp_path / BUCKET / "incoming/ward/may", *texts)
        files = [Path(each.key) for each in found]
        keys = [path.relative_to(tmp_path / BUCKET).as_posix() for path in files]
        order = Order(
            bucket=BUCKET,
            key="incoming/ward/may/_SUCCESS",
            version_id="v1",
            execution_name="run-1",
            execution_arn="arn:aws:states:us-east-1:123456789012:execution:molino:run-1",
            parts=tuple(
                PartFile(key, "", path.stat().st_size)
                for key, path in zip(keys, files, strict=True)
            ),
        )
        paths = order.paths
        write(s3, ORDER, ORDER.uri(paths), order.to_dict())
        output = paths.uri(paths.dataset_prefix)
        spark_job.process(spark, ORDER.uri(paths), output)

        def read(kind: Any) -> dict[str, Any]:
            body = s3.get_object(Bucket=BUCKET, Key=kind.key(paths))["Body"].read()
            content: dict[str, Any] = json.loads(body)
            return content

        return {"read": read, "output": output}

    return run


def test_the_job_leaves_what_a_processing_job_leaves(job: Any, tmp_path: Path) -> None:
    done = job(csv(range(500)), csv(range(500, ROWS)))
    result = done["read"](RESULT)["output"]
    assert sum(result["rows"].values()) == ROWS
    assert result["target"] == "target"
    manifest = done["read"](MANIFEST)
    assert manifest["versions"].keys() == {"code", "duckdb", "spark"}
    assert manifest["source"]["bytes"] == sum(
        path.stat().st_size for path in (tmp_path / BUCKET).rglob("*.csv")
    )
    stored = {
        split: {path.name: path.stat().st_size for path in (tmp_path / "stored" / split).iterdir()}
        for split in ("train", "validation", "test")
    }
    assert manifest["files"] == stored
    assert [each["name"] for each in manifest["digests"]] == ["digests-0.npy"]
    assert (tmp_path / "stored/digests-0.npy").is_file()
    assert stored["test"].keys() == {"test.csv"}
    assert all(name.endswith(".parquet") for name in [*stored["train"], *stored["validation"]])


def test_what_is_wrong_is_the_jobs_result(job: Any) -> None:
    done = job(csv(range(500)), csv(range(500, ROWS)).replace("group,a", "group,other"))
    error = done["read"](RESULT)["error"]
    assert error["code"] == "PartsDiffer"
    assert "part-00001.csv" in error["findings"][0]["message"].lower()
    assert done["read"](FINDINGS)["error"] == "PartsDiffer"


def test_rows_are_named_by_their_part(job: Any) -> None:
    done = job(csv(range(500)), csv(range(500, ROWS)).replace(",yes\n", ",\n", 1))
    findings = done["read"](MANIFEST)["findings"]
    (missing,) = [each for each in findings if each["code"] == "TargetMissing"]
    assert "part-00001.csv:" in missing["message"]
    assert isinstance(missing["row"], int)


def test_a_workers_error_quotes_no_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark", reason="Spark is not installed")
    from lambdas.preprocess.spark import reading

    def stumble(*_: Any) -> None:
        raise duckdb.InternalException("secret-cell")

    monkeypatch.setattr(reading, "survey", stumble)
    (part,) = parts(tmp_path / "parts", csv(range(3)))
    with pytest.raises(RuntimeError, match=r"^InternalException of DuckDB$") as caught:
        reading._survey(reading.local, DatasetSettings(), part)
    assert "secret-cell" not in "".join(traceback.format_exception(caught.value))
