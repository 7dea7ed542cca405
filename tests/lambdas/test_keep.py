"""The swap of a kept endpoint, step by step, and its canary."""

from typing import Any

import pytest

from lambdas.keep.canary import difference, expected, request
from lambdas.keep.events import Progress
from lambdas.keep.swap import step
from lambdas.shared.findings.message import Message


class FakeKept:
    """An endpoint whose updates come through when told."""

    name, version_name = "kept", "kept--3"

    def __init__(self, config: str | None = None, status: str = "InService") -> None:
        self.endpoint = config and {"EndpointStatus": status, "EndpointConfigName": config}
        self.configs = {config} if config else set()
        self.calls: list[str] = []

    def describe(self) -> Any:
        return self.endpoint

    def declare(self) -> None:
        self.configs.add(self.version_name)

    def create(self) -> None:
        self.calls.append("create")
        self.endpoint = {"EndpointStatus": "Creating", "EndpointConfigName": self.version_name}

    def update(self, config: str) -> None:
        self.calls.append(f"update {config}")
        assert config in self.configs
        assert self.endpoint is not None
        self.endpoint |= {"EndpointStatus": "Updating", "next": config}

    def delete(self) -> None:
        self.calls.append("delete")
        self.endpoint = None

    def forget(self, name: str) -> None:
        assert self.endpoint is None or self.endpoint["EndpointConfigName"] != name
        self.calls.append(f"forget {name}")
        self.configs.discard(name)

    def others(self) -> list[str]:
        return sorted(self.configs - {self.version_name})

    def newest_other(self) -> str | None:
        return next(reversed(self.others()), None)

    def arrive(self, status: str = "InService", reason: str | None = None) -> None:
        """End what is in progress; with a reason, as SageMaker does: back to the old one."""
        assert self.endpoint is not None
        config = self.endpoint.pop("next", self.endpoint["EndpointConfigName"])
        self.endpoint["EndpointStatus"] = status
        if reason:
            self.endpoint["FailureReason"] = reason
        else:
            self.endpoint["EndpointConfigName"] = config


def run(
    kept: FakeKept, progress: Progress | None = None, problem: Message | None = None
) -> Progress:
    return step(
        kept,  # type: ignore[arg-type]
        progress or Progress(endpoint_name="kept"),
        lambda: problem,
    )


def test_the_first_champion_gets_an_endpoint() -> None:
    kept = FakeKept()
    progress = run(kept)
    assert progress.phase == "starting"
    assert run(kept, progress) == progress  # still Creating
    kept.arrive()
    assert run(kept, progress).phase == "serving"
    assert kept.calls == ["create"]


def test_a_new_champion_replaces_the_old_one_which_is_deleted_last() -> None:
    kept = FakeKept("kept--2")
    progress = run(kept)
    assert (progress.phase, progress.previous) == ("starting", "kept--2")
    kept.arrive()
    assert run(kept, progress).phase == "serving"
    assert kept.calls == ["update kept--3", "forget kept--2"]


def test_a_failed_canary_brings_the_old_one_back() -> None:
    kept = FakeKept("kept--2")
    progress = run(kept)
    kept.arrive()
    progress = run(kept, progress, Message("it differs"))
    assert progress.phase == "rolling_back"
    kept.arrive()
    progress = run(kept, progress)
    assert (progress.phase, progress.problem) == ("failed", "the canary test failed: it differs")
    assert kept.endpoint is not None
    assert kept.endpoint["EndpointConfigName"] == "kept--2"
    assert kept.calls == ["update kept--3", "update kept--2", "forget kept--3"]


def test_without_an_old_one_a_failed_canary_leaves_nothing() -> None:
    kept = FakeKept()
    progress = run(kept)
    kept.arrive()
    assert run(kept, progress, Message("it differs")).phase == "failed"
    assert kept.calls == ["create", "delete", "forget kept--3"]


def test_an_update_that_sagemaker_takes_back_is_told() -> None:
    kept = FakeKept("kept--2")
    progress = run(kept)
    kept.arrive(reason="no health check passed")
    progress = run(kept, progress)
    assert progress.phase == "failed"
    assert "no health check passed" in str(progress.problem)
    assert kept.calls == ["update kept--3", "forget kept--3"]


def test_an_endpoint_that_never_came_up_is_deleted() -> None:
    kept = FakeKept()
    progress = run(kept)
    kept.arrive("Failed", "no health check passed")
    assert run(kept, progress).phase == "failed"
    assert kept.endpoint is None


def test_an_answer_that_was_lost_loses_no_old_version() -> None:
    """A retried step finds the swap begun by an attempt whose answer never arrived."""
    kept = FakeKept("kept--2")
    run(kept)
    kept.arrive()
    progress = run(kept)  # nothing is known of the first attempt
    assert progress.previous == "kept--2"
    progress = run(kept, progress, Message("it differs"))
    assert progress.phase == "rolling_back"
    assert kept.calls[-1] == "update kept--2"


def test_what_serves_already_is_looked_at_and_never_deleted() -> None:
    kept = FakeKept("kept--3")
    progress = run(kept)
    assert run(kept, progress).phase == "serving"
    assert run(kept, progress, Message("it differs")).phase == "failed"
    assert kept.calls == []


def test_another_executions_swap_is_waited_for() -> None:
    kept = FakeKept("kept--2", "Updating")
    assert run(kept).phase == "waiting"
    assert kept.calls == []


TEST = ["age,outcome,sex\n", '50,yes,"f, or\nnot"\n', "60,no,m\n"]
PREDICTIONS = [
    "row,actual,prediction,probability:no,probability:yes\n",
    "1,yes,yes,0.25,0.75\n",
    "2,no,no,0.9,0.1\n",
]


def test_the_canary_asks_without_the_target_and_knows_the_answers() -> None:
    assert request(TEST, "outcome") == b'age,sex\n50,"f, or\nnot"\n60,m\n'
    assert expected(PREDICTIONS)[0] == ["prediction", "probability:no", "probability:yes"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"prediction,probability:no,probability:yes\nyes,0.25,0.75\nno,0.9,0.1\n", None),
        (b"prediction,probability:yes,probability:no\nyes,0.7500000001,0.25\nno,0.1,0.9\n", None),
        (b"prediction,probability:no,probability:yes\nyes,0.25,0.75\nno,0.8,0.2\n", "row 2"),
        (b"prediction,probability:no,probability:yes\nno,0.25,0.75\nno,0.9,0.1\n", "row 1"),
        (b"prediction,probability:no,probability:yes\nyes,0.25,0.75\n", "number of rows"),
        (b"prediction\nyes\nno\n", "different columns"),
        (b"\xff", "not a table"),
    ],
)
def test_the_canary_tells_a_difference_without_its_values(answer: bytes, told: str | None) -> None:
    found = difference(answer, expected(PREDICTIONS))
    assert found is None if told is None else told in str(found)
    assert "0.8" not in str(found)
