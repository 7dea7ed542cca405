"""Executions that fail in a state, are redriven, and fail there again, until they may go on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.workflow.stories import TRAINING, Story
from lambdas.shared.names.legal import group_name
from localcloud.follow import follow
from localcloud.left_running import left_running
from localcloud.session import Session
from tests.end_to_end.notices import Notices, subscribe
from tests.faults.kinds import DENIED, SPARED, Plan
from tests.faults.laboratory import (
    ends_told,
    laboratory,
    merged,
    of_dataset,
    run_all,
    upload,
    wait_until_tidy,
)
from tests.faults.routes import ROUTES
from tests.faults.states import State, states

TIMES = 3
# A failure that leaves the workflow to end the run, and ends from outside.
KINDS = {
    "failure": {"kind": "error", "error": "States.TaskFailed", "cause": DENIED},
    "abort": {"kind": "abort"},
    "time-out": {"kind": "expire"},
}
# Ends that the workflow has told of when the janitor hears of them, and tells, too.
_TOLD_BEFORE = {"Notify people": TIMES, "Failed": 1}


@dataclass(frozen=True)
class Cell:
    """One task that fails on the first try and all redrives but the last."""

    state: State
    kind: str

    def plan(self, dataset: str) -> Plan:
        """Return what the local cloud is told."""
        fault = {"state": self.state.name, "execution": f"{dataset}-*"}
        return {"tasks": [fault | KINDS[self.kind] | {"redrives": list(range(TIMES))}]}


def cells(story: Story = TRAINING) -> list[Cell]:
    """Return every task with each kind that it can have."""
    return [
        Cell(state, kind)
        for state in states(story)
        for kind in KINDS
        if state.is_task and _applies(kind, state)
    ]


def _applies(kind: str, state: State) -> bool:
    """Leave out failures that end no run, and time-outs where nothing takes long."""
    if kind == "failure":
        return state.name not in SPARED
    return kind == "abort" or state.waits_for_job


@dataclass
class Outcome:
    """What came of a cell: each end in turn, and what is there afterwards.

    Parameters
    ----------
    made
        What there is afterwards: how many versions, or the predictions.
    """

    ends: list[tuple[str, str | None]] = field(default_factory=list)
    redrive_count: int = 0
    made: Any = None
    left: Sequence[str] = ()
    notices: int = 0
    execution: str = ""


def run_cells(
    wanted: Sequence[Cell], routes: dict[str, str], folder: Path, assembly: Path
) -> dict[Cell, Outcome]:
    """Run cells, a few at once, and redrive each until it succeeds, at most so many times."""
    datasets = {cell: f"r{number:03}" for number, cell in enumerate(wanted)}
    plans = [cell.plan(datasets[cell]) for cell in wanted]
    plans += [ROUTES[routes[cell.state.parent]].plan(datasets[cell], TIMES + 1) for cell in wanted]
    with laboratory(folder, merged(plans), assembly) as current:
        notices = subscribe(current)

        def begin(cell: Cell) -> str:
            route = routes[cell.state.parent]
            return str(upload(current, datasets[cell], route, folder)["execution_arn"])

        def versions(dataset: str, _execution: str) -> int:
            return _versions(current, dataset)

        return redriven(current, datasets, begin, versions, notices)


def redriven(
    current: Session,
    datasets: Mapping[Cell, str],
    begin: Callable[[Cell], str],
    made: Callable[[str, str], Any],
    notices: Notices,
) -> dict[Cell, Outcome]:
    """Begin an execution for each cell, and redrive it.

    Parameters
    ----------
    begin
        Runs a cell's upload to its first end; returns the execution's ARN.
    made
        What an execution has made, by dataset and name.
    """

    def one(cell: Cell) -> Outcome:
        try:
            outcome = _redriven(current, datasets[cell], begin(cell))
        except Exception as error:  # noqa: BLE001 (the other cells' outcomes would be lost)
            return Outcome([(repr(error), None)], execution="none")
        outcome.made = made(datasets[cell], outcome.execution)
        return outcome

    outcomes = dict(zip(datasets, run_all(one, list(datasets)), strict=True))
    _count(outcomes, notices)
    return outcomes


def _redriven(current: Session, dataset: str, arn: str) -> Outcome:
    client, outcome = current.cloud.client("stepfunctions"), Outcome()
    while True:
        wait_until_tidy(current, dataset)
        described = client.describe_execution(executionArn=arn)
        outcome.ends.append((described["status"], described.get("error")))
        outcome.redrive_count = described["redriveCount"]
        if described["status"] == "SUCCEEDED" or outcome.redrive_count == TIMES:
            break
        client.redrive_execution(executionArn=arn)
        follow(current.cloud, arn)
    outcome.execution = described["name"]
    outcome.left = of_dataset(dataset, left_running(current.cloud))
    return outcome


def _versions(current: Session, dataset: str) -> int:
    client = current.cloud.client("sagemaker")
    group = group_name(current.outputs["BucketName"], dataset)
    found = client.list_model_package_groups(NameContains=group)["ModelPackageGroupSummaryList"]
    if not found:
        return 0
    packages = client.list_model_packages(ModelPackageGroupName=group)
    return len(packages["ModelPackageSummaryList"])


def check_redrives(cell: Cell, outcome: Outcome, permanent: str | None) -> None:
    """Assert that each try ended, was told, and left nothing; and that the last succeeded.

    Parameters
    ----------
    permanent
        The error on the way to the state that no redrive mends.
    """
    *before, (status, error) = outcome.ends
    assert all(end != "SUCCEEDED" for end, _ in before)
    assert outcome.left == []
    assert (status, error) == (("FAILED", permanent) if permanent else ("SUCCEEDED", None)), outcome
    assert outcome.redrive_count == TIMES, outcome
    told_before = _TOLD_BEFORE.get(cell.state.name, 0)
    assert outcome.notices == len(outcome.ends) + told_before, outcome


def _count(outcomes: dict[Cell, Outcome], notices: Notices) -> None:
    told = ends_told(notices)
    for outcome in outcomes.values():
        outcome.notices = sum(outcome.execution in message for message in told)
