"""What the workflow hands to the gate."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.parser import BaseModel


class Prepared(BaseModel):
    """What the gate needs of preprocess's output."""

    dataset: str
    group: str
    task: str
    target: str
    algorithm: str
    uris: dict[str, str]
    report_uri: str
    gate: dict[str, Any]
    serve: bool = False
    language: str | None = None


class Approval(BaseModel):
    """A person's answer, or that there was none in time."""

    approved: bool
    comment: str = ""
    is_answer: bool = True


class GateEvent(BaseModel):
    """The candidate, the champion if there is one, and how both did.

    With ``approval``, the decision made before is settled by it.
    """

    execution_arn: str
    execution_name: str
    prepared: Prepared
    container: dict[str, Any]
    tags: list[dict[str, str]]
    approval_hours: int
    evaluation: dict[str, Any]
    champion: dict[str, Any] | None = None
    champion_evaluation: dict[str, Any] | None = None
    decision: dict[str, Any] | None = None
    approval: Approval | None = None
