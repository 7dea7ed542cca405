"""The setting `threshold`: what the decision threshold is chosen for, however it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from lambdas.shared.findings.message import Message
from lambdas.shared.settings.values import Refused
from training.written_aims import BALANCED, Aim

_COSTS = ("false_negative", "false_positive")
_SHARE = re.compile(r"(sensitivity|specificity)\s*(?:>=|≥)\s*(\S+)")
_COST = re.compile(r'\{?\s*"?cost"?\s*[:=]\s*\{(.*?)\}\s*\}?', re.DOTALL)
_PAIR = re.compile(r'\s*"?(\w+)"?\s*[:=]\s*"?([^\s"]+)"?\s*')


def setting_of(aim: Aim) -> str:
    """Return an aim as settings have it."""
    if aim.kind == "cost":
        pairs = (f'"{name}": {each}' for name, each in zip(_COSTS, aim.written, strict=True))
        return f"cost: {{{', '.join(pairs)}}}"
    return aim.text if aim.kind == "number" else ">=".join([aim.kind, *aim.written])


def read_aim(value: Any) -> Aim:
    """Read the setting as YAML has it, or as one text.

    Raises
    ------
    Refused
        If it is none of what there is; the message names all.
    """
    try:
        aim = _of_mapping(value) if isinstance(value, Mapping) else _of_text(str(value))
    except (ValueError, TypeError, KeyError):
        raise _none_of_them() from None
    if not aim.is_possible:
        raise _none_of_them()
    return aim


def _of_mapping(value: Mapping[str, Any]) -> Aim:
    ((kind, costs),) = value.items()
    if kind != "cost" or set(costs) != set(_COSTS):
        raise KeyError
    return Aim("cost", tuple(float(costs[name]) for name in _COSTS))


def _of_text(text: str) -> Aim:
    written = text.strip().lower()
    if written in (BALANCED, "f1"):
        return Aim(written)
    if share := _SHARE.fullmatch(written):
        return Aim(share[1], (float(share[2]),))
    if cost := _COST.fullmatch(written):
        one, other = (_PAIR.fullmatch(pair) for pair in cost[1].split(","))
        return _of_mapping({"cost": {pair[1]: pair[2] for pair in (one, other) if pair}})
    return Aim("number", (float(written),))


def _none_of_them() -> Refused:
    return Refused(
        Message(
            "it must be balanced, f1, a number between 0 and 1, or such as {examples}",
            examples='sensitivity>=0.95, specificity>=0.9, cost: {"false_negative": 10, '
            '"false_positive": 1}',
        )
    )


ThresholdAim = Annotated[str, BeforeValidator(lambda value: setting_of(read_aim(value)))]


def threshold_misfits(aim: str | None, task: str) -> list[Message]:
    """Return a sentence if the aim does not fit the task."""
    if aim is None or task == "binary":
        return []
    if task == "regression":
        return [Message("“threshold” decides between classes, but the task is regression")]
    if aim == BALANCED:
        return []
    return [
        Message(
            "“threshold” is {aim}, an aim for two classes; for more there is only balanced",
            aim=aim,
        )
    ]
