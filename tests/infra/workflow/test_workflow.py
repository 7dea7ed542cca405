"""The state machine's shape: nothing can fail without teardown, and nothing can hang."""

import json
import re
from itertools import accumulate
from typing import Any

import pytest

from infra.settings import Settings
from infra.workflow.state_machine import DEFINITION, JOB_WAIT, METRICS, STATES, definition
from tests.infra.workflow.definition import deployed, tasks
from training.fit.metrics import classification_metrics, regression_metrics

MACHINE = deployed()
TASKS = dict(tasks(MACHINE))
MAPPED = {
    name: outer
    for outer, state in MACHINE["States"].items()
    if state["Type"] == "Map"
    for name in state["ItemProcessor"]["States"]
}
AFTER_TEARDOWN = {
    "Write report": "Notify people",
    "Notify people": "Notify programs",
    "Notify programs": "Did the run succeed?",
    "Delete endpoint and jobs": "What comes next?",
}
# Nothing of the execution runs there any more: their failures are told at once.
NOTHING_RUNS = {"Decide on promotion", "Ask for approval", "Record approval", "Serve champion"}
LAST = "Failed"  # fails the execution on purpose


def catcher(name: str) -> dict[str, Any]:
    """The state that catches a task's failure: a Map does for its items."""
    found: dict[str, Any] = MACHINE["States"][MAPPED.get(name, name)]
    return found


@pytest.mark.parametrize("name", TASKS)
def test_every_task_is_limited_retried_and_caught(name: str) -> None:
    state = TASKS[name]
    assert isinstance(state["TimeoutSeconds"], int)
    assert state["Retry"]
    if name != LAST:
        assert catcher(name)["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    assert state["Resource"].startswith("arn:aws:states:::")


@pytest.mark.parametrize(
    "name", [name for name, task in TASKS.items() if ":lambda:" in task["Resource"]]
)
def test_every_function_is_told_the_execution_for_its_log(name: str) -> None:
    payload = TASKS[name]["Arguments"]["Payload"]
    if name == "Write report":
        payload = {f"execution_{key}": value for key, value in payload["execution"].items()}
    if isinstance(payload, str):
        assert "'execution_name': $states.context.Execution.Name" in payload
    else:
        assert payload["execution_name"] == "{% $states.context.Execution.Name %}"


@pytest.mark.parametrize("name", sorted(set(TASKS) - {*AFTER_TEARDOWN, *NOTHING_RUNS, LAST}))
def test_every_failure_before_teardown_is_kept_and_leads_there(name: str) -> None:
    last = catcher(name)["Catch"][-1]
    assert last["Assign"]["failure"] == "{% $states.errorOutput %}"
    following = MACHINE["States"][last["Next"]]
    assert (
        last["Next"] == "Delete endpoint and jobs"
        or following["Default"] == "Delete endpoint and jobs"
    )


@pytest.mark.parametrize("name", sorted(NOTHING_RUNS))
def test_a_failure_where_nothing_runs_is_kept_and_told(name: str) -> None:
    last = TASKS[name]["Catch"][-1]
    assert last["Assign"]["failure"] == "{% $states.errorOutput %}"
    assert last["Next"] == "Write report"


@pytest.mark.parametrize(("name", "following"), AFTER_TEARDOWN.items())
def test_a_failure_after_teardown_never_skips_the_notice(name: str, following: str) -> None:
    assert TASKS[name]["Catch"][-1]["Next"] == following
    assert TASKS[name]["Next"] == following


def test_every_state_is_reached_and_every_next_exists() -> None:
    named = {MACHINE["StartAt"]}
    for state in MACHINE["States"].values():
        for part in (state, *state.get("Catch", []), *state.get("Choices", [])):
            named |= {part[key] for key in ("Next", "Default") if key in part}
    assert named == set(MACHINE["States"])


def test_the_execution_outlasts_its_states() -> None:
    settings = Settings(training_wait_limit_seconds=7200)
    machine = definition(settings)
    others = (
        sum(state["TimeoutSeconds"] for _, state in tasks(machine))
        + 3 * settings.endpoint_wait_limit_seconds  # candidate, champion, serving endpoint
        + _teardown_seconds(machine)
    )
    assert machine["TimeoutSeconds"] > 2 * 7200 + others  # training and tuning


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


def test_teardown_is_retried_as_long_as_an_endpoint_may_take() -> None:
    assert _teardown_seconds(MACHINE) >= 20 * 60


def _teardown_seconds(machine: dict[str, Any]) -> float:
    retry = machine["States"]["Delete endpoint and jobs"]["Retry"][0]
    assert retry["ErrorEquals"] == ["TeardownIncomplete"]
    factors = accumulate(
        [retry["BackoffRate"]] * (retry["MaxAttempts"] - 1), float.__mul__, initial=1.0
    )
    return sum(min(retry["IntervalSeconds"] * f, retry["MaxDelaySeconds"]) for f in factors)


@pytest.mark.parametrize("name", TASKS)
def test_retries_back_off_and_end(name: str) -> None:
    for retry in TASKS[name]["Retry"]:
        assert retry["BackoffRate"] > 1
        assert 1 <= retry["MaxAttempts"] <= 30
        # Together, retries must not meet the next limit in step; one Teardown has none to meet.
        assert retry.get("JitterStrategy") == "FULL" or retry["ErrorEquals"] == [
            "TeardownIncomplete"
        ]


def test_names_that_step_functions_gives_throttling_and_quota_are_retried() -> None:
    for name, state in TASKS.items():
        if "sagemaker" not in state["Resource"]:
            continue
        retried = {error for retry in state["Retry"] for error in retry["ErrorEquals"]}
        # What needs instances is tried again on others, by the choice that its failure leads to.
        following = MACHINE["States"][catcher(name)["Catch"][-1]["Next"]]
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


def test_the_definition_fits_cloudformation_and_a_reader() -> None:
    assert len(json.dumps(definition(Settings()))) < 1_048_576  # Step Functions' limit
    assert "arn:aws" not in DEFINITION  # China's and GovCloud's are others
    assert max(map(len, DEFINITION.splitlines())) <= 110
    assert max(len(path.read_text().splitlines()) for path in STATES.iterdir()) <= 150


def test_metric_definitions_are_the_metrics_that_training_prints() -> None:
    import numpy as np

    labels = np.array(["a", "b"])
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8]])
    printed = set(classification_metrics(labels, probabilities, labels))
    printed |= set(regression_metrics(np.array([1.0, 2.0]), np.array([1.0, 2.5])))
    assert set(METRICS) == printed


def test_no_choice_assigns_but_by_its_rules() -> None:
    """AWS's manual and interpreters differ on when an Assign of the state itself is done."""
    choices = {
        name: state for name, state in MACHINE["States"].items() if state["Type"] == "Choice"
    }
    assert [name for name, state in choices.items() if {"Assign", "Output"} & set(state)] == []
    assert all("Default" in state for state in choices.values())


def test_a_redrive_goes_on_from_a_state_that_is_named_as_such() -> None:
    written = set(re.findall(r"resume_at: ([A-Z][a-z ]+)", DEFINITION))
    written |= set(re.findall(r"resume_at: .* \? '(.+?)' : '(.+?)'", DEFINITION)[0])
    asked = {
        tuple(re.findall(r"\$resume_at = '(.+?)'", choice["Condition"])): choice["Next"]
        for choice in MACHINE["States"]["Where to resume?"]["Choices"]
    }
    named = {names[0]: following for names, following in asked.items() if names}
    assert all(name == following for name, following in named.items())
    assert written == {*named, MACHINE["States"]["Where to resume?"]["Default"]}
