"""A burst of uploads: what was sent, what became of it, what it took of the machine."""

import datetime as dt
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from lambdas.shared.names.legal import execution_name
from lambdas.shared.names.paths import INCOMING, PREDICT, dataset_of
from localcloud.cloud import Cloud
from localcloud.session import Session
from tests.end_to_end.notices import Notices

_NAME = re.compile(r"[a-z0-9_-]+-[0-9a-f]{16}")
REFUSED = b"a,b,target\n1,2,yes\n"  # too few rows: ends in preprocess; and nothing to predict


@dataclass(frozen=True)
class Machine:
    """A state machine that uploads come to.

    Parameters
    ----------
    output
        The stack's output with its ARN.
    prefix
        Of its uploads' keys.
    begins_with
        The first state of those whose turn has come.
    refusal
        What ``REFUSED`` ends with, of a dataset that was never trained.
    """

    output: str
    prefix: str
    begins_with: str
    refusal: str


TRAINING = Machine("StateMachineArn", INCOMING, "Preprocess upload", "TooFewRows")
PREDICTION = Machine("PredictMachineArn", PREDICT, "Read rows", "NoChampion")


@dataclass(frozen=True)
class Execution:
    """An ended execution; ``begun`` is None if its turn never came."""

    name: str
    status: str
    error: str | None
    started: dt.datetime
    begun: dt.datetime | None
    ended: dt.datetime
    looks: int


def upload(session: Session, files: dict[str, bytes]) -> list[str]:
    """Upload all, sixteen at a time; return the names of the executions that must come of them."""
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(partial(_put, session), files.items()))


def upload_in_turn(session: Session, files: list[tuple[str, bytes]]) -> list[str]:
    """Upload one after the other; return the names of the executions that must come of them."""
    return [_put(session, item) for item in files]


def _put(session: Session, item: tuple[str, bytes]) -> str:
    key, body = item
    bucket, s3 = session.outputs["BucketName"], session.cloud.client("s3")
    version = s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]
    return execution_name(dataset_of(key), bucket, key, version)


def listed(session: Session, machine: Machine = TRAINING) -> list[dict[str, Any]]:
    """Return every execution of the state machine as ListExecutions shows it."""
    pages = session.cloud.client("stepfunctions").get_paginator("list_executions")
    asked = pages.paginate(
        stateMachineArn=session.outputs[machine.output], PaginationConfig={"PageSize": 1000}
    )
    return [found for page in asked for found in page["executions"]]


def wait_for_ends(
    session: Session, names: list[str], limit_seconds: float, machine: Machine = TRAINING
) -> list[Execution]:
    """Return the executions of these names once all have ended."""
    deadline = time.monotonic() + limit_seconds
    while True:
        found = [one for one in listed(session, machine) if one["name"] in set(names)]
        ended = [one for one in found if one["status"] != "RUNNING"]
        if len(ended) == len(set(names)):
            return [_execution(session, one, machine) for one in ended]
        assert time.monotonic() < deadline, f"{len(ended)} of {len(names)} have ended"
        time.sleep(1 + (len(names) - len(ended)) / 100)  # long lists are work for the gateway


def _execution(session: Session, found: dict[str, Any], machine: Machine) -> Execution:
    states = session.cloud.client("stepfunctions")
    pages = states.get_paginator("get_execution_history").paginate(
        executionArn=found["executionArn"], PaginationConfig={"PageSize": 1000}
    )
    entered: dict[str, Any] = {}
    for event in (event for page in pages for event in page["events"]):
        if "stateEnteredEventDetails" in event:
            name = event["stateEnteredEventDetails"]["name"]
            entered.setdefault(name, []).append(event["timestamp"])
    described = states.describe_execution(executionArn=found["executionArn"])
    return Execution(
        found["name"],
        found["status"],
        described.get("error"),
        found["startDate"],
        entered.get(machine.begins_with, [None])[0],
        found["stopDate"],
        len(entered["Check queue"]),
    )


def most_at_once(executions: list[Execution]) -> int:
    """Return how many worked at once at most, from having begun to their ends."""
    changes = [(one.begun, 1) for one in executions if one.begun]
    changes += [(one.ended, -1) for one in executions if one.begun]
    now = most = 0
    for _, change in sorted(changes):  # of one moment, ends come first
        now += change
        most = max(most, now)
    return most


def overtaken(executions: list[Execution], limit: int) -> list[str]:
    """Return those that began while ``limit`` or more that had started before were not done."""
    order = sorted(executions, key=lambda one: (one.started, one.name))
    found = []
    for place, one in enumerate(order):
        before = sum(1 for other in order[:place] if one.begun and other.ended > one.begun)
        if before >= limit:
            found.append(one.name)
    return found


class Received:
    """Counts the notices about each execution."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self.counts: Counter[str] = Counter()
        self.subjects: dict[str, str] = {}

    def until_all(self, names: list[str], limit_seconds: float) -> None:
        """Take notices until there is one for each execution, or the time is over."""
        deadline = time.monotonic() + limit_seconds
        while time.monotonic() < deadline and set(names) - set(self.counts):
            self.take()
        self.take()  # one more would be one too many

    def take(self) -> None:
        """Take what is there; a text may name its execution more than once."""
        for notice in self._notices.receive():
            for name in set(_NAME.findall(notice["Message"])):
                self.counts[name] += 1
                self.subjects[name] = notice["Subject"]


@dataclass
class Watch:
    """Takes notices, and samples the gateway's memory and processes, until closed."""

    cloud: Cloud
    received: Received
    megabytes: list[float] = field(default_factory=list)
    processes: list[int] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Watch":
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._end.is_set():
            self.received.take()
            self.megabytes.append(resident_megabytes(self.cloud.pid))
            self.processes.append(len(_descendants(self.cloud.pid)))


def _descendants(pid: int) -> list[int]:
    """Return the processes that one started, and those that they started (Linux)."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # ended meanwhile
            for child in map(int, path.read_text().split()):
                found += [child, *_descendants(child)]
    return found


def resident_megabytes(pid: int) -> float:
    """Return a process's resident memory (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
