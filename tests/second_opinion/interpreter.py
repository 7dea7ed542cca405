"""Runs the definition in another interpreter: moto's, of the ASL, with the JSONata of its authors.

moto's interpreter is LocalStack's, written by others than ministack's; jsonata on npm is what
defines the language. Service calls are answered by the test, as in
`tests.infra.workflow.machine_run`.
"""

import copy
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function import wait_function
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.evaluation_details import AWSExecutionDetails
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext
from moto.stepfunctions.parser.asl.eval.states import ContextObjectData
from moto.stepfunctions.parser.asl.jsonata import jsonata
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

from operate.cdk import NODE_FOLDER
from tests.infra.workflow.definition import ACCOUNT, CONTEXT, REGION
from tests.infra.workflow.machine_run import Answer, Run, TaskError

_EVALUATE = """
const jsonata = require('jsonata');
require('readline').createInterface({input: process.stdin}).on('line', async (line) => {
  let answer;
  try {
    const expression = jsonata(JSON.parse(line));
    expression.registerFunction('parse', (text) => JSON.parse(text));
    const found = await expression.evaluate(undefined);
    answer = found === undefined ? {missing: true} : {found};
  } catch (error) { answer = {error: error.message}; }
  console.log(JSON.stringify(answer));
});
"""


@contextmanager
def reference_jsonata(modules: Path) -> Iterator[None]:
    """Let moto evaluate expressions by jsonata of npm; it has no evaluator of its own."""
    process = subprocess.Popen(
        [str(NODE_FOLDER / "node"), "-e", _EVALUATE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"NODE_PATH": str(modules)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    ask, answers = process.stdin, process.stdout

    def evaluate(expression: str) -> Any:
        ask.write(json.dumps(expression) + "\n")
        ask.flush()
        answer = json.loads(answers.readline())
        if "found" not in answer:  # Step Functions refuses what is missing, too
            raise jsonata.JSONataException("UNKNOWN", answer.get("error", "no result"))
        return answer["found"]

    jsonata._eval_jsonata = evaluate
    try:
        yield
    finally:
        jsonata._eval_jsonata = None
        process.terminate()
        process.wait()


@cache  # a definition takes ten times as long to parse as to run
def _parsed(text: str) -> Any:
    return AmazonStateLanguageParser.parse(text)[0]


def run_elsewhere(
    monkeypatch: pytest.MonkeyPatch, machine: dict[str, Any], answers: dict[str, Answer]
) -> Run:
    """Run to the end, as `run_machine` does; not redriven, which moto does not know."""
    run = Run()

    def execute(self: Any, env: Environment) -> None:
        data = env.states.context_object.context_object_data
        data["State"].setdefault("RetryCount", 0)
        data["Task"] = {"Token": CONTEXT["Task"]["Token"]}
        self.resource.eval(env=env)
        env.stack.pop()
        arguments = self._eval_parameters(env=env)
        state = data["State"]["Name"]
        run.calls.append((state, json.loads(json.dumps(arguments))))
        try:
            env.stack.append(answers[state](arguments))
        except TaskError as fault:
            raise FailureEventException(_failed(env, *fault.args)) from None

    monkeypatch.setattr(state_task_service.StateTaskService, "_eval_execution", execute)
    monkeypatch.setattr(
        wait_function.WaitFunction, "_wait_interval", lambda _self, env, wait_seconds: None
    )
    monkeypatch.setattr(retrier_decl.time, "sleep", lambda seconds: None)
    env = _environment()
    # moto waits for no job of SageMaker; here it would be the test that does.
    text = json.dumps(machine).replace("createProcessingJob.sync", "createProcessingJob")
    copy.deepcopy(_parsed(text)).eval(env)
    state = env.program_state()
    run.status = type(state).__name__
    if hasattr(state, "error"):
        run.error = (state.error or {}).get("error", "")
    return run


def _failed(env: Environment, error: str, cause: str) -> FailureEvent:
    details = TaskFailedEventDetails(error=error, cause=cause)
    name = ErrorName(error) if error.startswith("States.") else CustomErrorName(error)
    return FailureEvent(
        env=env,
        error_name=name,
        event_type=HistoryEventType.TaskFailed,
        event_details=EventDetails(taskFailedEventDetails=details),
    )


def _environment() -> Environment:
    execution = CONTEXT["Execution"] | {"RedriveCount": 0}
    context = {"Execution": execution, "StateMachine": {"Id": "machine", "Name": "m"}}
    return Environment(
        aws_execution_details=AWSExecutionDetails(ACCOUNT, REGION, "role"),
        execution_type="STANDARD",
        context=ContextObjectData(**context),  # type: ignore[typeddict-item]
        event_history_context=EventHistoryContext.of_program_start(),
        cloud_watch_logging_session=None,
        activity_store={},
    )
