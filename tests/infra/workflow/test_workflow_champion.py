"""Executions with a champion: both are measured and torn down, and the verdict is followed."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.settings import Settings
from lambdas.shared.entry import STATE_BYTES
from localcloud.task_limits import refuse_large
from tests.contracts import CHAMPION, NO_LONGER, PREPARED, SERVERLESS
from tests.infra.workflow.definition import CONTEXT, deployed
from tests.infra.workflow.machine_run import AbortedError, Answer, Run, TaskError, run_machine
from tests.infra.workflow.test_workflow_runs import ANSWERS, DECISION, failing, in_turn

RUN = Callable[..., Run]
NAME = f"{PREPARED['resource_name']}-0"
DEPLOYED = ["Create model", "Create endpoint configuration", "Create endpoint", "Describe endpoint"]


def measured(endpoint: str) -> dict[str, Any]:
    return {"of": endpoint, "is_complete": True}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> RUN:
    def start(
        settings: Settings | None = None, serve: Any = None, redrives: int = 0, **changes: Answer
    ) -> Run:
        answers = ANSWERS | {
            "Preprocess upload": lambda _: {"Payload": PREPARED | {"serve": serve}},
            "Find champion": lambda _: {"Payload": {"champion": CHAMPION}},
            "Measure on test rows": lambda arguments: {
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


def test_champion_and_candidate_go_through_the_same_states_one_by_one(run: RUN) -> None:
    done = run()
    assert done.states() == [
        "Check queue",
        "Preprocess upload",
        "Find champion",
        *DEPLOYED,
        "Measure on test rows",
        "Delete endpoint and jobs",
        "Create training job",
        "Describe training job",
        *DEPLOYED,
        "Measure on test rows",
        "Delete endpoint and jobs",
        "Decide on promotion",
        "Write report",
        "Notify people",
        "Notify programs",
    ]
    models = [arguments for state, arguments in done.calls if state == "Create model"]
    assert [model["ModelName"] for model in models] == [f"{NAME}-champion", NAME]
    assert models[0]["PrimaryContainer"] == {
        "ModelPackageName": CHAMPION["package_arn"],
        "Environment": CHAMPION["environment"],
    }
    uris = [
        arguments["Payload"]["report_uri"]
        for state, arguments in done.calls
        if state == "Measure on test rows"
    ]
    assert uris == [f"{PREPARED['report_uri']}/champion", PREPARED["report_uri"]]
    found = [
        arguments["Payload"]["uris"]
        for state, arguments in done.calls
        if state == "Measure on test rows"
    ]
    # Each by its own columns; both on the candidate's rows and by its positive class.
    of_champion = PREPARED["uris"] | {"schema": CHAMPION["schema_uri"]}  # type: ignore[index]
    assert found == [of_champion, PREPARED["uris"]]
    torn_down = [
        arguments["Payload"]["endpoint_name"]
        for state, arguments in done.calls
        if state == "Delete endpoint and jobs"
    ]
    assert torn_down == [f"{NAME}-champion", NAME]
    gate = done.last("Decide on promotion")["Payload"]
    assert gate["evaluation"] == measured(NAME)
    assert gate["champion_evaluation"] == measured(f"{NAME}-champion")
    report = done.last("Write report")["Payload"]
    assert [endpoint["name"] for endpoint in report["endpoints"]] == torn_down
    assert all(endpoint["deleted"] for endpoint in report["endpoints"])


def test_a_champion_that_cannot_be_measured_is_not_deployed(run: RUN) -> None:
    problem = CHAMPION | {"problem": "these columns of it are missing now: “age”"}
    done = run(find_champion=lambda _: {"Payload": {"champion": problem}})
    assert done.states().count("Create model") == 1
    assert done.last("Decide on promotion")["Payload"]["champion"] == problem
    assert done.last("Decide on promotion")["Payload"]["champion_evaluation"] is None


@pytest.mark.parametrize(
    ("state", "key"),
    [("Create model", "ModelName"), ("Create endpoint", "EndpointName"),
     ("Measure on test rows", "endpoint_name")],
)  # fmt: skip
def test_a_champion_that_fails_is_torn_down_and_the_candidate_trained(
    run: RUN, state: str, key: str
) -> None:
    broken = only_for_champion(failing("SomeError"), ANSWERS[state], key)
    done = run(**{state: broken})
    assert done.status == "SUCCEEDED"
    torn_down = done.states().index("Delete endpoint and jobs")
    assert done.states()[torn_down + 1 : torn_down + 3] == [
        "Create training job",
        "Describe training job",
    ]
    _, teardown = done.calls[torn_down]
    assert teardown["Payload"]["endpoint_name"] == f"{NAME}-champion"
    assert done.last("Measure on test rows")["Payload"]["endpoint_name"] == NAME
    problem = done.last("Decide on promotion")["Payload"]["champion"]["problem"]
    assert problem == "it could not be evaluated (SomeError)"


ASKING_FOR_A_REASON: dict[str, Answer] = {
    "Preprocess upload": lambda _: {"Payload": PREPARED | {"retrain_when": ["drifted", "worse"]}}
}
WORDING = {"one": "nothing has drifted", "many": None, "values": {}}


def reason(*, train: bool) -> Answer:
    return lambda _: {"Payload": {"train": train, "wording": WORDING}}


def test_nothing_is_trained_without_a_reason(run: RUN) -> None:
    done = run(**ASKING_FOR_A_REASON, look_for_a_reason=reason(train=False))
    assert done.status == "SUCCEEDED"
    assert done.states()[-5:] == [
        "Delete endpoint and jobs",
        "Look for a reason",
        "Write report",
        "Notify people",
        "Notify programs",
    ]
    given = done.last("Look for a reason")["Payload"]
    assert (given["champion"], given["champion_evaluation"]) == (
        CHAMPION,
        measured(f"{NAME}-champion"),
    )
    report = done.last("Write report")["Payload"]
    assert report["reason"] == {"train": False, "wording": WORDING}
    assert (report["training"], report["champion_version"]) == (None, CHAMPION["version"])


def test_a_reason_is_looked_for_once_and_followed(run: RUN) -> None:
    trainings = in_turn(TaskError("SomeError", ""), {"TrainingJobArn": "arn"})
    changes = {"look_for_a_reason": reason(train=True), "create_training_job": trainings}
    done = run(redrives=1, **ASKING_FOR_A_REASON, **changes)
    assert done.ends == ["FAILED", "SUCCEEDED"]
    assert done.states().count("Look for a reason") == 1
    assert done.last("Write report")["Payload"]["reason"]["train"] is True


@pytest.mark.parametrize(("asked", "looks"), [([], 0), (["worse"], 1)])
def test_a_reason_is_looked_for_only_if_one_is_asked_for(
    run: RUN, asked: list[str], looks: int
) -> None:
    prepared = {"Payload": PREPARED | {"retrain_when": asked}}
    done = run(preprocess_upload=lambda _: prepared, look_for_a_reason=reason(train=True))
    assert done.states().count("Look for a reason") == looks
    assert done.states().count("Create training job") == 1


def test_a_run_that_was_started_for_a_reason_looks_for_none(
    run: RUN, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution: Any = CONTEXT["Execution"]
    monkeypatch.setitem(execution, "Input", execution["Input"] | {"reason": WORDING})
    done = run(**ASKING_FOR_A_REASON)
    assert "Create training job" in done.states()


def test_a_reason_that_cannot_be_looked_for_fails_the_run_and_a_redrive_goes_on_there(
    run: RUN,
) -> None:
    looks = in_turn(TaskError("SomeError", ""), reason(train=False)(None))
    done = run(redrives=1, **ASKING_FOR_A_REASON, look_for_a_reason=looks)
    assert done.ends == ["FAILED", "SUCCEEDED"]
    assert done.states().count("Measure on test rows") == 1


def test_a_champion_is_measured_once_and_not_blamed_for_a_failed_training(run: RUN) -> None:
    trainings = in_turn(TaskError("SomeError", ""), {"TrainingJobArn": "arn"})
    done = run(redrives=1, create_training_job=trainings)
    assert done.ends == ["FAILED", "SUCCEEDED"]
    models = [given["ModelName"] for state, given in done.calls if state == "Create model"]
    assert models == [f"{NAME}-champion", f"{NAME[:-1]}1"]
    gate = done.last("Decide on promotion")["Payload"]
    assert gate["champion"]["problem"] is None
    assert gate["champion_evaluation"] == measured(f"{NAME}-champion")


def test_a_champion_is_not_blamed_for_a_redrives_admission(run: RUN) -> None:
    go = ANSWERS["Check queue"](None)
    of_champion = measured(f"{NAME[:-1]}2-champion")
    evaluations = in_turn(
        AbortedError(), TaskError("EndpointRejected", "gone"), {"Payload": of_champion}
    )
    of_candidate = {"Payload": measured(NAME)}
    done = run(
        redrives=2,
        check_queue=in_turn(go, TaskError("Lambda.Unknown", "why"), go),
        measure_on_test_rows=only_for_champion(
            evaluations, lambda _: of_candidate, "endpoint_name"
        ),
    )
    assert done.ends == ["ABORTED", "FAILED", "SUCCEEDED"]
    gate = done.last("Decide on promotion")["Payload"]
    assert gate["champion"]["problem"] is None
    assert gate["champion_evaluation"] == of_champion


def test_a_champion_that_cannot_be_torn_down_fails_the_run(run: RUN) -> None:
    broken = only_for_champion(
        failing("TeardownIncomplete"), ANSWERS["Delete endpoint and jobs"], "endpoint_name"
    )
    done = run(delete_endpoint_and_jobs=broken)
    assert (done.status, done.error) == ("FAILED", "TeardownIncomplete")
    assert "Create training job" not in done.states()
    assert f"{NAME}-champion" in done.last("Write report")["Payload"]["teardown"]["remaining"]


@pytest.mark.parametrize("state", ["Decide on promotion", "Serve champion"])
def test_what_fails_after_teardown_is_reported_and_told(run: RUN, state: str) -> None:
    done = run(serve=SERVERLESS, **{state: failing("SomeError")})
    assert [*done.states()[-5:]] == [
        state,
        "Write report",
        "Notify people",
        "Notify programs",
        "Failed",
    ]
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
    gate = {
        "Decide on promotion": lambda _: {"Payload": ASKING},
        "Record approval": lambda _: {"Payload": SETTLED},
    }
    done = run(Settings(approval_hours=5), ask_for_approval=answer, **gate)
    assert done.states()[-6:] == [
        "Decide on promotion",
        "Ask for approval",
        "Record approval",
        "Write report",
        "Notify people",
        "Notify programs",
    ]
    assert done.last("Record approval")["Payload"]["approval"] == approval
    assert done.last("Record approval")["Payload"]["decision"] == ASKING
    assert done.last("Write report")["Payload"]["decision"] == SETTLED
    assert done.last("Record approval")["Payload"]["approval_hours"] == 5
    told = done.last("Ask for approval")
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
        serve=SERVERLESS,
        serve_champion=in_turn(_serving("starting"), _serving("starting"), _serving("serving")),
    )
    assert done.status == "SUCCEEDED"
    assert done.states()[-6:] == [
        "Serve champion",
        "Serve champion",
        "Serve champion",
        "Write report",
        "Notify people",
        "Notify programs",
    ]
    assert done.last("Serve champion")["Payload"]["progress"]["phase"] == "starting"
    assert (
        done.last("Serve champion")["Payload"]["champion"]["package_arn"] == DECISION["package_arn"]
    )
    assert done.last("Write report")["Payload"]["serving"]["phase"] == "serving"


def test_a_defended_champion_serves_too(run: RUN) -> None:
    rejected = DECISION | {"promoted": False, "verdict": "reject"}
    done = run(
        serve=SERVERLESS,
        decide_on_promotion=lambda _: {"Payload": rejected},
        serve_champion=lambda _: _serving("serving"),
    )
    payload = done.last("Serve champion")["Payload"]
    assert payload["champion"]["package_arn"] == CHAMPION["package_arn"]
    assert payload["evaluation"] == measured(f"{NAME}-champion")
    assert payload["is_new"] is False


@pytest.mark.parametrize("champion", [CHAMPION, None])
def test_what_serves_is_ended_whatever_was_decided(
    run: RUN, champion: dict[str, Any] | None
) -> None:
    done = run(
        serve=NO_LONGER,
        find_champion=lambda _: {"Payload": {"champion": champion}},
        decide_on_promotion=lambda _: {"Payload": DECISION | {"promoted": False}},
        serve_champion=in_turn(_serving("ending"), _serving("ended")),
    )
    assert (done.status, done.states().count("Serve champion")) == ("SUCCEEDED", 2)
    payload = done.last("Serve champion")["Payload"]
    assert (payload["champion"], payload["is_new"]) == (None, False)
    assert done.last("Write report")["Payload"]["serving"]["phase"] == "ended"


def test_a_champion_that_does_not_come_up_is_none(run: RUN) -> None:
    problem = "the canary failed: test row 1 is answered otherwise"
    done = run(
        serve=SERVERLESS,
        serve_champion=in_turn(_serving("starting"), _serving("failed", problem=problem)),
    )
    assert (done.status, done.error) == ("FAILED", "ServingFailed")
    report = done.last("Write report")["Payload"]
    assert report["decision"]["promoted"] is False
    assert report["failure"] == {"Error": "ServingFailed", "Cause": problem}


def test_a_serving_endpoint_that_never_comes_is_given_up(run: RUN) -> None:
    settings = Settings(endpoint_wait_seconds=15, endpoint_wait_limit_seconds=60)
    done = run(settings, serve=SERVERLESS, serve_champion=lambda _: _serving("starting"))
    assert done.states().count("Serve champion") == 4
    assert done.error == "EndpointTimeout"


def test_nobody_is_asked_and_nothing_served_unless_wanted(run: RUN) -> None:
    assert not {"Ask for approval", "Record approval", "Serve champion"} & set(run().states())


def test_throttling_of_the_question_is_retried(run: RUN) -> None:
    turns = in_turn(TaskError("SNS.AmazonSNSException", "Rate exceeded"), {"approved": True})
    done = run(
        decide_on_promotion=lambda _: {"Payload": ASKING},
        record_approval=lambda _: {"Payload": SETTLED},
        ask_for_approval=turns,
    )
    assert done.status == "SUCCEEDED"


def test_the_report_is_given_no_more_than_step_functions_passes_on(run: RUN) -> None:
    """Everything that steps may answer at most, of a run with a champion that could not serve."""
    problem = "x" * (STATE_BYTES - 200)
    much = {"text": "x" * (STATE_BYTES - 1500)}
    prepared = PREPARED | much | {"serve": SERVERLESS}

    def answer(found: dict[str, Any]) -> Answer:
        return lambda _: {"Payload": found | much}

    done = run(
        preprocess_upload=lambda _: {"Payload": prepared},
        measure_on_test_rows=answer({"is_complete": True}),
        decide_on_promotion=answer(DECISION),
        delete_endpoint_and_jobs=answer({"deleted": ["x" * 1400], "remaining": []}),
        serve_champion=lambda _: {"Payload": {"phase": "failed", "problem": problem}},
    )
    payload = done.last("Write report")["Payload"]
    assert payload["failure"]["Error"] == "ServingFailed"
    refuse_large(payload, "Report's payload")
    assert len(json.dumps(payload)) > 5 * STATE_BYTES
