"""Executions with a champion: both are measured and torn down, and the verdict is followed."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.settings import Settings
from lambdas.shared.entry import STATE_BYTES
from localcloud.task_limits import refuse_large
from tests.infra.definition import PREPARED, deployed
from tests.infra.machine_run import AbortedError, Answer, Run, TaskError, run_machine
from tests.infra.test_workflow_runs import ANSWERS, DECISION, failing, in_turn

RUN = Callable[..., Run]
CHAMPION = {
    "package_arn": "arn:aws:sagemaker:eu-west-1:123456789012:model-package/g/4",
    "version": 4,
    "environment": {"SAGEMAKER_PROGRAM": "inference.py"},
    "manifest_uri": "s3://molino-bucket/datasets/d/before/manifest.json",
    "schema_uri": "s3://molino-bucket/datasets/d/before/schema/",
    "problem": None,
}
NAME = f"{PREPARED['resource_name']}-0"
DEPLOYED = ["CreateModel", "CreateEndpointConfig", "CreateEndpoint", "DescribeEndpoint"]


def measured(endpoint: str) -> dict[str, Any]:
    return {"of": endpoint, "is_complete": True}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> RUN:
    def start(
        settings: Settings | None = None, serve: bool = False, redrives: int = 0, **changes: Answer
    ) -> Run:
        answers = ANSWERS | {
            "Preprocess": lambda _: {"Payload": PREPARED | {"serve": serve}},
            "FindChampion": lambda _: {"Payload": {"champion": CHAMPION}},
            "Evaluate": lambda arguments: {
                "Payload": {"of": arguments["Payload"]["endpoint_name"], "is_complete": True}
            },
        }
        return run_machine(monkeypatch, deployed(settings), answers | changes, redrives)

    return start


def only_for_champion(answer: Answer, otherwise: Answer, key: str) -> Answer:
    def give(arguments: dict[str, Any]) -> Any:
        payload = arguments.get("Payload", arguments)
        return (answer if str(payload[key]).endswith("-champion") else otherwise)(arguments)

    return give


def test_candidate_and_champion_go_through_the_same_states_one_by_one(run: RUN) -> None:
    done = run()
    assert done.states() == [
        "Admit", "Preprocess", "Train", "DescribeTraining", "FindChampion", *DEPLOYED, "Evaluate",
        "Teardown",
        *DEPLOYED, "Evaluate", "Teardown", "Gate", "Report", "Notify", "Announce",
    ]  # fmt: skip
    models = [arguments for state, arguments in done.calls if state == "CreateModel"]
    assert [model["ModelName"] for model in models] == [NAME, f"{NAME}-champion"]
    assert models[1]["PrimaryContainer"] == {
        "ModelPackageName": CHAMPION["package_arn"],
        "Environment": CHAMPION["environment"],
    }
    uris = [
        arguments["Payload"]["report_uri"] for state, arguments in done.calls if state == "Evaluate"
    ]
    assert uris == [PREPARED["report_uri"], f"{PREPARED['report_uri']}/champion"]
    found = [arguments["Payload"]["uris"] for state, arguments in done.calls if state == "Evaluate"]
    # Each by its own columns; both on the candidate's rows and by its positive class.
    of_champion = PREPARED["uris"] | {"schema": CHAMPION["schema_uri"]}  # type: ignore[index]
    assert found == [PREPARED["uris"], of_champion]
    torn_down = [
        arguments["Payload"]["endpoint_name"]
        for state, arguments in done.calls
        if state == "Teardown"
    ]
    assert torn_down == [NAME, f"{NAME}-champion"]
    gate = done.last("Gate")["Payload"]
    assert gate["evaluation"] == measured(NAME)
    assert gate["champion_evaluation"] == measured(f"{NAME}-champion")
    report = done.last("Report")["Payload"]
    assert [endpoint["name"] for endpoint in report["endpoints"]] == torn_down
    assert all(endpoint["deleted"] for endpoint in report["endpoints"])


def test_a_champion_that_cannot_be_measured_is_not_deployed(run: RUN) -> None:
    problem = CHAMPION | {"problem": "these columns of it are missing now: “age”"}
    done = run(FindChampion=lambda _: {"Payload": {"champion": problem}})
    assert done.states().count("CreateModel") == 1
    assert done.last("Gate")["Payload"]["champion"] == problem
    assert done.last("Gate")["Payload"]["champion_evaluation"] is None


@pytest.mark.parametrize(
    ("state", "key"),
    [("CreateModel", "ModelName"), ("CreateEndpoint", "EndpointName"),
     ("Evaluate", "endpoint_name")],
)  # fmt: skip
def test_a_champion_that_fails_is_torn_down_and_decided_about(
    run: RUN, state: str, key: str
) -> None:
    broken = only_for_champion(failing("SomeError"), ANSWERS[state], key)
    done = run(**{state: broken})
    assert done.status == "SUCCEEDED"
    assert done.states()[-5:] == ["Teardown", "Gate", "Report", "Notify", "Announce"]
    assert done.last("Teardown")["Payload"]["endpoint_name"] == f"{NAME}-champion"
    problem = done.last("Gate")["Payload"]["champion"]["problem"]
    assert problem == "it could not be evaluated (SomeError)"


def test_a_champion_is_not_blamed_for_a_redrives_admission(run: RUN) -> None:
    go = ANSWERS["Admit"](None)
    of_champion = measured(f"{NAME[:-1]}2-champion")
    evaluations = in_turn(
        AbortedError(), TaskError("EndpointRejected", "gone"), {"Payload": of_champion}
    )
    of_candidate = {"Payload": measured(NAME)}
    done = run(
        redrives=2,
        Admit=in_turn(go, TaskError("Lambda.Unknown", "why"), go),
        Evaluate=only_for_champion(evaluations, lambda _: of_candidate, "endpoint_name"),
    )
    assert done.ends == ["ABORTED", "FAILED", "SUCCEEDED"]
    gate = done.last("Gate")["Payload"]
    assert gate["champion"]["problem"] is None
    assert gate["champion_evaluation"] == of_champion


def test_a_champion_that_cannot_be_torn_down_fails_the_run(run: RUN) -> None:
    broken = only_for_champion(failing("TeardownIncomplete"), ANSWERS["Teardown"], "endpoint_name")
    done = run(Teardown=broken)
    assert (done.status, done.error) == ("FAILED", "TeardownIncomplete")
    assert "Gate" not in done.states()
    assert f"{NAME}-champion" in done.last("Report")["Payload"]["teardown"]["remaining"]


@pytest.mark.parametrize("state", ["Gate", "Serve"])
def test_what_fails_after_teardown_is_reported_and_told(run: RUN, state: str) -> None:
    done = run(serve=True, **{state: failing("SomeError")})
    assert [*done.states()[-5:]] == [state, "Report", "Notify", "Announce", "Failed"]
    assert (done.status, done.error) == ("FAILED", "SomeError")


QUESTION = {"subject": "approval", "message": "aws stepfunctions --task-token "}
ASKING = DECISION | {"asks": True, "promoted": False, "question": QUESTION}
SETTLED = DECISION | {"rule": "person"}


@pytest.mark.parametrize(
    ("answer", "approval"),
    [
        (lambda _: {"approved": True, "comment": "seen"}, {"approved": True, "comment": "seen"}),
        (lambda _: {"approved": False}, {"approved": False, "comment": ""}),
        (lambda _: {}, {"approved": False, "comment": ""}),
        (
            failing("States.Timeout"),
            {"approved": False, "is_answer": False},
        ),
    ],
)
def test_a_persons_answer_settles_it(run: RUN, answer: Answer, approval: Any) -> None:
    gate = {"Gate": lambda _: {"Payload": ASKING}, "Settle": lambda _: {"Payload": SETTLED}}
    done = run(Settings(approval_hours=5), AskPerson=answer, **gate)
    assert done.states()[-6:] == ["Gate", "AskPerson", "Settle", "Report", "Notify", "Announce"]
    assert done.last("Settle")["Payload"]["approval"] == approval
    assert done.last("Settle")["Payload"]["decision"] == ASKING
    assert done.last("Report")["Payload"]["decision"] == SETTLED
    assert done.last("Settle")["Payload"]["approval_hours"] == 5
    told = done.last("AskPerson")
    assert told["Subject"] == QUESTION["subject"]
    assert told["Message"].startswith(QUESTION["message"])
    assert len(told["Message"]) > len(QUESTION["message"])  # by the token


def _serving(phase: str, **more: Any) -> Any:
    return {
        "Payload": {
            "endpoint_name": "molino-kept--d",
            "phase": phase,
            "problem": None,
            "wording": None,
        }
        | more
    }


def test_serve_is_called_until_the_champion_serves(run: RUN) -> None:
    done = run(
        serve=True, Serve=in_turn(_serving("starting"), _serving("starting"), _serving("serving"))
    )
    assert done.status == "SUCCEEDED"
    assert done.states()[-6:] == ["Serve", "Serve", "Serve", "Report", "Notify", "Announce"]
    assert done.last("Serve")["Payload"]["progress"]["phase"] == "starting"
    assert done.last("Serve")["Payload"]["champion"]["package_arn"] == DECISION["package_arn"]
    assert done.last("Report")["Payload"]["serving"]["phase"] == "serving"


def test_a_defended_champion_serves_too(run: RUN) -> None:
    rejected = DECISION | {"promoted": False, "verdict": "reject"}
    done = run(
        serve=True, Gate=lambda _: {"Payload": rejected}, Serve=lambda _: _serving("serving")
    )
    payload = done.last("Serve")["Payload"]
    assert payload["champion"]["package_arn"] == CHAMPION["package_arn"]
    assert payload["evaluation"] == measured(f"{NAME}-champion")
    assert payload["is_new"] is False


def test_a_champion_that_does_not_come_up_is_none(run: RUN) -> None:
    problem = "the canary failed: test row 1 is answered otherwise"
    done = run(serve=True, Serve=in_turn(_serving("starting"), _serving("failed", problem=problem)))
    assert (done.status, done.error) == ("FAILED", "ServingFailed")
    report = done.last("Report")["Payload"]
    assert report["decision"]["promoted"] is False
    assert report["failure"] == {"Error": "ServingFailed", "Cause": problem}


def test_a_serving_endpoint_that_never_comes_is_given_up(run: RUN) -> None:
    settings = Settings(endpoint_wait_seconds=15, endpoint_wait_limit_seconds=60)
    done = run(settings, serve=True, Serve=lambda _: _serving("starting"))
    assert done.states().count("Serve") == 4
    assert done.error == "EndpointTimeout"


def test_nobody_is_asked_and_nothing_served_unless_wanted(run: RUN) -> None:
    assert not {"AskPerson", "Settle", "Serve"} & set(run().states())


def test_throttling_of_the_question_is_retried(run: RUN) -> None:
    turns = in_turn(TaskError("SNS.AmazonSNSException", "Rate exceeded"), {"approved": True})
    done = run(
        Gate=lambda _: {"Payload": ASKING}, Settle=lambda _: {"Payload": SETTLED}, AskPerson=turns
    )
    assert done.status == "SUCCEEDED"


def test_the_report_is_given_no_more_than_step_functions_passes_on(run: RUN) -> None:
    """Everything that steps may answer at most, of a run with a champion that could not serve."""
    problem = "x" * (STATE_BYTES - 200)
    much = {"text": "x" * (STATE_BYTES - 1500)}
    prepared = PREPARED | much | {"serve": True}

    def answer(found: dict[str, Any]) -> Answer:
        return lambda _: {"Payload": found | much}

    done = run(
        Preprocess=lambda _: {"Payload": prepared},
        Evaluate=answer({"is_complete": True}),
        Gate=answer(DECISION),
        Teardown=answer({"deleted": ["x" * 1400], "remaining": []}),
        Serve=lambda _: {"Payload": {"phase": "failed", "problem": problem}},
    )
    payload = done.last("Report")["Payload"]
    assert payload["failure"]["Error"] == "ServingFailed"
    refuse_large(payload, "Report's payload")
    assert len(json.dumps(payload)) > 5 * STATE_BYTES
