"""What the workflow hands over, and how far the swap has come."""

from __future__ import annotations

from typing import Any, Literal

from aws_lambda_powertools.utilities.parser import BaseModel

from lambdas.shared.findings.message import Message

# starting and rolling_back wait for the endpoint; serving and failed are ends.
Phase = Literal["waiting", "starting", "rolling_back", "serving", "failed"]


class Progress(BaseModel):
    """How far it has come.

    Parameters
    ----------
    endpoint_name : str
    phase : str
    created : bool
        Whether the endpoint was made for this version.
    previous : str or None
        Configuration that the endpoint had before, if there was one.
    problem : str or None
        Why the new version does not serve, in English.
    wording : dict or None
        The same as a message in JSON's types.
    """

    endpoint_name: str
    phase: Phase = "waiting"
    created: bool = False
    previous: str | None = None
    problem: str | None = None
    wording: dict[str, Any] | None = None

    def failing(self, phase: Phase, problem: Message) -> Progress:
        """Return the progress of a version that will not serve."""
        worded = {"problem": str(problem), "wording": problem.to_json()}
        return self.model_copy(update={"phase": phase, **worded})


class Prepared(BaseModel):
    """What is needed of preprocess's output."""

    dataset: str
    group: str
    target: str
    uris: dict[str, str]
    report_uri: str
    endpoint: dict[str, Any]


class Champion(BaseModel):
    """The version to serve, and its model's environment."""

    package_arn: str
    version: int
    environment: dict[str, str]


class ServeEvent(BaseModel):
    """The champion, its answers to the test rows, and the progress that an earlier call gave."""

    execution_arn: str
    prepared: Prepared
    tags: list[dict[str, str]]
    champion: Champion
    is_new: bool
    evaluation: dict[str, Any]
    progress: Progress | None = None
