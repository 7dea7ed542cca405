"""However many uploads come at once: an end for each, in order, no more at work than allowed."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from infra.settings import Settings
from infra.synth import synthesize
from lambdas.shared.names.legal import execution_name
from localcloud.deploy import deploy
from localcloud.follow import wait_for_execution
from localcloud.left_running import left_running
from localcloud.session import STACK, Session, temporary_session
from tests.end_to_end import burst, datasets
from tests.end_to_end.functions import function_name
from tests.end_to_end.notices import Notices, subscribe
from tests.end_to_end.upgrade import synthesize_with
from tests.forests import FOREST

LIMIT = Settings().executions_at_once
# Of what a cloud of no executions takes; a thousand histories alone would be more.
MORE_MEGABYTES = 200
MORE_PROCESSES = 60
DATA = datasets.BREAST_CANCER


MACHINES = {"training": burst.TRAINING, "prediction": burst.PREDICTION}
# Looks at the list are as far apart as this machine is slower than AWS.
SLOW = {"SFN_WAIT_SCALE": "0.1"}
NEW_ROWS = "".join(f"{line.rpartition(',')[0]}\n" for line in DATA.read_text().splitlines())


@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_an_event_delivered_a_hundred_times_is_one_execution(
    machine: burst.Machine, session: Session, notices: Notices
) -> None:
    """As EventBridge may deliver it, and as a person may who invokes the function by hand."""
    dataset = "delivered-often"
    (name,) = burst.upload(session, {f"{machine.prefix}{dataset}/x.csv": burst.REFUSED})
    bucket = session.outputs["BucketName"]
    (version,) = session.cloud.client("s3").list_object_versions(
        Bucket=bucket, Prefix=f"{machine.prefix}{dataset}/"
    )["Versions"]
    assert name == execution_name(dataset, bucket, version["Key"], version["VersionId"])
    found = {"key": version["Key"], "version-id": version["VersionId"], "size": version["Size"]}
    event = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": bucket}, "object": found},
    }
    function, client = function_name(session, "trigger"), session.cloud.client("lambda")

    def deliver(kind: str) -> str:
        answer = client.invoke(
            FunctionName=function, InvocationType=kind, Payload=json.dumps(event)
        )
        return str(answer["Payload"].read())

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(deliver, ["RequestResponse", "Event"] * 50))

    assert not [answer for answer in answers if "error" in answer.lower()]
    told = notices.wait_for(name, 60)
    assert machine.refusal in json.dumps(told)
    assert [one["name"] for one in burst.listed(session, machine)].count(name) == 1
    time.sleep(1)  # a second run would be told too
    assert not [notice for notice in notices.receive() if name in notice["Message"]]


@dataclass(frozen=True)
class Burst:
    """Uploads that come at once.

    Parameters
    ----------
    files
        By their keys.
    ends
        How many executions end in which way.
    begins_with
        An upload that ends before the others come: what they need.
    """

    machine: burst.Machine
    files: dict[str, bytes]
    ends: dict[str, int]
    begins_with: dict[str, bytes] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)


def _trained(count: int, trained: int, **options: str) -> Burst:
    files = {f"incoming/d{number:04}/x.csv": burst.REFUSED for number in range(count)}
    for number in range(0, count, count // trained):  # among the others, as they come
        files[f"incoming/d{number:04}/x.csv"] = DATA.read_bytes()
    ends = {"TooFewRows": count - trained, "SUCCEEDED": trained}
    return Burst(burst.TRAINING, files, ends, options=options)


def _predicted(count: int, unknown: int, **options: str) -> Burst:
    """Files of one dataset that has a champion, and some of others that have none."""
    known = [f"predict/known/{number:04}.csv" for number in range(count - unknown)]
    files = dict.fromkeys(known, NEW_ROWS.encode())
    files |= {f"predict/u{number:04}/x.csv": burst.REFUSED for number in range(unknown)}
    ends = {"SUCCEEDED": count - unknown, "NoChampion": unknown}
    first = {"incoming/known/x.csv": DATA.read_bytes()}
    return Burst(burst.PREDICTION, files, ends, first, options)


BURSTS = {
    "training-sixteen": (_trained(16, 1), 900),
    "training-thousand": (_trained(1000, 20, **SLOW), 9000),
    "prediction-sixteen": (_predicted(16, 4), 900),
    "prediction-hundred": (_predicted(100, 10, **SLOW), 3600),
}


@pytest.mark.faults
@pytest.mark.parametrize(
    "given",
    [
        pytest.param(given, marks=pytest.mark.timeout(limit), id=name)
        for name, (given, limit) in BURSTS.items()
    ],
)
def test_a_burst_is_worked_through(given: Burst, tmp_path: Path) -> None:
    assembly = synthesize_with(tmp_path / "cdk.out", **FOREST)
    with temporary_session(tmp_path / "cloud", assembly, options=given.options) as session:
        cloud = session.cloud
        burst.wait_for_ends(session, burst.upload(session, given.begins_with), 300)
        received = burst.Received(subscribe(session))
        before = burst.resident_megabytes(cloud.pid)
        began = time.monotonic()
        with burst.Watch(cloud, received) as watch:
            names = burst.upload(session, given.files)
            sent = time.monotonic() - began
            ended = burst.wait_for_ends(session, names, 300 + 6 * len(names), given.machine)
            took = time.monotonic() - began
            received.until_all(names, 60)

        outcomes = Counter(one.error or one.status for one in ended)
        most = burst.most_at_once(ended)
        _tell(
            {
                "uploads": len(names),
                "seconds to upload, to the last end": f"{sent:.0f}, {took:.0f}",
                "ends": ", ".join(f"{count} {kind}" for kind, count in outcomes.items()),
                "at work at once, at most": f"{most} of {LIMIT}",
                "looks at the list, in all and at most by one": (
                    f"{sum(one.looks for one in ended)}, {max(one.looks for one in ended)}"
                ),
                "gateway's MB before, at most, after": (
                    f"{before:.0f}, {max(watch.megabytes):.0f}, {watch.megabytes[-1]:.0f}"
                ),
                "its processes, at most": max(watch.processes),
            }
        )
        listed = [one["name"] for one in burst.listed(session, given.machine)]
        assert sorted(listed) == sorted(names)
        assert outcomes == given.ends
        assert received.counts == dict.fromkeys(names, 1)
        assert most <= LIMIT
        assert burst.overtaken(ended, LIMIT) == []
        assert left_running(cloud) == []
        assert max(watch.megabytes) < before + MORE_MEGABYTES
        assert max(watch.processes) < MORE_PROCESSES
        if given.machine == burst.PREDICTION:
            _check_predictions(session, given.ends["SUCCEEDED"])


def _check_predictions(session: Session, count: int) -> None:
    """Every file has its predictions once, and all say the same of the same rows."""
    s3, bucket = session.cloud.client("s3"), session.outputs["BucketName"]
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix="predictions/")
    found = [
        version
        for page in pages
        for version in page["Versions"]
        if version["Key"].endswith("/predictions.csv")
    ]
    assert len(found) == len({version["Key"] for version in found}) == count
    keys = (version["Key"] for version in found)
    assert len({s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}) == 1


@pytest.fixture
def one_and_newest(session: Session, tmp_path: Path) -> Iterator[None]:
    settings = {"waiting_uploads": "newest", "executions_at_once": 1}
    deploy(session.cloud, synthesize_with(tmp_path / "cdk.out", **settings), STACK)
    yield
    deploy(session.cloud, synthesize(), STACK)


@pytest.mark.usefixtures("one_and_newest")
@pytest.mark.timeout(900)
def test_of_a_burst_of_one_dataset_the_newest_is_worked_on(session: Session) -> None:
    received = burst.Received(subscribe(session, "newest"))
    names = []
    for number in range(8):
        names += burst.upload(session, {f"incoming/daily/{number}.csv": burst.REFUSED})
        # The newest is whose execution started last: events are not delivered in order.
        wait_for_execution(session.cloud, session.outputs["StateMachineArn"], names[-1], 60)
    ended = burst.wait_for_ends(session, names, 300)
    received.until_all(names, 30)

    worked_on = {one.name for one in ended if one.begun}
    replaced = {one.name for one in ended if not one.begun}
    assert worked_on | replaced == set(names)
    assert replaced, "nothing waited: the test shows nothing"
    assert names[-1] in worked_on
    assert {name: received.counts[name] for name in names} == dict.fromkeys(names, 1)
    told = {name for name, subject in received.subjects.items() if "replaced by" in subject}
    assert told & set(names) == replaced
    assert burst.most_at_once(ended) == 1


def _tell(figures: dict[str, object]) -> None:
    table = Table("what", "figure", title="A burst of uploads", title_justify="left")
    for what, figure in figures.items():
        table.add_row(what, str(figure))
    Console(width=120).print(table)
