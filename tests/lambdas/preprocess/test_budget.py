"""Sizes and limits by the data's size, and ceilings that are kept before anything starts."""

from decimal import Decimal

import pytest

from lambdas.preprocess.budget import make_budget, max_runtime_seconds, objections, volume_size_gb
from lambdas.shared.failures.errors import CostCeilingExceeded, SettingsInvalid
from lambdas.shared.prices import instance_second, prices
from lambdas.shared.settings.dataset import DatasetSettings
from tests.forests import FOREST
from tests.lambdas.flow import preprocess, put

GB = 10**9
CSV = "a,b,target\n" + "".join(f"{i % 7},{i % 11},{i % 2}\n" for i in range(80))


@pytest.mark.parametrize(("size", "expected"), [(0, 10), (GB, 10), (5 * GB, 20), (10**14, 16_384)])
def test_the_disk_grows_with_the_data(size: int, expected: int) -> None:
    assert volume_size_gb(size) == expected


@pytest.mark.parametrize(
    ("size", "expected"), [(0, 3600), (180 * 10**6, 3600), (GB, 20_000), (10**13, 432_000)]
)
def test_the_time_limit_grows_with_the_data(size: int, expected: int) -> None:
    assert max_runtime_seconds(size) == expected


def test_settings_beat_the_datas_size() -> None:
    budget = make_budget(DatasetSettings(volume_size_gb=77, max_runtime_seconds=120), "binary", GB)
    assert (budget.volume_size_gb, budget.max_runtime_seconds) == (77, 120)
    assert budget.max_wait_seconds is None


def test_spot_jobs_wait_a_day_longer_than_they_run() -> None:
    assert make_budget(DatasetSettings(spot=True), "binary", 0).max_wait_seconds == 3600 + 86_400
    settings = DatasetSettings(spot=True, max_runtime_seconds=600, max_wait_seconds=600)
    assert make_budget(settings, "binary", 0).max_wait_seconds == 600


def test_the_worst_case_is_the_sum_of_all_limits() -> None:
    budget = make_budget(
        DatasetSettings(algorithm="random_forest", tune=10, tune_parallel=2), "binary", 0
    )
    second = instance_second("training", "ml.m5.large")
    assert second is not None
    disk = Decimal(prices()["volume_gb_month"]) * 10 / (730 * 3600)
    hosting = instance_second("hosting", "ml.m5.large")
    assert hosting is not None
    assert budget.most_usd == 11 * 3600 * (second + disk) + 3600 * hosting
    assert budget.longest_seconds == 3600 + 5 * 3600 + 3600
    assert budget.tuning is not None
    assert budget.tuning["ResourceLimits"] == {
        "MaxNumberOfTrainingJobs": 10,
        "MaxParallelTrainingJobs": 2,
        "MaxRuntimeInSeconds": 5 * 3600,
    }


def test_the_dearest_of_several_machines_counts() -> None:
    types = ("ml.m5.large", "ml.m5.4xlarge")
    several = make_budget(DatasetSettings(training_instance_types=types), "binary", 0)
    dearest = make_budget(DatasetSettings(training_instance_types=types[1:]), "binary", 0)
    assert several.most_usd == dearest.most_usd


@pytest.mark.parametrize(
    ("settings", "codes"),
    [
        (DatasetSettings(max_cost_usd=5, max_hours=3), []),
        (DatasetSettings(max_cost_usd=0.01), ["CostCeilingExceeded"]),
        (DatasetSettings(max_hours=1), ["TimeCeilingExceeded"]),
        (DatasetSettings(algorithm="linear", max_hours=1, max_cost_usd=0.1, tune=20),
         ["CostCeilingExceeded", "TimeCeilingExceeded"]),
        (DatasetSettings(training_instance_types=("ml.p5.48xlarge",)), []),
        (DatasetSettings(training_instance_types=("ml.p5.48xlarge",), max_cost_usd=500),
         ["CostCeilingExceeded"]),
        (DatasetSettings(algorithm="linear", tune=5, tune_metric="rmse"), ["SettingsInvalid"]),
    ],
)  # fmt: skip
def test_ceilings(settings: DatasetSettings, codes: list[str]) -> None:
    budget = make_budget(settings, "binary", 0)
    assert [found.code for found in objections(settings, "binary", budget)] == codes


def test_an_upload_over_its_ceiling_is_refused_with_no_split_written(s3: object) -> None:
    upload = put(s3, "incoming/dear/data.csv", CSV, **{"max-cost-usd": "0.05"})
    with pytest.raises(CostCeilingExceeded) as caught:
        preprocess(upload)
    assert "may cost up to" in str(caught.value)
    assert "“max_cost_usd” is 0.05" in str(caught.value)
    found = s3.list_objects_v2(Bucket=upload["bucket"], Prefix="datasets/")  # type: ignore[attr-defined]
    names = [each["Key"].rsplit("/", 1)[-1] for each in found["Contents"]]
    assert names == ["findings.json"]  # what was found, for the report


def test_a_metric_of_another_task_is_told_once_the_task_is_known(s3: object) -> None:
    upload = put(s3, "incoming/odd/data.csv", CSV, tune="yes", **FOREST, **{"tune-metric": "rmse"})
    with pytest.raises(SettingsInvalid, match="tune_metric"):
        preprocess(upload)


def test_the_state_machine_gets_the_budget(s3: object) -> None:
    upload = put(
        s3, "incoming/tuned set/data.csv", CSV, **FOREST, tune="4", spot="yes",
        **{"training-instance-types": "ml.m5.large, ml.m5.xlarge"},
    )  # fmt: skip
    prepared = preprocess(upload)
    assert prepared["training"]["instance_types"] == ["ml.m5.large", "ml.m5.xlarge"]
    assert prepared["training"]["max_wait_seconds"] == 90_000
    assert prepared["training"]["checkpoint_uri"].endswith("/run-1/checkpoints")
    assert len(prepared["tuning"]["name"]) <= 24
    assert prepared["tuning"]["config"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 4
