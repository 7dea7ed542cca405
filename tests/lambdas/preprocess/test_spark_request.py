"""Which uploads Spark reads, and what is asked for: by size, and within the ceilings."""

from decimal import Decimal
from typing import Any

import pytest

from lambdas.preprocess.spark_request import MOST_MINUTES, MOST_VCPUS, is_for_spark, spark_request
from lambdas.shared.contracts.preprocess import SparkRequest
from lambdas.shared.failures.errors import CostCeilingExceeded
from lambdas.shared.prices import prices
from lambdas.shared.settings.dataset import DatasetSettings
from localemr.workers import workers_of

GB = 10**9


@pytest.fixture(autouse=True)
def stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MOST_VCPUS, "64")
    monkeypatch.setenv(MOST_MINUTES, "360")


def asked(size: int, largest: int = 0, **settings: Any) -> SparkRequest:
    return spark_request(DatasetSettings(**settings), size, largest or size, "s3://b/o", "s3://b/p")


@pytest.mark.parametrize(
    ("settings", "size", "expected"),
    [
        ({}, 100 * GB, True),
        ({}, 100 * GB - 1, False),
        ({"spark_from_gb": 0.5}, GB, True),
        ({"engine": "spark"}, 1, True),
        ({"engine": "duckdb"}, 500 * GB, False),
    ],
)
def test_it_reads_what_is_large_or_what_is_to_be(
    settings: dict[str, Any], size: int, expected: bool
) -> None:
    assert is_for_spark(DatasetSettings(**settings), size) is expected


def test_without_it_nothing_is_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MOST_VCPUS)
    assert not is_for_spark(DatasetSettings(), 500 * GB)
    assert not is_for_spark(DatasetSettings(engine="spark"), 500 * GB)


def test_workers_follow_the_size_up_to_the_stacks_limit() -> None:
    small, medium, huge = (asked(size * GB, GB).properties for size in (1, 20, 1000))
    most = "spark.dynamicAllocation.maxExecutors"
    assert [each[most] for each in (small, medium, huge)] == ["1", "5", "15"]
    driver, executors = workers_of(huge)
    cores = driver.cores + 15 * executors.cores
    assert (cores, driver.memory_gb, executors.memory_gb) == (64, 16, 16)


def test_a_workers_disk_holds_the_largest_part() -> None:
    disk = "spark.emr-serverless.executor.disk"
    assert asked(20 * GB, GB // 10).properties[disk] == "20G"
    assert asked(20 * GB, 20 * GB).properties[disk] == "80G"


def test_it_runs_no_longer_than_the_ceiling_pays_for() -> None:
    assert asked(40 * GB, GB).max_runtime_minutes == 360
    limited = asked(40 * GB, GB, max_cost_usd=2.0)
    workers = 11  # ten and the driver
    hour = workers * (
        4 * Decimal(prices()["spark"]["vcpu_hour"])
        + 16 * Decimal(prices()["spark"]["memory_gb_hour"])
    )
    assert Decimal(limited.max_runtime_minutes) / 60 * hour <= 2
    assert Decimal(limited.max_runtime_minutes + 1) / 60 * hour > 2
    with pytest.raises(CostCeilingExceeded, match=r"“max_cost_usd” is 0\.1"):
        asked(40 * GB, GB, max_cost_usd=0.1)
