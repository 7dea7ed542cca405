"""Champions through the whole workflow: promoted, defended, replaced and served."""

import json
import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from lambdas.shared.names.legal import group_name, serving_name
from localcloud.predicted import predict_file
from localcloud.run import Upload, run_file
from localcloud.session import Session
from tests.docs.blocks import PROJECT, blocks, documented
from tests.end_to_end import datasets
from tests.end_to_end.conftest import Notices
from tests.end_to_end.serve import first_version_for, serve
from tests.forests import FEW_TREES, WEAK

DATASET = "ward"
MOST_REQUESTS = 20_000


class Requests:
    """Asks an endpoint again and again, a bounded number of times."""

    def __init__(self, session: Session, endpoint: str, body: bytes) -> None:
        self._runtime = session.cloud.client("sagemaker-runtime")
        self._call = {"EndpointName": endpoint, "Body": body, "ContentType": "text/csv"}
        self.answers: set[bytes] = set()
        self.failures: list[str] = []
        self.count = 0

    @contextmanager
    def meanwhile(self) -> Iterator[None]:
        """Ask while the block runs."""
        over = threading.Event()

        def ask() -> None:
            while not over.is_set() and self.count < MOST_REQUESTS:
                self.count += 1
                try:
                    self.answers.add(self._runtime.invoke_endpoint(**self._call)["Body"].read())
                except Exception as error:  # noqa: BLE001 - any failure counts
                    self.failures.append(f"{type(error).__name__}: {error}")
                over.wait(0.02)

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


class Ward:
    """A dataset with a history."""

    def __init__(self, session: Session, dataset: str = DATASET) -> None:
        self.session, self.dataset = session, dataset
        self.bucket = session.outputs["BucketName"]
        self.group = group_name(self.bucket, dataset)
        self.endpoint = serving_name(self.group)

    def run(self, path: Path = datasets.BREAST_CANCER, **settings: str) -> dict[str, Any]:
        upload = Upload(path, self.dataset, FEW_TREES | settings)
        result = run_file(self.session.cloud, self.session.outputs, upload)
        assert result["status"] == "SUCCEEDED", result["message"]
        assert result["left_running"] == []
        return result

    def versions(self) -> dict[int, str]:
        return self._listed("ModelApprovalStatus")

    def _listed(self, field: str) -> dict[int, str]:
        listed = self.session.cloud.client("sagemaker").list_model_packages(
            ModelPackageGroupName=self.group
        )
        return {
            item["ModelPackageVersion"]: item[field] for item in listed["ModelPackageSummaryList"]
        }

    def approve(self, version: int) -> None:
        self.session.cloud.client("sagemaker").update_model_package(
            ModelPackageArn=self.arns()[version], ModelApprovalStatus="Approved"
        )

    def arns(self) -> dict[int, str]:
        return self._listed("ModelPackageArn")

    def document(self, key: str) -> Any:
        body = self.session.cloud.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"]
        return json.load(body)

    def decision(self, result: dict[str, Any]) -> Any:
        name = result["execution_arn"].rsplit(":", 1)[-1]
        return self.document(f"reports/{self.dataset}/{name}/decision.json")


@pytest.fixture(scope="module")
def ward(session: Session) -> Ward:
    return Ward(session)


@pytest.fixture(scope="module")
def history(ward: Ward) -> dict[str, Any]:
    """Four runs of one dataset: a weak model, the same again, a good one, a weak one again."""
    found: dict[str, Any] = {"first": ward.run(serve="true", **WEAK)}
    found["equal"] = ward.run(**WEAK)
    rows = pd.read_csv(datasets.BREAST_CANCER).drop(columns="diagnosis").head(2)
    requests = Requests(ward.session, ward.endpoint, rows.to_csv(index=False).encode())
    with requests.meanwhile():
        found["better"] = ward.run(serve="true")
    found["requests"] = requests
    found["worse"] = ward.run(**WEAK)
    return found


def test_the_first_model_becomes_the_champion(history: dict[str, Any], ward: Ward) -> None:
    assert history["first"]["promoted"] is True
    decision = ward.decision(history["first"])
    assert (decision["rule"], decision["version"], decision["champion"]) == ("first", 1, None)


def test_an_equal_model_does_not(history: dict[str, Any], ward: Ward) -> None:
    assert history["equal"]["promoted"] is False
    decision = ward.decision(history["equal"])
    assert decision["champion"]["version"] == 1
    assert decision["champion"]["comparison"]["gain"] == 0
    assert decision["rule"] == "not_better"


def test_a_better_model_does(history: dict[str, Any], ward: Ward) -> None:
    assert history["better"]["promoted"] is True
    decision = ward.decision(history["better"])
    comparison = decision["champion"]["comparison"]
    assert decision["rule"] == "better"
    assert comparison["low"] > 0
    assert comparison["candidate"] == pytest.approx(history["better"]["metrics"]["roc_auc"])
    assert "better than the champion, version 1" in history["better"]["message"]


def test_a_worse_model_does_not(history: dict[str, Any], ward: Ward) -> None:
    assert history["worse"]["promoted"] is False
    decision = ward.decision(history["worse"])
    assert decision["champion"]["version"] == 3
    assert decision["champion"]["comparison"]["gain"] < 0
    assert ward.versions() == {1: "Approved", 2: "Rejected", 3: "Approved", 4: "Rejected"}


def test_the_champion_was_measured_on_the_candidates_rows(
    history: dict[str, Any], ward: Ward
) -> None:
    name = history["better"]["execution_arn"].rsplit(":", 1)[-1]
    prefix = f"reports/{DATASET}/{name}"
    s3 = ward.session.cloud.client("s3")
    actual = [
        pd.read_csv(s3.get_object(Bucket=ward.bucket, Key=key)["Body"])["actual"].tolist()
        for key in (f"{prefix}/predictions.csv", f"{prefix}/champion/predictions.csv")
    ]
    assert actual[0] == actual[1]


def test_no_request_failed_while_the_champion_was_replaced(history: dict[str, Any]) -> None:
    requests = history["requests"]
    assert requests.failures == []
    assert 100 < requests.count < MOST_REQUESTS
    assert len(requests.answers) == 2  # the old champion's and the new one's


def test_the_endpoint_serves_the_champion(history: dict[str, Any], ward: Ward) -> None:
    record = ward.document(f"reports/{DATASET}/champion.json")
    assert (record["version"], record["endpoint_name"]) == (3, ward.endpoint)
    sagemaker = ward.session.cloud.client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName=ward.endpoint)
    assert endpoint["EndpointConfigName"] == serving_name(ward.group, 3)
    assert "CurrentServerlessConfig" in endpoint["ProductionVariants"][0]
    assert endpoint["EndpointArn"] in history["worse"]["serving"]
    # Of the champion before nothing is left.
    models = sagemaker.list_models(NameContains=ward.endpoint)["Models"]
    assert [model["ModelName"] for model in models] == [serving_name(ward.group, 3)]


def test_the_datasets_health_tells_each_run_and_drift_once(
    history: dict[str, Any], ward: Ward, notices: Notices, tmp_path: Path
) -> None:
    rows = pd.read_csv(datasets.BREAST_CANCER).drop(columns="diagnosis").head(150)
    rows["mean texture"] *= 3
    rows.to_csv(tmp_path / "moved.csv", index=False)
    for _ in range(2):
        upload = Upload(tmp_path / "moved.csv", DATASET, is_predicted=True)
        found = predict_file(ward.session.cloud, ward.session.outputs, upload)
        assert found["status"] == "SUCCEEDED", found["message"]
    folder = f"reports/{DATASET}"
    s3 = ward.session.cloud.client("s3")
    (month,) = s3.list_objects_v2(Bucket=ward.bucket, Prefix=f"{folder}/health/")["Contents"]
    deadline = time.monotonic() + 20
    while len(entries := ward.document(month["Key"])["entries"]) < 6:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    kinds = ["predictions", "predictions", *["upload"] * 4]
    assert [each["kind"] for each in entries] == kinds
    trained = [each["training"] for each in entries[2:]]
    assert [each["version"] for each in trained] == [4, 3, 2, 1]
    assert [each["promoted"] for each in trained] == [False, True, False, True]
    decision = ward.decision(history["better"])
    (of_champion,) = entries[3]["quality"]
    assert of_champion["version"] == 1
    assert of_champion["value"] == decision["champion"]["comparison"]["other"]
    assert of_champion["registered"]["value"] == history["first"]["metrics"]["roc_auc"]
    assert [each["version"] for each in entries[:2]] == [3, 3]
    assert {each["drift"]["levels"]["large"] for each in entries[:2]} == {1}
    page = s3.get_object(Bucket=ward.bucket, Key=f"{folder}/health.html")["Body"].read().decode()
    assert "Version 3 has been the champion since" in page
    kept = Path(history["worse"]["report"]).parents[1] / "health.html"
    assert 'href="health.html"' in (kept.parent / "index.html").read_text()
    assert history["worse"]["execution_arn"].rpartition(":")[2] in kept.read_text()
    drifted = notices.of_status("DRIFT", f"{DATASET}-")
    assert [f"{folder}/health.html" in each["Message"] for each in drifted] == [True]
    assert "mean texture" in drifted[0]["Message"]


def test_a_prediction_leads_back_to_the_csv(history: dict[str, Any], ward: Ward) -> None:
    """Endpoint → configuration → model → package → the CSV's version → its very bytes."""
    sagemaker = ward.session.cloud.client("sagemaker")
    config = sagemaker.describe_endpoint(EndpointName=ward.endpoint)["EndpointConfigName"]
    (variant,) = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    model = sagemaker.describe_model(ModelName=variant["ModelName"])
    package = sagemaker.describe_model_package(
        ModelPackageName=model["PrimaryContainer"]["ModelPackageName"]
    )
    lineage = package["CustomerMetadataProperties"]
    assert lineage["execution_arn"] == history["better"]["execution_arn"]
    body = ward.session.cloud.client("s3").get_object(
        Bucket=ward.bucket, Key=lineage["csv_key"], VersionId=lineage["csv_version_id"]
    )["Body"]
    assert body.read() == datasets.BREAST_CANCER.read_bytes()
    manifest = ward.document(lineage["manifest_uri"].split("/", 3)[3])
    assert manifest["source"]["sha256"] == lineage["csv_sha256"]
    assert package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"].endswith("metrics.json")


def test_the_champion_answers_the_documented_request(
    history: dict[str, Any], ward: Ward, tmp_path: Path
) -> None:
    assert history
    record, ask = (
        documented("predictions.md", words).replace("breast-cancer/", f"{DATASET}/")
        for words in ("aws s3 cp", "aws sagemaker-runtime")
    )
    _run(ward.session, record.replace("<BucketName>", ward.bucket))
    file = tmp_path / "answer.json"
    _run(ward.session, ask.replace("<EndpointName>", ward.endpoint).replace(file.name, str(file)))
    answer = json.loads(file.read_text())
    assert len(answer["predictions"]) == 569
    assert answer["predictions"][0].keys() == {"prediction", "probabilities"}
    described = ward.document(f"models/{DATASET}/openapi.json")
    schemas = described["components"]
    validator = Draft202012Validator({"$ref": "#/components/schemas/Answer", "components": schemas})
    assert validator.is_valid(answer)
    assert list(described["paths"]) == [f"/endpoints/{ward.endpoint}/invocations"]
    for other in (_by_curl(ward), _from_python(ward)):
        assert json.loads(other) == answer


def _by_curl(ward: Ward) -> str:
    """Run the documented line against this cloud's address."""
    line = documented("predictions.md", "curl").replace("<EndpointName>", ward.endpoint)
    found = ward.session.environment
    line = line.replace(
        "https://runtime.sagemaker.<Region>.amazonaws.com", found["AWS_ENDPOINT_URL"]
    )
    line = line.replace("<Region>", found["AWS_DEFAULT_REGION"])
    trusted = {"CURL_CA_BUNDLE": found["AWS_CA_BUNDLE"]}
    return _printed(["bash", "-c", line], ward, trusted)


def _from_python(ward: Ward) -> str:
    (script,) = (
        block.text
        for block in blocks(PROJECT / "docs" / "predictions.md")
        if "invoke_endpoint" in block.text
    )
    return _printed(
        [sys.executable, "-c", script.replace("<EndpointName>", ward.endpoint)], ward, {}
    )


def _printed(command: list[str], ward: Ward, more: dict[str, str]) -> str:
    environment = {"AWS_SESSION_TOKEN": ""} | os.environ | ward.session.environment | more
    done = subprocess.run(
        command, env=environment, cwd=PROJECT, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_aws_sdk_reads_what_model_monitor_is_given(
    history: dict[str, Any], ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ward.session.environment.items():
        monkeypatch.setenv(name, value)
    # The SDK asks through this session, which another test may have made with its own keys.
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    from sagemaker.core.model_monitor import Constraints, Statistics  # takes two seconds

    folder = f"s3://{ward.bucket}/models/{DATASET}/monitor"
    statistics = Statistics.from_s3_uri(f"{folder}/statistics.json").body_dict
    table = pd.read_csv(datasets.BREAST_CANCER).drop(columns="diagnosis")
    assert statistics["dataset"]["item_count"] == len(table)
    means = {each["name"]: each["numerical_statistics"]["mean"] for each in statistics["features"]}
    assert means == pytest.approx(table.mean().to_dict(), rel=1e-5)
    constraints = Constraints.from_s3_uri(f"{folder}/constraints.json")
    assert [each["name"] for each in constraints.body_dict["features"]] == list(table.columns)
    constraints.set_monitoring(enable_monitoring=False)
    assert constraints.body_dict["monitoring_config"]["evaluate_constraints"] == "Disabled"


@pytest.mark.faults
def test_uploads_with_other_columns_are_compared_where_that_is_possible(
    session: Session, tmp_path: Path
) -> None:
    """The champion answers rows that have more columns than it knows, and none that lack one."""
    ward = Ward(session, "columns")
    table = pd.read_csv(datasets.BREAST_CANCER)
    for name, changed in {
        "fewer": table.drop(columns="mean texture"),
        "all": table,
        "other": table.drop(columns="mean radius"),
    }.items():
        changed.to_csv(tmp_path / f"{name}.csv", index=False)
    ward.run(tmp_path / "fewer.csv")
    more = ward.decision(ward.run(tmp_path / "all.csv"))
    assert more["champion"]["problem"] is None
    assert more["champion"]["comparison"]["rows"] > 0
    ward.approve(2)  # whatever the gate found: the next upload is compared with all columns
    other = ward.run(tmp_path / "other.csv")
    assert other["promoted"] is False
    assert ward.decision(other)["rule"] == "not_comparable"
    assert "one of its columns is missing now: mean radius" in other["message"]
    assert "update-model-package --model-approval-status Approved" in other["message"]
    assert ward.versions()[3] == "PendingManualApproval"


@pytest.mark.parametrize("approved", [True, False])
def test_a_person_is_asked_and_answers(session: Session, notices: Notices, approved: bool) -> None:
    """With the commands that the notice and docs/champions.md tell, by AWS's command line."""
    dataset = f"asked-{approved}".lower()
    upload = Upload(datasets.BREAST_CANCER, dataset, {"gate_approval": "manual"} | WEAK)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run_file, session.cloud, session.outputs, upload)
        notice = notices.wait_for(group_name(session.outputs["BucketName"], dataset), limit=90)
        assert "asks for approval" in notice["Subject"]
        told = notice["Message"].splitlines()[-1]
        given = _options(told)
        answer = documented("champions.md", "aws stepfunctions send-task-success")
        answer = answer.replace("<TaskToken>", given["--task-token"])
        assert given.items() >= _options(answer).items()
        _run(session, answer.replace("true", json.dumps(approved)))
        result = running.result()
    assert result["status"] == "SUCCEEDED"
    assert result["promoted"] is approved
    assert "approved by a person (why)" in result["message"]
    assert result["left_running"] == []
    ward = Ward(session, dataset)
    (arn,) = ward.arns().values()
    update = documented("champions.md", "aws sagemaker update-model-package")
    _run(session, update.replace("<ModelPackageArn>", arn))
    assert ward.versions() == {1: "Approved"}
    _run(session, update.replace("<ModelPackageArn>", arn).replace("Approved", "Rejected"))
    assert ward.versions() == {1: "Rejected"}


def _options(line: str) -> dict[str, str]:
    words = shlex.split(line)[3:]  # aws, the service, what to do
    return dict(zip(words[::2], words[1::2], strict=True))


def _run(session: Session, line: str) -> None:
    """Run AWS's command line as a person would."""
    subprocess.run(
        [str(Path(sys.executable).parent / "aws"), *shlex.split(line)[1:]],
        env=os.environ | session.environment,
        check=True,
    )


@pytest.fixture(scope="module")
def rolled_back(history: dict[str, Any], ward: Ward) -> dict[str, Any]:
    """What happens when version 1 is to serve and answers otherwise than it should.

    The deployed function is asked for it, with the answers of version 3 as what to expect.
    """
    event = first_version_for(ward.session, DATASET, history["better"]["execution_arn"])
    rows = pd.read_csv(datasets.BREAST_CANCER).drop(columns="diagnosis").head(2)
    requests = Requests(ward.session, ward.endpoint, rows.to_csv(index=False).encode())
    with requests.meanwhile():
        answers = serve(ward.session, event)
    phases = [answer["phase"] for answer in answers]
    return {"phases": phases, "problem": answers[-1]["problem"], "requests": requests}


def test_a_failed_canary_is_rolled_back_without_a_failed_request(
    rolled_back: dict[str, Any], ward: Ward
) -> None:
    assert list(dict.fromkeys(rolled_back["phases"])) == ["starting", "rolling_back", "failed"]
    assert "the canary test failed" in rolled_back["problem"]
    assert rolled_back["requests"].failures == []
    assert len(rolled_back["requests"].answers) == 2  # version 1 answered for a while
    sagemaker = ward.session.cloud.client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName=ward.endpoint)
    assert endpoint["EndpointConfigName"] == serving_name(ward.group, 3)
    models = sagemaker.list_models(NameContains=ward.endpoint)["Models"]
    assert [model["ModelName"] for model in models] == [serving_name(ward.group, 3)]
    assert ward.versions()[1] == "Rejected"
    assert ward.document(f"reports/{DATASET}/champion.json")["version"] == 3
