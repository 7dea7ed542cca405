"""Cells of the machine that predicts, each of a dataset with a champion of its own.

One model is trained; the datasets' champions are registered as copies of it, so that a fault can be
planned by a dataset's name. Only where the champion serves is it the dataset's own.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lambdas.shared.names.legal import group_name
from localcloud.predicted import predict_file
from localcloud.run import Upload
from localcloud.session import Session
from tests.end_to_end.notices import subscribe
from tests.faults import redrives
from tests.faults.kinds import Plan
from tests.faults.laboratory import HOLDERS, all_busy, laboratory, merged, run_all, upload
from tests.faults.matrix import Cell, Outcome, entered_states, look_after, outcome_of
from tests.faults.routes import ROWS_ROUTES

_SOURCE = "source"
_JOBS_BEFORE = {"Run joining job": 1}  # which reads the rows
_MOST_JOBS = 20  # of one execution


@contextmanager
def _predicting(
    folder: Path, plans: Sequence[Plan], assembly: Path, routes: Mapping[str, str]
) -> Iterator[Session]:
    """Begin a laboratory in which each dataset has a champion.

    Parameters
    ----------
    routes
        How its rows go, by dataset.
    """
    plans = [*plans, *(ROWS_ROUTES[route].plan(dataset) for dataset, route in routes.items())]
    with laboratory(folder, merged(plans), assembly) as current:
        serving = [dataset for dataset, route in routes.items() if ROWS_ROUTES[route].serves]
        run_all(lambda dataset: _trained(current, dataset, "serving", folder), serving)
        _register_champions(current, folder, [*(routes.keys() - serving), *HOLDERS])
        yield current


def routes_by_state(folder: Path, assembly: Path) -> dict[str, str]:
    """Return for each state the first route that enters it, found by running each once."""
    found: dict[str, str] = {}
    routes = [name for name, route in ROWS_ROUTES.items() if not route.waits]
    datasets = {f"w{number}": name for number, name in enumerate(routes)}
    with _predicting(folder, [], assembly, datasets) as current:

        def entered(dataset: str) -> list[str]:
            rows = _rows(dataset, datasets[dataset], folder)
            return entered_states(current, predict_file(current.cloud, current.outputs, rows))

        for route, names in zip(routes, run_all(entered, list(datasets)), strict=True):
            for name in names:
                found.setdefault(name, route)
    return found | {"Wait in queue": "waiting"}


def run_redrives(
    wanted: Sequence[redrives.Cell], routes: Mapping[str, str], folder: Path, assembly: Path
) -> dict[redrives.Cell, redrives.Outcome]:
    """Run cells, a few at once, and redrive each until it succeeds, at most so many times."""
    datasets = {cell: f"p{number:03}" for number, cell in enumerate(wanted)}
    route_of = {datasets[cell]: routes[cell.state.name] for cell in wanted}
    plans = [cell.plan(datasets[cell]) for cell in wanted]
    with _predicting(folder, plans, assembly, route_of) as current:
        notices = subscribe(current)

        def begin(cell: redrives.Cell) -> str:
            rows = _rows(datasets[cell], route_of[datasets[cell]], folder)
            return str(predict_file(current.cloud, current.outputs, rows)["execution_arn"])

        def predictions(dataset: str, execution: str) -> str | None:
            key = f"predictions/{dataset}/{execution}/predictions.csv"
            client = current.cloud.client("s3")
            try:
                found = client.get_object(Bucket=current.outputs["BucketName"], Key=key)
            except client.exceptions.NoSuchKey:
                return None
            return str(found["Body"].read().decode())

        return redrives.redriven(current, datasets, begin, predictions, notices)


def run_cells(
    wanted: Sequence[Cell], routes: Mapping[str, str], folder: Path, assembly: Path
) -> dict[Cell, Outcome]:
    """Run cells, a few at once, then let the janitor look once."""
    datasets = {cell: f"p{number:03}" for number, cell in enumerate(wanted)}
    route_of = {datasets[cell]: routes[cell.state.name] for cell in wanted}
    plans = [_plan(cell, datasets[cell]) for cell in wanted]
    waiting = [cell for cell in wanted if ROWS_ROUTES[routes[cell.state.name]].waits]
    others = [cell for cell in wanted if cell not in waiting]
    with _predicting(folder, plans, assembly, route_of) as current:
        notices = subscribe(current)

        def one(cell: Cell) -> Outcome:
            dataset = datasets[cell]
            try:
                rows = _rows(dataset, route_of[dataset], folder)
                result = predict_file(current.cloud, current.outputs, rows)
                return outcome_of(current, cell, dataset, result)
            except Exception as error:  # noqa: BLE001 (the other cells' outcomes would be lost)
                return Outcome(repr(error), None, "none", [])

        outcomes = dict(zip(others, run_all(one, others), strict=True))
        if waiting:
            with all_busy(current, folder, lambda name, *_: _rows(name, "plain", folder)):
                outcomes |= dict(zip(waiting, run_all(one, waiting), strict=True))
        look_after(current, outcomes, datasets, notices)
    return outcomes


def _plan(cell: Cell, dataset: str) -> Plan:
    """Return a cell's faults; jobs of its kind that its way has before it are spared."""
    plan = cell.fault.plan(cell.state, dataset)
    before = _JOBS_BEFORE.get(cell.state.name, 0)
    if not before:
        return plan
    later = {"nth": list(range(before + 1, _MOST_JOBS))}
    return plan | {"resources": [each | later for each in plan.get("resources", [])]}


def _rows(dataset: str, route: str, folder: Path) -> Upload:
    path = folder / f"{dataset}-rows.csv"
    path.write_text(ROWS_ROUTES[route].content)
    return Upload(path, dataset, ROWS_ROUTES[route].settings, is_predicted=True)


def _trained(current: Session, dataset: str, route: str, folder: Path) -> dict[str, Any]:
    """Train a model that is its dataset's champion."""
    trained = upload(current, dataset, route, folder, gate_approval="automatic")
    assert trained["status"] == "SUCCEEDED", trained["message"]
    return trained


def _register_champions(current: Session, folder: Path, datasets: Sequence[str]) -> None:
    _trained(current, _SOURCE, "trained", folder)
    client, bucket = current.cloud.client("sagemaker"), current.outputs["BucketName"]
    (listed,) = client.list_model_packages(ModelPackageGroupName=group_name(bucket, _SOURCE))[
        "ModelPackageSummaryList"
    ]
    known = client.describe_model_package(ModelPackageName=listed["ModelPackageArn"])
    specification = known["InferenceSpecification"]
    copied = {
        name: specification[name]
        for name in ("SupportedContentTypes", "SupportedResponseMIMETypes")
    }
    containers = [
        {name: each[name] for name in ("Image", "ModelDataUrl")}
        for each in specification["Containers"]
    ]
    for dataset in datasets:
        group = group_name(bucket, dataset)
        client.create_model_package_group(ModelPackageGroupName=group)
        client.create_model_package(
            ModelPackageGroupName=group,
            ModelApprovalStatus="Approved",
            InferenceSpecification={"Containers": containers, **copied},
            CustomerMetadataProperties=known["CustomerMetadataProperties"],
        )
