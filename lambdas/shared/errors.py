"""One class per failure mode. Its name is the code that executions, reports and notices carry."""

# ruff: noqa: N818 - the names are codes that users read; "Error" would add nothing

from __future__ import annotations

from collections.abc import Sequence

from lambdas.shared.messages import compose


class MolinoError(Exception):
    """A known failure.

    Parameters
    ----------
    *details : str
        Every problem found, one sentence each without a full stop, with column and row but never
        with a cell's value.
    """

    def __init__(self, *details: str) -> None:
        self.details = details
        super().__init__(compose(self.code, details))

    @property
    def code(self) -> str:
        """The class's name."""
        return type(self).__name__


class DataError(MolinoError):
    """The upload or its settings can't be used; the user can mend it."""


class EmptyFile(DataError):
    """The file has no content."""


class HeaderOnly(DataError):
    """The file has a header and no rows."""


class UnreadableFile(DataError):
    """The file is no CSV table that can be read without guessing."""


class SettingsInvalid(DataError):
    """Settings are unknown or out of range."""


class TargetNotFound(DataError):
    """The settings name a target that the file lacks."""


class NoUsableTarget(DataError):
    """No column can serve as target."""


class SingleClass(DataError):
    """The target has one value only."""


class TooFewRows(DataError):
    """There are fewer rows than a split needs."""


class NoUsableFeatures(DataError):
    """No feature is left."""


class UploadNotFound(DataError):
    """The uploaded version is not in the bucket any more."""


class RunError(MolinoError):
    """The upload may be fine; the run failed."""


class TrainingFailed(RunError):
    """The training job ended as Failed."""


class TrainingStopped(RunError):
    """The training job ended as Stopped."""


class EndpointFailed(RunError):
    """The endpoint ended as Failed."""


class EndpointTimeout(RunError):
    """The endpoint was not InService in time."""


class EndpointRejected(RunError):
    """The endpoint answered a request with an error or with something else than predictions."""


class TeardownIncomplete(RunError):
    """Resources of the execution still exist; worth a retry."""


class AccessDenied(RunError):
    """A role lacks a permission."""


class QuotaExceeded(RunError):
    """An account quota stands in the way."""


class CapacityUnavailable(RunError):
    """AWS has no instance to give."""


class Throttled(RunError):
    """AWS refused a request for its rate."""


class TimedOut(RunError):
    """A state or the execution ran out of time."""


class OutOfMemory(RunError):
    """A function ran out of memory."""


class InvalidEvent(RunError):
    """A function's input does not fit its model."""


class UnexpectedError(RunError):
    """Anything without a class of its own; tells where, never what the original text said."""


def raise_together(problems: Sequence[DataError]) -> None:
    """Raise the first problem's class with every problem's details; do nothing without any.

    Raises
    ------
    DataError
        Of the first problem's class.
    """
    if problems:
        raise type(problems[0])(*(detail for problem in problems for detail in problem.details))
