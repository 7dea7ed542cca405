"""Every alarm rings under its fault, and none for a refused upload; what is shown is emitted."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from localcloud.compared import compare_file
from localcloud.deploy import deploy
from localcloud.predicted import predict_file
from localcloud.run import Upload, run_file, start
from localcloud.session import STACK, Session, temporary_session
from tests.end_to_end import datasets
from tests.end_to_end.endpoints import leftover_endpoint
from tests.end_to_end.functions import function_name, invoke
from tests.end_to_end.happened import TRUTHS, as_csv, store_predictions
from tests.end_to_end.metrics import not_emitted
from tests.end_to_end.notices import Notices, subscribe
from tests.end_to_end.sabotage import without_action
from tests.end_to_end.test_observability import BAD, GOOD
from tests.end_to_end.upgrade import synthesize_with
from tests.forests import FEW_TREES

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

_LIMIT_SECONDS = 120
_HURRIED_SECONDS = 10


class Watch:
    """A cloud under observation: which alarms have rung, as the topic tells."""

    def __init__(self, session: Session, notices: Notices, folder: Path) -> None:
        self.session, self.folder = session, folder
        self._notices = notices
        self._rung: set[str] = set()
        self._uploads = 0

    def rung(self) -> set[str]:
        """Return the names of all alarms that have told the topic so far."""
        for notice in self._notices.receive():
            if notice["Message"].startswith("{"):
                told = json.loads(notice["Message"])
                assert told["NewStateValue"] == "ALARM"
                self._rung.add(told["AlarmName"].removeprefix(f"{STACK}-"))
        return self._rung

    def until(self, alarm: str, meanwhile: Callable[[], Any] = lambda: None) -> None:
        """Wait until an alarm has rung, doing something again and again."""
        deadline = time.monotonic() + _LIMIT_SECONDS
        while alarm not in self.rung():
            assert time.monotonic() < deadline, f"{alarm} did not ring; {self._rung} did"
            meanwhile()
            time.sleep(1)

    def upload(self, content: str = GOOD, **kind: bool) -> Upload:
        """Return a new upload."""
        self._uploads += 1
        path = self.folder / f"data-{self._uploads}.csv"
        path.write_text(content)
        return Upload(path, f"watched-{self._uploads}", FEW_TREES, **kind)

    def run(self, upload: Upload) -> dict[str, Any]:
        """Run an upload to its end."""
        return run_file(self.session.cloud, self.session.outputs, upload)

    def hurry(self, alarm: str) -> None:
        """Shorten an alarm's periods, so that nobody waits for three quarters of an hour."""
        cloudwatch = self.session.cloud.client("cloudwatch")
        (found,) = cloudwatch.describe_alarms(AlarmNames=[f"{STACK}-{alarm}"])["MetricAlarms"]
        accepted = cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape
        kept = {name: found[name] for name in accepted.members if found.get(name) is not None}
        cloudwatch.put_metric_alarm(**kept | {"Period": _HURRIED_SECONDS})


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    folder = tmp_path_factory.mktemp("alarms")
    # The shortest limit there is: what is too old is so after a minute.
    assembly = synthesize_with(folder / "cdk.out", endpoint_limit_minutes=1)
    with temporary_session(folder / "cloud", assembly) as session:
        yield Watch(session, subscribe(session), folder)


def test_a_refused_upload_rings_none(watch: Watch) -> None:
    invoke(watch.session, "janitor")
    assert watch.run(watch.upload(BAD))["error"] == "SingleClass"
    time.sleep(5)
    assert watch.rung() == set()


def _not_started(watch: Watch, alarm: str) -> None:
    with without_action(watch.session, "states:StartExecution", holder="TriggerRole"):
        watch.session.cloud.client("s3").put_object(
            Bucket=watch.session.outputs["BucketName"], Key="incoming/lost/a.csv", Body=GOOD
        )
        watch.until(alarm)


def _trigger_throttled(watch: Watch, alarm: str) -> None:
    client, name = watch.session.cloud.client("lambda"), function_name(watch.session, "trigger")
    watch.hurry(alarm)
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        watch.until(alarm, lambda: _refused(client, name))
    finally:
        client.delete_function_concurrency(FunctionName=name)


def _refused(client: Any, name: str) -> None:
    with pytest.raises(client.exceptions.TooManyRequestsException):
        client.invoke(FunctionName=name, Payload="{}")


def _janitor_fails(watch: Watch, alarm: str) -> None:
    with without_action(watch.session, "sagemaker:ListEndpoints", holder="JanitorRole"):
        for _ in range(3):
            assert invoke(watch.session, "janitor")["errorType"] == "AccessDenied"
        watch.until(alarm)


def _requests_fail(watch: Watch, alarm: str) -> None:
    with without_action(watch.session, "s3:ListBucket", holder="RequestsRole"):
        for _ in range(3):
            assert invoke(watch.session, "requests")["errorType"] == "AccessDenied"
        watch.until(alarm)


def _refuses(handler: str) -> Callable[[Watch, str], None]:
    def fault(watch: Watch, alarm: str) -> None:
        for _ in range(3):
            assert invoke(watch.session, handler)["errorType"] == "InvalidEvent"
        watch.until(alarm)

    return fault


def _janitor_silent(watch: Watch, alarm: str) -> None:
    watch.hurry(alarm)
    watch.until(alarm)


def _fails(watch: Watch, alarm: str) -> None:
    with without_action(watch.session, "sagemaker:CreateTrainingJob"):
        assert watch.run(watch.upload())["error"] == "AccessDenied"
    watch.until(alarm)


@contextmanager
def _waiting(watch: Watch, alarm: str, **changes: Any) -> Iterator[str]:
    """Let the machine that an alarm is about wait first; yield the ARN of an execution of it."""
    is_predicted, is_compared = alarm.startswith("Predictions"), alarm.startswith("Comparisons")
    upload = watch.upload(is_predicted=is_predicted, is_compared=is_compared)
    states = watch.session.cloud.client("stepfunctions")
    machine = watch.session.outputs[upload.machine]
    definition = states.describe_state_machine(stateMachineArn=machine)["definition"]
    changed = json.loads(definition) | changes
    changed["States"]["Hold"] = {"Type": "Wait", "Seconds": 600, "Next": changed["StartAt"]}
    changed["StartAt"] = "Hold"
    states.update_state_machine(stateMachineArn=machine, definition=json.dumps(changed))
    try:
        yield start(watch.session.cloud, watch.session.outputs, upload)
    finally:
        states.update_state_machine(stateMachineArn=machine, definition=definition)


def _times_out(watch: Watch, alarm: str) -> None:
    with _waiting(watch, alarm, TimeoutSeconds=1):
        watch.until(alarm)


def _aborted(watch: Watch, alarm: str) -> None:
    with _waiting(watch, alarm) as arn:
        watch.session.cloud.client("stepfunctions").stop_execution(executionArn=arn)
        watch.until(alarm)


def _endpoint_stays(watch: Watch, alarm: str) -> None:
    denied = without_action(watch.session, "sagemaker:DeleteEndpoint", holder="JanitorRole")
    with denied, leftover_endpoint(watch.session):
        watch.until(alarm, lambda: invoke(watch.session, "janitor", older_than_minutes=0))


FAULTS: dict[str, Callable[[Watch, str], None]] = {
    "UnhandledEvents": _not_started,
    "TriggerFails": _not_started,
    "TriggerThrottled": _trigger_throttled,
    "JanitorFails": _janitor_fails,
    "ScheduleFails": _refuses("schedule"),
    "RetrainFails": _refuses("retrain"),
    "ExecutionFaults": _fails,
    "ExecutionsTimedOut": _times_out,
    "ExecutionsAborted": _aborted,
    "PredictionsTimedOut": _times_out,
    "PredictionsAborted": _aborted,
    "ComparisonsTimedOut": _times_out,
    "ComparisonsAborted": _aborted,
    "HealthFails": _refuses("health"),
    "RequestsFails": _requests_fail,
    "LeftoversRemain": _endpoint_stays,
    "EndpointsTooOld": _endpoint_stays,
    "JanitorSilent": _janitor_silent,
}


def test_every_alarm_has_its_fault(watch: Watch) -> None:
    alarms = watch.session.cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    names = {alarm["AlarmName"].removeprefix(f"{STACK}-") for alarm in alarms}
    assert names == set(FAULTS)


@pytest.mark.parametrize("alarm", FAULTS)
def test_it_rings_under_its_fault(watch: Watch, alarm: str) -> None:
    FAULTS[alarm](watch, alarm)


def test_all_that_the_dashboard_shows_is_emitted(watch: Watch) -> None:
    classes, numbers = datasets.penguins(watch.folder), datasets.diabetes(watch.folder)
    for path, target in ((classes, "species"), (numbers, "target")):
        upload = Upload(path, path.stem, FEW_TREES | {"target": target})
        assert watch.run(upload)["status"] == "SUCCEEDED"
    known = Upload(classes, classes.stem, is_predicted=True)
    for upload, end in ((known, "SUCCEEDED"), (watch.upload(is_predicted=True), "FAILED")):
        ended = predict_file(watch.session.cloud, watch.session.outputs, upload)
        assert ended["status"] == end
    store_predictions(watch.session, "happened")
    (watch.folder / "happened.csv").write_text(as_csv(TRUTHS))
    happened = Upload(watch.folder / "happened.csv", "happened", {"key": "key"}, is_compared=True)
    ended = compare_file(watch.session.cloud, watch.session.outputs, happened)
    assert ended["status"] == "SUCCEEDED"
    given = {"preprocess_upload_limit_mb": 0, "watched_datasets": [classes.stem]}
    everything_is_large = synthesize_with(watch.folder / "large", **given)
    deploy(watch.session.cloud, everything_is_large, STACK)
    again = Upload(classes, classes.stem, FEW_TREES | {"target": "species"})
    ended = watch.run(again)
    assert ended["status"] == "SUCCEEDED", ended["message"]
    assert not_emitted(watch.session.cloud.client("cloudwatch")) == set()
