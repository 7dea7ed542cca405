"""What a tuning job is asked for: ranges, objective and limits from settings."""

from typing import Any

import pytest

from lambdas.shared.settings.dataset import DatasetSettings, Source, resolve
from lambdas.shared.settings.tuning import METRICS, objective, search_space, tuning_config
from tests.forests import FOREST
from tests.infra.service_model import problems as refused_by_aws
from training.algorithms import ALGORITHMS

STRATEGIES = ("bayesian", "random", "hyperband", "grid")


def resolved(**values: str) -> tuple[DatasetSettings, list[str]]:
    found = resolve([Source("rule", "place", FOREST | values)])
    return found.settings, [str(finding.message) for finding in found.findings]


def config(task: str = "binary", **values: str) -> dict[str, Any]:
    settings, problems = resolved(**values)
    assert problems == []
    return tuning_config(settings, task, 7200)


@pytest.mark.parametrize(
    ("text", "jobs"), [("no", 0), ("off", 0), ("Yes", 20), ("true", 20), ("0", 0), ("35", 35)]
)
def test_one_setting_turns_tuning_on(text: str, jobs: int) -> None:
    settings, problems = resolved(tune=text)
    assert (settings.tune, problems) == (jobs, [])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_aws_accepts_the_request_for_every_algorithm(algorithm: Any, strategy: str) -> None:
    given = {"tune": "100", "tune_strategy": strategy, "algorithm": algorithm}
    settings, problems = resolved(**given)
    if problems:  # a grid too large, or an algorithm without rounds or ranges, is refused by us
        assert any(word in problems[0] for word in ("combinations", "no rounds", "nothing to tune"))
        return
    request = {
        "HyperParameterTuningJobName": "molino-a-0123456789-0-0-0",
        "HyperParameterTuningJobConfig": tuning_config(settings, "binary", 7200),
    }
    assert refused_by_aws("sagemaker", "CreateHyperParameterTuningJob", request) == []
    names = {entry.name for entry in search_space(settings)[0]}
    assert names <= ALGORITHMS[algorithm].parameters.keys()


def test_what_is_set_is_not_searched() -> None:
    found = config(tune="yes", n_estimators="50")["ParameterRanges"]
    names = {entry["Name"] for entries in found.values() for entry in entries}
    assert names == {"min_samples_leaf", "max_features"}
    assert found["CategoricalParameterRanges"][0]["Values"] == [
        f'"{word}"' for word in ("auto", "sqrt", "log2", "third", "half", "all")
    ]


def test_ranges_of_the_users_own() -> None:
    found = config(
        tune="10", tune_ranges="max_depth=2..20, min_samples_leaf = 1..32 log,max_features=all|sqrt"
    )["ParameterRanges"]
    assert found["IntegerParameterRanges"] == [
        {"Name": "max_depth", "MinValue": "2", "MaxValue": "20", "ScalingType": "Linear"},
        {
            "Name": "min_samples_leaf",
            "MinValue": "1",
            "MaxValue": "32",
            "ScalingType": "Logarithmic",
        },
    ]
    assert found["CategoricalParameterRanges"] == [
        {"Name": "max_features", "Values": ['"all"', '"sqrt"']}
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"tune": "1"}, "from 2 to 100"),
        ({"tune": "101"}, "“tune”"),
        ({"tune": "often"}, "“tune”"),
        ({"tune_ranges": "max_depth=2..20"}, "“tune_ranges” is set, but “tune” is not"),
        ({"tune": "yes", "tune_ranges": "depth=2..20"}, "“depth” does not belong"),
        ({"tune": "yes", "tune_ranges": "max_depth=20..2"}, "must increase"),
        ({"tune": "yes", "tune_ranges": "max_depth=a..b"}, "LOW..HIGH"),
        ({"tune": "yes", "tune_ranges": "max_depth=0..9 log"}, "above 0"),
        ({"tune": "yes", "tune_ranges": "max_features=fifth|all"}, "exceeds what is allowed"),
        ({"tune": "yes", "tune_ranges": "max_depth=1..2000"}, "exceeds what is allowed"),
        (
            {"tune": "yes", "tune_ranges": "max_depth=1..9", "max_depth": "3"},
            "both a range and a value",
        ),
        ({"tune": "yes", "tune_strategy": "grid"}, "combinations"),
        ({"tune": "yes", "tune_strategy": "hyperband", "algorithm": "linear"}, "no rounds"),
        ({"tune": "yes", "tune_metric": "rmse", "task": "binary"}, "“tune_metric” must be one of"),
        ({"tune": "yes", "algorithm": "linear", "alpha": "1"}, "left to tune"),
        ({"max_wait_seconds": "7200"}, "only “spot” jobs wait"),
        (
            {"spot": "yes", "max_wait_seconds": "600", "max_runtime_seconds": "900"},
            "must not be less",
        ),
        ({"training_instance_types": "ml.m5.large, m5.large"}, "“training_instance_types”"),
    ],
)
def test_what_cannot_hold_is_told(values: dict[str, str], expected: str) -> None:
    _, problems = resolved(**values)
    assert len(problems) == 1
    assert expected in problems[0]


@pytest.mark.parametrize(
    "more", [{}, {"tune_strategy": "hyperband"}, {"tune_ranges": "max_depth=2..20"}]
)
def test_the_default_algorithm_has_nothing_to_tune(more: dict[str, str]) -> None:
    (finding,) = resolve([Source("rule", "place", {"tune": "5", **more})]).findings
    assert "“auto” has nothing to tune; set “algorithm” to one of additive," in str(finding.message)


def test_every_mistake_in_ranges_is_told_at_once() -> None:
    _, problems = resolved(tune="yes", tune_ranges="depth=1..2, max_depth=x..y")
    assert len(problems) == 2


def test_a_grid_is_ends_and_middle() -> None:
    found = config(
        algorithm="linear", tune="9", tune_strategy="grid", tune_ranges="alpha=0.01..100 log"
    )
    assert found["ParameterRanges"] == {
        "CategoricalParameterRanges": [{"Name": "alpha", "Values": ["0.01", "1", "100"]}]
    }
    assert "MaxNumberOfTrainingJobs" not in found["ResourceLimits"]


@pytest.mark.parametrize(
    ("given", "most"), [({}, 500), ({"max_iter": "0"}, 500), ({"max_iter": "70"}, 70)]
)
def test_hyperband_allots_rounds(given: dict[str, str], most: int) -> None:
    asked = {"algorithm": "hist_gradient_boosting", "tune": "yes", "tune_strategy": "hyperband"}
    found = config(**asked, **given)
    assert found["StrategyConfig"]["HyperbandStrategyConfig"] == {
        "MinResource": 1,
        "MaxResource": most,
    }
    assert "TrainingJobEarlyStoppingType" not in found
    integers = {entry["Name"] for entry in found["ParameterRanges"]["IntegerParameterRanges"]}
    assert "max_iter" not in integers


@pytest.mark.parametrize(
    ("task", "metric", "expected"),
    [
        ("binary", None, ("Minimize", "validation:log_loss")),
        ("regression", None, ("Minimize", "validation:rmse")),
        ("multiclass", "balanced_accuracy", ("Maximize", "validation:balanced_accuracy")),
    ],
)
def test_the_objective_follows_the_task(
    task: str, metric: str | None, expected: tuple[str, str]
) -> None:
    settings = DatasetSettings(tune=2, tune_metric=metric)
    goal, problems = objective(settings, task)
    assert (goal["Type"], goal["MetricName"], problems) == (*expected, [])


def test_metrics_are_those_that_training_prints() -> None:
    from infra.workflow.state_machine import METRICS as PRINTED

    assert {metric for task in METRICS.values() for metric in task} == set(PRINTED)
