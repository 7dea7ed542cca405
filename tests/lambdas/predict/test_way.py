"""Who answers rows: an endpoint that serves the version, or a job, and what is said of it."""

import json
from typing import Any

import pytest

from tests.lambdas.conftest import BUCKET, Context
from tests.lambdas.predict.test_predict_handler import (
    FOLDER,
    Registry,
    handle,
    refused,
    registry,
    store,
)

__all__ = ["registry", "store"]  # fixtures
NAME = "molino-kept--heart-01234567"


@pytest.fixture
def served(store: Any) -> Any:
    """The bucket once version 1 is served."""
    champion = {"endpoint_name": NAME, "version": 1}
    store.put_object(
        Bucket=BUCKET, Key="reports/heart/champion.json", Body=json.dumps(champion).encode()
    )
    return store


def said(s3: Any) -> dict[str, str]:
    found = json.load(s3.get_object(Bucket=BUCKET, Key=f"{FOLDER}/findings.json")["Body"])
    return {each["code"]: each["message"] for each in found["findings"]}


@pytest.mark.parametrize(
    ("predict_with", "name", "must"),
    [
        (None, NAME, False),
        ("auto", NAME, False),
        ("endpoint", NAME, True),
        ("transform", None, False),
    ],
)
def test_the_endpoint_of_the_version_is_asked_unless_a_job_is_asked_for(
    served: Any,
    registry: Registry,
    context: Context,
    predict_with: str | None,
    name: str | None,
    must: bool,
) -> None:
    settings = {"predict-with": predict_with} if predict_with else {}
    answer = handle(served, context, **settings)
    assert (answer["endpoint_name"], answer["must_ask"]) == (name, must)
    assert not {"EndpointNotUsed", "EndpointNotServing"} & said(served).keys()


def test_another_version_or_many_rows_go_to_a_job_and_it_is_said(
    served: Any,
    registry: Registry,
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = {"model-version": "2"}
    assert handle(served, context, **other)["endpoint_name"] is None
    text = "he endpoint serves version 1, and version 2 is to predict"
    assert text in said(served)["EndpointNotUsed"]
    assert text in refused(served, context, "sex\nm\n", **other, **{"predict-with": "endpoint"})
    monkeypatch.setattr("lambdas.predict.way.explained_at_once", lambda _: 3)
    rows = "age,sex\n30,m\n31,f\n"
    assert handle(served, context, rows)["endpoint_name"] == NAME
    assert handle(served, context, rows, explain="yes")["endpoint_name"] is None
    assert "asked for 1 rows at most" in said(served)["EndpointNotUsed"]
    monkeypatch.setattr("lambdas.predict.way.LARGEST_REQUEST", 10)
    assert handle(served, context, rows)["endpoint_name"] is None
    assert "of a request" in said(served)["EndpointNotUsed"]
    message = refused(served, context, rows, **{"predict-with": "endpoint"})
    assert message.startswith("EndpointNotServing: ")


def test_without_an_endpoint_auto_is_silent_and_the_demand_for_one_says_what_to_do(
    store: Any,
    registry: Registry,
    context: Context,
) -> None:
    assert handle(store, context)["endpoint_name"] is None
    assert "EndpointNotUsed" not in said(store)
    message = refused(store, context, "sex\nm\n", **{"predict-with": "endpoint"})
    assert message.startswith("EndpointNotServing: ")
    assert "train with “serve: true”" in message
    assert "“age” is missing" in message  # all that is wrong at once
