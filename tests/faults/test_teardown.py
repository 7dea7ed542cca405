"""What cannot be deleted at once: it is tried again, told, and found by the janitor."""

from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.left_running import left_running
from localcloud.session import Session
from tests.end_to_end.functions import invoke
from tests.end_to_end.notices import Notices, subscribe
from tests.end_to_end.upgrade import synthesize_with
from tests.faults.kinds import DENIED
from tests.faults.laboratory import laboratory, of_dataset, run_all, upload

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]
_ATTEMPTS = 25  # of Teardown, with its retries
_CHECKS = 4  # of an endpoint that is being created, before it is given up
# Teardown's 21 minutes of retries become a minute: however slow the machine, what came up after the
# second of them has most of it for its process to start. Looks are counted instead of seconds, as
# on a busy machine seconds would say nothing of what the workflow has done meanwhile.
_WAIT_SCALE = 0.05
_REFUSED = {"operation": "DeleteModel", "code": "ConflictException", "name": "molino-stays-*"}
PLAN: dict[str, list[dict[str, Any]]] = {
    # The janitor's first look is refused, too.
    "calls": [_REFUSED | {"nth": list(range(1, _ATTEMPTS + 2))}],
    "resources": [
        {"resource": "endpoint", "name": "molino-late-*", "outcome": "stuck", "looks": _CHECKS + 2},
        {"resource": "endpoint", "name": "molino-later-*", "outcome": "stuck"}
        | {"looks": _CHECKS + _ATTEMPTS + 1},
    ],
    # It has a model by then, and no endpoint that could keep it in use.
    "tasks": [
        {"state": "Create endpoint configuration", "execution": "stays-*", "kind": "error"}
        | {"error": "States.TaskFailed", "cause": DENIED}
    ],
}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("teardown")
    assembly = synthesize_with(
        folder / "assembly", endpoint_wait_seconds=15, endpoint_wait_limit_seconds=15 * _CHECKS
    )
    with laboratory(folder, PLAN, assembly, _WAIT_SCALE) as current:
        yield current


@pytest.fixture(scope="module")
def results(session: Session, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder, datasets = tmp_path_factory.mktemp("uploads"), ("late", "later", "stays")
    notices = subscribe(session, "listener")
    found = dict(
        zip(
            datasets,
            run_all(lambda name: upload(session, name, "trained", folder), datasets),
            strict=True,
        )
    )
    told = []
    while batch := notices.receive():
        told += [notice["Message"] for notice in batch]
    for result in found.values():
        name = result["execution_arn"].rsplit(":", 1)[-1]
        (result["notice"],) = (message for message in told if name in message)
    return found


def test_an_endpoint_that_comes_up_too_late_is_deleted_then(results: dict[str, Any]) -> None:
    assert results["late"]["error"] == "EndpointTimeout"
    assert results["late"]["left_running"] == []


def test_an_endpoint_that_cannot_be_deleted_is_told(results: dict[str, Any]) -> None:
    result = results["later"]
    assert result["error"] == "EndpointTimeout"
    (endpoint,) = (name for name in result["left_running"] if ":endpoint/" in name)
    assert endpoint.rsplit("/", 1)[-1] in result["notice"]


def test_what_is_not_deleted_is_found_by_the_janitor(
    session: Session, results: dict[str, Any]
) -> None:
    result = results["stays"]
    assert result["error"] == "AccessDenied"  # what teardown could not do is told beside it
    (model,) = result["left_running"]
    name = model.rsplit("/", 1)[-1]
    assert name in result["notice"]

    # The endpoint that has not come up yet is in its way no more than in teardown's.
    notices = subscribe(session, "janitors")
    swept = invoke(session, "janitor", older_than_minutes=0)
    assert f"model {name}: ConflictException" in swept["remaining"]
    _told_as_there(notices, f"model {name}: ConflictException")

    invoke(session, "janitor", older_than_minutes=0)
    _told_as_there(notices, f"Deleted or stopped: model {name}.")
    assert of_dataset("stays", left_running(session.cloud)) == []


def test_what_comes_up_after_teardown_goes_with_the_next_look(
    session: Session, results: dict[str, Any]
) -> None:
    sagemaker = session.cloud.client("sagemaker")
    (endpoint,) = (arn for arn in results["later"]["left_running"] if ":endpoint/" in arn)
    name = endpoint.rsplit("/", 1)[-1]
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 300}
    )
    notices = subscribe(session, "later")
    invoke(session, "janitor", older_than_minutes=0)
    _told_as_there(notices, f"Deleted or stopped: endpoint {name}")
    sagemaker.get_waiter("endpoint_deleted").wait(
        EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 300}
    )
    assert of_dataset("later", left_running(session.cloud)) == []


def _told_as_there(notices: Notices, text: str) -> None:
    """Look at the janitor's own notice; the alarm's comes beside it (test_alarms.py)."""
    told = [
        notice["Message"]
        for notice in notices.receive()
        if notice["Subject"] == "Molino: leftovers were found"
    ]
    assert len(told) == 1
    assert text in told[0]
