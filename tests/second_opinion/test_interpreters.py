"""Two interpreters come to the same calls, with the same arguments, and to the same end."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.contracts import CHAMPION, PREPARED
from tests.infra.workflow.definition import deployed
from tests.infra.workflow.machine_run import Answer, Run, TaskError, run_machine
from tests.infra.workflow.test_workflow_runs import (
    ANSWERS,
    CLEARED,
    LARGE,
    NO_CAPACITY,
    TUNING,
    ends,
    failing,
    first,
    not_trained,
    tuned,
)
from tests.second_opinion.conftest import node
from tests.second_opinion.interpreter import reference_jsonata, run_elsewhere

_BROKEN = {"EndpointStatus": "Failed", "FailureReason": "The container did not pass its check"}
_THROTTLED = TaskError("SageMaker.SageMakerException", "Rate exceeded")


def _prepared(part: str, **changes: Any) -> dict[str, Answer]:
    prepared = PREPARED | {part: PREPARED[part] | changes}
    return {"Preprocess upload": lambda _: {"Payload": prepared}}


# What each run meets; made anew for each interpreter, as some answers come in turn.
RUNS: dict[str, Any] = {
    "the way through": dict,
    "a large upload": lambda: LARGE,
    # moto's Map gives no item to states in JSONata: what follows a best job is not compared.
    "tuned to no end": lambda: TUNING | {"Describe tuning job": lambda _: tuned(None, "Stopped")},
    "on spot machines": lambda: _prepared("training", spot=True, max_wait_seconds=90_000),
    "a serverless endpoint": lambda: _prepared("endpoint", kind="serverless"),
    "a champion": lambda: {"Find champion": lambda _: {"Payload": {"champion": CHAMPION}}},
    "refused": lambda: {"Preprocess upload": failing("SingleClass")},
    "throttled": lambda: {"Create model": first([_THROTTLED], ANSWERS["Create model"])},
    "no capacity at first": lambda: {"Describe training job": ends(NO_CAPACITY)},
    "training failed": lambda: {
        "Describe training job": not_trained("Failed", "AlgorithmError: 1")
    },
    "training stopped": lambda: {"Describe training job": not_trained("Stopped")},
    "endpoint failed": lambda: {"Describe endpoint": lambda _: _BROKEN} | CLEARED,
    "access denied": lambda: {"Create endpoint": failing("SageMaker.SageMakerException", "denied")},
    "evaluation failed": lambda: {"Measure on test rows": failing("EndpointRejected")},
    "report failed": lambda: {"Write report": failing("UnexpectedError")},
    "notice lost": lambda: {"Notify people": failing("SNS.SnsException")},
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_TOKEN = re.compile(r'"task_token": "[^"]+"')


def _calls(run: Run) -> list[tuple[str, Any]]:
    """Return what was called, without times and tokens."""
    return [
        (state, json.loads(_TOKEN.sub('"task_token": ""', _TIME.sub("now", json.dumps(given)))))
        for state, given in run.calls
    ]


@pytest.mark.parametrize("name", RUNS)
def test_both_do_the_same(monkeypatch: pytest.MonkeyPatch, modules: Path, name: str) -> None:
    ours = run_machine(monkeypatch, deployed(), ANSWERS | RUNS[name]())
    with reference_jsonata(modules):
        theirs = run_elsewhere(monkeypatch, deployed(), ANSWERS | RUNS[name]())
    assert theirs.states() == ours.states()
    assert _calls(theirs) == _calls(ours)
    assert theirs.error == ours.error


_VALIDATE = """
const validate = require('asl-validator');
const found = validate(JSON.parse(require('fs').readFileSync(0)), {checkArn: true});
console.log(JSON.stringify(found.isValid ? '' : found.errorsText()));
"""


def test_the_validator_finds_nothing(modules: Path) -> None:
    assert node(modules, _VALIDATE, _on_one_line(deployed())) == ""
    wrong = deployed()
    wrong["States"]["Create training job"]["Next"] = "Nowhere"
    assert "Nowhere" in str(node(modules, _VALIDATE, _on_one_line(wrong)))


def _on_one_line(node: Any) -> Any:
    """Return it without line breaks in expressions, which the validator's patterns refuse."""
    if isinstance(node, dict):
        return {name: _on_one_line(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_on_one_line(value) for value in node]
    return re.sub(r"\s*\n\s*", " ", node) if isinstance(node, str) else node
