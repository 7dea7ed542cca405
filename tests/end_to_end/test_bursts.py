"""However many uploads come at once: an end for each, in order, no more at work than allowed."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
from tests.forests import FEW_TREES

LIMIT = Settings().executions_at_once
# Of what a cloud of no executions takes; a thousand histories alone would be more.
MORE_MEGABYTES = 200
MORE_PROCESSES = 60


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_an_event_delivered_a_hundred_times_is_one_execution(
    session: Session, notices: Notices
) -> None:
    """As EventBridge may deliver it, and as a person may who invokes the function by hand."""
    dataset = "delivered-often"
    (name,) = burst.upload(session, {f"incoming/{dataset}/x.csv": burst.REFUSED})
    bucket = session.outputs["BucketName"]
    (version,) = session.cloud.client("s3").list_object_versions(
        Bucket=bucket, Prefix=f"incoming/{dataset}/"
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
    assert "TooFewRows" in json.dumps(told)
    assert [one["name"] for one in burst.listed(session)].count(name) == 1
    time.sleep(1)  # a second run would be told too
    assert not [notice for notice in notices.receive() if name in notice["Message"]]


@pytest.mark.parametrize(
    ("count", "trained", "options"),
    [
        pytest.param(16, 1, {}, marks=[pytest.mark.faults, pytest.mark.timeout(900)]),
        # Looks at the list are as far apart as this machine is slower than AWS.
        pytest.param(
            1000, 20, {"SFN_WAIT_SCALE": "0.1"},
            marks=[pytest.mark.faults, pytest.mark.timeout(9000)],
        ),
    ],
    ids=["sixteen", "thousand"],
)  # fmt: skip
def test_a_burst_is_worked_through(
    count: int, trained: int, options: dict[str, str], tmp_path: Path
) -> None:
    files = {f"incoming/d{number:04}/x.csv": burst.REFUSED for number in range(count)}
    for number in range(0, count, count // trained):  # among the others, as they come
        files[f"incoming/d{number:04}/x.csv"] = datasets.BREAST_CANCER.read_bytes()
    assembly = synthesize_with(tmp_path / "cdk.out", **FEW_TREES)
    with temporary_session(tmp_path / "cloud", assembly, options=options) as session:
        cloud = session.cloud
        received = burst.Received(subscribe(session))
        before = burst.resident_megabytes(cloud.pid)
        began = time.monotonic()
        with burst.Watch(cloud, received) as watch:
            names = burst.upload(session, files)
            sent = time.monotonic() - began
            ended = burst.wait_for_ends(session, names, 300 + 6 * len(names))
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
        assert sorted(one["name"] for one in burst.listed(session)) == sorted(names)
        assert outcomes == {"TooFewRows": len(names) - trained, "SUCCEEDED": trained}
        assert received.counts == dict.fromkeys(names, 1)
        assert most <= LIMIT
        assert burst.overtaken(ended, LIMIT) == []
        assert left_running(cloud) == []
        assert max(watch.megabytes) < before + MORE_MEGABYTES
        assert max(watch.processes) < MORE_PROCESSES


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
