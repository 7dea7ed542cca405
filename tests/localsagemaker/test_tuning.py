"""Tuning jobs really search: training jobs in parallel, early stopping, limits and criteria."""

import itertools
import json
import math
import statistics
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from localcloud.sagemaker_tasks import TaskError, run_task
from localsagemaker import ApiError, FaultPlan, LocalSageMaker
from localsagemaker.faults import ResourceFault
from localsagemaker.server import Server
from localsagemaker.tuning_search import Search
from tests.localsagemaker.conftest import NO_ROLE, extracted, wait_for

Build = Callable[..., dict[str, Any]]
NAME = "HyperParameterTuningJobName"
STATUS = "HyperParameterTuningJobStatus"
METRIC = "validation:accuracy"
# Best at depth 7 and rate 0.1: what a search is to find.
SCRIPT = """
import json, math, os, sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
loss = abs(int(given["--depth"]) - 7) / 10 + abs(math.log10(float(given["--rate"])) + 1) / 10
print(f"validation:accuracy={1 - loss!r}")
with open(os.environ["SM_MODEL_DIR"] + "/given.json", "w") as file:
    json.dump(given, file)
"""
RANGES = {
    "IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "12"}],
    "ContinuousParameterRanges": [
        {"Name": "rate", "MinValue": "0.001", "MaxValue": "1", "ScalingType": "Logarithmic"}
    ],
    "CategoricalParameterRanges": [{"Name": "kind", "Values": ['"gini"', '"entropy"']}],
}


@pytest.fixture
def tuning_request(job_request: Build) -> Build:
    """Build a CreateHyperParameterTuningJob request; ``config`` changes the tuning's own part."""

    def build(script: str = SCRIPT, name: str = "tune", **config: Any) -> dict[str, Any]:
        definition = job_request(script, name)
        del definition["TrainingJobName"]
        static = definition.pop("HyperParameters") | config.pop("static", {})
        limits = {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2}
        return {
            NAME: name,
            "HyperParameterTuningJobConfig": {
                "Strategy": "Random",
                "RandomSeed": 1,
                "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": METRIC},
                "ResourceLimits": limits | config.pop("limits", {}),
                "ParameterRanges": RANGES,
            }
            | config,
            "TrainingJobDefinition": definition | {"StaticHyperParameters": static},
            "Tags": [{"Key": "project", "Value": "molino"}],
        }

    return build


def tuned(core: LocalSageMaker, name: str = "tune", seconds: float = 60) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        job = core.call("DescribeHyperParameterTuningJob", {NAME: name})
        return job if job[STATUS] in {"Completed", "Failed", "Stopped"} else None

    found: dict[str, Any] = wait_for(ended, seconds)
    return found


def children(core: LocalSageMaker, name: str = "tune", **options: Any) -> list[dict[str, Any]]:
    answer = core.call("ListTrainingJobsForHyperParameterTuningJob", {NAME: name} | options)
    found: list[dict[str, Any]] = answer["TrainingJobSummaries"]
    return found


def value(child: dict[str, Any]) -> float:
    found: float = child["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    return found


def test_a_tuning_job_tells_what_aws_tells(
    core: LocalSageMaker, tuning_request: Build, s3: Any
) -> None:
    request = tuning_request(static={"seed": "0"})
    answer = core.call("CreateHyperParameterTuningJob", request)
    job = tuned(core)
    assert answer == {"HyperParameterTuningJobArn": job["HyperParameterTuningJobArn"]}
    assert job[STATUS] == "Completed"
    assert job["TrainingJobStatusCounters"]["Completed"] == 4
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 4, "Pending": 0, "Failed": 0}
    found = children(core)
    best = job["BestTrainingJob"]
    assert best == max(found, key=value)
    assert value(best) == pytest.approx(expected_score(best["TunedHyperParameters"]))
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Type"] == "Maximize"

    training = core.call("DescribeTrainingJob", {"TrainingJobName": best["TrainingJobName"]})
    assert training["TuningJobArn"] == job["HyperParameterTuningJobArn"]
    assert training["HyperParameters"] == request["TrainingJobDefinition"][
        "StaticHyperParameters"
    ] | best["TunedHyperParameters"] | {"_tuning_objective_metric": METRIC}
    key = training["ModelArtifacts"]["S3ModelArtifacts"].split("/", 3)[3]
    given = json.loads(extracted(s3, key)["given.json"])
    assert given["--seed"] == "0"
    assert given["--depth"] == best["TunedHyperParameters"]["depth"]
    assert '"' not in given["--kind"]
    assert "--_tuning_objective_metric" not in given  # the toolkit keeps it from the script
    tags = core.call("ListTags", {"ResourceArn": training["TrainingJobArn"]})["Tags"]
    assert tags == request["Tags"]
    for number, child in enumerate(found, 1):
        assert child["TrainingJobName"].startswith(f"tune-{number:03d}-")
        assert len(child["TrainingJobName"]) == len("tune-001-") + 8


def expected_score(values: dict[str, str]) -> float:
    import math

    return 1 - abs(int(values["depth"]) - 7) / 10 - abs(math.log10(float(values["rate"])) + 1) / 10


def test_values_stay_in_their_ranges_and_one_seed_gives_one_search(
    make: Callable[..., LocalSageMaker], tuning_request: Build
) -> None:
    seen = []
    for _ in range(2):
        core = make()
        core.call(
            "CreateHyperParameterTuningJob", tuning_request(limits={"MaxParallelTrainingJobs": 1})
        )
        tuned(core)
        seen.append([child["TunedHyperParameters"] for child in children(core)])
    assert seen[0] == seen[1]
    for values in seen[0]:
        assert 1 <= int(values["depth"]) <= 12
        assert 0.001 <= float(values["rate"]) <= 1
        assert values["kind"] in {'"gini"', '"entropy"'}


def test_training_jobs_run_in_parallel_but_not_more_than_allowed(
    core: LocalSageMaker, tuning_request: Build
) -> None:
    script = "import time; time.sleep(0.4); print('validation:accuracy=0.5')"
    core.call("CreateHyperParameterTuningJob", tuning_request(script))
    tuned(core)
    spans = [(child["TrainingStartTime"], child["TrainingEndTime"]) for child in children(core)]
    at_once = [sum(start <= time < end for start, end in spans) for time, _ in spans]
    assert max(at_once) == 2


def quality(values: dict[str, str]) -> float:
    """What SCRIPT reports as its objective."""
    return 1 - abs(int(values["depth"]) - 7) / 10 - abs(math.log10(float(values["rate"])) + 1) / 10


def searched(request: dict[str, Any], jobs: int) -> list[dict[str, str]]:
    """The values a search tries, one job at a time."""
    search, tried = Search(request), []
    for _ in range(jobs):
        attempt = search.suggest()
        search.should_stop(attempt, [quality(attempt.values)])
        search.finish(attempt, quality(attempt.values))
        tried.append(attempt.values)
    return tried


def test_the_bayesian_search_learns(tuning_request: Build) -> None:
    def late(strategy: str) -> float:
        requests = [tuning_request(Strategy=strategy, RandomSeed=seed) for seed in range(20)]
        return statistics.fmean(
            quality(values) for request in requests for values in searched(request, 24)[-8:]
        )

    assert late("Bayesian") > late("Random") + 0.05


def test_a_tuning_job_tries_what_its_search_learned(
    core: LocalSageMaker, tuning_request: Build
) -> None:
    # One at a time, so that what the search knows at each suggestion is the same everywhere.
    limits = {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 1}
    request = tuning_request(Strategy="Bayesian", limits=limits)
    core.call("CreateHyperParameterTuningJob", request)
    tuned(core)
    tried = [child["TunedHyperParameters"] for child in children(core, MaxResults=100)]
    assert tried == searched(request, 9)
    assert tried != searched(tuning_request(Strategy="Random"), 9)


def test_a_grid_is_tried_whole(core: LocalSageMaker, tuning_request: Build) -> None:
    script = "print('validation:accuracy=0.5')"
    grid = {"a": ["1", "2", "3"], "b": ["x", "y"]}
    entries = [{"Name": name, "Values": values} for name, values in grid.items()]
    request = tuning_request(
        script, Strategy="Grid", ParameterRanges={"CategoricalParameterRanges": entries}
    )
    del request["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"]
    core.call("CreateHyperParameterTuningJob", request)
    tuned(core)
    tried = {tuple(child["TunedHyperParameters"].values()) for child in children(core)}
    assert tried == set(itertools.product(*grid.values()))


# Twelve epochs, unless stopped; a job's quality shows from its first epoch on.
EPOCHS = """
import sys, time
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
quality = 1 / (1 + abs(int(given["--depth"]) - 7))
for epoch in range(1, 13):
    print(f"validation:accuracy={quality * epoch / 12!r}", flush=True)
    time.sleep(0.04)
"""
DEPTH = {"IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "40"}]}


def test_early_stopping_ends_jobs_below_the_median(
    core: LocalSageMaker, tuning_request: Build
) -> None:
    request = tuning_request(
        EPOCHS,
        ParameterRanges=DEPTH,
        TrainingJobEarlyStoppingType="Auto",
        limits={"MaxNumberOfTrainingJobs": 8, "MaxParallelTrainingJobs": 1},
    )
    core.call("CreateHyperParameterTuningJob", request)
    job = tuned(core)
    assert job["TrainingJobStatusCounters"]["Stopped"] > 0
    assert job["BestTrainingJob"]["TrainingJobStatus"] == "Completed"
    stopped = [child for child in children(core) if child["TrainingJobStatus"] == "Stopped"]
    assert max(map(value, stopped)) < value(job["BestTrainingJob"])


def test_hyperband_gives_poor_jobs_less(core: LocalSageMaker, tuning_request: Build) -> None:
    request = tuning_request(
        EPOCHS,
        Strategy="Hyperband",
        StrategyConfig={"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 12}},
        ParameterRanges=DEPTH,
        limits={"MaxNumberOfTrainingJobs": 10, "MaxParallelTrainingJobs": 2},
    )
    core.call("CreateHyperParameterTuningJob", request)
    job = tuned(core)
    assert job[STATUS] == "Completed"
    assert job["TrainingJobStatusCounters"]["Stopped"] > 0


def test_stopping_stops_the_training_jobs_too(core: LocalSageMaker, tuning_request: Build) -> None:
    core.call("CreateHyperParameterTuningJob", tuning_request("import time; time.sleep(60)"))
    wait_for(lambda: len(children(core)) == 2)
    core.call("StopHyperParameterTuningJob", {NAME: "tune"})
    assert tuned(core)[STATUS] == "Stopped"
    assert {child["TrainingJobStatus"] for child in children(core)} == {"Stopped"}
    assert len(children(core)) == 2
    core.call("StopHyperParameterTuningJob", {NAME: "tune"})  # again is no error


def test_closing_the_service_leaves_nothing(make: Any, tuning_request: Build) -> None:
    core = make()
    core.call("CreateHyperParameterTuningJob", tuning_request("import time; time.sleep(60)"))
    wait_for(lambda: children(core))
    core.close()
    assert tuned(core)[STATUS] == "Stopped"


@pytest.mark.parametrize(
    ("script", "reason", "jobs"),
    [
        ("raise SystemExit(1)", "No training job succeeded after 5 attempts", 5),
        ("print('no metric')", "No objective metrics found after running 5 training jobs", 5),
    ],
)
def test_a_fruitless_search_is_given_up(
    core: LocalSageMaker, tuning_request: Build, script: str, reason: str, jobs: int
) -> None:
    limits = {"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": 1}
    core.call("CreateHyperParameterTuningJob", tuning_request(script, limits=limits))
    job = tuned(core)
    assert job[STATUS] == "Failed"
    assert reason in job["FailureReason"]
    assert "BestTrainingJob" not in job
    assert len(children(core)) == jobs
    assert job["ObjectiveStatusCounters"]["Failed"] == jobs


@pytest.mark.parametrize(
    "criteria",
    [
        {"TargetObjectiveMetricValue": 0.5},
        {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}},
    ],
)
def test_criteria_end_a_search(
    core: LocalSageMaker, tuning_request: Build, criteria: dict[str, Any]
) -> None:
    request = tuning_request(
        "print('validation:accuracy=0.6')",
        TuningJobCompletionCriteria=criteria,
        limits={"MaxNumberOfTrainingJobs": 50, "MaxParallelTrainingJobs": 1},
    )
    core.call("CreateHyperParameterTuningJob", request)
    assert tuned(core)[STATUS] == "Completed"
    assert len(children(core)) == (1 if "TargetObjectiveMetricValue" in criteria else 4)


REFUSED = {
    "metric": (
        {"HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "other"}},
        "other is not among",
    ),
    "twice": ({"static": {"depth": "3"}}, "depth must have one value or one range"),
    "bounds": (
        {"ParameterRanges": {"IntegerParameterRanges": [
            {"Name": "depth", "MinValue": "9", "MaxValue": "3"}]}},
        "MinValue of depth",
    ),
    "logarithm": (
        {"ParameterRanges": {"ContinuousParameterRanges": [
            {"Name": "a", "MinValue": "0", "MaxValue": "3", "ScalingType": "Logarithmic"}]}},
        "Logarithmic scaling of a",
    ),
    "reverse": (
        {"ParameterRanges": {"ContinuousParameterRanges": [
            {"Name": "a", "MinValue": "0", "MaxValue": "1", "ScalingType": "ReverseLogarithmic"}]}},
        "ReverseLogarithmic scaling of a",
    ),
    "number": (
        {"ParameterRanges": {"IntegerParameterRanges": [
            {"Name": "depth", "MinValue": "1.5", "MaxValue": "3"}]}},
        "numbers of the range's kind",
    ),
    "none": ({"ParameterRanges": {}}, "at least one range"),
    "grid": ({"Strategy": "Grid"}, "CategoricalParameterRanges only"),
    "hyperband": ({"Strategy": "Hyperband"}, "MaxResource is needed"),
    "stopping": (
        {"Strategy": "Hyperband", "TrainingJobEarlyStoppingType": "Auto",
         "static": {"epochs": "12"}},
        "must be Off",
    ),
    "jobs": (
        {"Strategy": "Bayesian", "limits": {"MaxNumberOfTrainingJobs": 751}},
        "at most 750",
    ),
    "parallel": ({"limits": {"MaxParallelTrainingJobs": 5}}, "must not exceed"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_aws_refuses_is_refused(
    core: LocalSageMaker, tuning_request: Build, name: str
) -> None:
    config, expected = REFUSED[name]
    with pytest.raises(ApiError) as caught:
        core.call("CreateHyperParameterTuningJob", tuning_request(**config))
    assert caught.value.code == "ValidationException"
    assert expected in caught.value.message
    assert core.call("ListHyperParameterTuningJobs", {})["HyperParameterTuningJobSummaries"] == []


def test_names_are_short_and_used_once(core: LocalSageMaker, tuning_request: Build) -> None:
    with pytest.raises(ApiError, match="length less than or equal to 32"):
        core.call("CreateHyperParameterTuningJob", tuning_request() | {NAME: "x" * 33})
    core.call("CreateHyperParameterTuningJob", tuning_request())
    with pytest.raises(ApiError) as caught:
        core.call("CreateHyperParameterTuningJob", tuning_request())
    assert caught.value.code == "ResourceInUse"
    for operation in ("DescribeHyperParameterTuningJob", "StopHyperParameterTuningJob"):
        with pytest.raises(ApiError) as caught:
            core.call(operation, {NAME: "absent"})
        assert caught.value.code == "ResourceNotFound"


def test_a_role_that_cannot_be_assumed(core: LocalSageMaker, tuning_request: Build) -> None:
    request = tuning_request()
    request["TrainingJobDefinition"]["RoleArn"] = NO_ROLE
    with pytest.raises(ApiError, match="Could not assume role"):
        core.call("CreateHyperParameterTuningJob", request)


@pytest.mark.parametrize("outcome", ["Failed", "Stopped"])
def test_faults(make: Any, tuning_request: Build, outcome: Any) -> None:
    fault = ResourceFault("hyper-parameter-tuning-job", "tune", outcome, "InternalServerError: x")
    core = make(faults=FaultPlan(resources=[fault]))
    core.call("CreateHyperParameterTuningJob", tuning_request())
    assert tuned(core)[STATUS] == outcome
    assert children(core) == []


def test_boto3_sees_and_lists_them(
    core: LocalSageMaker, server: Server, tuning_request: Build
) -> None:
    client: Any = boto3.client("sagemaker", "eu-west-1", endpoint_url=server.url)
    client.create_hyper_parameter_tuning_job(**tuning_request())
    tuned(core)
    (listed,) = client.list_hyper_parameter_tuning_jobs(StatusEquals="Completed")[
        "HyperParameterTuningJobSummaries"
    ]
    assert (listed[NAME], listed["Strategy"]) == ("tune", "Random")
    pages = client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
        HyperParameterTuningJobName="tune",
        SortBy="FinalObjectiveMetricValue",
        SortOrder="Descending",
        PaginationConfig={"PageSize": 3},
    )
    found = [child for page in pages for child in page["TrainingJobSummaries"]]
    assert [value(child) for child in found] == sorted(map(value, found), reverse=True)
    assert len(found) == 4
    assert len(client.list_training_jobs()["TrainingJobSummaries"]) == 4


TASK = "arn:aws:states:::sagemaker:createHyperParameterTuningJob.sync"


def test_the_step_functions_integration_waits_and_answers_the_description(
    core: LocalSageMaker, tuning_request: Build
) -> None:
    answer = run_task(core, TASK, tuning_request(), lambda: True)
    assert answer[STATUS] == "Completed"
    assert answer["BestTrainingJob"]["TrainingJobName"].startswith("tune-")
    assert isinstance(answer["CreationTime"], int)  # milliseconds, as the optimized ones answer


def test_a_stopped_execution_stops_its_tuning_job(
    core: LocalSageMaker, tuning_request: Build
) -> None:
    request = tuning_request("import time; time.sleep(60)")
    with pytest.raises(TaskError):
        run_task(core, TASK, request, lambda: False)
    assert tuned(core)[STATUS] == "Stopped"
