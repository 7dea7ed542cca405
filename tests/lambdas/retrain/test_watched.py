"""Drift, and figures that fell, between uploads: whether they start a training."""

import json
from typing import Any

import boto3
import pytest

from lambdas.retrain import handler as module
from lambdas.shared import aws
from lambdas.shared.failures.errors import InvalidEvent
from lambdas.shared.names.legal import dataset_slug, execution_name, group_name
from lambdas.shared.settings.dataset import DatasetSettings
from tests.lambdas.conftest import BUCKET, Context
from tests.lambdas.retrain.conftest import Machine, put

KEY = "incoming/{}/a.csv"
REGISTERED = {"value": 0.9, "low": 0.85, "high": 0.94, "rows": 100}
FIGURE = {"version": 1, "metric": "roc_auc", "value": 0.7, "rows": 90, "registered": REGISTERED}
DRIFT, QUALITY = {"columns": ["age"]}, {"figure": FIGURE}


def event(kind: str, dataset: str = "heart", version: int = 1, **found: Any) -> dict[str, Any]:
    detail = {"dataset": dataset_slug(dataset), "kind": kind, "version": version, **found}
    name = "Molino Drift" if "columns" in found else "Molino Quality"
    return {"id": "e-1", "detail-type": name, "time": "2027-03-29T04:00:00Z", "detail": detail}


def trained(s3: Any, dataset: str = "heart") -> None:
    """Let the dataset's newest upload be what its champion, version 1, was trained on."""
    aws.sagemaker_client.cache_clear()
    version = put(s3, KEY.format(dataset), "1")
    source = {"key": KEY.format(dataset), "version_id": version, "bytes": 1, "rows": 1}
    settings = {name: {"value": value} for name, value in DatasetSettings().model_dump().items()}
    manifest = json.dumps({"source": source, "settings": settings})
    put(s3, f"reports/{dataset_slug(dataset)}/first/manifest.json", manifest)
    report = f"s3://{BUCKET}/reports/{dataset_slug(dataset)}/first"
    client, group = boto3.client("sagemaker"), group_name(BUCKET, dataset)
    client.create_model_package_group(ModelPackageGroupName=group)
    client.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        CustomerMetadataProperties={
            "report_uri": report,
            "manifest_uri": f"{report}/manifest.json",
        },
        InferenceSpecification={
            "Containers": [{"Image": "i"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )


def asks(s3: Any, text: str, dataset: str = "heart") -> None:
    put(s3, f"settings/{dataset}.yaml", text)


@pytest.mark.parametrize(
    ("dataset", "kind", "found", "said"),
    [
        ("heart", "predictions", DRIFT, "in rows to predict, the column age has drifted far from"),
        ("número 2", "requests", DRIFT, "in requests, the column age has drifted far from what"),
        ("heart", "predictions", QUALITY, "ROC AUC 0.7 on 90 newer rows, 0.9 when it was regi"),
        ("heart", "actuals", QUALITY, "ROC AUC 0.7 on 90 newer rows, 0.9 when it was regi"),
    ],
)
def test_an_upload_that_was_no_reason_is_trained_once_for_what_is_seen_later(
    machine: Machine,
    told: list[Any],
    s3: Any,
    context: Context,
    dataset: str,
    kind: str,
    found: dict[str, Any],
    said: str,
) -> None:
    trained(s3, dataset)
    version = put(s3, KEY.format(dataset), "12")
    asks(s3, "retrain_when: [drifted, worse]\n", dataset)
    answer = module.handler(event(kind, dataset, **found), context)
    assert (answer["started"], said in answer["reason"]) == (True, True)
    machine.running.clear()
    again = module.handler(event(kind, dataset, **found), context)
    assert again["started"] is False
    (started,) = machine.started
    name = execution_name(dataset, BUCKET, KEY.format(dataset), version, "e-1")
    assert started["name"] == name
    given = json.loads(started["input"])
    assert (given["version_id"], given["event_id"]) == (version, "e-1")
    assert told == []


@pytest.mark.parametrize(
    ("settings", "given", "said"),
    [
        (None, event("requests", **DRIFT), "no reason to train is asked for"),
        ("schedule: rate(7 days)\n", event("requests", **DRIFT), "no reason to train is asked"),
        ("retrain_when: [drift]\n", event("requests", **DRIFT), "no reason to train is asked for"),
        ("retrain_when: worse\n", event("requests", **DRIFT), "not known to have got worse"),
        ("retrain_when: drifted\n", event("actuals", **QUALITY), "no column is known"),
        # Of a version that is not the champion.
        ("retrain_when: drifted\n", event("requests", version=2, **DRIFT), "no column is known"),
        ("retrain_when: worse\n", event("actuals", figure=FIGURE | {"version": 2}), "not known"),
        ("retrain_when: drifted\n", event("requests", "another", **DRIFT), "nothing has been upl"),
    ],
)
def test_nothing_is_started_without_a_reason(
    machine: Machine,
    told: list[Any],
    s3: Any,
    context: Context,
    settings: str | None,
    given: dict[str, Any],
    said: str,
) -> None:
    trained(s3)
    put(s3, KEY.format("heart"), "12")
    if settings:
        asks(s3, settings)
    answer = module.handler(given, context)
    assert (answer["started"], said in answer["reason"]) == (False, True)
    assert (machine.started, told) == ([], [])


def test_nothing_is_started_while_a_run_is_in_progress(
    machine: Machine, told: list[Any], s3: Any, context: Context
) -> None:
    trained(s3)
    put(s3, KEY.format("heart"), "12")
    asks(s3, "retrain_when: drifted\n")
    machine.running.append(execution_name("heart", BUCKET, KEY.format("heart"), "v"))
    answer = module.handler(event("requests", **DRIFT), context)
    assert "in progress" in answer["reason"]
    assert (machine.started, told) == ([], [])


@pytest.mark.parametrize(("asked", "notices"), [("drifted", 1), ("worse", 0)])
def test_newer_rows_are_asked_for_where_the_newest_upload_was_trained_already(
    machine: Machine, told: list[Any], s3: Any, context: Context, asked: str, notices: int
) -> None:
    trained(s3)
    asks(s3, f"retrain_when: {asked}\n")
    module.handler(event("requests", **DRIFT), context)
    assert machine.started == []
    assert len(told) == notices
    for status, _, text in told:
        assert status == "SKIPPED"
        assert "trained already, with the same settings; upload newer rows to learn from" in text


def test_what_an_upload_shows_is_left_to_its_own_run(machine: Machine, context: Context) -> None:
    with pytest.raises(InvalidEvent):
        module.handler(event("upload", **DRIFT), context)
    assert machine.started == []
