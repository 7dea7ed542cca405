"""Cells of the matrix, run through one local cloud with all their faults planned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.workflow.stories import TRAINING, Story
from localcloud.left_running import left_running
from localcloud.session import Session
from tests.end_to_end.notices import Notices, subscribe
from tests.faults.kinds import FAULTS, Fault
from tests.faults.laboratory import (
    all_busy,
    ends_told,
    janitor,
    laboratory,
    merged,
    of_dataset,
    run_all,
    upload,
    wait_until_tidy,
)
from tests.faults.routes import ROUTES
from tests.faults.states import State, states


@dataclass(frozen=True)
class Cell:
    """One state with one kind of fault."""

    state: State
    kind: str

    @property
    def fault(self) -> Fault:
        """The kind of fault."""
        return FAULTS[self.kind]


def cells(story: Story = TRAINING) -> list[Cell]:
    """Return every cell that can be: what no state of a service can have is left out."""
    return [
        Cell(state, kind)
        for state in states(story)
        for kind, fault in FAULTS.items()
        if fault.applies(state)
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


def routes_by_state(folder: Path, assembly: Path) -> dict[str, str]:
    """Return for each state the first route that enters it, found by running each once."""
    found: dict[str, str] = {}
    plan = merged([ROUTES[route].plan(f"v{number}") for number, route in enumerate(ROUTES)])
    with laboratory(folder, plan, assembly) as current:
        routes = [route for route in ROUTES if not ROUTES[route].waits]

        def entered(route: str) -> list[str]:
            return entered_states(
                current, upload(current, f"v{list(ROUTES).index(route)}", route, folder)
            )

        for route, names in zip(routes, run_all(entered, routes), strict=True):
            for name in names:
                found.setdefault(name, route)
    # Its execution is ahead of none, so that it would wait for ever.
    return found | {"Wait in queue": "waiting"}


def entered_states(current: Session, result: dict[str, str]) -> list[str]:
    """Return the names of the states that an execution entered, in order."""
    pages = (
        current.cloud.client("stepfunctions")
        .get_paginator("get_execution_history")
        .paginate(executionArn=result["execution_arn"])
    )
    return [
        event["stateEnteredEventDetails"]["name"]
        for page in pages
        for event in page["events"]
        if "stateEnteredEventDetails" in event
    ]


def run_cells(
    wanted: Sequence[Cell], routes: dict[str, str], folder: Path, assembly: Path
) -> dict[Cell, Outcome]:
    """Run cells, a few at once, then let the janitor look once."""
    datasets = {cell: f"c{number:03}" for number, cell in enumerate(wanted)}
    route_of = {cell: routes[cell.state.parent] for cell in wanted}
    plans = [cell.fault.plan(cell.state, datasets[cell]) for cell in wanted]
    plans += [ROUTES[route_of[cell]].plan(datasets[cell]) for cell in wanted]
    waiting = [cell for cell in wanted if ROUTES[route_of[cell]].waits]
    others = [cell for cell in wanted if cell not in waiting]
    with laboratory(folder, merged(plans), assembly) as current:
        notices = subscribe(current)

        def one(cell: Cell) -> Outcome:
            settings = cell.fault.settings
            try:
                result = upload(current, datasets[cell], route_of[cell], folder, **settings)
                return outcome_of(current, cell, datasets[cell], result)
            except Exception as error:  # noqa: BLE001 (the other cells' outcomes would be lost)
                return Outcome(repr(error), None, "none", [])

        outcomes = dict(zip(others, run_all(one, others), strict=True))
        if waiting:
            with all_busy(current, folder):
                outcomes |= dict(zip(waiting, run_all(one, waiting), strict=True))
        look_after(current, outcomes, datasets, notices)
    return outcomes


def look_after(
    current: Session,
    outcomes: Mapping[Cell, Outcome],
    datasets: Mapping[Cell, str],
    notices: Notices,
) -> None:
    """Let the janitor look once; note what is left then, and how often each end was told."""
    janitor(current)
    left = left_running(current.cloud)
    told = ends_told(notices)
    for cell, outcome in outcomes.items():
        outcome.left_after_janitor = of_dataset(datasets[cell], left)
        outcome.notices = sum(outcome.execution in message for message in told)


def outcome_of(current: Session, cell: Cell, dataset: str, result: dict[str, Any]) -> Outcome:
    """Return what came of a cell right after its run."""
    if cell.fault.end:
        wait_until_tidy(current, dataset)
    described = current.cloud.client("stepfunctions").describe_execution(
        executionArn=result["execution_arn"]
    )
    return Outcome(
        status=described["status"],
        error=result["error"],
        execution=described["name"],
        left=of_dataset(dataset, result["left_running"]),
    )
