"""Let a failed execution fail under its error's name, unless somebody has redriven it.

By the state's task token, not by an exception: Lambda would add a stack trace to its message.
"""

from __future__ import annotations

from lambdas.shared.aws import step_functions_client
from lambdas.shared.contracts.teardown import OutcomeAnswer, OutcomeEvent
from lambdas.shared.entry import entry
from lambdas.shared.observability import logger

# SendTaskFailure's limits.
_ERROR_LIMIT, _CAUSE_LIMIT = 256, 32_768


@entry(OutcomeEvent)
def handler(event: OutcomeEvent) -> OutcomeAnswer:
    """Fail the state with the execution's error and message; let a redriven execution go on."""
    client, answer = step_functions_client(), OutcomeAnswer(redriven=event.redriven)
    if event.redriven:
        client.send_task_success(taskToken=event.task_token, output=answer.model_dump_json())
    else:
        client.send_task_failure(
            taskToken=event.task_token,
            error=event.error[:_ERROR_LIMIT],
            cause=event.message[:_CAUSE_LIMIT],
        )
    logger.info("answered Step Functions", extra={"redriven": event.redriven, "error": event.error})
    return answer
