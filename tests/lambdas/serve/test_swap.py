"""The swap of a serving endpoint, step by step."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.serve.swap import Probe, step
from lambdas.shared.contracts.decide import ServingProgress
from lambdas.shared.findings.message import Message

DIFFERS = Message("it differs")
NO_CAPACITY = "InsufficientInstanceCapacity: try later"


class FakeEndpoint:
    """An endpoint of version 3, whose updates come through when told.

    A configuration is called as its version, with the type of instance that it has, if any.
    """

    name = "endpoint"

    def __init__(self, config: str = "", *, kind: str = "serverless", types: str = "") -> None:
        self.asked = SimpleNamespace(kind=kind)
        self.types = types.split()
        self.found: dict[str, Any] | None = None
        self.configs = {config} if config else set()
        self.calls: list[str] = []
        self.no_quota: set[str] = set()
        if config:
            self.found = {"EndpointStatus": "InService", "EndpointConfigName": config}

    def describe(self) -> Any:
        return self.found

    def instance_types(self, found: Any) -> list[str]:
        return self.types

    def must_make_way(self, found: dict[str, Any]) -> bool:
        return self.asked.kind == "serverless" and "@" in found["EndpointConfigName"]

    def declare(self, instance_type: str | None) -> str:
        name = f"3@{instance_type}" if instance_type else "3"
        self.configs.add(name)
        return name

    def create(self, config: str) -> None:
        self._ask(f"create {config}", config)
        self.found = {"EndpointStatus": "Creating", "EndpointConfigName": config}

    def update(self, config: str, found: Any) -> None:
        self._ask(f"update {config}", config)
        assert self.found is not None
        self.found |= {"EndpointStatus": "Updating", "next": config}

    def go_back(self, config: str, found: Any) -> None:
        if "@" in found["EndpointConfigName"] and "@" not in config:
            self.retire()
        else:
            self.update(config, found)

    def _ask(self, call: str, config: str) -> None:
        assert config in self.configs
        self.calls.append(call)
        if config in self.no_quota:
            answer = {"Error": {"Code": "ResourceLimitExceeded", "Message": "the limit is 0"}}
            raise ClientError(answer, "CreateEndpoint")

    def settle(self, found: Any, seconds: Callable[[], float]) -> None:
        self.calls.append(f"settle {found['EndpointConfigName']}")

    def delete(self) -> None:
        self.calls.append("delete")
        self.found = None

    def retire(self) -> None:
        self.calls.append("retire")
        self.found = None

    def forget(self, name: str) -> None:
        assert self.found is None or self.found["EndpointConfigName"] != name
        self.calls.append(f"forget {name}")
        self.configs.discard(name)

    def others(self, config: str | None) -> list[str]:
        return sorted(self.configs - {config or ""})

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
        Probe(lambda: problem, lambda: 0.01),
    )


# What is there, what is asked for, how each swap ends (an arrival, with a reason, or a difference
# of the canary), and all that was called, in its order; then the last phase.
Ends = list[tuple[str, str] | Message]
OK = ("InService", "")
FAILED = ("Failed", "no health check passed")
BACK = ("InService", "no health check passed")
TABLE: dict[str, tuple[FakeEndpoint, Ends, str, str]] = {
    "the first champion": (FakeEndpoint(), [OK], "create 3, settle 3", "serving"),
    "the first on instances": (
        FakeEndpoint(kind="instance", types="a b"),
        [OK],
        "create 3@a, settle 3@a",
        "serving",
    ),
    "a new champion replaces the old one, which is deleted last": (
        FakeEndpoint("2"),
        [OK],
        "update 3, settle 3, forget 2",
        "serving",
    ),
    "from serverless to instances": (
        FakeEndpoint("2", kind="instance", types="a"),
        [OK],
        "update 3@a, settle 3@a, forget 2",
        "serving",
    ),
    "from instances to serverless": (
        FakeEndpoint("2@a"),
        [OK],
        "retire, create 3, settle 3, forget 2@a",
        "serving",
    ),
    "a failed canary brings the old one back": (
        FakeEndpoint("2"),
        [DIFFERS, OK],
        "update 3, update 2, forget 3, settle 2",
        "failed",
    ),
    "a failed canary on instances brings the old serverless one back": (
        FakeEndpoint("2", kind="instance", types="a"),
        [DIFFERS, OK],
        "update 3@a, retire, create 2, forget 3@a, settle 2",
        "failed",
    ),
    "without an old one a failed canary leaves nothing": (
        FakeEndpoint(),
        [DIFFERS],
        "create 3, retire, forget 3",
        "failed",
    ),
    "SageMaker takes an update back": (
        FakeEndpoint("2@a", kind="instance", types="a b"),
        [BACK],
        "update 3@a, forget 3@a, settle 2@a",
        "failed",
    ),
    "an endpoint never came up": (FakeEndpoint(), [FAILED], "create 3, retire, forget 3", "failed"),
    "no capacity for the first type": (
        FakeEndpoint(kind="instance", types="a b"),
        [("Failed", NO_CAPACITY), OK],
        "create 3@a, delete, forget 3@a, create 3@b, settle 3@b",
        "serving",
    ),
    "no capacity to replace, for any type": (
        FakeEndpoint("2@a", kind="instance", types="a b"),
        [("InService", NO_CAPACITY), ("InService", NO_CAPACITY)],
        "update 3@a, forget 3@a, update 3@b, forget 3@b, settle 2@a",
        "failed",
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_every_swap_ends_with_one_version_and_nothing_else(case: str) -> None:
    endpoint, ends, calls, phase = TABLE[case]
    progress, left = None, list(ends)
    for _ in range(20):
        problem = None
        if endpoint.found and endpoint.found["EndpointStatus"] in ("Creating", "Updating"):
            assert run(endpoint, progress) == (progress or run(endpoint))  # it waits
            end = left.pop(0)
            status, reason = OK if isinstance(end, Message) else end
            endpoint.arrive(status, reason or None)
            problem = end if isinstance(end, Message) else None
        progress = run(endpoint, progress, problem)
        if progress.phase in ("serving", "failed"):
            break
    assert progress is not None
    assert (", ".join(endpoint.calls), progress.phase, left) == (calls, phase, [])
    kept = {endpoint.found["EndpointConfigName"]} if endpoint.found else set()
    assert endpoint.configs == kept
    assert (progress.problem is None) == (phase == "serving")


def test_a_type_without_quota_is_passed_over() -> None:
    endpoint = FakeEndpoint("2@b", kind="instance", types="a b")
    endpoint.no_quota = {"3@a"}
    progress = run(endpoint)
    assert (progress.phase, progress.instance_types) == ("waiting", ["b"])
    progress = run(endpoint, progress)
    endpoint.arrive()
    assert run(endpoint, progress).phase == "serving"
    assert endpoint.calls == ["update 3@a", "forget 3@a", "update 3@b", "settle 3@b", "forget 2@b"]


def test_without_quota_for_any_type_nothing_is_left() -> None:
    endpoint = FakeEndpoint(kind="instance", types="a")
    endpoint.no_quota = {"3@a"}
    progress = run(endpoint)
    assert progress.phase == "failed"
    assert "the limit is 0" in str(progress.problem)
    assert (endpoint.found, endpoint.configs) == (None, set())


def test_a_failed_endpoint_is_made_anew() -> None:
    endpoint = FakeEndpoint("2")
    endpoint.arrive("Failed", "it died")
    progress = run(endpoint)
    assert (progress.phase, endpoint.calls) == ("waiting", ["delete"])
    assert run(endpoint, progress).created


def test_an_answer_that_was_lost_loses_no_old_version() -> None:
    """A retried step finds the swap begun by an attempt whose answer never arrived."""
    endpoint = FakeEndpoint("2")
    run(endpoint)
    endpoint.arrive()
    progress = run(endpoint)  # nothing is known of the first attempt
    assert progress.previous == "2"
    progress = run(endpoint, progress, DIFFERS)
    assert progress.phase == "rolling_back"
    assert endpoint.calls[-1] == "update 2"


def test_what_serves_already_is_looked_at_and_never_deleted() -> None:
    endpoint = FakeEndpoint("3")
    progress = run(endpoint)
    assert run(endpoint, progress).phase == "serving"
    assert run(endpoint, progress, DIFFERS).phase == "failed"
    assert endpoint.calls == ["settle 3"]


def test_another_executions_swap_is_waited_for() -> None:
    endpoint = FakeEndpoint("2")
    endpoint.found = {"EndpointStatus": "Updating", "EndpointConfigName": "2"}
    assert run(endpoint).phase == "waiting"
    assert endpoint.calls == []


ENDS = {
    "what serves": (FakeEndpoint("2@a", kind="none"), ["retire", "forget 2@a"]),
    "what a person left": (FakeEndpoint(kind="none"), ["retire", "forget 2"]),
    "nothing": (FakeEndpoint(kind="none"), []),
}
ENDS["what a person left"][0].configs = {"2"}


@pytest.mark.parametrize("case", ENDS)
def test_all_of_an_endpoint_goes_with_it(case: str) -> None:
    endpoint, calls = ENDS[case]
    was_there = endpoint.found is not None
    progress = run(endpoint)
    if was_there:
        assert (progress.phase, progress.previous) == ("ending", "2@a")
        progress = run(endpoint, progress)
    assert (progress.phase, endpoint.calls, endpoint.configs) == ("ended", calls, set())
