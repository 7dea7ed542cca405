"""The state machines' shape: nothing can fail without teardown, and nothing can hang."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import pytest

from infra.settings import Settings
from infra.workflow.state_machine import JOB_WAIT, METRICS, definition
from infra.workflow.stories import ACTUALS, PREDICTION, STORIES, TRAINING, Story
from tests.infra.workflow.definition import WITH_SPARK, deployed, tasks
from training.fit.metrics import classification_metrics, regression_metrics

MACHINE = deployed()


@dataclass(frozen=True)
class Shape:
    """One state machine, and where its teardown is.

    Parameters
    ----------
    teardown
        Empty where nothing is made that would have to be deleted.
    after_teardown
        States whose failure skips nothing, each with the one after it.
    nothing_runs
        States after teardown whose failure is told at once.
    tells
        The state that tells of the end.
    """

    story: Story
    teardown: str
    after_teardown: Mapping[str, str]
    nothing_runs: frozenset[str]
    tells: str

    @cached_property
    def machine(self) -> dict[str, Any]:
        return deployed(WITH_SPARK, self.story)

    @cached_property
    def tasks(self) -> dict[str, dict[str, Any]]:
        return dict(tasks(self.machine))

    def catcher(self, name: str) -> dict[str, Any]:
        """The state that catches a task's failure: a Map does for its items."""
        of_map = (
            state
            for state in self.machine["States"].values()
            if state["Type"] == "Map" and name in state["ItemProcessor"]["States"]
        )
        found: dict[str, Any] = next(of_map, None) or self.machine["States"][name]
        return found


SHAPES = {
    "training": Shape(
        TRAINING,
        "Delete endpoint and jobs",
        {
            "Write report": "Notify people",
            "Notify people": "Notify programs",
            "Notify programs": "Did the run succeed?",
            "Delete endpoint and jobs": "What comes next?",
        },
        frozenset({"Decide on promotion", "Ask for approval", "Record approval", "Serve champion"}),
        "Write report",
    ),
    "prediction": Shape(
        PREDICTION,
        "Delete model and job",
        {
            "Measure predictions": "Write result",
            "Write result": "Notify people",
            "Notify people": "Notify programs",
            "Notify programs": "Are there predictions?",
            "Delete model and job": "What comes next?",
        },
        frozenset({"Join answers", "Fetch joining result"}),
        "Write result",
    ),
    "comparison": Shape(
        ACTUALS,
        "",
        {
            "Write result": "Notify people",
            "Notify people": "Notify programs",
            "Notify programs": "Is it compared?",
        },
        frozenset({"Read what happened"}),
        "Write result",
    ),
}
LAST = "Failed"  # fails the execution on purpose


def each(names: Callable[[Shape], Iterable[str]]) -> Any:
    """Parametrize a test by the shapes, and by names of each."""
    given = [(of, shape, name) for of, shape in SHAPES.items() for name in names(shape)]
    return pytest.mark.parametrize(
        ("shape", "name"),
        [(shape, name) for _, shape, name in given],
        ids=[f"{of}: {name}" for of, _, name in given],
    )


every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
TORN_DOWN = {name: shape for name, shape in SHAPES.items() if shape.teardown}
every_torn_down = pytest.mark.parametrize("shape", TORN_DOWN.values(), ids=TORN_DOWN)


@each(lambda shape: shape.tasks)
def test_every_task_is_limited_retried_and_caught(shape: Shape, name: str) -> None:
    state = shape.tasks[name]
    assert isinstance(state["TimeoutSeconds"], int)
    assert state["Retry"]
    if name != LAST:
        assert shape.catcher(name)["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    assert state["Resource"].startswith("arn:aws:states:::")


@each(lambda shape: [name for name, of in shape.tasks.items() if ":lambda:" in of["Resource"]])
def test_every_function_is_told_the_execution_for_its_log(shape: Shape, name: str) -> None:
    payload = shape.tasks[name]["Arguments"]["Payload"]
    if name == shape.tells:
        payload = {f"execution_{key}": value for key, value in payload["execution"].items()}
    if isinstance(payload, str):
        assert "'execution_name': $states.context.Execution.Name" in payload
    else:
        assert payload["execution_name"] == "{% $states.context.Execution.Name %}"


@each(lambda shape: sorted({*shape.tasks} - {*shape.after_teardown, *shape.nothing_runs, LAST}))
def test_every_failure_before_teardown_is_kept_and_leads_there(shape: Shape, name: str) -> None:
    last = shape.catcher(name)["Catch"][-1]
    assert last["Assign"]["failure"] == "{% $states.errorOutput %}"
    following = shape.machine["States"][last["Next"]]
    assert last["Next"] == shape.teardown or following["Default"] == shape.teardown


@each(lambda shape: sorted(shape.nothing_runs))
def test_a_failure_where_nothing_runs_is_kept_and_told(shape: Shape, name: str) -> None:
    last = shape.tasks[name]["Catch"][-1]
    assert last["Assign"]["failure"] == "{% $states.errorOutput %}"
    assert last["Next"] == shape.tells


@each(lambda shape: shape.after_teardown)
def test_a_failure_after_teardown_never_skips_the_notice(shape: Shape, name: str) -> None:
    assert shape.tasks[name]["Catch"][-1]["Next"] == shape.after_teardown[name]
    assert shape.tasks[name]["Next"] == shape.after_teardown[name]


@every_shape
def test_every_state_is_reached_and_every_next_exists(shape: Shape) -> None:
    named = {shape.machine["StartAt"]}
    for state in shape.machine["States"].values():
        for part in (state, *state.get("Catch", []), *state.get("Choices", [])):
            named |= {part[key] for key in ("Next", "Default") if key in part}
    assert named == set(shape.machine["States"])


def test_the_execution_outlasts_its_states() -> None:
    settings = Settings(training_wait_limit_seconds=7200)
    machine = definition(settings)
    others = (
        sum(state["TimeoutSeconds"] for _, state in tasks(machine))
        + 3 * settings.endpoint_wait_limit_seconds  # candidate, champion, serving endpoint
        + _teardown_seconds(machine, "Delete endpoint and jobs")
    )
    assert machine["TimeoutSeconds"] > 2 * 7200 + others  # training and tuning


def test_an_execution_that_predicts_outlasts_its_states() -> None:
    settings = Settings(transform_wait_limit_seconds=7200)
    machine = definition(settings, PREDICTION)
    others = sum(state["TimeoutSeconds"] for _, state in tasks(machine))
    assert machine["TimeoutSeconds"] > others + _teardown_seconds(machine, "Delete model and job")


def test_the_longest_jobs_leave_room_in_the_history() -> None:
    """Step Functions ends an execution at 25,000 events."""
    looks = int(
        re.findall(r"job_checks < (\d+)", json.dumps(MACHINE["States"]["Is the model trained?"]))[0]
    )
    wait, task, choice = 2, 5, 2  # events of each
    assert 2 * looks * (wait + task + choice) < 20_000
    first, more = JOB_WAIT
    waited = sum(first + more * look for look in range(looks))
    assert 0 <= waited - Settings().training_wait_limit_seconds < first + more * looks


def test_where_nothing_is_torn_down_nothing_is_made() -> None:
    for name, shape in SHAPES.items():
        is_made = any("sagemaker" in state["Resource"] for state in shape.tasks.values())
        assert is_made == bool(shape.teardown), name


@every_torn_down
def test_teardown_is_retried_as_long_as_an_endpoint_may_take(shape: Shape) -> None:
    assert _teardown_seconds(shape.machine, shape.teardown) >= 20 * 60


def _teardown_seconds(machine: dict[str, Any], teardown: str) -> float:
    retry = machine["States"][teardown]["Retry"][0]
    assert retry["ErrorEquals"] == ["TeardownIncomplete"]
    factors = accumulate(
        [retry["BackoffRate"]] * (retry["MaxAttempts"] - 1), float.__mul__, initial=1.0
    )
    return sum(min(retry["IntervalSeconds"] * f, retry["MaxDelaySeconds"]) for f in factors)


@each(lambda shape: shape.tasks)
def test_retries_back_off_and_end(shape: Shape, name: str) -> None:
    for retry in shape.tasks[name]["Retry"]:
        assert retry["BackoffRate"] > 1
        assert 1 <= retry["MaxAttempts"] <= 30
        # Together, retries must not meet the next limit in step; one Teardown has none to meet.
        assert retry.get("JitterStrategy") == "FULL" or retry["ErrorEquals"] == [
            "TeardownIncomplete"
        ]


@every_shape
def test_names_that_step_functions_gives_throttling_and_quota_are_retried(shape: Shape) -> None:
    for name, state in shape.tasks.items():
        if "sagemaker" not in state["Resource"]:
            continue
        retried = {error for retry in state["Retry"] for error in retry["ErrorEquals"]}
        # What needs instances is tried again on others, by the choice that its failure leads to.
        following = shape.machine["States"][shape.catcher(name)["Catch"][-1]["Next"]]
        if "ResourceLimitExceeded" in json.dumps(following):
            retried.add("SageMaker.ResourceLimitExceededException")
        elif not name.startswith("Create"):
            retried.add("SageMaker.ResourceLimitExceededException")  # it asks for nothing
        general = "Amazon" if state["Resource"].endswith(".sync") else ""
        wanted = {
            "SageMaker.ResourceLimitExceededException",
            f"SageMaker.{general}SageMakerException",
        }
        assert wanted <= retried, name


@pytest.mark.parametrize("story", STORIES, ids=SHAPES)
def test_a_definition_fits_cloudformation_and_a_reader(story: Story) -> None:
    assert len(json.dumps(definition(WITH_SPARK, story))) < 1_048_576  # Step Functions' limit
    assert "arn:aws" not in story.text  # China's and GovCloud's are others
    assert max(map(len, story.text.splitlines())) <= 110
    assert max(len(path.read_text().splitlines()) for path in story.fragments) <= 150


def test_metric_definitions_are_the_metrics_that_training_prints() -> None:
    import numpy as np

    labels = np.array(["a", "b"])
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8]])
    printed = set(classification_metrics(labels, probabilities, labels))
    printed |= set(regression_metrics(np.array([1.0, 2.0]), np.array([1.0, 2.5])))
    assert set(METRICS) == printed


@every_shape
def test_no_choice_assigns_but_by_its_rules(shape: Shape) -> None:
    """AWS's manual and interpreters differ on when an Assign of the state itself is done."""
    found = shape.machine["States"].items()
    choices = {name: state for name, state in found if state["Type"] == "Choice"}
    assert [name for name, state in choices.items() if {"Assign", "Output"} & set(state)] == []
    assert all("Default" in state for state in choices.values())


@every_torn_down
def test_a_redrive_goes_on_from_a_state_that_is_named_as_such(shape: Shape) -> None:
    text, resuming = shape.story.text, shape.machine["States"]["Where to resume?"]
    written = set(re.findall(r"resume_at: ([A-Z][a-z ]+\??)", text))
    for either in re.findall(r"resume_at: .* \? '(.+?)' : '(.+?)'", text):
        written |= set(either)
    asked = {
        tuple(re.findall(r"\$resume_at = '(.+?)'", choice["Condition"])): choice["Next"]
        for choice in resuming["Choices"]
    }
    named = {names[0]: following for names, following in asked.items() if names}
    assert all(name == following for name, following in named.items())
    assert written == {*named, resuming["Default"]}
