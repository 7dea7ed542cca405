"""What a failed run knows of its upload: stored, shown in the report, told to programs."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from lambdas.preprocess.order import Order
from lambdas.preprocess.processing_job import main
from lambdas.shared.documents.document import FINDINGS
from lambdas.shared.failures.errors import DataError
from lambdas.shared.settings.sources import from_metadata
from tests.lambdas import flow

MARK = "zqvalue"
# No class twice: the run fails after everything else has been looked at.
ROWS = [f"{i},{i * 7 % 31},,{MARK}{i}" for i in range(60)]
CONTENT = "\n".join(["id,age,empty,outcome", *ROWS]) + "\n"
PREFIX = "datasets/w/run-1"


def fail(s3: Any, content: str | bytes, **given: str) -> tuple[DataError, dict[str, str]]:
    upload = flow.put(s3, "incoming/w/a.csv", content, **given)
    with pytest.raises(DataError) as caught:
        flow.preprocess(upload)
    return caught.value, upload


def told(s3: Any, error: DataError, upload: dict[str, str]) -> tuple[dict[str, Any], str]:
    """Return ``report.json`` and the page."""
    failure = {"Error": error.code, "Cause": json.dumps({"errorMessage": str(error)})}
    flow.report(upload, failure=failure)
    read = (flow.stored(s3, f"reports/w/run-1/report.{kind}") for kind in ("json", "html"))
    return json.loads(next(read)), next(read)


def test_the_report_of_a_failed_run_shows_what_was_found(s3: Any, log: io.StringIO) -> None:
    error, upload = fail(s3, CONTENT)
    found = json.loads(flow.stored(s3, f"{PREFIX}/findings.json"))
    codes = [each["code"] for each in found["findings"]]
    assert found["error"] == error.code
    assert {error.code, "EmptyColumn", "IndexColumn"} <= set(codes)
    document, page = told(s3, error, upload)
    assert [each["code"] for each in document["findings"]] == codes
    assert document["account"] == {"read": 60, "used": None, "left_out": {}}
    assert "60 rows, 4 columns" in page
    assert "“empty” is excluded: it is empty in every row" in page
    assert "All 4 columns" in page
    assert MARK not in json.dumps(document) + page + log.getvalue()


@pytest.mark.parametrize(
    ("content", "given", "codes"),
    [
        ("", {}, ["EmptyFile"]),
        ("a,b\n", {}, ["HeaderOnly"]),
        (CONTENT, {"tsak": "binary"}, ["SettingsInvalid"]),
    ],
)
def test_however_early_it_fails(
    s3: Any, content: str, given: dict[str, str], codes: list[str]
) -> None:
    error, upload = fail(s3, content, **given)
    document, page = told(s3, error, upload)
    assert [each["code"] for each in document["findings"]][: len(codes)] == codes
    assert str(error.findings[0].message)[1:30] in page


def test_it_is_in_the_language_that_the_upload_asked_for(s3: Any) -> None:
    _, page = told(s3, *fail(s3, CONTENT, language="es"))
    assert '<html lang="es">' in page
    assert "«empty» se excluye" in page


def test_a_deleted_upload_has_nothing_to_show(s3: Any) -> None:
    upload = flow.put(s3, "incoming/w/a.csv", CONTENT)
    s3.delete_object(Bucket=upload["bucket"], Key=upload["key"], VersionId=upload["version_id"])
    with pytest.raises(DataError) as caught:
        flow.preprocess(upload)
    document, _ = told(s3, caught.value, upload)
    assert [each["code"] for each in document["findings"]] == ["UploadNotFound"]
    assert document["account"]["read"] is None


def test_a_processing_job_leaves_it_in_the_same_place(tmp_path: Path) -> None:
    order = Order("b", "incoming/w/a.csv", "v", "run-1", flow.ARN, (from_metadata({}),))
    for name, content in {"order": json.dumps(order.to_dict()), "upload": CONTENT}.items():
        (tmp_path / "inputs" / name).mkdir(parents=True)
        (tmp_path / "inputs" / name / "file").write_text(content)
    places = ("inputs", "work", "output", "message")
    assert main([f"--{place}={tmp_path / place}" for place in places]) == 0
    found = json.loads((tmp_path / "output" / "findings.json").read_text())
    assert found["source"]["rows"] == 60
    assert len(found["profile"]["columns"]) == 4
    assert FINDINGS.key(order.paths) == f"{PREFIX}/findings.json"


def test_what_succeeds_leaves_none(s3: Any) -> None:
    rows = [f"{i * 7 % 31},{'ab'[i % 2]}" for i in range(60)]
    rows[0] = "5,"
    upload = flow.put(s3, "incoming/w/a.csv", "\n".join(["age,outcome", *rows]) + "\n")
    prepared = flow.preprocess(upload)
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=upload["bucket"])["Contents"]]
    assert f"{PREFIX}/findings.json" not in keys
    flow.report(upload, preprocess=prepared)
    document = json.loads(flow.stored(s3, "reports/w/run-1/report.json"))
    assert document["features"] == {"age": "numeric"}
    assert document["account"] == {"read": 60, "used": 59, "left_out": {"target_missing": 1}}
