"""Whether it is an execution's turn."""

from __future__ import annotations

from typing import Literal

from lambdas.shared.contracts.contract import Contract

Verdict = Literal["GO", "WAIT", "REPLACED"]


class AdmissionEvent(Contract):
    """The execution that asks, its upload, and how often it has asked before in this try."""

    execution_name: str
    key: str
    state_machine_arn: str
    looks: int
    is_redriven: bool


class Notification(Contract):
    """A subject and a text."""

    subject: str
    message: str


class AdmissionAnswer(Contract):
    """What an execution is to do now.

    Parameters
    ----------
    verdict : str
    ahead : int or None
        How many are to end before; None if that could not be found out.
    wait_seconds : int
        Until the next check, if the verdict is to wait.
    language : str or None
        The dataset's, once the execution waits no more.
    notice : Notification or None
        For an execution that is replaced.
    """

    verdict: Verdict
    ahead: int | None
    wait_seconds: int
    language: str | None = None
    notice: Notification | None = None
