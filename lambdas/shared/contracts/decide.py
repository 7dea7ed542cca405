"""Whether to train, whether the candidate becomes the champion, and the champion's endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from lambdas.shared.contracts.contract import Contract, Tags
from lambdas.shared.contracts.evaluate import Evaluation, KnownChampion
from lambdas.shared.contracts.preprocess import PreparedDataset
from lambdas.shared.findings.message import Message

# starting, rolling_back and ending wait for the endpoint; serving, failed and ended are ends.
Phase = Literal["waiting", "starting", "rolling_back", "serving", "failed", "ending", "ended"]


class ReasonEvent(Contract):
    """The upload, and how the champion, if there is one, did on it."""

    execution_name: str
    prepared: PreparedDataset
    champion: KnownChampion | None = None
    champion_evaluation: Evaluation | None = None


class TrainingReason(Contract):
    """Whether to train, and why, or why not: a `Message` as JSON."""

    train: bool
    wording: Mapping[str, Any]


class Approval(Contract):
    """A person's answer, or that there was none in time."""

    approved: bool
    comment: str = ""
    is_answer: bool = True


class Question(Contract):
    """What a person is asked; the message lacks the task token at its end."""

    subject: str
    message: str


class DecisionSummary(Contract):
    """The decision in short; the whole of it is in ``decision.json``."""

    verdict: str
    asks: bool
    promoted: bool
    rule: str
    reason: str
    wording: Mapping[str, Any]
    package_arn: str
    version: int
    decision_uri: str
    question: Question | None = None


class GateEvent(Contract):
    """The candidate, the champion if there is one, and how both did.

    With ``approval``, the decision made before is settled by it.
    """

    execution_arn: str
    execution_name: str
    prepared: PreparedDataset
    container: Mapping[str, Any]
    tags: Tags
    approval_hours: int
    evaluation: Evaluation
    champion: KnownChampion | None = None
    champion_evaluation: Evaluation | None = None
    decision: DecisionSummary | None = None
    approval: Approval | None = None


class ServedVersion(Contract):
    """The version to serve, and its model's environment."""

    package_arn: str
    version: int
    environment: dict[str, str]


class ServingProgress(Contract):
    """How far the champion's endpoint has come.

    Parameters
    ----------
    endpoint_name : str
    phase : str
    created : bool
        Whether the endpoint was made for this version.
    previous : str or None
        Configuration that the endpoint had before, if there was one.
    config : str or None
        Configuration that is to serve, once it is chosen.
    instance_types : list of str or None
        Types that are left to try, the first of them now; empty for a serverless endpoint, None
        before the first is chosen.
    problem : str or None
        Why the new version does not serve, in English.
    wording : mapping or None
        The same as a message in JSON's types.
    """

    endpoint_name: str
    phase: Phase = "waiting"
    created: bool = False
    previous: str | None = None
    config: str | None = None
    instance_types: list[str] | None = None
    problem: str | None = None
    wording: Mapping[str, Any] | None = None

    def failing(self, phase: Phase, problem: Message) -> ServingProgress:
        """Return the progress of a version that will not serve."""
        worded = {"problem": str(problem), "wording": problem.to_json()}
        return self.model_copy(update={"phase": phase, **worded})


class ServeEvent(Contract):
    """The champion, its answers to the test rows, and the progress that an earlier call gave.

    Champion and evaluation are None where what serves is to end.
    """

    execution_arn: str
    prepared: PreparedDataset
    tags: Tags
    champion: ServedVersion | None
    is_new: bool
    evaluation: Evaluation | None
    progress: ServingProgress | None = None
