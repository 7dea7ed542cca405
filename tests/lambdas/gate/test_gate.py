"""The gate's rules, and what it writes where."""

import json
import shlex
from collections.abc import Iterator
from typing import Any

import boto3
import numpy as np
import pytest
from jsonschema import Draft202012Validator

from lambdas.champion.compatibility import problem
from lambdas.gate.decision import Champion, decide
from lambdas.gate.package import lineage
from lambdas.quality.comparison import Comparison
from lambdas.report.language import language
from lambdas.shared import aws
from lambdas.shared.contracts.decide import GateEvent
from lambdas.shared.findings.message import verbatim
from lambdas.shared.names.legal import group_name, serving_name
from lambdas.shared.registry import champion, property_value
from lambdas.shared.settings.dataset import DatasetSettings
from lambdas.shared.settings.gate import GateFields, gate_misfits
from tests.contracts import CHAMPION, EVALUATION, PREPARED, sample
from tests.lambdas.conftest import BUCKET, Context

BETTER_THAN_NOTHING = Comparison("roc_auc", "m", 86, 0.9, 0.5, 0.4, 0.3, 0.5)


def against(gain: float, low: float, rows: int = 86) -> Champion:
    found = Comparison("roc_auc", "m", rows, 0.9, 0.9 - gain, gain, low, 2 * gain - low)
    return Champion(4, None, 3, found)


# champion, margin, thresholds → verdict, rule
RULES: dict[str, tuple[Champion | None, float, dict[str, float], str, str]] = {
    "the first": (None, 0, {}, "promote", "first"),
    "better": (against(0.05, 0.01), 0, {}, "promote", "better"),
    "better by the margin": (against(0.05, 0.03), 0.02, {}, "promote", "better"),
    "better by less than the margin": (against(0.05, 0.01), 0.02, {}, "reject", "not_shown"),
    "perhaps better": (against(0.05, -0.01), 0, {}, "reject", "not_shown"),
    "equal": (against(0.0, 0.0), 0, {}, "reject", "not_better"),
    "worse": (against(-0.05, -0.1), 0, {}, "reject", "not_better"),
    "too few rows": (against(0.5, 0.4, rows=9), 0, {}, "reject", "too_few_rows"),
    "another form": (Champion(4, verbatim("it is older")), 0, {}, "hold", "not_comparable"),
    "a limit missed": (None, 0, {"accuracy": 0.95}, "reject", "threshold"),
    "a limit met": (None, 0, {"accuracy": 0.9, "log_loss": 0.3}, "promote", "first"),
    "an error too large": (None, 0, {"log_loss": 0.2}, "reject", "threshold"),
    "a limit undefined": (None, 0, {"f1": 0.2}, "reject", "threshold"),
    "better, but a limit missed": (
        against(0.05, 0.01), 0, {"accuracy": 0.95}, "reject", "threshold",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", RULES)
def test_rules(case: str) -> None:
    known, margin, thresholds, verdict, rule = RULES[case]
    metrics = {"accuracy": 0.9, "log_loss": 0.25}
    found = decide(metrics, thresholds, margin, BETTER_THAN_NOTHING, known)
    assert (found.verdict, found.rule) == (verdict, rule)
    assert found.reason


@pytest.mark.parametrize("low", [None, 0.0, -0.1])
def test_no_better_than_a_constant_answer_is_never_promoted(low: float | None) -> None:
    baseline = Comparison("roc_auc", "m", 9)
    if low is not None:
        baseline = Comparison("roc_auc", "m", 9, 0.6, 0.5, 0.1, low, 0.3)
    assert decide({}, {}, 0, baseline, None).rule == "baseline"
    assert decide({}, {}, 0, baseline, against(0.05, 0.01)).rule == "baseline"


def test_every_missed_limit_is_named() -> None:
    found = decide(
        {"accuracy": 0.9, "log_loss": 0.5},
        {"accuracy": 0.95, "log_loss": 0.4},
        0,
        BETTER_THAN_NOTHING,
        None,
    ).reason
    reason = str(found)
    assert "accuracy is 0.9, below the 0.95" in reason
    assert "log loss is 0.5, above the 0.4" in reason


def manifest(**changes: Any) -> dict[str, Any]:
    features = [{"name": "age", "type": "numeric"}, {"name": "sex", "type": "categorical"}]
    found = {
        "task": {"value": "binary"},
        "target": {"value": "outcome"},
        "features": features,
        "source": {"key": "incoming/w/a.csv", "version_id": "v1", "sha256": "ab"},
        "versions": {"code": "c0de"},
    }
    return found | changes


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, None),
        ({"features": [*manifest()["features"], {"name": "new", "type": "numeric"}]}, None),
        ({"features": manifest()["features"][:1]}, "missing now: sex"),
        ({"features": [{"name": "age", "type": "categorical"}, manifest()["features"][1]]},
         "another type now: age"),
        ({"task": {"value": "regression"}}, "its task is “binary”, now it is “regression”"),
        ({"target": {"value": "died"}}, "its target is “outcome”, now it is “died”"),
    ],
)  # fmt: skip
def test_a_champion_fits_rows_that_have_all_its_columns(changes: Any, told: str | None) -> None:
    found = problem(manifest(), manifest(**changes))
    assert found is None if told is None else told in str(found)


def test_settings_of_the_gate() -> None:
    settings = DatasetSettings(minimum_accuracy="0.8", maximum_mae=3, gate_margin="0.01")
    assert settings.gate("binary").model_dump() == {
        "metric": "roc_auc",
        "margin": 0.01,
        "approval": "automatic",
        "thresholds": {"accuracy": 0.8, "mae": 3.0},
    }
    assert [str(text).split("”")[0] for text in gate_misfits(settings, "binary")] == [
        "“maximum_mae"
    ]
    assert gate_misfits(GateFields(gate_metric="r2"), "regression") == []
    (text,) = gate_misfits(GateFields(gate_metric="r2"), "multiclass")
    assert "balanced_accuracy" in str(text)


def test_names_are_legal_apart_and_short() -> None:
    group = group_name("bucket", "Überlange Namen, wie sie nun einmal vorkommen, im Leben")
    assert len(serving_name(group, 99999)) <= 63
    assert group_name("bucket", "a_b") != group_name("bucket", "a-b")
    assert group_name("one", "ward") != group_name("other", "ward")


def test_properties_hold_what_aws_allows() -> None:
    assert property_value("incoming/w/a (1)'s.csv") == "incoming/w/a _1__s.csv"
    assert property_value("x" * 300 + ".csv").endswith("x.csv")
    assert len(property_value("x" * 300)) == 256
    assert property_value("") == "-"


PROFILE = {
    "rows": {"file": 4},
    "columns": [
        {
            "name": "age",
            "missing": 1,
            "distinct": 3,
            "numbers": {
                "minimum": 40.0,
                "maximum": 60.0,
                "mean": 50.0,
                "standard_deviation": 10.0,
                "integers": True,
            },
            "bins": {"edges": [40.0, 50.0, 60.0], "counts": [1, 1, 1, 0]},
        },
        {
            "name": "sex",
            "missing": 0,
            "distinct": 2,
            "bins": {"values": ["SECRET-f", "SECRET-m"], "counts": [3, 1, 0]},
        },
    ],
}


@pytest.fixture
def stored(s3: Any) -> Iterator[dict[str, Any]]:
    """A candidate's files, and the registry in memory."""
    aws.sagemaker_client.cache_clear()
    generator = np.random.default_rng(0)
    header = "row,actual,prediction,probability:SECRET-no,probability:SECRET-yes"
    lines = [header]
    test = ["age,sex,outcome"]
    for row in range(1, 61):
        truth = int(generator.random() < 0.5)
        chance = float(np.clip(0.3 + 0.4 * truth + generator.normal(scale=0.15), 0.01, 0.99))
        names = ("SECRET-no", "SECRET-yes")
        lines.append(f"{row},{names[truth]},{names[chance > 0.5]},{1 - chance},{chance}")
        test.append(f"{row},f,{names[truth]}")
    objects = {
        "reports/w/run/predictions.csv": "\n".join(lines) + "\n",
        "reports/w/run/metrics.json": json.dumps(
            {"positive_class": "SECRET-yes", "positive_class_wording": verbatim("set").to_json()}
        ),
        "reports/w/run/champion/predictions.csv": "\n".join(lines) + "\n",
        "datasets/w/run/manifest.json": json.dumps(manifest()),
        "datasets/w/run/profile.json": json.dumps(PROFILE),
        "datasets/w/before/manifest.json": json.dumps(manifest()),
        "datasets/w/run/test/test.csv": "\n".join(test) + "\n",
        "datasets/w/before/train/train.csv": "\n".join(test[:21]) + "\n",
        "datasets/w/before/validation/validation.csv": test[0] + "\n",
        "datasets/w/before/test/test.csv": test[0] + "\n",
        "datasets/w/run/train/train.csv": test[0] + "\n",
        "datasets/w/run/validation/validation.csv": test[0] + "\n",
    }
    for key, body in objects.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
    yield event()
    aws.sagemaker_client.cache_clear()


def event(**changes: Any) -> dict[str, Any]:
    root = f"s3://{BUCKET}"
    report = f"{root}/reports/w/run"
    found = {
        "execution_arn": "arn:aws:states:us-east-1:111122223333:execution:m:run",
        "execution_name": "run",
        "prepared": sample(
            PREPARED,
            dataset="w",
            group="molino-w-01234567",
            target="outcome",
            uris={
                "manifest": f"{root}/datasets/w/run/manifest.json",
                "profile": f"{root}/datasets/w/run/profile.json",
                "test": f"{root}/datasets/w/run/test/",
            },
            report_uri=report,
            model_output_uri=f"{root}/models/w/run",
            gate=DatasetSettings().gate("binary"),
        ),
        "container": {"Image": "image", "ModelDataUrl": f"{root}/models/m.tar.gz"},
        "tags": [
            {"Key": "project", "Value": "molino"},
            {"Key": "molino:execution", "Value": "run"},
        ],
        "approval_hours": 5,
        "evaluation": EVALUATION
        | {
            "rows": 60,
            "metrics": {"accuracy": 0.9},
            "metrics_uri": f"{report}/metrics.json",
            "predictions_uri": f"{report}/predictions.csv",
        },
    }
    return found | changes


def gate(given: dict[str, Any]) -> dict[str, Any]:
    from lambdas.gate.handler import handler

    return handler(given, Context())


def package(arn: str) -> dict[str, Any]:
    return dict(boto3.client("sagemaker").describe_model_package(ModelPackageName=arn))


def test_the_decision_is_in_the_package_the_bucket_and_the_answer(
    stored: dict[str, Any], s3: Any, log: Any
) -> None:
    answer = gate(stored)
    assert (answer["verdict"], answer["promoted"], answer["version"]) == ("promote", True, 1)
    found = package(answer["package_arn"])
    assert found["ModelApprovalStatus"] == "Approved"
    assert found["ApprovalDescription"] == answer["reason"]
    body = s3.get_object(Bucket=BUCKET, Key="reports/w/run/decision.json")["Body"].read()
    document = json.loads(body)
    assert document["baseline"]["metric"] == "roc_auc"
    assert document["promoted"] is True
    assert "SECRET" not in json.dumps(answer) + json.dumps(document) + log.getvalue()
    newest = champion(boto3.client("sagemaker"), "molino-w-01234567")
    assert newest is not None
    assert newest.arn == answer["package_arn"]


def test_requests_are_described_for_programs(stored: dict[str, Any], s3: Any) -> None:
    assert gate(stored)["promoted"] is True
    body = s3.get_object(Bucket=BUCKET, Key="models/w/openapi.json")["Body"].read()
    assert "SECRET" not in body.decode()
    found = json.loads(body)
    (path,) = found["paths"]
    assert path == f"/endpoints/{serving_name('molino-w-01234567')}/invocations"
    schemas = found["components"]["schemas"]
    validator = Draft202012Validator({"$ref": "#/components/schemas/Request"} | found)
    right = {"instances": [{"age": 40, "sex": "f"}, {"age": "40,5", "sex": None}]}
    assert validator.is_valid(right)
    for wrong in ([], {"instances": [{"age": 40}]}, {"instances": [{"age": True, "sex": "f"}]}):
        assert not validator.is_valid(wrong)
    assert schemas["Prediction"]["properties"]["prediction"] == {"type": "string"}


def test_requests_can_be_monitored(stored: dict[str, Any], s3: Any, log: Any) -> None:
    answer = gate(stored)
    bodies = [
        s3.get_object(Bucket=BUCKET, Key=f"models/w/monitor/{name}.json")["Body"].read()
        for name in ("statistics", "constraints")
    ]
    assert [[each["name"] for each in json.loads(body)["features"]] for body in bodies] == [
        ["age", "sex"],
        ["age", "sex"],
    ]
    # Categories are cells: they are in these files only.
    assert all(b"SECRET-f" in body for body in bodies)
    assert "SECRET" not in json.dumps(answer) + log.getvalue()


def test_a_model_that_is_not_promoted_describes_no_requests(
    stored: dict[str, Any], s3: Any
) -> None:
    stored["prepared"]["gate"] = DatasetSettings(minimum_accuracy="0.99").gate("binary")
    assert gate(stored)["promoted"] is False
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="models/").get("Contents", []) == []


def test_a_version_notes_where_it_comes_from() -> None:
    noted = lineage(GateEvent(**event()), manifest())
    assert (noted["csv_key"], noted["csv_version_id"]) == ("incoming/w/a.csv", "v1")
    assert (noted["csv_sha256"], noted["code_version"]) == ("ab", "c0de")
    assert noted["execution_arn"] == event()["execution_arn"]
    assert noted["manifest_uri"] == f"s3://{BUCKET}/datasets/w/run/manifest.json"


def test_an_equal_candidate_is_compared_on_unseen_rows_and_rejected(
    stored: dict[str, Any], s3: Any
) -> None:
    known = CHAMPION | {"manifest_uri": f"s3://{BUCKET}/datasets/w/before/manifest.json"}
    evaluation = stored["evaluation"] | {
        "predictions_uri": f"s3://{BUCKET}/reports/w/run/champion/predictions.csv"
    }
    answer = gate(stored | {"champion": known, "champion_evaluation": evaluation})
    assert (answer["verdict"], answer["rule"]) == ("reject", "not_better")
    assert (
        "20 test rows are excluded because the champion was, or may have been" in answer["reason"]
    )
    assert package(answer["package_arn"])["ModelApprovalStatus"] == "Rejected"
    key = "reports/w/run/decision.json"
    compared = json.load(s3.get_object(Bucket=BUCKET, Key=key)["Body"])["champion"]
    figure = compared["figure"]  # as no reason was looked for
    assert (figure["version"], figure["metric"], figure["rows"]) == (
        CHAMPION["version"],
        "roc_auc",
        40,
    )
    assert figure["value"] == compared["comparison"]["other"]


def test_what_cannot_be_compared_waits_for_a_person(stored: dict[str, Any]) -> None:
    worded = {"problem": "it is older", "wording": verbatim("it is older").to_json()}
    known = CHAMPION | {"manifest_uri": "", **worded}
    answer = gate(stored | {"champion": known})
    assert (answer["verdict"], answer["promoted"], answer["asks"]) == ("hold", False, False)
    found = package(answer["package_arn"])
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    assert "it is older" in found["ApprovalDescription"]


def test_a_candidate_that_was_overtaken_is_not_promoted(stored: dict[str, Any]) -> None:
    """Two runs of a dataset at a time: the second must not pass as the first champion too."""
    first = gate(stored)
    other = stored | {"execution_arn": stored["execution_arn"] + "-2"}
    second = gate(other)
    assert (first["promoted"], second["promoted"]) == (True, False)
    assert (second["verdict"], second["rule"]) == ("hold", "overtaken")
    assert package(second["package_arn"])["ModelApprovalStatus"] == "PendingManualApproval"


@pytest.mark.parametrize(("approved", "status"), [(True, "Approved"), (False, "Rejected")])
def test_a_person_decides_where_one_is_asked(
    stored: dict[str, Any], approved: bool, status: str
) -> None:
    settings = DatasetSettings(gate_approval="manual")
    stored["prepared"]["gate"] = settings.gate("binary")
    asked = gate(stored)
    assert (asked["asks"], asked["promoted"]) == (True, False)
    assert package(asked["package_arn"])["ModelApprovalStatus"] == "PendingManualApproval"
    question = asked["question"]
    assert question["subject"] == "Molino: run asks for approval"
    assert asked["reason"] in question["message"]
    assert "within 5 hours" in question["message"]
    *_, command = question["message"].splitlines()
    answer = shlex.split(command)[shlex.split(command).index("--task-output") + 1]
    assert json.loads(answer)["approved"] is True
    assert command.endswith("--region us-east-1 --task-output " + f"'{answer}' --task-token ")
    approval = {"approved": approved, "comment": "seen by Dr Roe"}
    settled = gate(stored | {"decision": asked, "approval": approval})
    assert (settled["asks"], settled["promoted"], settled["rule"]) == (False, approved, "person")
    assert "seen by Dr Roe" in settled["reason"]
    found = package(asked["package_arn"])
    assert found["ModelApprovalStatus"] == status
    assert found["ApprovalDescription"] == settled["reason"]
    assert settled["question"] is None


def test_the_question_is_in_the_uploads_language(stored: dict[str, Any]) -> None:
    stored["prepared"] |= {"gate": DatasetSettings(gate_approval="manual").gate("binary")}
    stored["prepared"]["language"] = "es"
    assert "Sin respuesta en 5 horas" in gate(stored)["question"]["message"]


def test_no_answer_in_time_is_told_in_words(stored: dict[str, Any]) -> None:
    stored["prepared"]["gate"] = DatasetSettings(gate_approval="manual").gate("binary")
    asked = gate(stored)
    approval = {"approved": False, "is_answer": False}
    settled = gate(stored | {"decision": asked, "approval": approval})
    said = language("es").say(settled["wording"])
    assert said.startswith("no aprobado por una persona (nadie respondió en 5 horas);")
