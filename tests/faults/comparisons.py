"""Cells of the machine that compares, each of a dataset that has predictions of its own."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localcloud.compared import compare_file
from localcloud.run import Upload
from localcloud.session import Session
from tests.end_to_end.happened import TRUTHS, as_csv, store_predictions
from tests.end_to_end.notices import subscribe
from tests.faults import redrives
from tests.faults.kinds import Plan
from tests.faults.laboratory import laboratory, run_all
from tests.faults.matrix import Cell, Outcome, entered_states, look_after, outcome_of

ROUTES = {"compared": as_csv(TRUTHS), "refused": "key,x\nk1,1\n"}


@contextmanager
def _comparing(
    folder: Path, plans: Sequence[Plan], assembly: Path, datasets: Sequence[str]
) -> Iterator[Session]:
    tasks = [task for plan in plans for task in plan.get("tasks", [])]
    with laboratory(folder, {"calls": [], "resources": [], "tasks": tasks}, assembly) as current:
        for dataset in datasets:
            store_predictions(current, dataset)
        yield current


def _upload(dataset: str, route: str, folder: Path) -> Upload:
    path = folder / f"{dataset}-actuals.csv"
    path.write_text(ROUTES[route])
    return Upload(path, dataset, {}, is_compared=True)


def _route(state: str) -> str:
    return "refused" if state == "Failed" else "compared"


def run_cells(wanted: Sequence[Cell], folder: Path, assembly: Path) -> dict[Cell, Outcome]:
    """Run cells, a few at once, then let the janitor look once."""
    datasets = {cell: f"a{number:03}" for number, cell in enumerate(wanted)}
    plans = [cell.fault.plan(cell.state, datasets[cell]) for cell in wanted]
    with _comparing(folder, plans, assembly, list(datasets.values())) as current:
        notices = subscribe(current)

        def one(cell: Cell) -> Outcome:
            dataset = datasets[cell]
            try:
                upload = _upload(dataset, _route(cell.state.name), folder)
                result = compare_file(current.cloud, current.outputs, upload)
                return outcome_of(current, cell, dataset, result)
            except Exception as error:  # noqa: BLE001 (the other cells' outcomes would be lost)
                return Outcome(repr(error), None, "none", [])

        outcomes = dict(zip(wanted, run_all(one, wanted), strict=True))
        look_after(current, outcomes, datasets, notices)
    return outcomes


def run_redrives(
    wanted: Sequence[redrives.Cell], folder: Path, assembly: Path
) -> Mapping[redrives.Cell, redrives.Outcome]:
    """Run cells, a few at once, and redrive each until it succeeds, at most so many times."""
    datasets = {cell: f"a{number:03}" for number, cell in enumerate(wanted)}
    plans = [cell.plan(datasets[cell]) for cell in wanted]
    with _comparing(folder, plans, assembly, list(datasets.values())) as current:
        notices = subscribe(current)

        def begin(cell: redrives.Cell) -> str:
            upload = _upload(datasets[cell], _route(cell.state.name), folder)
            return str(compare_file(current.cloud, current.outputs, upload)["execution_arn"])

        def made(dataset: str, execution: str) -> Any:
            key = f"reports/{dataset}/{execution}/quality.json"
            client = current.cloud.client("s3")
            try:
                found = client.get_object(Bucket=current.outputs["BucketName"], Key=key)
            except client.exceptions.NoSuchKey:
                return None
            return json.load(found["Body"])["periods"]

        return redrives.redriven(current, datasets, begin, made, notices)


def entered(folder: Path, assembly: Path) -> set[str]:
    """Return all states that the routes enter."""
    datasets = {f"w{number}": route for number, route in enumerate(ROUTES)}
    with _comparing(folder, [], assembly, list(datasets)) as current:
        results = [
            compare_file(current.cloud, current.outputs, _upload(dataset, route, folder))
            for dataset, route in datasets.items()
        ]
        return {name for result in results for name in entered_states(current, result)}
