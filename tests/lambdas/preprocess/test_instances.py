"""Instances of a training job by rows and columns, what they cost, and rows that do not fit."""

from __future__ import annotations

import json

import pytest

from lambdas.preprocess import instances
from lambdas.preprocess.budget import make_budget
from lambdas.preprocess.instances import Table, instances_for, memory_gib, rows_drawn
from lambdas.shared.failures.errors import SettingsInvalid
from lambdas.shared.settings.dataset import DatasetSettings
from lambdas.shared.settings.jobs import MOST_INSTANCES
from tests.lambdas.flow import preprocess, put

LARGE, HUGE = Table(1_000_000, 10), Table(100_000_000, 90, 10)
CSV = "a,b,target\n" + "".join(f"{i % 7},{i % 11},{i % 2}\n" for i in range(80))


@pytest.mark.parametrize(
    ("instance_type", "gib"),
    [("ml.m5.large", 8), ("ml.c5.xlarge", 8), ("ml.r5.4xlarge", 128), ("ml.m5.24xlarge", 384),
     ("ml.c5.9xlarge", 72), ("ml.g4dn.xlarge", 16), ("ml.t3.medium", 4)],
)  # fmt: skip
def test_memory_is_known_by_the_name(instance_type: str, gib: float) -> None:
    assert memory_gib(instance_type) == gib


def test_auto_is_as_many_as_hold_all_rows() -> None:
    settings = DatasetSettings(algorithm="xgboost", training_instance_count="auto")  # type: ignore[arg-type]
    assert instances_for(settings, LARGE).count == 1
    table = Table(20_000_000, 8, 2)
    several = instances_for(settings, table)
    assert several.count > 1
    assert several.row_share == 1
    fewer = settings.model_copy(update={"training_instance_count": several.count - 1})
    assert instances_for(fewer, table).row_share < 1
    most = instances_for(settings, HUGE)
    assert most.count == MOST_INSTANCES
    assert most.row_share < 1


def test_auto_is_one_for_other_algorithms_whose_rows_are_drawn() -> None:
    settings = DatasetSettings(algorithm="linear", training_instance_count="auto")  # type: ignore[arg-type]
    found = instances_for(settings, HUGE)
    assert found.count == 1
    assert 0 < found.row_share < 0.1
    (finding,) = rows_drawn(HUGE, found)
    assert finding.code == "RowsDrawn"
    drawn = int(HUGE.rows * found.row_share)
    assert f"training takes {drawn:,} rows of 100,000,000" in str(finding.message)
    assert "(1 of ml.m5.large)" in str(finding.message)
    assert rows_drawn(LARGE, instances_for(settings, LARGE)) == []


def test_categories_take_more_memory_than_numbers() -> None:
    settings = DatasetSettings(algorithm="xgboost", training_instance_count="auto")  # type: ignore[arg-type]
    numbers, words = (
        instances_for(settings, Table(10_000_000, *columns)).count for columns in ((20, 0), (0, 20))
    )
    assert words > numbers


def test_the_smallest_machine_that_may_be_tried_decides() -> None:
    types = ("ml.m5.4xlarge", "ml.c5.large", "ml.m5.large")
    assert instances_for(DatasetSettings(training_instance_types=types), LARGE).smallest == types[1]


def test_each_instance_is_paid_for() -> None:
    one, four = (
        make_budget(DatasetSettings(algorithm="xgboost", training_instance_count=n), "binary", 0)
        for n in (1, 4)
    )
    free = DatasetSettings(algorithm="xgboost", max_runtime_seconds=60)
    hosting = make_budget(free, "binary", 0).most_usd
    assert one.most_usd is not None
    assert four.most_usd is not None
    assert hosting is not None
    per_hour = (one.most_usd - hosting) * 3600 / 3540
    assert four.most_usd == pytest.approx(one.most_usd + 3 * per_hour)


def test_a_number_of_instances_needs_an_algorithm_that_takes_them(s3: object) -> None:
    upload = put(s3, "incoming/two/data.csv", CSV, **{"training-instance-count": "2"})
    with pytest.raises(SettingsInvalid, match="only xgboost trains on several instances"):
        preprocess(upload)


def test_the_job_is_told_instances_and_share(s3: object, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = put(
        s3,
        "incoming/several/data.csv",
        CSV,
        algorithm="xgboost",
        **{"training-instance-count": "3"},
    )
    training = preprocess(upload)["training"]
    assert (training["instance_count"], training["shards"]) == (3, False)
    assert "row_share" not in training["hyperparameters"]

    monkeypatch.setattr(instances, "_PLAIN_NUMBER", 2**30 // 10)
    prepared = preprocess(put(s3, "incoming/drawn/data.csv", CSV, algorithm="linear"))
    share = json.loads(prepared["training"]["hyperparameters"]["row_share"])
    assert 0 < share == prepared["training"]["row_share"] < 1
