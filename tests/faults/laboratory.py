"""A local cloud with all faults planned, in which many uploads run a few at a time."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from localcloud.left_running import left_running
from localcloud.run import Upload, run_file, start
from localcloud.session import Session, temporary_session
from tests.end_to_end.functions import invoke
from tests.end_to_end.notices import Notices, subscribe
from tests.faults.kinds import Plan
from tests.faults.routes import ROUTES

AT_ONCE = 3
# A table of a MB is large, and who comes after all these waits for its turn.
SMALL = {"preprocess_upload_limit_mb": 1, "executions_at_once": AT_ONCE}
_DELETE_SECONDS = _TIDY_SECONDS = 60
# Looks, a second each, in which nobody is told anything. The janitor tells some seconds after all
# is gone, as it looks once more.
_QUIET = 10
_WAIT_SCALE = 0.01  # waits of minutes become seconds; an endpoint still has its 18 s to come up
HOLDER = "holder"
HOLDERS = [f"{HOLDER}-{n}" for n in range(AT_ONCE)]
Given, Found = TypeVar("Given"), TypeVar("Found")


def merged(plans: Sequence[Plan]) -> Plan:
    """Return all faults of several plans as one."""
    whole: Plan = {"calls": [], "resources": [], "tasks": []}
    for plan in plans:
        for part, entries in plan.items():
            whole[part] += entries
    return whole


@contextmanager
def laboratory(
    folder: Path, plan: Plan, assembly: Path, wait_scale: float = _WAIT_SCALE
) -> Iterator[Session]:
    """Deploy an assembly into a cloud with a plan."""
    held = [
        {"resource": kind, "name": f"molino-{HOLDER}-*", "outcome": "stuck"}
        for kind in ("training-job", "transform-job")
    ]
    path = folder / "faults.json"
    path.write_text(json.dumps(merged([plan, {"resources": held}])))
    options = {"SFN_WAIT_SCALE": str(wait_scale), "LOCALCLOUD_FAULTS": str(path)}
    with (
        temporary_session(folder / "cloud", assembly, options=options) as current,
        _answering(current),
    ):
        yield current


def run_all(work: Callable[[Given], Found], given: Sequence[Given]) -> list[Found]:
    """Do a few at once; in their order."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, given))


def upload(
    current: Session, dataset: str, route: str, folder: Path, **settings: str
) -> dict[str, Any]:
    """Run an upload of a route to its end."""
    if ROUTES[route].file:
        current.cloud.client("s3").put_object(
            Bucket=current.outputs["BucketName"],
            Key=f"settings/{dataset}.yaml",
            Body=ROUTES[route].file.encode(),
        )
    return run_file(current.cloud, current.outputs, _upload_of(dataset, route, folder, **settings))


def _upload_of(dataset: str, route: str, folder: Path, **settings: str) -> Upload:
    path = folder / f"{dataset}.csv"
    path.write_text(ROUTES[route].content)
    return Upload(path, dataset, ROUTES[route].settings | settings)


@contextmanager
def all_busy(
    current: Session, folder: Path, make: Callable[[str, str, Path], Upload] | None = None
) -> Iterator[None]:
    """Let as many executions as may work at once be at work for ever; ``make`` as `_upload_of`."""
    uploads = [(make or _upload_of)(holder, "trained", folder) for holder in HOLDERS]
    held = [start(current.cloud, current.outputs, upload) for upload in uploads]
    try:
        yield
    finally:
        for arn in held:
            current.cloud.client("stepfunctions").stop_execution(executionArn=arn)


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


def wait_until_tidy(current: Session, dataset: str) -> None:
    """Give the janitor time: it begins when an execution was stopped."""
    deadline = time.monotonic() + _TIDY_SECONDS
    while of_dataset(dataset, left_running(current.cloud)) and time.monotonic() < deadline:
        time.sleep(0.5)


def of_dataset(dataset: str, arns: Sequence[str]) -> list[str]:
    """Return the names of what belongs to a dataset."""
    return [arn.rsplit(":", 1)[-1] for arn in arns if f"/molino-{dataset}-" in arn]


def janitor(current: Session) -> None:
    """Let the janitor look once, and wait until what it deletes is gone."""
    invoke(current, "janitor", older_than_minutes=0)
    # SageMaker answers a delete before it is done.
    sagemaker = current.cloud.client("sagemaker")
    deadline = time.monotonic() + _DELETE_SECONDS
    while sagemaker.list_endpoints(StatusEquals="Deleting")["Endpoints"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def ends_told(notices: Notices) -> list[str]:
    """Return what was told of executions' ends."""
    told: list[str] = []
    quiet = 0
    while quiet < _QUIET:
        batch = notices.receive()
        quiet = 0 if batch else quiet + 1
        told += [notice["Message"] for notice in batch if not _asks(notice)]
    return told


def _asks(notice: dict[str, Any]) -> bool:
    return bool(notice.get("MessageAttributes", {}).get("status", {}).get("Value") == "ASKS")
