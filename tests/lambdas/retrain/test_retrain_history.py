"""Whether a champion got worse, from the registry and from records as the steps write them."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import numpy as np
import pytest

from lambdas.gate.decision import Champion, decide
from lambdas.quality.baseline import constant
from lambdas.quality.comparison import compare
from lambdas.quality.scored import Scored
from lambdas.quality.tasks import scores
from lambdas.retrain.history import History
from lambdas.shared import aws
from lambdas.shared.documents.document import METRICS
from tests.lambdas.conftest import BUCKET

GROUP = "molino-w-01234567"
ROWS = 200


def answers(error: float, seed: int) -> Scored:
    """Return answers that are off by so much, on rows of the seed's own."""
    generator = np.random.default_rng(seed)
    truth = generator.normal(scale=5, size=ROWS)
    return Scored("regression", truth, truth + generator.normal(scale=error, size=ROWS))


@pytest.fixture
def registry(s3: Any) -> Iterator[Any]:
    aws.sagemaker_client.cache_clear()
    client = boto3.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=GROUP)
    yield client
    aws.sagemaker_client.cache_clear()


def register(registry: Any, run: str, status: str) -> None:
    of_run = f"s3://{BUCKET}/reports/w/{run}"
    registry.create_model_package(
        ModelPackageGroupName=GROUP,
        ModelApprovalStatus=status,
        CustomerMetadataProperties={
            "report_uri": of_run,
            "manifest_uri": f"{of_run}/manifest.json",
        },
        InferenceSpecification={
            "Containers": [{"Image": "i"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )


def put(s3: Any, key: str, text: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"reports/w/{key}", Body=text.encode())


def later_run(s3: Any, registry: Any, error: float) -> None:
    """Let a run on newer rows, which the champion answers with an error, lose against it."""
    champion, candidate = answers(error, seed=1), answers(error * 1.1, seed=1)
    comparison = compare("rmse", candidate, champion)
    baseline = compare("rmse", candidate, constant(candidate))
    decision = decide({}, {}, 0, baseline, Champion(1, None, 0, comparison))
    put(s3, "later/metrics.json", METRICS.text(scores(candidate)))
    put(s3, "later/decision.json", json.dumps(decision.to_dict()))
    register(registry, "later", "Rejected")


@pytest.mark.parametrize(("error", "worse"), [(1.0, False), (1.1, False), (2.0, True)])
def test_a_later_run_tells(s3: Any, registry: Any, error: float, worse: bool) -> None:
    register(registry, "first", "Approved")
    put(s3, "first/metrics.json", METRICS.text(scores(answers(1.0, seed=0))))
    later_run(s3, registry, error)
    found = History(s3, registry, GROUP).worse()
    assert (found is not None) is worse
    if found:
        assert f"on {ROWS} newer rows" in str(found)


def test_without_a_later_run_or_its_records_nothing_is_known(s3: Any, registry: Any) -> None:
    assert History(s3, registry, GROUP).worse() is None
    register(registry, "first", "Approved")
    put(s3, "first/metrics.json", METRICS.text(scores(answers(1.0, seed=0))))
    assert History(s3, registry, GROUP).worse() is None
    register(registry, "later", "Rejected")
    assert History(s3, registry, GROUP).worse() is None
    assert History(s3, registry, GROUP).trained() is None


def test_a_setting_that_was_renamed_since_is_no_change(s3: Any, registry: Any) -> None:
    put(s3, "before/manifest.json", json.dumps({
        "source": {"key": "incoming/w/a.csv", "version_id": "v", "bytes": 1, "rows": 1},
        "settings": {"keep": {"value": True}},
    }))  # fmt: skip
    register(registry, "before", "Approved")
    trained = History(s3, registry, GROUP).trained()
    assert trained is not None
    assert trained.settings == {"serve": True}
