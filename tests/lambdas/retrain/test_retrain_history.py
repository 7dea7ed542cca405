"""Whether a champion got worse, from the registry and from records as the steps write them."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from typing import Any

import boto3
import pytest

from lambdas.retrain.history import History
from lambdas.retrain.worse import Figure
from lambdas.shared import aws
from lambdas.shared.names.paths import RunPaths
from tests.lambdas.conftest import BUCKET

GROUP = "molino-w-01234567"


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


UPLOAD = RunPaths(BUCKET, "w", "w-of-upload")


@pytest.mark.parametrize(
    ("figure", "is_worse"),
    [
        (None, False),
        (Figure(1, "rmse", 2.0, 90, registered=1.0, chance=0.001), True),
        (Figure(1, "rmse", 2.0, 90, registered=1.0, chance=0.2), False),
        (Figure(2, "rmse", 2.0, 90, registered=1.0, chance=0.001), False),  # no champion any more
    ],
)
def test_a_later_upload_tells(
    s3: Any, registry: Any, figure: Figure | None, is_worse: bool
) -> None:
    """What the run of the upload has found is known to the scheduled check."""
    assert History(s3, registry, GROUP).worse(figure) is None
    register(registry, "first", "Approved")
    reason = {"train": False, "reason": "", "champion": figure.to_json() if figure else None}
    put(s3, "w-of-upload/training.json", json.dumps(reason))
    history = History(s3, registry, GROUP)
    assert (history.worse(history.measured(UPLOAD)) is not None) is is_worse
    assert history.measured(RunPaths(BUCKET, "w", "another")) is None
    assert history.trained() is None  # its records are gone


OF_UPLOAD, OF_ROWS = "datasets/w/w-of-upload/drift.json", "predictions/w/run-{}/job/drift.json"


def compared(champion: int = 1, answered_by: int | None = None, **levels: str) -> str:
    columns = [{"name": name, "level": level} for name, level in levels.items()]
    document = {"version": 1, "champion": champion, "columns": columns}
    return json.dumps(document | {"answered_by": answered_by})


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        ({}, None),
        ({OF_UPLOAD: compared(age="small")}, None),
        ({OF_UPLOAD: compared(age="large")}, "in the newest upload, the column age has drifted"),
        ({OF_UPLOAD: compared(2, age="large")}, None),  # from another champion
        ({OF_UPLOAD: compared(answered_by=2, age="large")}, None),  # of which a training has seen
        ({OF_ROWS.format(1): compared(age="large", sex="large")}, "in rows to predict, the columns "
         "age and sex have drifted far from what version 1 was trained on"),
        ({OF_ROWS.format(1): compared(2, age="large")}, None),
        ({"predictions/w-2/run/job/drift.json": compared(age="large")}, None),  # another dataset
        ({"predictions/w/run/job/other-drift.json": compared(age="large")}, None),
        # Ten files of rows are read, the newest.
        ({OF_ROWS.format(0): compared(age="large")}
         | {OF_ROWS.format(n): compared(age="none") for n in range(1, 10)}, "age has drifted"),
        ({OF_ROWS.format(0): compared(age="large")}
         | {OF_ROWS.format(n): compared(age="none") for n in range(1, 11)}, None),
    ],
)  # fmt: skip
def test_drift_is_known_by_earlier_comparisons(
    s3: Any, registry: Any, documents: dict[str, str], said: str | None
) -> None:
    register(registry, "first", "Approved")
    for key, text in documents.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
    history = History(Later(s3, documents), registry, GROUP)
    found = history.drifted(UPLOAD)
    assert (found is not None) is (said is not None)
    assert said is None or said in str(found)


class Later:
    """S3 whose objects seem to have been written later, each an hour after the one before."""

    def __init__(self, s3: Any, keys: Iterable[str], first: int = 1) -> None:
        self._s3, self._hours = s3, {key: hour for hour, key in enumerate(keys, start=first)}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **given: Any) -> Iterator[Any]:
        for page in self._s3.get_paginator("list_objects_v2").paginate(**given):
            for item in page.get("Contents", []):
                item["LastModified"] += dt.timedelta(hours=self._hours[item["Key"]])
            yield page


@pytest.mark.parametrize(("hours", "counts"), [(-1, False), (1, True)])
def test_a_drift_that_a_training_has_answered_counts_no_more(
    s3: Any, registry: Any, hours: int, counts: bool
) -> None:
    register(registry, "first", "Approved")
    register(registry, "not better", "Rejected")
    key = OF_ROWS.format(1)
    s3.put_object(Bucket=BUCKET, Key=key, Body=compared(age="large").encode())
    found = History(Later(s3, [key], hours), registry, GROUP).drifted(UPLOAD)
    assert (found is not None) is counts


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"age": "large"}, None),
        ({"age": "large", "sex": "large"}, "the column sex has drifted far"),
    ],
)
def test_rows_tell_only_of_what_the_last_trainings_upload_did_not_have(
    s3: Any, registry: Any, columns: dict[str, str], said: str | None
) -> None:
    register(registry, "first", "Approved")
    register(registry, "not better", "Rejected")
    of_training = "reports/w/not better/drift.json"  # where its manifest is said to be
    key = OF_ROWS.format(1)
    for each, text in ((of_training, compared(age="large")), (key, compared(**columns))):
        s3.put_object(Bucket=BUCKET, Key=each, Body=text.encode())
    found = History(Later(s3, [key]), registry, GROUP).drifted(UPLOAD)
    assert (found and said in str(found)) if said else found is None


def test_days_are_counted_from_the_last_training(s3: Any, registry: Any) -> None:
    now = dt.datetime.now(dt.UTC)
    assert History(s3, registry, GROUP).idle_days(now) == 0
    register(registry, "first", "Approved")
    assert History(s3, registry, GROUP).idle_days(now + dt.timedelta(days=30, hours=1)) == 30


def test_a_setting_that_was_renamed_since_is_no_change(s3: Any, registry: Any) -> None:
    put(s3, "before/manifest.json", json.dumps({
        "source": {"key": "incoming/w/a.csv", "version_id": "v", "bytes": 1, "rows": 1},
        "settings": {"keep": {"value": True}},
    }))  # fmt: skip
    register(registry, "before", "Approved")
    trained = History(s3, registry, GROUP).trained()
    assert trained is not None
    assert trained.settings == {"serve": True}
