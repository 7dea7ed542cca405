"""Rows above the limit: handed over, read and joined by the jobs' code, taken back."""

import json
from pathlib import Path
from typing import Any

import pytest

from lambdas.join import handler as joining
from lambdas.join import processing_job as joining_job
from lambdas.shared.failures import errors
from tests.lambdas.conftest import BUCKET, Context
from tests.lambdas.jobs import run_job
from tests.lambdas.predict import test_predict_handler as small
from tests.lambdas.predict.test_predict_handler import EXECUTION, FOLDER, KEY, Registry, handle

registry, store = small.registry, small.store
CSV = "age;sex;note\n" + "".join(f"{20 + i % 50},5;{'fmx'[i % 3]};n{i}\n" for i in range(90))
BAD = "age,note\n30,1\nsecret-cell,2\n"
ANSWERS = [
    "prediction,probability:0,probability:1,threshold\n" + f"{part},0.5,0.5,0.5\n" * 45
    for part in range(2)
]


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPLOAD_LIMIT_BYTES", "10")
    monkeypatch.setattr("lambdas.predict.rows._CELLS_PER_FILE", 90)  # two files


def taken_back(context: Context, version: str) -> Any:
    event = {"bucket": BUCKET, "key": KEY, "version_id": version, "execution_name": EXECUTION}
    return small.module.handler(event | {"after_job": True}, context)


def newest(s3: Any) -> str:
    return str(s3.head_object(Bucket=BUCKET, Key=KEY)["VersionId"])


def stored(s3: Any) -> dict[str, bytes]:
    """Return all that belongs to the execution, but for what goes to jobs and what they answer."""
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{FOLDER}/").get("Contents", [])
    found = {
        each["Key"].removeprefix(f"{FOLDER}/"): s3.get_object(Bucket=BUCKET, Key=each["Key"])[
            "Body"
        ].read()
        for each in listed
    }
    return {name: body for name, body in found.items() if not _is_the_jobs(name)}


def _is_the_jobs(name: str) -> bool:
    return name.startswith("job/") and name.endswith((".json", ".manifest"))


def test_the_job_makes_the_same_as_the_lambda_byte_for_byte(
    store: Any,
    registry: Registry,
    context: Context,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setattr("lambdas.predict.rows._CELLS_PER_FILE", 90)
    given = {"transform-instances": "2", "language": "es"}
    by_lambda, expected = handle(store, context, CSV, **given), stored(store)
    for name in expected:
        store.delete_object(Bucket=BUCKET, Key=f"{FOLDER}/{name}")
    request.getfixturevalue("large")
    handed = handle(store, context, CSV, **given)
    assert run_job(store, handed["job"], tmp_path / "job") == 0
    assert taken_back(context, newest(store)) == by_lambda
    assert by_lambda["parts"] == 2
    assert stored(store) == expected
    codes = [each["code"] for each in json.loads(expected["findings.json"])["findings"]]
    assert codes == ["DelimiterAssumed", "ColumnUnknown", "OutOfRange", "CategoryUnseen", "Drifted"]


def test_what_the_job_needs_is_told(
    store: Any, registry: Registry, context: Context, large: None
) -> None:
    handed = handle(store, context, CSV, **{"processing-instance-type": "ml.m5.4xlarge"})
    assert set(handed) == {"dataset", "resource_name", "job"}
    inputs = {each["name"]: each["uri"] for each in handed["job"].pop("inputs")}
    data = f"s3://{BUCKET}/datasets/heart/run-1"
    assert inputs == {
        "upload": f"s3://{BUCKET}/{FOLDER}/job/upload.manifest",
        "order": f"s3://{BUCKET}/{FOLDER}/job/order.json",
        "schema": f"{data}/schema/schema.json",
        "profile": f"{data}/profile.json",
        "categories": f"{data}/categories.json",
        "sample": f"{data}/sample.json",
    }
    assert handed["job"] == {
        "program": "predict",
        "instance_type": "ml.m5.4xlarge",
        "volume_size_gb": 30,
        "output_uri": f"s3://{BUCKET}/{FOLDER}",
    }


def test_a_model_of_which_little_is_known_predicts(
    store: Any, registry: Registry, context: Context, large: None, tmp_path: Path
) -> None:
    for name in ("profile", "categories", "sample"):
        store.delete_object(Bucket=BUCKET, Key=f"datasets/heart/run-1/{name}.json")
    handed = handle(store, context, CSV)
    assert {each["name"] for each in handed["job"]["inputs"]} == {"upload", "order", "schema"}
    assert run_job(store, handed["job"], tmp_path / "job") == 0
    assert taken_back(context, newest(store))["rows"] == 90


def test_a_data_error_comes_back_as_itself(
    store: Any,
    registry: Registry,
    context: Context,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    with pytest.raises(errors.DataError) as by_lambda:
        handle(store, context, BAD)
    expected = stored(store)
    request.getfixturevalue("large")
    handed = handle(store, context, BAD)
    assert run_job(store, handed["job"], tmp_path / "job") == 0
    with pytest.raises(errors.DataError) as by_job:
        taken_back(context, newest(store))
    assert type(by_job.value) is type(by_lambda.value)
    assert str(by_job.value) == str(by_lambda.value)
    assert by_job.value.findings == by_lambda.value.findings
    assert stored(store) == expected  # what was found is there, and no cell of it
    assert not [body for body in expected.values() if b"secret-cell" in body]


def test_only_the_version_of_the_execution_is_used(
    store: Any, registry: Registry, context: Context, large: None, tmp_path: Path
) -> None:
    handed, old = handle(store, context, CSV), newest(store)
    store.put_object(Bucket=BUCKET, Key=KEY, Body=b"age,sex\n1,m\n")
    run_job(store, handed["job"], tmp_path / "job")
    with pytest.raises(errors.UploadReplaced):
        taken_back(context, old)
    found = json.loads(stored(store)["findings.json"])["findings"]
    assert [each["code"] for each in found] == ["UploadReplaced"]


def test_what_is_known_to_be_wrong_is_told_before_a_job_is_paid_for(
    store: Any, registry: Registry, context: Context, large: None
) -> None:
    assert small.refused(store, context, CSV, tsak="x").startswith("SettingsInvalid: ")
    assert small.refused(store, context, CSV, **{"model-version": "7"}).startswith("ModelNotFound")
    registry.folder = "datasets/heart/gone"
    assert small.refused(store, context, CSV).startswith("ModelUndescribed: ")


def joined(
    s3: Any, context: Context, prepared: dict[str, Any], *answers: str, **more: Any
) -> dict[str, Any]:
    for number, text in enumerate(answers):
        s3.put_object(Bucket=BUCKET, Key=f"{FOLDER}/job/0-0-0/{number:05}.out", Body=text.encode())
    uri = f"{prepared['output_uri']}/0-0-0"
    answer: dict[str, Any] = joining.handler(
        {"prepared": prepared, "answers_uri": uri} | more, context
    )
    return answer


def test_a_job_joins_what_a_job_has_read_as_the_lambda_would(
    store: Any,
    registry: Registry,
    context: Context,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lambdas.predict.rows._CELLS_PER_FILE", 90)
    prepared = handle(store, context, CSV)
    by_lambda, expected = joined(store, context, prepared, *ANSWERS), stored(store)
    assert by_lambda["rows"] == 90
    monkeypatch.setenv("UPLOAD_LIMIT_BYTES", "10")
    handed = joined(store, context, prepared)
    assert handed["job"]["program"] == "join"
    store.delete_object(Bucket=BUCKET, Key=f"{FOLDER}/predictions.csv")
    assert run_job(store, handed["job"], tmp_path / "job") == 0
    assert joined(store, context, prepared, after_job=True) == by_lambda
    assert stored(store) == expected


@pytest.mark.parametrize(("bytes_read", "most", "is_much"), [(5, 9, True), (5, 99_999, False)])
def test_many_answers_to_few_rows_are_joined_in_a_job(
    bytes_read: int,
    most: int,
    is_much: bool,
    store: Any,
    registry: Registry,
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lambdas.predict.rows._CELLS_PER_FILE", 90)
    prepared = handle(store, context, CSV) | {"upload_bytes": bytes_read}
    monkeypatch.setenv("UPLOAD_LIMIT_BYTES", str(most))
    assert ("job" in joined(store, context, prepared, *ANSWERS)) is is_much


def test_answers_that_are_missing_come_back_from_the_job_as_such(
    store: Any, registry: Registry, context: Context, large: None, tmp_path: Path
) -> None:
    handed = handle(store, context, CSV)
    run_job(store, handed["job"], tmp_path / "read")
    prepared = taken_back(context, newest(store))
    with pytest.raises(
        errors.PredictionsIncomplete, match="2 files of rows were given, 1 answered"
    ):
        joined(store, context, prepared, ANSWERS[0])
    handed = joined(
        store, context, prepared, ANSWERS[0], ANSWERS[1].replace("1,0.5,0.5,0.5\n", "", 1)
    )
    assert run_job(store, handed["job"], tmp_path / "join") == 0
    with pytest.raises(errors.PredictionsIncomplete, match="90 rows were given, 89 answered"):
        joined(store, context, prepared, after_job=True)
    assert "predictions.csv" not in stored(store)


def test_an_error_of_ours_says_where_and_never_what(
    store: Any,
    registry: Registry,
    context: Context,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("secret-cell")

    prepared = handle(store, context, CSV)
    monkeypatch.setenv("UPLOAD_LIMIT_BYTES", "10")
    handed = joined(store, context, prepared, ANSWERS[0] + ANSWERS[1])
    monkeypatch.setattr(joining_job, "write_predictions", fail)
    assert run_job(store, handed["job"], tmp_path / "job") == 1
    told = (tmp_path / "job" / "message").read_text()
    assert told.startswith("ValueError (")
    assert "secret-cell" not in told + "".join(capsys.readouterr())
