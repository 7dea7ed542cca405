"""Cells of the matrix, run through one local cloud with all their faults planned."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.settings import Settings
from infra.synth import synthesize
from infra.workflow import definition
from localcloud import cloud as clouds
from localcloud.deploy import deploy
from localcloud.left_running import left_running
from localcloud.run import Upload, run_file
from localcloud.session import STACK, Session
from tests.end_to_end.functions import invoke
from tests.end_to_end.notices import Notices, subscribe
from tests.faults.kinds import FAULTS, Fault, Task

_AT_ONCE = 3
_DELETE_SECONDS = 60
# Waits of minutes become seconds; an endpoint still has its 18 s to come up.
_OPTIONS = {"SFN_WAIT_SCALE": "0.01"}
_ROWS = "".join(f"{i % 7},{i % 3},{'yes' if i % 2 else 'no'}\n" for i in range(60))
GOOD, BAD = "a,b,target\n" + _ROWS, "a,b,target\n" + _ROWS.replace("yes", "no")
LEARNABLE = "a,b,target\n" + "".join(
    f"{i % 7},{i % 3},{'yes' if i % 7 > 3 else 'no'}\n" for i in range(60)
)
# Uploads that between them reach every task: content and settings.
ROUTES: dict[str, tuple[str, dict[str, str]]] = {
    "trained": (GOOD, {"n_estimators": "10"}),
    "tuned": (GOOD, {"n_estimators": "10", "tune": "2"}),
    "kept": (LEARNABLE, {"n_estimators": "10", "keep": "true"}),
    "asked": (LEARNABLE, {"n_estimators": "10", "gate_approval": "manual"}),
    "refused": (BAD, {}),
}


def tasks() -> list[Task]:
    """Return every task of the definition as it is."""
    states = definition(Settings())["States"]
    return [
        Task(name, state["Resource"]) for name, state in states.items() if state["Type"] == "Task"
    ]


@dataclass(frozen=True)
class Cell:
    """One task with one kind of fault."""

    task: Task
    kind: str

    @property
    def fault(self) -> Fault:
        """The kind of fault."""
        return FAULTS[self.kind]


def cells() -> list[Cell]:
    """Return every cell that can be: what no task of a service can have is left out."""
    return [
        Cell(task, kind)
        for task in tasks()
        for kind, fault in FAULTS.items()
        if fault.applies(task)
    ]


@dataclass
class Outcome:
    """What came of a cell; ``left`` right after the run, ``left_after_janitor`` at the end."""

    status: str
    error: str | None
    execution: str
    left: list[str]
    notices: int = 0
    left_after_janitor: Sequence[str] = ()


def routes_by_state(folder: Path) -> dict[str, str]:
    """Return for each state the first route that enters it, found by running each once."""
    found: dict[str, str] = {}
    with _cloud(folder, {}) as current:
        states = current.cloud.client("stepfunctions")
        for route in ROUTES:
            result = _upload(current, f"route-{route}", route, folder)
            pages = states.get_paginator("get_execution_history").paginate(
                executionArn=result["execution_arn"]
            )
            for event in (event for page in pages for event in page["events"]):
                if "stateEnteredEventDetails" in event:
                    found.setdefault(event["stateEnteredEventDetails"]["name"], route)
    return found


def run_cells(wanted: Sequence[Cell], routes: dict[str, str], folder: Path) -> dict[Cell, Outcome]:
    """Run cells, a few at once, then let the janitor look once."""
    plan: dict[str, list[dict[str, Any]]] = {"tasks": [], "resources": []}
    for number, cell in enumerate(wanted):
        for part, entries in cell.fault.plan(cell.task, f"{_dataset(number)}-*").items():
            plan[part] += entries
    with _cloud(folder, plan) as current:
        notices = subscribe(current)

        def one(number: int) -> Outcome:
            route = routes[wanted[number].task.name]
            return _outcome(current, number, _upload(current, _dataset(number), route, folder))

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            outcomes = list(pool.map(one, range(len(wanted))))
        _janitor(current)
        left = left_running(current.cloud)
        told = _drain(notices)
    for number, outcome in enumerate(outcomes):
        outcome.left_after_janitor = _of(_dataset(number), left)
        outcome.notices = sum(outcome.execution in message for message in told)
    return dict(zip(wanted, outcomes, strict=True))


def _dataset(number: int) -> str:
    return f"cell-{number:03}"


@contextmanager
def _cloud(folder: Path, plan: dict[str, Any]) -> Iterator[Session]:
    path = folder / "faults.json"
    path.write_text(json.dumps(plan))
    options = _OPTIONS | {"LOCALCLOUD_FAULTS": str(path)}
    with clouds.temporary(folder / "cloud", options=options) as cloud:
        current = Session(cloud, deploy(cloud, synthesize(), STACK))
        with _answering(current):
            yield current


@contextmanager
def _answering(current: Session) -> Iterator[None]:
    """Approve whatever a person is asked to."""
    notices, over = subscribe(current, "person"), threading.Event()

    def answer() -> None:
        while not over.is_set():
            for notice in notices.receive():
                *_, option, token = notice["Message"].split(" ")
                if option == "--task-token":
                    current.cloud.client("stepfunctions").send_task_success(
                        taskToken=token, output='{"approved": true}'
                    )

    person = threading.Thread(target=answer, daemon=True)
    person.start()
    try:
        yield
    finally:
        over.set()
        person.join()


def _upload(current: Session, dataset: str, route: str, folder: Path) -> dict[str, Any]:
    content, settings = ROUTES[route]
    path = folder / f"{dataset}.csv"
    path.write_text(content)
    return run_file(current.cloud, current.outputs, Upload(path, dataset, settings))


def _outcome(current: Session, number: int, result: dict[str, Any]) -> Outcome:
    arn = result["execution_arn"]
    described = current.cloud.client("stepfunctions").describe_execution(executionArn=arn)
    return Outcome(
        status=described["status"],
        error=result["error"],
        execution=described["name"],
        left=_of(_dataset(number), result["left_running"]),
    )


def _of(dataset: str, arns: Sequence[str]) -> list[str]:
    return [arn.rsplit(":", 1)[-1] for arn in arns if f"/molino-{dataset}-" in arn]


def _janitor(current: Session) -> None:
    invoke(current, "janitor", older_than_minutes=0)
    # SageMaker answers a delete before it is done.
    sagemaker = current.cloud.client("sagemaker")
    deadline = time.monotonic() + _DELETE_SECONDS
    while sagemaker.list_endpoints(StatusEquals="Deleting")["Endpoints"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _drain(notices: Notices) -> list[str]:
    told: list[str] = []
    while batch := notices.receive():
        told += [notice["Message"] for notice in batch]
    return told
