"""Cells of the machine that predicts, each of a dataset with a champion of its own.

One model is trained; the datasets' champions are registered as copies of it, so that a fault can be
planned by a dataset's name.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from lambdas.shared.names.legal import group_name
from localcloud.predicted import predict_file
from localcloud.run import Upload, run_file
from localcloud.session import Session
from tests.end_to_end.notices import subscribe
from tests.faults import redrives
from tests.faults.kinds import CAPACITY, Plan
from tests.faults.laboratory import HOLDERS, all_busy, laboratory, merged, run_all
from tests.faults.matrix import Cell, Outcome, look_after, outcome_of
from tests.faults.routes import ROUTES
from tests.faults.states import State

# What a state needs that is not on a plain way.
_SCARCE, _QUEUED, _REFUSED = "Wait for transform capacity", "Wait in queue", "Failed"
_SOURCE = "source"


@contextmanager
def _predicting(
    folder: Path, plans: Sequence[Plan], assembly: Path, datasets: Sequence[str]
) -> Iterator[Session]:
    """Begin a laboratory in which each dataset has a champion."""
    with laboratory(folder, merged(plans), assembly) as current:
        _register_champions(current, folder, [*datasets, *HOLDERS])
        yield current


def _predict(current: Session, state: State, dataset: str, folder: Path) -> dict[str, Any]:
    """Upload rows with which a state is reached."""
    route = "refused" if state.name == _REFUSED else "trained"
    return predict_file(current.cloud, current.outputs, _rows(dataset, route, folder))


def run_redrives(
    wanted: Sequence[redrives.Cell], _routes: dict[str, str], folder: Path, assembly: Path
) -> dict[redrives.Cell, redrives.Outcome]:
    """Run cells, a few at once, and redrive each until it succeeds, at most so many times."""
    datasets = {cell: f"p{number:03}" for number, cell in enumerate(wanted)}
    plans = [cell.plan(datasets[cell]) for cell in wanted]
    with _predicting(folder, plans, assembly, list(datasets.values())) as current:
        notices = subscribe(current)

        def begin(cell: redrives.Cell) -> str:
            result = _predict(current, cell.state, datasets[cell], folder)
            return str(result["execution_arn"])

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
    wanted: Sequence[Cell], _routes: dict[str, str], folder: Path, assembly: Path
) -> dict[Cell, Outcome]:
    """Run cells, a few at once, then let the janitor look once."""
    datasets = {cell: f"p{number:03}" for number, cell in enumerate(wanted)}
    plans = [cell.fault.plan(cell.state, datasets[cell]) for cell in wanted]
    plans += [_scarce(datasets[cell]) for cell in wanted if cell.state.name == _SCARCE]
    with _predicting(folder, plans, assembly, list(datasets.values())) as current:
        notices = subscribe(current)

        def one(cell: Cell) -> Outcome:
            try:
                result = _predict(current, cell.state, datasets[cell], folder)
                return outcome_of(current, cell, datasets[cell], result)
            except Exception as error:  # noqa: BLE001 (the other cells' outcomes would be lost)
                return Outcome(repr(error), None, "none", [])

        queued = [cell for cell in wanted if cell.state.name == _QUEUED]
        others = [cell for cell in wanted if cell not in queued]
        outcomes = dict(zip(others, run_all(one, others), strict=True))
        if queued:
            with all_busy(current, folder, _rows):
                outcomes |= dict(zip(queued, run_all(one, queued), strict=True))
        look_after(current, outcomes, datasets, notices)
    return outcomes


def _scarce(dataset: str) -> Plan:
    job = {"resource": "transform-job", "name": f"molino-{dataset}-*", "outcome": "Failed"}
    return {"resources": [job | {"reason": CAPACITY, "nth": [1]}]}


def _rows(dataset: str, route: str, folder: Path) -> Upload:
    """Write rows to predict; those that are refused lack the model's columns."""
    path = folder / f"{dataset}.csv"
    path.write_text("c\n1\n" if route == "refused" else "a,b\n1,2\n3,1\n")
    return Upload(path, dataset, is_predicted=True)


def _register_champions(current: Session, folder: Path, datasets: Sequence[str]) -> None:
    path = folder / f"{_SOURCE}.csv"
    path.write_text(ROUTES["trained"].content)
    upload = Upload(path, _SOURCE, ROUTES["trained"].settings | {"gate_approval": "automatic"})
    trained = run_file(current.cloud, current.outputs, replace(upload, is_predicted=False))
    assert trained["status"] == "SUCCEEDED", trained["message"]
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
