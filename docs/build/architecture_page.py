"""The tables and the picture of the architecture in ``docs/developers.md``.

``python -m docs.build.architecture_page`` renews them.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from docs.build.architecture_picture import picture, states
from docs.build.marks import DOCS, renewed
from infra.settings import Settings
from infra.synth import synthesize
from infra.workflow.state_machine import definition
from infra.workflow.stories import ACTUALS, PREDICTION, TRAINING, Story

PAGE, PICTURE = DOCS / "developers.md", DOCS / "architecture.svg"
_REMARK = re.compile(r"^ {2}(\S[^:#]*): +# (.+)$", re.MULTILINE)
_OF_EVERY_FUNCTION = ("logs", "xray")
_UNITS = ((86_400, "days"), (3600, "h"), (60, "min"))


def page(text: str, template: Mapping[str, Any]) -> str:
    """Return the page with its tables made anew.

    Parameters
    ----------
    text : str
        The page as it is.
    template : mapping
        The synthesized template.
    """
    tables = {
        "states": _states(TRAINING),
        "states of predict": _states(PREDICTION),
        "states of actuals": _states(ACTUALS),
    }
    return renewed(text, tables | {"roles": _roles(template)})


def _states(story: Story) -> Iterator[str]:
    remarks = dict(_REMARK.findall(story.text))
    yield "| state | does | at most | then | after an error |"
    yield "|---|---|---|---|---|"
    for name, state in states(definition(Settings(), story)):
        remark = f": {remarks[name]}" if name in remarks else ""
        cells = (
            f"`{name}`{remark}",
            _does(state),
            _time(state["TimeoutSeconds"]) if "TimeoutSeconds" in state else "",
            _names([*state.get("Choices", ()), {"Next": state.get("Next", state.get("Default"))}]),
            _names(state.get("Catch", ())),
        )
        yield f"| {' | '.join(cells)} |"


def _does(state: Mapping[str, Any]) -> str:
    if state["Type"] != "Task":
        return str(state["Type"])
    service, action = state["Resource"].removeprefix("arn:${Partition}:states:::").rsplit(":", 1)
    if service != "lambda":
        return f"`{service.removeprefix('aws-sdk:')}:{action}`"
    name = state["Arguments"]["FunctionName"].removeprefix("${").removesuffix("Arn}").lower()
    return f"[{name}](../lambdas/{name})"


def _names(ways: Any) -> str:
    """Name each next state once."""
    return ", ".join(f"`{name}`" for name in dict.fromkeys(way["Next"] for way in ways) if name)


def _time(seconds: int) -> str:
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds} s"


def _roles(template: Mapping[str, Any]) -> Iterator[str]:
    yield "| role | taken by | may |"
    yield "|---|---|---|"
    for logical, resource in template["Resources"].items():
        if resource["Type"] == "AWS::IAM::Role":
            properties = resource["Properties"]
            (trust,) = properties["AssumeRolePolicyDocument"]["Statement"]
            taken_by = trust["Principal"].get("Service", "people of the account")
            service = taken_by.removesuffix(".amazonaws.com")
            managed = [
                template["Resources"][found["Ref"]]["Properties"]
                for found in properties.get("ManagedPolicyArns", ())
            ]
            left_out = _OF_EVERY_FUNCTION if service == "lambda" else ()
            actions = "; ".join(
                f"`{name}`: {', '.join(sorted(found))}"
                for name, found in sorted(
                    _actions([*properties.get("Policies", ()), *managed]).items()
                )
                if name not in left_out
            )
            yield f"| {re.sub('[0-9A-F]{8}$', '', logical)} | {service} | {actions} |"


def _actions(policies: Any) -> dict[str, set[str]]:
    """Return the actions that are allowed, by service."""
    found: dict[str, set[str]] = defaultdict(set)
    for policy in policies:
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"] if statement["Effect"] == "Allow" else ()
            for action in [actions] if isinstance(actions, str) else actions:
                service, name = action.split(":")
                found[service].add(name)
    return found


if __name__ == "__main__":
    deployed = json.loads((synthesize() / f"{Settings().stack_name}.template.json").read_text())
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), deployed), encoding="utf-8")
    PICTURE.write_text(picture(deployed), encoding="utf-8")
