"""The function that reads rows: the model, the settings, what it stores, and what it refuses."""

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest

from lambdas.predict import handler as module
from lambdas.shared.failures.errors import MolinoError
from lambdas.shared.names.legal import group_name
from tests.lambdas.conftest import BUCKET, Context
from tests.lambdas.predict.reading import preprocessed, table
from tests.lambdas.shared.test_privacy import CELL, FAILING, LABEL, ODD

FILE = table("age,sex,target", "{20 + i % 50},{'fm'[i % 2]},{i % 2}")
KEY, EXECUTION = "predict/heart/new.csv", "heart-0123456789abcdef"
FOLDER = f"predictions/heart/{EXECUTION}"


class Registry:
    """SageMaker's registry with two versions, of which the first is approved."""

    def __init__(self, versions: int = 2, folder: str = "datasets/heart/run-1") -> None:
        self.versions, self.folder = versions, folder

    def get_paginator(self, _operation: str) -> Any:
        return self

    def paginate(self, **given: Any) -> list[dict[str, Any]]:
        assert given["ModelPackageGroupName"] == group_name(BUCKET, "heart")
        numbers = range(self.versions, 0, -1)
        if "ModelApprovalStatus" in given:
            numbers = range(1, min(self.versions, 1) + 1)
        return [{"ModelPackageSummaryList": [self._summary(number) for number in numbers]}]

    def _summary(self, number: int) -> dict[str, Any]:
        arn = {"ModelPackageArn": f"arn/{number}", "ModelPackageVersion": number}
        return arn | {"ModelPackageStatus": "Completed"}

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803
        number = int(ModelPackageName.rpartition("/")[2])
        properties = {
            "manifest_uri": f"s3://{BUCKET}/{self.folder}/manifest.json",
            "execution_arn": f"arn:aws:states:x:1:execution:Molino:run-{number}",
            "environment:SAGEMAKER_PROGRAM": "inference.py",
        }
        return {
            "ModelPackageVersion": number,
            "CustomerMetadataProperties": properties,
            "CreationTime": dt.datetime(2026, 11, number, 4, 5, 6, tzinfo=dt.UTC),
        }


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    found = Registry()
    monkeypatch.setattr(module, "sagemaker_client", lambda: found)
    return found


@pytest.fixture
def store(s3: Any, tmp_path: Path) -> Any:
    """The bucket with what is known of a model's data."""
    return describe(s3, tmp_path, FILE)


def describe(s3: Any, folder: Path, content: str) -> Any:
    """Store what is known of the data of a model of a file."""
    for key, text in preprocessed(folder, content).outcome.documents.items():
        name = key.split("/", 3)[3]
        s3.put_object(Bucket=BUCKET, Key=f"datasets/heart/run-1/{name}", Body=text.encode())
    return s3


def handle(
    s3: Any, context: Context, content: str | bytes = "age,sex\n30,m\n", **metadata: str
) -> Any:
    body = content.encode() if isinstance(content, str) else content
    put = s3.put_object(Bucket=BUCKET, Key=KEY, Body=body, Metadata=metadata)
    event = {"bucket": BUCKET, "key": KEY, "version_id": put["VersionId"]}
    return module.handler(event | {"execution_name": EXECUTION}, context)


def refused(s3: Any, context: Context, content: str = "age,sex\n30,m\n", **metadata: str) -> str:
    """Return the code and message of a refusal; what was found is stored."""
    with pytest.raises(MolinoError) as caught:
        handle(s3, context, content, **metadata)
    stored = json.load(s3.get_object(Bucket=BUCKET, Key=f"{FOLDER}/findings.json")["Body"])
    assert caught.value.code in {each["code"] for each in stored["findings"]}
    return f"{caught.value.code}: {caught.value}"


def test_rows_are_stored_for_the_champion(store: Any, registry: Registry, context: Context) -> None:
    store.put_object(Bucket=BUCKET, Key="settings/heart.yaml", Body=b"language: es\nraw: yes\n")
    given = {"transform-instance-types": "ml.c5.xlarge, ml.m5.large"}
    answer = handle(store, context, "age;sex\n30,5;x\n", **given)
    assert answer["model"] == {
        "package_arn": "arn/1",
        "version": 1,
        "environment": {"SAGEMAKER_PROGRAM": "inference.py"},
        "run": "run-1",
        "created": "2026-11-01T04:05:06+00:00",
        "data_uri": f"s3://{BUCKET}/datasets/heart/run-1",
        "report_uri": "",
    }
    assert (answer["rows"], answer["columns"], answer["raw"]) == (1, 2, True)
    assert answer["instance_types"] == ["ml.c5.xlarge", "ml.m5.large"]
    assert answer["dataset"] == "heart"
    rows = store.get_object(Bucket=BUCKET, Key=f"{FOLDER}/job/rows-1/00000")["Body"].read()
    assert rows == b"30.5,x\n"
    assert answer["rows_uri"] == f"s3://{BUCKET}/{FOLDER}/job/rows-1/"
    assert (answer["parts"], answer["instances"]) == (1, 1)
    assert answer["accept"] == "text/csv; details=true"
    found = json.load(store.get_object(Bucket=BUCKET, Key=f"{FOLDER}/findings.json")["Body"])
    assert found["language"] == "es"
    assert [each["code"] for each in found["findings"]] == ["DelimiterAssumed", "CategoryUnseen"]


@pytest.mark.parametrize("content", ["age,sex\n{},m\n", 'age,sex\n{},"m\n"\n'])
def test_many_rows_go_in_files_that_instances_share(
    content: str, store: Any, registry: Registry, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    header, row = content.split("\n", 1)
    table = f"{header}\n" + "".join(row.format(i) for i in range(7))
    whole = handle(store, context, table)
    monkeypatch.setattr("lambdas.predict.rows._CELLS_PER_FILE", 6)
    for most, instances in (("2", 2), ("9", 3)):
        answer = handle(store, context, table, **{"transform-instances": most})
        assert (answer["parts"], answer["instances"], answer["rows"]) == (3, instances, 7)
    found = [_contents(store, each["rows_uri"]) for each in (whole, answer)]
    assert list(found[1]) == ["00000", "00001", "00002"]
    assert b"".join(found[1].values()) == b"".join(found[0].values())
    assert all(body.endswith(b"\n") for body in found[1].values())


def test_rows_to_explain_are_stored_in_files_that_are_explained_in_time(
    store: Any, registry: Registry, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lambdas.predict.rows.explained_at_once", lambda columns: columns)
    lines = [f"{age}.5,m" for age in range(30, 35)]
    answer = handle(store, context, "\n".join(["age,sex", *lines]), explain="yes")
    assert (answer["explain"], answer["parts"]) == (True, 3)
    assert answer["accept"] == "text/csv; details=true; explain=3"
    stored = _contents(store, answer["rows_uri"]).values()
    assert [each.decode().split() for each in stored] == [lines[:2], lines[2:4], lines[4:]]


def _contents(s3: Any, uri: str) -> dict[str, bytes]:
    """Return what lies under an address, in the order of the names."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    return {
        each["Key"].removeprefix(prefix): s3.get_object(Bucket=bucket, Key=each["Key"])[
            "Body"
        ].read()
        for each in listed
    }


@pytest.mark.parametrize(("name", "version"), [("2", 2), ("run-2", 2), ("1", 1), ("run-1", 1)])
def test_a_version_or_a_run_may_be_named(
    store: Any, registry: Registry, context: Context, name: str, version: int
) -> None:
    answer = handle(store, context, **{"model-version": name})
    assert answer["model"]["version"] == version


def test_without_a_model_one_message_says_what_to_do(
    store: Any, registry: Registry, context: Context
) -> None:
    assert "ModelNotFound: " in refused(store, context, **{"model-version": "7"})
    assert "no model “run-9”" in refused(store, context, **{"model-version": "run-9"})
    registry.versions = 0
    message = refused(store, context, "nonsense")
    assert message.startswith("NoChampion: ")
    assert "upload a CSV file that has the column to predict" in message
    registry.versions, registry.folder = 1, "datasets/heart/gone"
    assert refused(store, context).startswith("ModelUndescribed: ")


def test_wrong_settings_are_refused(
    store: Any, registry: Registry, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(store, context, "age\n30\n", tsak="binary").startswith("SettingsInvalid: ")
    monkeypatch.setenv("UPLOAD_LIMIT_BYTES", "5")  # also before a job is paid for
    assert refused(store, context, "age\n30\n", tsak="binary").startswith("SettingsInvalid: ")


def test_what_is_wrong_with_settings_and_rows_is_said_together(
    store: Any, registry: Registry, context: Context
) -> None:
    message = refused(store, context, "sex\nm\n", tsak="binary")
    assert "“tsak” is not a setting" in message
    assert "“age” is missing" in message


LEARNED = "a,b,target\n" + "".join(f"k{i % 5},{i * 37 % 61},{'yn'[i % 2]}\n" for i in range(80))
PRIVATE = FAILING | {
    **ODD,
    "unread cells": f"a,b\nk1,{CELL}\n{CELL},5\n",
    "one column": f"a b target\n{CELL} 1 2\n",
    "no names": f"{CELL},{LABEL}\n{CELL},{LABEL}\n",
}


@pytest.mark.parametrize("name", PRIVATE)
def test_whatever_rows_hold_none_of_it_is_told(
    name: str,
    s3: Any,
    registry: Registry,
    context: Context,
    tmp_path: Path,
    log: io.StringIO,
    capsys: pytest.CaptureFixture[str],
) -> None:
    describe(s3, tmp_path, LEARNED)
    failure: MolinoError | None = None
    try:
        said = json.dumps(handle(s3, context, PRIVATE[name]))
    except MolinoError as error:
        failure, said = error, str(error)
    assert not failure or failure.code != "UnexpectedError"
    assert not failure or failure.__cause__ is failure.__context__ is None
    found = s3.get_object(Bucket=BUCKET, Key=f"{FOLDER}/findings.json")["Body"].read().decode()
    text = said + found + log.getvalue() + "".join(capsys.readouterr())
    assert '"service"' in text  # the logger was listened to
    assert CELL not in text
    assert LABEL not in text
