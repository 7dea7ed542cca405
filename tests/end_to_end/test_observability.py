"""What a run leaves to look at: lines that name it, and the metrics that are shown."""

import json
import re

import pytest

from lambdas.report.cost import cost_usd
from lambdas.shared.own_metrics import WATCHED
from localcloud.session import Session
from tests.end_to_end.functions import invoke
from tests.end_to_end.logs import invocations
from tests.end_to_end.metrics import not_emitted
from tests.forests import FEW_TREES

ROWS = "".join(f"{i % 7},{i % 3},{'yes' if i % 7 > 3 else 'no'}\n" for i in range(60))
GOOD, BAD = "a,b,target\n" + ROWS, "a,b,target\n" + ROWS.replace("yes", "no")
WAY = {"trigger", "admission", "preprocess", "teardown", "report"}
_PLATFORM = re.compile(r"(START|END|REPORT) RequestId: .*")


@pytest.fixture(scope="module")
def ended(session: Session, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Names of an execution that succeeded and of one whose upload was refused."""
    from localcloud.run import Upload, run_file

    names = {}
    for end, content in {"good": GOOD, "bad": BAD}.items():
        path = tmp_path_factory.mktemp(end) / "data.csv"
        path.write_text(content)
        upload = Upload(path, f"observed-{end}", FEW_TREES)
        result = run_file(session.cloud, session.outputs, upload)
        names[end] = result["execution_arn"].rsplit(":", 1)[-1]
    invoke(session, "janitor")
    return names


@pytest.mark.parametrize(
    ("end", "handlers"),
    [
        ("good", WAY | {"champion", "evaluate", "gate"}),
        ("bad", WAY | {"outcome", "janitor"}),
    ],
)
def test_every_line_of_every_function_names_the_execution(
    session: Session, ended: dict[str, str], end: str, handlers: set[str]
) -> None:
    name = ended[end]
    for handler in sorted(handlers):
        own = [lines for lines in invocations(session, handler) if name in "".join(lines)]
        assert own, handler
        for line in (line for lines in own for line in lines):
            if line.startswith("{"):
                assert json.loads(line)["correlation_id"] == name, (handler, line)
            else:
                assert _PLATFORM.fullmatch(line) or line.startswith("[ERROR]"), (handler, line)


# Emitted only where these happen: tests/faults/test_alarms.py makes them happen.
NOT_HERE = {
    "ExecutionsTimedOut",
    "ExecutionsAborted",
    "ProcessingSeconds",
    "BalancedAccuracy",
    "R2",
    *(metric.name for metric in WATCHED),  # no dataset of this stack is watched
}


def test_every_metric_of_the_dashboard_is_emitted(session: Session, ended: dict[str, str]) -> None:
    silent = not_emitted(session.cloud.client("cloudwatch"))
    assert {name for widget, name in silent if not widget.startswith("Predictions")} <= NOT_HERE


def test_the_cost_of_a_run_is_the_reports(session: Session, ended: dict[str, str]) -> None:
    lines = [
        json.loads(line)
        for lines in invocations(session, "report")
        for line in lines
        if '"RunCost"' in line and ended["good"] in line
    ]
    (told,) = lines
    bucket, key = (
        session.outputs["BucketName"],
        f"reports/observed-good/{ended['good']}/report.json",
    )
    body = session.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    report = json.loads(body)
    assert told["RunCost"] == [cost_usd(report)]
    seconds = {name: told[f"{name.capitalize()}Seconds"] for name in report["seconds"]}
    assert seconds == {name: [value] for name, value in report["seconds"].items()}
