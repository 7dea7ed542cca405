"""What belongs to a dataset, by its keys and names: all of its own and none of another's."""

from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from lambdas.shared.documents.document import MANIFEST
from lambdas.shared.names.legal import dataset_slug, execution_name, resource_name, tuning_name
from lambdas.shared.names.paths import RunPaths, dataset_of, settings_key
from lambdas.shared.names.resource_kinds import KINDS
from operate.removal.dataset import folder_of
from operate.removal.executions import owner_of
from operate.removal.items import Item, RemovalError, remove_all
from operate.removal.page import table
from operate.removal.registry import job_items


@pytest.mark.parametrize(
    ("key", "folder"),
    [
        ("incoming/ward/2026/data.csv", "incoming/ward/"),
        ("incoming/Ward/data.csv", None),
        ("incoming/ward.csv", "incoming/ward.csv"),
        ("incoming/ward-3/data.csv", None),
        ("settings/ward.yaml", "settings/ward.yaml"),
        ("settings/ward-3.yaml", None),
        ("datasets/ward/run/train/train.csv", "datasets/ward/"),
        ("models/ward/run/job/output/model.tar.gz", "models/ward/"),
        ("reports/ward-3/run/report.html", None),
        ("captures/ward/run/molino-ward/x.jsonl", "captures/ward/"),
        ("reports/warden/run/report.html", None),
        ("predict/ward/rows.csv", "predict/ward/"),
        ("predict/warden/rows.csv", None),
        ("actuals/ward/may.csv", "actuals/ward/"),
        ("predictions/ward/run/predictions.csv", "predictions/ward/"),
        ("ward/data.csv", None),
    ],
)
def test_keys_of_a_dataset(key: str, folder: str | None) -> None:
    assert folder_of(key, "ward") == folder


@given(st.text(min_size=1, max_size=60).filter(lambda text: text.strip("/") and "/" not in text))
def test_every_key_that_a_run_writes_is_its_datasets(name: str) -> None:
    upload = f"incoming/{name}/data.csv"
    dataset = dataset_of(upload)
    slug = dataset_slug(dataset)
    paths = RunPaths("bucket", dataset, execution_name(dataset, "bucket", upload, "1"))
    keys = [upload, MANIFEST.key(paths), f"{paths.report_prefix}/report.html"]
    keys += [uri.split("/", 3)[3] for uri in (paths.model_uri, paths.capture_uri)]
    assert all(folder_of(key, slug) for key in [*keys, settings_key(dataset)])
    assert not any(folder_of(key, slug + "x") for key in keys)


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_names_at_sagemaker_are_their_executions(dataset: str, other: str) -> None:
    mine = execution_name(dataset, "bucket", "incoming/a/x.csv", "1")
    others = execution_name(other, "bucket", "incoming/b/x.csv", "2")
    is_mine = owner_of([mine])
    for make in (resource_name, tuning_name):
        for suffix in ("", "-0", "-0-1-0", "-0-champion", "-0-0-0-001-abcdef"):
            assert is_mine(make(dataset, mine) + suffix)
            assert not is_mine(make(other, others) + suffix)
    assert not is_mine("molino-kept--ward-12345678")


def _refused(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Delete")


def test_one_failure_keeps_nothing_else_from_being_removed() -> None:
    removed: list[str] = []

    def fail(error: Exception) -> Any:
        raise error

    failures = remove_all(
        [
            Item("model", "held", lambda: fail(_refused("AccessDenied"))),
            Item("objects", "locked", lambda: fail(RemovalError("1 of 2 versions are kept"))),
            Item("model", "gone", lambda: fail(_refused("ValidationException", "Could not find"))),
            Item("model", "there", lambda: removed.append("there")),
        ]
    )
    assert removed == ["there"]
    assert failures.keys() == {"model held", "objects locked"}


def test_the_table_tells_counts_and_sizes() -> None:
    items = [Item("objects", "incoming/ward/", lambda: None, count=3, bytes=120_000)]
    assert table(items) == "  objects  incoming/ward/ (3 versions, 120 KB)"
    assert table([]) == "  nothing"


def test_records_of_all_jobs_but_transform_jobs_can_be_deleted() -> None:
    """botocore's own client has the calls that there are."""
    client = boto3.client("sagemaker", region_name="us-east-1")
    with Stubber(client) as stub:
        for kind in (kind for kind in KINDS if kind.is_job and kind.resource != "TransformJob"):
            given = {"NameContains": "molino-"}
            stub.add_response(
                xform_name(kind.list_action), {f"{kind.resource}Summaries": []}, given
            )
        assert list(job_items(client, lambda _: True)) == []
        stub.assert_no_pending_responses()
