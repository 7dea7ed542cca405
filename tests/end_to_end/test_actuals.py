"""What really happened, dropped into actuals/ later, becomes figures by month and version."""

import csv
import datetime as dt
import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from lambdas.shared.names.legal import execution_name
from localcloud.compared import compare_file
from localcloud.follow import follow
from localcloud.predicted import predict_file
from localcloud.run import Upload, run_file
from localcloud.session import Session
from tests.end_to_end import datasets
from tests.end_to_end.notices import Notices
from tests.forests import FEW_TREES

DATASET, TARGET = "happened", "diagnosis"


@pytest.fixture(scope="module")
def patients(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """The rows of the example, each with a number of its own."""
    with datasets.BREAST_CANCER.open(newline="") as file:
        return [{"patient": f"P{n:03}", **row} for n, row in enumerate(csv.DictReader(file))]


@pytest.fixture(scope="module")
def predicted(
    session: Session, patients: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """Train on some of them, and predict the others; what the model said of each."""
    folder = tmp_path_factory.mktemp("patients")
    known, new = patients[:300], patients[300:]
    train = written(folder / "train.csv", known)
    settings = FEW_TREES | {"language": "es"}
    run_file(session.cloud, session.outputs, Upload(train, DATASET, settings))
    rows = [{name: cell for name, cell in row.items() if name != TARGET} for row in new]
    upload = Upload(written(folder / "rows.csv", rows), DATASET, {}, is_predicted=True)
    result = predict_file(session.cloud, session.outputs, upload)
    assert result["status"] == "SUCCEEDED", result["message"]
    with Path(result["predictions"]).open(newline="") as file:
        return {row["patient"]: row for row in csv.DictReader(file)}


def written(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="") as file:
        lines = csv.DictWriter(file, list(rows[0]))
        lines.writeheader()
        lines.writerows(rows)
    return path


def compare(session: Session, path: Path, **settings: str) -> Any:
    upload = Upload(path, DATASET, settings, is_compared=True)
    return compare_file(session.cloud, session.outputs, upload)


def by_scikit_learn(
    predicted: Mapping[str, Mapping[str, str]], truths: Mapping[str, str]
) -> dict[str, float]:
    rows = [predicted[patient] for patient in truths]
    scores = [float(row["probability_malignant"]) for row in rows]
    happened = [truth == "malignant" for truth in truths.values()]
    return {
        "roc_auc": roc_auc_score(happened, scores),
        "accuracy": accuracy_score(list(truths.values()), [row["prediction"] for row in rows]),
        "log_loss": log_loss(happened, scores),
    }


def test_figures_are_of_all_that_is_known_by_then(
    session: Session,
    patients: list[dict[str, str]],
    predicted: Any,
    tmp_path: Path,
    notices: Notices,
) -> None:
    happened = {row["patient"]: row[TARGET] for row in patients[300:]}
    first = dict(list(happened.items())[:120])
    rest = {patient: truth for patient, truth in happened.items() if patient not in first}
    for number, (part, known) in enumerate(((first, first), (rest, happened)), 1):
        rows = [{"patient": patient, TARGET: truth} for patient, truth in part.items()]
        result = compare(session, written(tmp_path / f"{number}.csv", rows), language="es")
        assert (result["status"], result["error"]) == ("SUCCEEDED", None), result["message"]
        assert (result["rows"], result["matched"], result["pairs"]) == (len(part),) * 3
        assert result["left_running"] == []
        (period,) = result["periods"]
        assert period["period"] == f"{dt.datetime.now(dt.UTC):%Y-%m}"
        assert (period["version"], period["rows"]) == (1, len(known))
        assert (period["predicted"], period["uploads"]) == (len(happened), number)
        expected = by_scikit_learn(predicted, known)
        assert {name: period["metrics"][name] for name in expected} == pytest.approx(expected)
        notice = notices.wait_for(result["execution_arn"].rsplit(":", 1)[-1])
        assert notice["Subject"] == f"Molino: valores reales de {DATASET} comparados"
        assert f"qué ocurrió con {len(part)} filas que se habían predicho" in notice["Message"]
        assert f"conocidas por ahora: {len(known)} de {len(happened)} filas" in notice["Message"]
        assert notice["MessageAttributes"]["status"]["Value"] == "SUCCEEDED"
        assert "P3" not in notice["Message"]


def test_the_datasets_health_has_the_months_figure(
    session: Session, patients: list[dict[str, str]], predicted: Any
) -> None:
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
    assert (figure["rows"], earlier["rows"]) == (len(patients) - 300, 120)
    assert figure["low"] <= figure["value"] <= figure["high"]
    assert figure["registered"]["rows"] > 0


def test_files_that_come_at_once_and_twice_are_each_compared_once(
    session: Session, patients: list[dict[str, str]], predicted: Any
) -> None:
    """Whatever the order: the one that lists last has the pairs of all."""
    bucket, s3 = session.outputs["BucketName"], session.cloud.client("s3")
    machine = session.outputs["ActualsMachineArn"].replace(":stateMachine:", ":execution:", 1)
    happened = patients[300:360]

    def drop(number: int) -> str:
        some = happened[number::6]
        text = "".join(f"{row['patient']},{row[TARGET]}\n" for row in some)
        key = f"actuals/{DATASET}/burst-{number}.csv"
        body = f"patient,{TARGET}\n{text}".encode()
        version = s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]
        found = {"key": key, "version-id": version}
        event = {
            "source": "aws.s3",
            "detail-type": "Object Created",
            "detail": {"bucket": {"name": bucket}, "object": found},
        }
        session.cloud.client("lambda").invoke(  # the event again
            FunctionName=session.outputs["TriggerFunctionName"], Payload=json.dumps(event).encode()
        )
        return execution_name(DATASET, bucket, key, version)

    with ThreadPoolExecutor(6) as pool:
        names = list(pool.map(drop, range(6)))
        ends = list(pool.map(lambda name: follow(session.cloud, f"{machine}:{name}"), names))
    assert {end.status for end in ends} == {"SUCCEEDED"}
    listed = session.cloud.client("stepfunctions").list_executions(
        stateMachineArn=session.outputs["ActualsMachineArn"]
    )
    found = [each["name"] for each in listed["executions"]]
    assert [found.count(name) for name in names] == [1] * 6
    figures = [
        json.load(
            s3.get_object(Bucket=bucket, Key=f"reports/{DATASET}/{name}/quality.json")["Body"]
        )
        for name in names
    ]
    uploads = [each["periods"][0]["uploads"] for each in figures]
    assert max(uploads) == 2 + 6


def test_all_that_is_wrong_is_one_message(
    session: Session, predicted: Any, tmp_path: Path, notices: Notices
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text("pacient,diagnosis\nSECRET,benign\n")
    result = compare(session, path, key="patient", tsak="x")
    assert (result["status"], result["error"]) == ("FAILED", "SettingsInvalid")
    assert (
        "“key” names “patient”, which is not a column; did you mean “pacient”?"
        in (result["message"])
    )
    assert "“tsak” is not a setting" in result["message"]
    assert "SECRET" not in json.dumps(result)
    notice = notices.wait_for(result["execution_arn"].rsplit(":", 1)[-1])
    assert "«key»" in notice["Message"] or "“key”" in notice["Message"]
