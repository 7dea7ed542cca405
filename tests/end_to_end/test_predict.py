"""Rows dropped into predict/ come back predicted by the champion, and nothing is left running."""

import csv
import datetime as dt
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from lambdas.shared.names.legal import execution_name, group_name, serving_name
from lambdas.shared.registry import version
from localcloud.compared import compare_file
from localcloud.follow import follow
from localcloud.left_running import left_running
from localcloud.predicted import predict_file
from localcloud.run import Upload
from localcloud.session import Session
from tests.end_to_end import datasets
from tests.end_to_end.notices import Notices
from tests.end_to_end.sabotage import without_action
from tests.end_to_end.serve import first_version_for, serve
from training.serve.csv_body import parse_csv
from training.serve.loading import load_archive
from training.serve.reasons import MOST_ROWS
from training.serve.table import Table

DATASET, TARGET = "to-predict", "diagnosis"
ROLE = "PredictWorkflowRole"


@pytest.fixture(scope="module")
def model(session: Session) -> Any:
    """Train a champion and return it as it is in its archive."""
    from localcloud.run import run_file
    from tests.forests import FEW_TREES

    upload = Upload(datasets.BREAST_CANCER, DATASET, FEW_TREES)
    result = run_file(session.cloud, session.outputs, upload)
    assert result["promoted"], result["message"]
    return load_archive(Path(result["model"]))


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All rows of the training file, without what is to be predicted."""
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    with datasets.BREAST_CANCER.open() as source, path.open("w", newline="") as target:
        found = list(csv.reader(source))
        at = found[0].index(TARGET)
        csv.writer(target).writerows(row[:at] + row[at + 1 :] for row in found)
    return path


def predict(session: Session, path: Path, dataset: str = DATASET, **settings: str) -> Any:
    upload = Upload(path, dataset, settings, is_predicted=True)
    return predict_file(session.cloud, session.outputs, upload)


def entered(session: Session, execution_arn: str) -> list[str]:
    """Return the names of the states that an execution entered, in order."""
    client = session.cloud.client("stepfunctions")
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution_arn)
    return [
        event["stateEnteredEventDetails"]["name"]
        for page in pages
        for event in page["events"]
        if "stateEnteredEventDetails" in event
    ]


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@contextmanager
def stuck_without(session: Session, action: str) -> Iterator[None]:
    with without_action(session, action, ROLE):
        yield


def test_predictions_are_the_models_own_in_the_users_order(
    session: Session, model: Any, rows: Path, notices: Notices
) -> None:
    result = predict(session, rows)
    assert (result["status"], result["error"], result["rows"]) == ("SUCCEEDED", None, 569)
    assert result["findings"] == []
    assert result["left_running"] == []
    page = Path(result["report"]).read_text(encoding="utf-8")
    assert "569 rows of “diagnosis” were predicted with version 1" in page
    assert '<code><a href="predictions.csv">' in page
    assert 'class="console"' not in page  # it is read without a cloud
    assert 0 < result["on_aws"]["low_usd"] <= result["cost_usd"] <= result["on_aws"]["high_usd"]
    with Path(result["predictions"]).open(newline="") as file:
        header, *found = csv.reader(file)
    own_header, *own = csv.reader(rows.open(newline=""))
    width = len(own_header)
    labels = ["benign", "malignant"]
    added = ["prediction", *(f"probability_{label}" for label in labels), "threshold"]
    assert header == [*own_header, *added]
    assert [row[:width] for row in found] == own
    outcome = model.predict(parse_csv(model.schema, rows.read_text()))
    assert outcome.labels == labels
    expected = [
        [label, *map(str, probabilities)]
        for label, probabilities in zip(
            outcome.predictions, outcome.probabilities.tolist(), strict=True
        )
    ]
    assert [row[width:-1] for row in found] == expected
    name = result["execution_arn"].rsplit(":", 1)[-1]
    notice = notices.wait_for(name)
    assert "569 rows of “diagnosis” were predicted with version 1" in notice["Message"]
    assert notice["MessageAttributes"]["status"]["Value"] == "SUCCEEDED"


def test_what_really_happened_is_measured_once_it_is_known(
    session: Session, model: Any, rows: Path, tmp_path: Path, notices: Notices
) -> None:
    """First a part, then the rest: the figures are of all that is known by then."""
    header, *lines = rows.read_text().splitlines()
    numbered = [f"P{n:03},{line}" for n, line in enumerate(lines)]
    path = written(tmp_path / "patients.csv", "\n".join([f"patient,{header}", *numbered]) + "\n")
    result = predict(session, path)
    with Path(result["predictions"]).open(newline="") as file:
        predicted = {row["patient"]: row for row in csv.DictReader(file)}
    with datasets.BREAST_CANCER.open(newline="") as file:
        happened = {f"P{n:03}": row[TARGET] for n, row in enumerate(csv.DictReader(file))}
    first = dict(list(happened.items())[:120])
    rest = {patient: truth for patient, truth in happened.items() if patient not in first}
    for number, (part, known) in enumerate(((first, first), (rest, happened)), 1):
        text = "".join(f"{patient},{truth}\n" for patient, truth in part.items())
        file_of = written(tmp_path / f"{number}.csv", f"patient,{TARGET}\n{text}")
        upload = Upload(file_of, DATASET, {"language": "es"}, is_compared=True)
        told = compare_file(session.cloud, session.outputs, upload)
        assert (told["status"], told["error"]) == ("SUCCEEDED", None), told["message"]
        assert (told["rows"], told["matched"], told["pairs"]) == (len(part),) * 3
        assert told["left_running"] == []
        (period,) = told["periods"]
        assert period["period"] == f"{dt.datetime.now(dt.UTC):%Y-%m}"
        assert (period["version"], period["rows"]) == (1, len(known))
        assert (period["uploads"], period["predicted"] >= len(happened)) == (number, True)
        expected = by_scikit_learn(predicted, known)
        assert {name: period["metrics"][name] for name in expected} == pytest.approx(expected)
        notice = notices.wait_for(told["execution_arn"].rsplit(":", 1)[-1])
        assert notice["Subject"] == f"Molino: valores reales de {DATASET} comparados"
        assert f"qué ocurrió con {len(part)} filas que se habían predicho" in notice["Message"]
        assert f"conocidas por ahora: {len(known)} de" in notice["Message"]
        assert notice["MessageAttributes"]["status"]["Value"] == "SUCCEEDED"
        assert "P00" not in notice["Message"]


def test_the_datasets_health_has_the_months_figure(session: Session) -> None:
    """Of the files of what really happened that the test before has dropped."""
    bucket, s3 = session.outputs["BucketName"], session.cloud.client("s3")
    month = f"{dt.datetime.now(dt.UTC):%Y-%m}"
    deadline, known = time.monotonic() + 20, list[Any]()
    while len(known) < 2:
        assert time.monotonic() < deadline
        key = f"reports/{DATASET}/health/{month}.json"
        entries = json.load(s3.get_object(Bucket=bucket, Key=key)["Body"])["entries"]
        known = [each["quality"] for each in entries if each["kind"] == "actuals"]
    ((figure,), (earlier,)) = known
    assert (figure["version"], figure["period"], figure["metric"]) == (1, month, "roc_auc")
    assert (figure["rows"], earlier["rows"]) == (569, 120)
    assert figure["low"] <= figure["value"] <= figure["high"]
    assert figure["registered"]["rows"] > 0


def by_scikit_learn(predicted: dict[str, Any], truths: dict[str, str]) -> dict[str, float]:
    rows = [predicted[patient] for patient in truths]
    scores = [float(row["probability_malignant"]) for row in rows]
    happened = [truth == "malignant" for truth in truths.values()]
    return {
        "roc_auc": roc_auc_score(happened, scores),
        "accuracy": accuracy_score(list(truths.values()), [row["prediction"] for row in rows]),
        "log_loss": log_loss(happened, scores),
    }


def test_reasons_are_the_models_own_for_more_rows_than_an_endpoint_explains(
    session: Session, model: Any, rows: Path
) -> None:
    result = predict(session, rows, explain="yes", output="parquet")
    assert (result["status"], result["rows"]) == ("SUCCEEDED", 569), result["message"]
    table = parse_csv(model.schema, rows.read_text())
    assert table.rows > MOST_ROWS
    some = slice(0, MOST_ROWS)
    part = Table(MOST_ROWS, table.numeric[some], table.written[some])
    _, every = model.predict_with_reasons(part)
    found = duckdb.read_parquet(result["predictions"])
    _, *own = csv.reader(rows.open(newline=""))
    assert [list(line[: len(own[0])]) for line in found.fetchall()] == own  # as texts
    outcome = model.predict(table)
    assert found["probability_malignant"].fetchall() == [(p,) for _, p in outcome.probabilities]
    lines = [dict(zip(found.columns, line, strict=True)) for line in found.fetchall()]
    for line, base, contributions in zip(lines, every.base, every.contributions, strict=False):
        assert (line["explained"], line["unit"]) == ("malignant", "probability")
        assert line["base"] == pytest.approx(base)
        by_name = dict(zip(every.names, contributions, strict=True))
        told = {line[f"reason_{n}"]: line[f"contribution_{n}"] for n in (1, 2, 3)}
        told.pop(None, None)
        assert told == pytest.approx({name: by_name[name] for name in told})
        strongest = sorted(map(abs, contributions), reverse=True)[: len(told)]
        assert [abs(each) for each in told.values()] == pytest.approx(strongest)


def test_known_targets_are_measured_and_those_of_training_are_told(
    session: Session, model: Any
) -> None:
    result = predict(session, datasets.BREAST_CANCER)
    assert (result["status"], result["left_running"]) == ("SUCCEEDED", [])
    assert [found["code"] for found in result["findings"]] == ["TargetKept", "RowsSeen"]
    assert "In 569 rows “diagnosis” is known." in result["message"]
    assert "Many of these rows are among those that the model was trained on" in result["message"]
    assert "training data, too" not in result["message"]  # it is said once
    folder = Path(result["report"]).parent
    metrics = json.loads((folder / "metrics.json").read_text())
    assert (metrics["rows"], metrics["comparison"]["verdict"]) == (569, "seen")
    with Path(result["predictions"]).open(newline="") as file:
        found = list(csv.DictReader(file))
    right = sum(row[TARGET] == row["prediction"] for row in found)
    assert metrics["metrics"]["accuracy"] == right / 569
    assert 'id="measured"' in Path(result["report"]).read_text(encoding="utf-8")


@contextmanager
def served(session: Session) -> Iterator[str]:
    """Serve the version that predicts, as `serve: true` does, and delete the endpoint by hand."""
    group = group_name(session.outputs["BucketName"], DATASET)
    client, name = session.cloud.client("sagemaker"), serving_name(group)
    (package,) = client.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    arn = version(client, package["ModelPackageArn"]).properties["execution_arn"]
    assert serve(session, first_version_for(session, DATASET, arn))[-1]["phase"] == "serving"
    try:
        yield name
    finally:
        client.delete_endpoint(EndpointName=name)
        client.delete_endpoint_config(EndpointConfigName=f"{name}--1")
        client.delete_model(ModelName=f"{name}--1")


def test_the_endpoint_that_serves_the_version_answers_as_a_job_does(
    session: Session, model: Any, rows: Path
) -> None:
    with served(session) as name:
        asked = predict(session, rows)
    assert asked["predicted_by"] == {"kind": "endpoint", "name": name}, asked["message"]
    assert f"The endpoint {name} answered." in asked["message"]
    assert "Create model" not in entered(session, asked["execution_arn"])
    assert asked["findings"] == []
    # What is noted of it is still there.
    instead = predict(session, rows)
    assert instead["predicted_by"]["kind"] == "transform"
    assert 0 < asked["cost_usd"] < instead["cost_usd"]
    assert [each["code"] for each in instead["findings"]] == ["EndpointNotUsed"]
    texts = [Path(each["predictions"]).read_text() for each in (asked, instead)]
    assert texts[0] == texts[1]
    failed = predict(session, rows, predict_with="endpoint")
    assert (failed["status"], failed["error"]) == ("FAILED", "EndpointUnavailable")
    assert "“predict_with: auto”" in failed["message"]
    noted = {"Bucket": session.outputs["BucketName"], "Key": f"reports/{DATASET}/champion.json"}
    session.cloud.client("s3").delete_object(**noted)


def test_all_that_is_wrong_with_a_file_is_one_message(
    session: Session, model: Any, rows: Path, tmp_path: Path, notices: Notices
) -> None:
    lines = rows.read_text().splitlines()
    lines[0] = lines[0].replace("mean radius", "mean_radius")
    lines[3] = lines[3].replace(lines[3].split(",")[1], "SECRET", 1)
    path = written(tmp_path / "wrong.csv", "\n".join(lines) + "\n")
    result = predict(session, path)
    assert (result["status"], result["error"]) == ("FAILED", "ColumnMissing")
    assert "“mean radius” is missing; is it the one called “mean_radius”" in result["message"]
    assert (
        "“mean texture”, 1 cell is not a number as they were written in training (row 4)"
        in result["message"]
    )
    assert "SECRET" not in json.dumps(result)
    assert result["predictions"] is None
    assert "“mean radius” is missing" in Path(result["report"]).read_text(encoding="utf-8")
    assert result["left_running"] == []
    notice = notices.wait_for(result["execution_arn"].rsplit(":", 1)[-1])
    assert "mean texture" in notice["Message"]


def test_without_a_champion_the_message_says_what_to_do(session: Session, rows: Path) -> None:
    result = predict(session, rows, "never-trained")
    assert (result["status"], result["error"]) == ("FAILED", "NoChampion")
    assert "upload a CSV file that has the column to predict" in result["message"]


def test_semicolons_commas_line_breaks_and_gaps_are_predicted(
    session: Session, model: Any, rows: Path, tmp_path: Path
) -> None:
    header, *lines = rows.read_text().splitlines()
    changed = [f'"=note\n{n}",{line}' for n, line in enumerate(lines[:40])]
    text = "\n".join([f"note,{header}", *changed]) + "\n"
    path = written(tmp_path / "semicolons.csv", text.replace(",", ";").replace(".", ","))
    result = predict(session, path)
    assert result["status"] == "SUCCEEDED", result["message"]
    with Path(result["predictions"]).open(newline="") as file:
        _, *found = csv.reader(file)
    assert [row[0] for row in found] == [f"'=note\n{n}" for n in range(40)]
    own = "\n".join([header, *lines[:40]]) + "\n"
    expected = model.predict(parse_csv(model.schema, own))
    assert [row[-4] for row in found] == expected.predictions
    assert [row[-3:-1] for row in found] == [
        list(map(str, p)) for p in expected.probabilities.tolist()
    ]


def test_a_redrive_goes_on_where_it_failed(session: Session, model: Any, rows: Path) -> None:
    states = session.cloud.client("stepfunctions")
    with stuck_without(session, "sagemaker:CreateTransformJob"):
        result = predict(session, rows)
        assert (result["status"], result["error"]) == ("FAILED", "AccessDenied")
        assert result["left_running"] == []
    states.redrive_execution(executionArn=result["execution_arn"])
    assert follow(session.cloud, result["execution_arn"]).status == "SUCCEEDED"
    names = entered(session, result["execution_arn"])
    assert names.count("Read rows") == 1  # what was done is not done again
    assert names.count("Join answers") == 1
    assert left_running(session.cloud) == []


def test_an_event_that_comes_again_starts_nothing(session: Session, model: Any, rows: Path) -> None:
    bucket, key = session.outputs["BucketName"], f"predict/{DATASET}/twice.csv"
    s3 = session.cloud.client("s3")
    version = s3.put_object(Bucket=bucket, Key=key, Body=rows.read_bytes())["VersionId"]
    found = {"key": key, "version-id": version}
    event = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": bucket}, "object": found},
    }

    def again(_: int) -> Any:
        return session.cloud.client("lambda").invoke(
            FunctionName=session.outputs["TriggerFunctionName"], Payload=json.dumps(event).encode()
        )["StatusCode"]

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(again, range(12))) == {200}
    name = execution_name(DATASET, bucket, key, version)
    machine = session.outputs["PredictMachineArn"]
    arn = f"{machine.replace(':stateMachine:', ':execution:', 1)}:{name}"
    assert follow(session.cloud, arn).status == "SUCCEEDED"
    time.sleep(1)  # a late event's execution would have begun by now
    listed = session.cloud.client("stepfunctions").list_executions(stateMachineArn=machine)
    assert [each["name"] for each in listed["executions"]].count(name) == 1
    objects = s3.list_object_versions(Bucket=bucket, Prefix=f"predictions/{DATASET}/{name}/pred")
    assert len(objects["Versions"]) == 1
