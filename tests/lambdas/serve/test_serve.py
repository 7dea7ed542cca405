"""The swap of a serving endpoint, step by step, and its canary."""

from typing import Any

import pytest

from lambdas.serve.canary import difference, expected, request
from lambdas.serve.swap import step
from lambdas.shared.contracts.decide import ServingProgress
from lambdas.shared.findings.message import Message


class FakeEndpoint:
    """An endpoint whose updates come through when told."""

    name, version_name = "endpoint", "serving--3"

    def __init__(self, config: str | None = None, status: str = "InService") -> None:
        self.found = config and {"EndpointStatus": status, "EndpointConfigName": config}
        self.configs = {config} if config else set()
        self.calls: list[str] = []

    def describe(self) -> Any:
        return self.found

    def declare(self) -> None:
        self.configs.add(self.version_name)

    def create(self) -> None:
        self.calls.append("create")
        self.found = {"EndpointStatus": "Creating", "EndpointConfigName": self.version_name}

    def update(self, config: str) -> None:
        self.calls.append(f"update {config}")
        assert config in self.configs
        assert self.found is not None
        self.found |= {"EndpointStatus": "Updating", "next": config}

    def delete(self) -> None:
        self.calls.append("delete")
        self.found = None

    def forget(self, name: str) -> None:
        assert self.found is None or self.found["EndpointConfigName"] != name
        self.calls.append(f"forget {name}")
        self.configs.discard(name)

    def others(self) -> list[str]:
        return sorted(self.configs - {self.version_name})

    def newest_other(self) -> str | None:
        return next(reversed(self.others()), None)

    def arrive(self, status: str = "InService", reason: str | None = None) -> None:
        """End what is in progress; with a reason, as SageMaker does: back to the old one."""
        assert self.found is not None
        config = self.found.pop("next", self.found["EndpointConfigName"])
        self.found["EndpointStatus"] = status
        if reason:
            self.found["FailureReason"] = reason
        else:
            self.found["EndpointConfigName"] = config


def run(
    endpoint: FakeEndpoint, progress: ServingProgress | None = None, problem: Message | None = None
) -> ServingProgress:
    return step(
        endpoint,  # type: ignore[arg-type]
        progress or ServingProgress(endpoint_name="endpoint"),
        lambda: problem,
    )


def test_the_first_champion_gets_an_endpoint() -> None:
    endpoint = FakeEndpoint()
    progress = run(endpoint)
    assert progress.phase == "starting"
    assert run(endpoint, progress) == progress  # still Creating
    endpoint.arrive()
    assert run(endpoint, progress).phase == "serving"
    assert endpoint.calls == ["create"]


def test_a_new_champion_replaces_the_old_one_which_is_deleted_last() -> None:
    endpoint = FakeEndpoint("serving--2")
    progress = run(endpoint)
    assert (progress.phase, progress.previous) == ("starting", "serving--2")
    endpoint.arrive()
    assert run(endpoint, progress).phase == "serving"
    assert endpoint.calls == ["update serving--3", "forget serving--2"]


def test_a_failed_canary_brings_the_old_one_back() -> None:
    endpoint = FakeEndpoint("serving--2")
    progress = run(endpoint)
    endpoint.arrive()
    progress = run(endpoint, progress, Message("it differs"))
    assert progress.phase == "rolling_back"
    endpoint.arrive()
    progress = run(endpoint, progress)
    assert (progress.phase, progress.problem) == ("failed", "the canary test failed: it differs")
    assert endpoint.found is not None
    assert endpoint.found["EndpointConfigName"] == "serving--2"
    assert endpoint.calls == ["update serving--3", "update serving--2", "forget serving--3"]


def test_without_an_old_one_a_failed_canary_leaves_nothing() -> None:
    endpoint = FakeEndpoint()
    progress = run(endpoint)
    endpoint.arrive()
    assert run(endpoint, progress, Message("it differs")).phase == "failed"
    assert endpoint.calls == ["create", "delete", "forget serving--3"]


def test_an_update_that_sagemaker_takes_back_is_told() -> None:
    endpoint = FakeEndpoint("serving--2")
    progress = run(endpoint)
    endpoint.arrive(reason="no health check passed")
    progress = run(endpoint, progress)
    assert progress.phase == "failed"
    assert "no health check passed" in str(progress.problem)
    assert endpoint.calls == ["update serving--3", "forget serving--3"]


def test_an_endpoint_that_never_came_up_is_deleted() -> None:
    endpoint = FakeEndpoint()
    progress = run(endpoint)
    endpoint.arrive("Failed", "no health check passed")
    assert run(endpoint, progress).phase == "failed"
    assert endpoint.found is None


def test_an_answer_that_was_lost_loses_no_old_version() -> None:
    """A retried step finds the swap begun by an attempt whose answer never arrived."""
    endpoint = FakeEndpoint("serving--2")
    run(endpoint)
    endpoint.arrive()
    progress = run(endpoint)  # nothing is known of the first attempt
    assert progress.previous == "serving--2"
    progress = run(endpoint, progress, Message("it differs"))
    assert progress.phase == "rolling_back"
    assert endpoint.calls[-1] == "update serving--2"


def test_what_serves_already_is_looked_at_and_never_deleted() -> None:
    endpoint = FakeEndpoint("serving--3")
    progress = run(endpoint)
    assert run(endpoint, progress).phase == "serving"
    assert run(endpoint, progress, Message("it differs")).phase == "failed"
    assert endpoint.calls == []


def test_another_executions_swap_is_waited_for() -> None:
    endpoint = FakeEndpoint("serving--2", "Updating")
    assert run(endpoint).phase == "waiting"
    assert endpoint.calls == []


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
