"""An upload above the limit: handed over, processed by the job's code, taken back."""

import json
import re
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from lambdas.preprocess import processing_job
from lambdas.preprocess.handler import handler
from lambdas.preprocess.storage import open_upload
from lambdas.shared.failures import errors
from tests.lambdas.conftest import BUCKET, Context
from tests.lambdas.flow import ARN, put
from tests.lambdas.jobs import run_job

CSV = "a,b,target\n" + "".join(
    f"{i * 37 % 61},{'xyz'[i % 3]},{'yes' if i * 7 % 5 else 'no'}\n" for i in range(400)
)
BAD = "a,b,target\n" + "1,2,yes\n1,2\n" + "secret-cell,2,yes\n" * 5
KEY = "incoming/ward/a b#?é.csv"
PREFIX = "datasets/ward/run-1/"


def invoke(upload: dict[str, str], **more: Any) -> dict[str, Any]:
    event = {"execution_name": "run-1", "execution_arn": ARN, **upload, **more}
    answer: dict[str, Any] = handler(event, Context())
    return answer


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPLOAD_LIMIT_BYTES", "10")


def objects(s3: Any) -> dict[str, bytes]:
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX).get("Contents", [])
    return {
        entry["Key"].removeprefix(PREFIX): s3.get_object(Bucket=BUCKET, Key=entry["Key"])[
            "Body"
        ].read()
        for entry in listed
    }


def test_the_job_makes_the_same_as_the_lambda_byte_for_byte(
    s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.put_object(Bucket=BUCKET, Key="settings/ward.yaml", Body=b"seed: 3\n")
    upload = put(s3, KEY, CSV, task="binary", positive_class="NO")
    by_lambda, stored_by_lambda = invoke(upload), objects(s3)
    for name in stored_by_lambda:
        s3.delete_object(Bucket=BUCKET, Key=PREFIX + name)
    assert objects(s3) == {}

    monkeypatch.setenv("UPLOAD_LIMIT_BYTES", "10")
    assert run_job(s3, invoke(upload)["job"], tmp_path) == 0
    by_job = invoke(upload, after_job=True)

    assert by_job == by_lambda
    stored = {name: body for name, body in objects(s3).items() if not name.startswith("job/")}
    assert set(stored) == {
        "train/train.csv", "validation/validation.csv", "test/test.csv", "schema/schema.json",
        "manifest.json", "profile.json", "categories.json", "sample.json",
    }  # fmt: skip
    assert stored == stored_by_lambda
    assert json.loads(stored["profile.json"])["target"]["positive_class"]["label"] == "no"


def test_what_the_job_needs_is_told(s3: Any, large: None) -> None:
    chosen = {"processing_instance_type": "ml.m5.4xlarge", "algorithm": "linear"}
    handed = invoke(put(s3, KEY, CSV, **chosen))
    assert handed["algorithm"] == "linear"
    assert handed["job"] == {
        "program": "preprocess",
        "instance_type": "ml.m5.4xlarge",
        "volume_size_gb": 30,
        "inputs": [
            {
                "name": "order",
                "uri": f"s3://{BUCKET}/{PREFIX}job/order.json",
                "type": "S3Prefix",
            },
            {
                "name": "upload",
                "uri": f"s3://{BUCKET}/{PREFIX}job/upload.manifest",
                "type": "ManifestFile",
            },
        ],
        "output_uri": f"s3://{BUCKET}/datasets/ward/run-1",
    }
    assert set(objects(s3)) == {"job/order.json", "job/upload.manifest"}
    manifest = json.loads(objects(s3)["job/upload.manifest"])
    assert manifest == [{"prefix": f"s3://{BUCKET}/incoming/ward/"}, "a b#?é.csv"]


def test_a_data_error_comes_back_as_itself(
    s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = put(s3, KEY, BAD)
    with pytest.raises(errors.DataError) as by_lambda:
        invoke(upload)
    monkeypatch.setenv("UPLOAD_LIMIT_BYTES", "10")
    assert run_job(s3, invoke(upload)["job"], tmp_path) == 0
    with pytest.raises(errors.DataError) as by_job:
        invoke(upload, after_job=True)
    assert type(by_job.value) is type(by_lambda.value)
    assert str(by_job.value) == str(by_lambda.value)
    assert by_job.value.findings == by_lambda.value.findings
    assert not [body for body in objects(s3).values() if b"secret-cell" in body]


def test_settings_are_refused_before_a_job_is_paid_for(s3: Any, large: None) -> None:
    with pytest.raises(errors.SettingsInvalid, match="did you mean “target”"):
        invoke(put(s3, KEY, CSV, targt="target"))
    assert set(objects(s3)) == {"findings.json"}


def test_spark_is_asked_for_where_the_stack_has_it(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = put(s3, KEY, CSV, engine="spark", targt="target")
    with pytest.raises(errors.SettingsInvalid, match="“engine” is spark, which was not") as refused:
        invoke(upload)
    assert "did you mean “target”" in str(refused.value)

    monkeypatch.setenv("SPARK_MAX_VCPUS", "64")
    monkeypatch.setenv("SPARK_MAX_RUNTIME_MINUTES", "90")
    handed = invoke(put(s3, KEY, CSV, engine="spark"))
    assert handed["job"] is None
    assert handed["spark"]["order_uri"] == f"s3://{BUCKET}/{PREFIX}job/order.json"
    assert handed["spark"]["output_uri"] == f"s3://{BUCKET}/datasets/ward/run-1"
    assert set(objects(s3)) == {"findings.json", "job/order.json"}


def test_only_the_version_of_the_execution_is_used(s3: Any, large: None, tmp_path: Path) -> None:
    old = put(s3, KEY, CSV)
    handed = invoke(old)
    put(s3, KEY, CSV.replace("yes", "maybe"))
    with pytest.raises(errors.UploadReplaced):
        invoke(old)
    run_job(s3, handed["job"], tmp_path)
    with pytest.raises(errors.UploadReplaced):
        invoke(old, after_job=True)


def test_an_error_of_ours_says_where_and_never_what(
    s3: Any, large: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("secret-cell")

    handed = invoke(put(s3, KEY, CSV))
    monkeypatch.setattr(processing_job, "carry_out", fail)
    assert run_job(s3, handed["job"], tmp_path) == 1
    told = (tmp_path / "message").read_text()
    assert re.fullmatch(r"ValueError \(.*processing_job\.py:\d+ _process; .*:\d+ fail\)", told)
    assert "secret-cell" not in told + "".join(capsys.readouterr())
    with pytest.raises(errors.MolinoError):
        invoke({"bucket": BUCKET, "key": KEY}, after_job=True)


def test_a_vanished_upload_is_told_as_such(s3: Any, large: None) -> None:
    upload = put(s3, KEY, CSV)
    s3.delete_object(Bucket=BUCKET, Key=KEY, VersionId=upload["version_id"])
    with pytest.raises(errors.UploadNotFound):
        invoke(upload)


def test_an_upload_with_its_uploaders_own_key_is_told_as_such() -> None:
    client = boto3.client("s3")
    with Stubber(client) as stub:
        stub.add_client_error("get_object", "InvalidRequest", "SECRET", http_status_code=400)
        with pytest.raises(errors.UploadLocked, match="only its uploader has") as caught:
            open_upload(client, BUCKET, KEY, "v")
    assert "SECRET" not in str(caught.value)


def test_a_vpc_refuses_what_asks_for_serverless_endpoints(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = put(s3, KEY, CSV, serve="true", **{"endpoint-kind": "serverless", "tagret": "x"})
    monkeypatch.setenv("IN_VPC", "1")
    with pytest.raises(errors.SettingsInvalid) as caught:
        invoke(upload)
    for part in ("“serve” asks for", "“endpoint_kind” asks for", "tagret"):
        assert part in str(caught.value)
    upload = put(s3, KEY, CSV, serve="true")
    monkeypatch.setenv("IN_VPC", "")
    assert invoke(upload)["serve"]["kind"] == "serverless"
