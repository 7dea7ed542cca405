"""A folder of part files is one upload, which is what one file with all their rows would be."""

import gzip
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lambdas.preprocess import folder as module
from lambdas.preprocess.folder import find_parts
from lambdas.preprocess.parts_on_duckdb import PartsOnDuckDB
from lambdas.preprocess.read.source import Download
from lambdas.shared.failures import errors
from tests.conformance.outcomes import differences, outcome
from tests.lambdas import flow
from tests.lambdas.conftest import BUCKET
from tests.lambdas.jobs import run_job

FOLDER = "incoming/ward/may/"
HEADER = "a,b,day,target"
RUN = "datasets/ward/run-1/"


def rows(start: int, end: int, odd: str = "") -> str:
    body = (
        f"{n * 37 % 61},{odd or 'xyz'[n % 3]},{1 + n % 28}.{1 + n // 28 % 12}.2024,"
        f"{'yes' if n * 7 % 5 else 'no'}"
        for n in range(start, end)
    )
    return "\n".join([*body, ""])


def csv(start: int, end: int, odd: str = "") -> str:
    return f"{HEADER}\n{rows(start, end, odd)}"


def lay(s3: Any, files: Mapping[str, str | bytes], marker: str = "_SUCCESS", **given: Any) -> Any:
    """Put files into the folder, then its marker; return the execution's input."""
    for name, content in files.items():
        flow.put(s3, FOLDER + name, content)
    return flow.put(s3, FOLDER + marker, given.pop("content", ""), **given)


def refused(s3: Any, files: Mapping[str, str | bytes], kind: Any, **given: Any) -> str:
    upload = lay(s3, files, **given)
    with pytest.raises(kind) as caught:
        flow.preprocess(upload)
    assert type(caught.value) is kind
    return str(caught.value)


def stored(s3: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(flow.stored(s3, RUN + name))
    return found


def on_disk(folder: Path, *contents: str | bytes, end: str = ".csv") -> PartsOnDuckDB:
    files = []
    for n, content in enumerate(contents):
        path = folder / f"part-{n:05d}{end}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        files.append((path.name, Download.at(path)))
    return PartsOnDuckDB.of(files)


TABLES = {
    "plain": (csv(0, 90), csv(90, 200), csv(200, 260)),
    "words only later": (csv(0, 90), csv(90, 200).replace("\n1,", "\nn/k,")),
    "zeros only later": (csv(0, 90, "501"), csv(90, 200, "00501")),
    "semicolons": tuple(csv(n, n + 90).replace(",", ";").replace(".", ",") for n in (0, 90)),
    "with nothing in some": (csv(0, 90), HEADER + "\n", "", csv(90, 200)),
    "repeated and ragged rows": (
        csv(0, 90) + f"{HEADER}\n1,x\n",
        csv(90, 200) + "1,2,3,4,5\n",
    ),
    "without headers": (rows(0, 90), rows(90, 200)),
    "totals and broken quotes": (
        csv(0, 90).replace("\n37,y", '\n37,"x" y'),
        csv(90, 200) + "Total,,,\n",
    ),
}
# Rows are named by their parts, and lines between the parts are no rows.
_OWN = {"digest", "bytes", "split"}


@pytest.mark.parametrize("name", TABLES)
def test_parts_are_the_table_that_a_file_of_them_is(name: str, tmp_path: Path) -> None:
    texts = TABLES[name]
    header = f"{texts[0].splitlines()[0]}\n"
    is_headed = header.startswith("a")
    whole = tmp_path / "whole.csv"
    whole.write_text(
        texts[0] + "".join(t.removeprefix(header if is_headed else "") for t in texts[1:])
    )
    given = {"target": "target"} if is_headed else {}
    alone = outcome(Download.at(whole), given)
    together = outcome(on_disk(tmp_path, *texts), given)
    found = list(differences(_without_rows(alone), _without_rows(together)))
    own = [each for each in found if each[1:].split(":")[0].split(".")[0] not in _OWN]
    assert [each for each in own if ".rows." not in each and ".target." not in each] == []


def _without_rows(seen: dict[str, Any]) -> dict[str, Any]:
    findings = seen.get("findings") or seen.get("errors") or []
    named = [
        (each["code"], each["severity"], each["column"], each["row"] is None) for each in findings
    ]
    return {**seen, "findings": named, "errors": None}


def test_a_row_is_named_by_its_part(tmp_path: Path) -> None:
    without = csv(90, 200).replace(",yes\n", ",\n", 1)
    limits = csv(200, 260).replace("\n19,", "\n<5,", 1)
    found = outcome(on_disk(tmp_path, csv(0, 90), without, limits), {})["findings"]
    named = {each["code"]: (each["row"], each["message"]) for each in found}
    for code, row, part in (("TargetMissing", 3, "part-00001"), ("LimitsTaken", 2, "part-00002")):
        assert named[code][0] == row
        assert f"row {part}.csv:{row}" in named[code][1]
    assert json.loads(json.dumps(found)) == found
    ragged = outcome(on_disk(tmp_path, csv(0, 9), csv(9, 18) + "1,2\n"), {})
    (error,) = ragged["errors"]
    assert (error["code"], error["row"]) == ("RaggedRows", 11)
    assert "row part-00001.csv:11 has 2 fields" in error["message"].lower()


def test_every_row_is_there_once_in_the_order_of_the_names(tmp_path: Path) -> None:
    upload = on_disk(tmp_path, *(f"a,b,target\n{n},{n}x,{n % 2}\n" for n in range(300)))
    work = tmp_path / "work"
    work.mkdir()
    from lambdas.shared.settings.dataset import DatasetSettings

    with upload.connect(work) as connection:
        upload.open(connection, work, DatasetSettings()).table(DatasetSettings(), None, ())
        found = connection.execute(
            "SELECT c0, sheet_row(rowid) FROM data ORDER BY rowid"
        ).fetchall()
    assert [a for a, _ in found] == list(range(300))
    assert str(found[7][1]) == "part-00007.csv:2"


def test_compressed_parts_and_parquet_beside_csv(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        source = tmp_path / "source.csv"
        source.write_text(csv(90, 200))
        connection.execute(
            f"COPY (FROM read_csv('{source}')) TO '{tmp_path / 'p'}' (FORMAT parquet)"
        )
    parts = csv(0, 90), (tmp_path / "p").read_bytes(), gzip.compress(csv(200, 260).encode())
    found = outcome(on_disk(tmp_path, *parts), {})
    assert found["account"]["file"] == 260
    (unpacked,) = [each for each in found["findings"] if each["code"] == "ArchiveUnpacked"]
    assert unpacked["message"].startswith("Part-00002.csv: ")


def test_each_part_is_read_as_it_is_written(tmp_path: Path) -> None:
    texts = csv(0, 90), csv(90, 200).replace(",", ";"), csv(200, 260).replace(",", "\t")
    upload = on_disk(tmp_path, *texts)
    assert [len(each.split("\n")[1].split(";")) for each in texts] == [1, 4, 1]
    found = outcome(upload, {})
    assert found["account"]["file"] == 260
    assumed = [each["message"] for each in found["findings"] if each["code"] == "DelimiterAssumed"]
    assert assumed == [
        "Part-00001.csv: the delimiter is assumed to be a semicolon.",
        "Part-00002.csv: the delimiter is assumed to be a tab.",
    ]


def test_a_part_that_begins_with_a_row_does_not_show_it(tmp_path: Path) -> None:
    words = "\n".join(f"secret{n % 9},word{n % 7},y{n % 2}" for n in range(30))
    texts = f"a,b,target\n{words}\n", f"{words}\n"
    found = outcome(on_disk(tmp_path, *texts), {})
    (error,) = found["errors"]
    assert error["code"] == "PartsDiffer"
    assert "without a, b and target" in error["message"]
    assert "secret" not in json.dumps(found)


def test_what_is_unpacked_of_all_parts_has_one_limit(tmp_path: Path) -> None:
    text = csv(0, 40_000)
    assert len(text) > 700_000
    for count, is_fine in ((1, True), (3, False)):
        files = on_disk(tmp_path, *[gzip.compress(text.encode())] * count)
        found = outcome(files, {"max_unpacked_mb": "2"})
        codes = [each["code"] for each in found.get("errors", ())]
        assert codes == ([] if is_fine else ["UnpackedTooLarge"])
    assert "errors" not in outcome(on_disk(tmp_path, *[text] * 3), {"max_unpacked_mb": "1"})


@pytest.mark.parametrize(
    ("other", "says", "column"),
    [
        ("a,c,day,target", "without b", "b"),
        ("a,b,target,day", "in another order, from day on", "day"),
        ("a,b,day,target,z", "with z besides", "z"),
        ("b,a,day,target", "in another order, from a on", "a"),
    ],
)
def test_parts_with_other_columns_are_named_with_these(
    tmp_path: Path, other: str, says: str, column: str
) -> None:
    texts = csv(0, 30), csv(30, 60).replace(HEADER, other), csv(60, 90)
    (error,) = outcome(on_disk(tmp_path, *texts), {})["errors"]
    assert (error["code"], error["column"]) == ("PartsDiffer", column)
    assert error["message"] == (f"Part-00001.csv has other columns than part-00000.csv: {says}.")


def test_a_part_without_header_beside_one_with_it(tmp_path: Path) -> None:
    (error,) = outcome(on_disk(tmp_path, csv(0, 30), rows(30, 60), rows(60, 90)), {})["errors"]
    assert "2 part files have other columns than part-00000.csv" in error["message"]
    assert (
        "part-00001.csv and part-00002.csv (the first of these without a header)"
        in (error["message"])
    )


def test_a_folder_is_trained_on_as_its_file_is(s3: Any) -> None:
    whole = flow.put(s3, "incoming/ward/may.csv", csv(0, 200), seed="5")
    flow.preprocess(whole)
    alone = stored(s3, "manifest.json")
    upload = lay(
        s3,
        {
            "part-00001.csv": csv(90, 200),
            "part-00000.csv": csv(0, 90),
            "part-00002.csv": "",
            "_metadata": "x",
            ".part-00000.csv.crc": "x",
            "notes.txt": "another upload",
            "_temporary/0/part-00003.csv": "x",
        },
        seed="5",
    )
    output = flow.preprocess(upload)
    manifest = stored(s3, "manifest.json")
    assert output["target"] == "target"
    assert manifest["source"]["key"] == FOLDER + "_SUCCESS"
    assert manifest["source"]["rows"] == alone["source"]["rows"] == 200
    parts = manifest["source"]["parts"]
    assert [each["key"] for each in parts] == [FOLDER + f"part-0000{n}.csv" for n in (0, 1)]
    assert all(each["version_id"] for each in parts)
    assert manifest["source"]["bytes"] == len(csv(0, 90)) + len(csv(90, 200))
    assert manifest["settings"]["seed"] == alone["settings"]["seed"]  # metadata of the marker
    for name in ("features", "findings", "account", "columns"):
        assert manifest.get(name) == alone.get(name)


@pytest.mark.parametrize(
    ("marker", "content"),
    [
        ("_manifest.json", ["b.csv", "x/a.csv"]),
        ("_manifest.json", {"files": ["b.csv", "x/a.csv", "b.csv"]}),
        (
            "ward_manifest",
            {"entries": [{"url": f"s3://{BUCKET}/{FOLDER}{name}", "mandatory": True}
                         for name in ("x/a.csv", "b.csv")]},
        ),
    ],
)  # fmt: skip
def test_a_manifest_says_which_files(s3: Any, marker: str, content: Any) -> None:
    files = {"b.csv": csv(0, 90), "x/a.csv": csv(90, 200), "other.csv": "1"}
    upload = lay(s3, files, marker, content=json.dumps(content))
    flow.preprocess(upload)
    assert stored(s3, "manifest.json")["source"]["rows"] == 200


@pytest.mark.parametrize(
    ("content", "kind", "says"),
    [
        (json.dumps(["a.csv", "b.csv", "c.csv"]), errors.PartsMissing,
         "2 files that the manifest names are not in the folder: b.csv and c.csv"),
        ("[]", errors.PartsMissing, "the manifest names no file"),
        ("", errors.FolderUnusable, "not a list of names"),
        ('{"files": [1]}', errors.FolderUnusable, "not a list of names"),
        ('"a.csv"', errors.FolderUnusable, "not a list of names"),
        ("[" * 100_000, errors.FolderUnusable, "not a list of names"),
        ('["s3://elsewhere/a.csv", "../a.csv"]', errors.FolderUnusable,
         "not below its folder: s3://elsewhere/a.csv and ../a.csv"),
        ('["year=2024/a.csv"]', errors.FolderUnusable, "such as year=2024"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_manifest(s3: Any, content: str, kind: Any, says: str) -> None:
    text = refused(s3, {"a.csv": csv(0, 90)}, kind, marker="_manifest.json", content=content)
    assert says.lower() in text.lower()
    assert json.loads(flow.stored(s3, RUN + "findings.json"))["error"] == kind.__name__


@pytest.mark.parametrize(
    ("files", "kind", "says"),
    [
        ({}, errors.PartsMissing, f"no part file right in the folder {FOLDER}"),
        ({"deeper/part-0.csv": csv(0, 90)}, errors.PartsMissing, "no part file"),
        ({"part-0.csv": "", "part-1.csv": ""}, errors.EmptyFile, "every part file"),
        ({"part-0.csv": "\n", "part-1.csv": " \n"}, errors.EmptyFile, "white space"),
        ({"part-0.csv": HEADER, "part-1.csv": HEADER}, errors.HeaderOnly, "no row"),
        ({"year=2024/part-0.csv": csv(0, 90)}, errors.FolderUnusable, "such as year=2024"),
        ({"part-0.csv": csv(0, 90), "part-1.csv": b"a,b\n\x00"}, errors.NotCsv, "part-1.csv"),
        ({"part-0.csv": csv(0, 90), "part-1.orc": b"ORC..."}, errors.NotCsv, "part-1.orc: it is"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_folder(
    s3: Any, files: dict[str, str | bytes], kind: Any, says: str
) -> None:
    assert says.lower() in refused(s3, files, kind).lower()


def test_files_of_other_names_are_parts_if_there_are_no_others(s3: Any) -> None:
    flow.preprocess(lay(s3, {"a.csv": csv(0, 90), "b.csv": csv(90, 200)}))
    assert stored(s3, "manifest.json")["source"]["rows"] == 200
    top = {"bucket": BUCKET, **flow.put(s3, "incoming/ward/_SUCCESS", "")}
    flow.put(s3, "incoming/ward/c.csv", csv(0, 90))
    with pytest.raises(errors.PartsMissing):
        flow.preprocess(top)
    flow.put(s3, "incoming/ward/part-00000-x.csv", csv(0, 90))
    flow.preprocess(top)
    assert stored(s3, "manifest.json")["source"]["rows"] == 90


def test_versions_are_pinned_when_they_are_listed(s3: Any, monkeypatch: Any) -> None:
    upload = lay(s3, {"part-0.csv": csv(0, 90), "part-1.csv": csv(90, 200)})
    found = find_parts(s3, BUCKET, upload["key"], io.BytesIO(b""))

    def replaced(*_: Any) -> Any:
        flow.put(s3, FOLDER + "part-1.csv", "secret-cell")
        return found

    monkeypatch.setattr("lambdas.preprocess.handler.find_parts", replaced)
    flow.preprocess(upload)
    assert stored(s3, "manifest.json")["source"]["rows"] == 200
    s3.delete_object(Bucket=BUCKET, Key=found[0].key, VersionId=found[0].version_id)
    with pytest.raises(errors.PartsChanged, match=r"Part-0\.csv is no longer"):
        flow.preprocess(upload)


def test_a_marker_written_again_is_an_upload_of_its_own(s3: Any) -> None:
    old = lay(s3, {"part-0.csv": csv(0, 90)})
    lay(s3, {"part-1.csv": csv(90, 200)})
    with pytest.raises(errors.UploadReplaced):
        flow.preprocess(old)


def handed(s3: Any, monkeypatch: Any, upload: Any) -> dict[str, Any]:
    monkeypatch.setenv("UPLOAD_LIMIT_BYTES", "10")
    job: dict[str, Any] = flow.preprocess(upload)["job"]
    return job


def test_a_job_makes_the_same_of_a_folder(s3: Any, monkeypatch: Any, tmp_path: Path) -> None:
    files = {"x/a b#?é.csv": csv(0, 90), "b.csv": csv(90, 200)}
    content = json.dumps(list(files))
    upload = lay(s3, files, "_manifest.json", content=content)
    by_lambda, manifest = flow.preprocess(upload), stored(s3, "manifest.json")
    job = handed(s3, monkeypatch, upload)
    listed = stored(s3, "job/upload.manifest")
    assert listed == [{"prefix": f"s3://{BUCKET}/{FOLDER}"}, "b.csv", "x/a b#?é.csv"]
    assert run_job(s3, job, tmp_path) == 0
    assert flow.preprocess({**upload, "after_job": True}) == by_lambda
    assert stored(s3, "manifest.json") == manifest


def test_the_limit_and_the_disk_are_for_all_parts(s3: Any, monkeypatch: Any) -> None:
    upload = lay(s3, {"part-0.csv": csv(0, 90), "part-1.csv": csv(90, 200)})
    size = len(csv(0, 90)) + len(csv(90, 200))
    monkeypatch.setenv("UPLOAD_LIMIT_BYTES", str(size))
    assert "job" not in flow.preprocess(upload)
    monkeypatch.setenv("UPLOAD_LIMIT_BYTES", str(size - 1))
    assert flow.preprocess(upload)["job"]["volume_size_gb"] == 30
    monkeypatch.setattr(
        "lambdas.preprocess.handler.find_parts",
        lambda *_: (module.PartFile(FOLDER + "part-0.csv", "v", 20 << 30),) * 2,
    )
    assert flow.preprocess(upload)["job"]["volume_size_gb"] == 160


def test_a_part_that_changes_while_a_job_reads_is_told(
    s3: Any, monkeypatch: Any, tmp_path: Path
) -> None:
    upload = lay(s3, {"part-0.csv": csv(0, 90), "part-1.csv": csv(90, 200)})
    assert run_job(s3, handed(s3, monkeypatch, upload), tmp_path) == 0
    flow.put(s3, FOLDER + "part-1.csv", csv(90, 100))
    with pytest.raises(errors.PartsChanged, match=r"Part-1\.csv is no longer"):
        flow.preprocess({**upload, "after_job": True})
