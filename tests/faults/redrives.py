"""Executions that fail in a state, are redriven, and fail there again, until they may go on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lambdas.shared.names.legal import group_name
from localcloud.follow import follow
from localcloud.left_running import left_running
from localcloud.session import Session
from tests.end_to_end.notices import Notices, subscribe
from tests.faults.kinds import DENIED, Plan
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
# A failure that leaves the workflow to end the run, and an end from outside.
KINDS = {
    "failure": {"kind": "error", "error": "States.TaskFailed", "cause": DENIED},
    "abort": {"kind": "abort"},
}
_ALWAYS_CAUGHT = ("Notify people", "Notify programs")  # a failure there ends no run


@dataclass(frozen=True)
class Cell:
    """One task that fails on the first try and all redrives but the last."""

    state: State
    kind: str

    def plan(self, dataset: str) -> Plan:
        """Return what the local cloud is told."""
        fault = {"state": self.state.name, "execution": f"{dataset}-*"}
        return {"tasks": [fault | KINDS[self.kind] | {"redrives": list(range(TIMES))}]}


def cells() -> list[Cell]:
    """Return every task with both kinds, but for failures that end no run."""
    return [
        Cell(state, kind)
        for state in states()
        for kind in KINDS
        if state.is_task and not (kind == "failure" and state.name in _ALWAYS_CAUGHT)
    ]


@dataclass
class Outcome:
    """What came of a cell: each end in turn, and what is there afterwards.

    Parameters
    ----------
    versions
        Of the dataset in the model registry.
    """

    ends: list[tuple[str, str | None]] = field(default_factory=list)
    redrive_count: int = 0
    versions: int = 0
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

        def one(cell: Cell) -> Outcome:
            try:
                return _redriven(current, datasets[cell], routes[cell.state.parent], folder)
            except Exception as error:  # noqa: BLE001 (the other cells' outcomes would be lost)
                return Outcome([(repr(error), None)], execution="none")

        outcomes = dict(zip(wanted, run_all(one, wanted), strict=True))
        _count(outcomes, notices)
    return outcomes


def _redriven(current: Session, dataset: str, route: str, folder: Path) -> Outcome:
    client = current.cloud.client("stepfunctions")
    result = upload(current, dataset, route, folder)
    arn, outcome = result["execution_arn"], Outcome()
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
    outcome.versions = _versions(current, dataset)
    return outcome


def _versions(current: Session, dataset: str) -> int:
    client = current.cloud.client("sagemaker")
    group = group_name(current.outputs["BucketName"], dataset)
    found = client.list_model_package_groups(NameContains=group)["ModelPackageGroupSummaryList"]
    if not found:
        return 0
    packages = client.list_model_packages(ModelPackageGroupName=group)
    return len(packages["ModelPackageSummaryList"])


def _count(outcomes: dict[Cell, Outcome], notices: Notices) -> None:
    told = ends_told(notices)
    for outcome in outcomes.values():
        outcome.notices = sum(outcome.execution in message for message in told)
