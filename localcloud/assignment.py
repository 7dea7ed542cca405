"""Variables as Step Functions assigns them: all of a state's at once.

By AWS's manual ("Passing data between states with variables"), every expression of one ``Assign``
sees the values from before the state; ministack gives them one after the other.
"""

from typing import Any

from localcloud.ministack_internals import stepfunctions
from localcloud.task_limits import refuse_large


def assign_at_once(
    state_def: dict[str, Any],
    raw_input: Any,
    ctx: dict[str, Any] | None,
    result: Any = None,
    error_output: Any = None,
) -> None:
    """Stand for ministack's function of the same parameters."""
    assign = state_def.get("Assign")
    if ctx is None or not isinstance(assign, dict):
        return
    if stepfunctions.state_query_language(state_def, ctx) != "JSONata":
        return
    values = stepfunctions.apply_jsonata_template(assign, raw_input, ctx, result, error_output)
    refuse_large(values, "What the state assigns")
    ctx.setdefault("variables", {}).update(values)


def install() -> None:
    """Put it in place."""
    stepfunctions.apply_state_assign = assign_at_once
