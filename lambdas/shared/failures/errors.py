"""One class per failure mode; its name is the code in executions, reports and notifications."""

# ruff: noqa: N818 - the names are codes that users read; "Error" would add nothing

from __future__ import annotations

from collections.abc import Sequence

from lambdas.shared.failures.messages import compose
from lambdas.shared.findings.finding import Finding, errors_of
from lambdas.shared.findings.message import Message


class MolinoError(Exception):
    """A known failure.

    Parameters
    ----------
    *details : Message
        Every problem found, with column and row but never with a cell's value.
    """

    def __init__(self, *details: Message) -> None:
        self.details = details
        super().__init__(self._message())

    def _message(self) -> str:
        return compose(self.code, map(str, self.details))

    @property
    def code(self) -> str:
        """The class's name."""
        return type(self).__name__


class DataError(MolinoError):
    """The upload or its settings can't be used; the user can mend it.

    Parameters
    ----------
    *findings : Finding or Message
        Every problem found; a message is one of the class's own code.
    """

    def __init__(self, *findings: Finding | Message) -> None:
        self.findings = tuple(
            found if isinstance(found, Finding) else Finding(self.code, found) for found in findings
        )
        super().__init__(*(finding.message for finding in self.findings))

    def _message(self) -> str:
        codes = dict.fromkeys([self.code, *(finding.code for finding in self.findings)])
        return compose(self.code, map(str, self.details), also=list(codes)[1:])


class EmptyFile(DataError):
    """The file has no content."""


class HeaderOnly(DataError):
    """The file has a header and no rows."""


class UnreadableFile(DataError):
    """The file is no CSV table that can be read without guessing."""


class NotCsv(UnreadableFile):
    """The file is of another kind, such as an Excel workbook."""


class ArchiveUnusable(UnreadableFile):
    """The file is compressed and does not hold exactly one readable file."""


class UnpackedTooLarge(UnreadableFile):
    """The file is compressed and exceeds a limit when unpacked."""


class UndecodableText(UnreadableFile):
    """The file has bytes that its encoding lacks."""


class NulBytes(UnreadableFile):
    """The file has zero bytes."""


class RaggedRows(UnreadableFile):
    """Rows have another number of fields than the header."""


class BrokenQuotes(UnreadableFile):
    """Quotation marks do not pair up."""


class TooManyColumns(UnreadableFile):
    """The file is too wide."""


class SettingsInvalid(DataError):
    """Settings are unknown, out of range or contradict each other."""


class ColumnNotFound(SettingsInvalid):
    """The settings name a column that the file lacks."""


class PositiveClassNotFound(SettingsInvalid):
    """The settings name a positive class that the target lacks."""


class GroupUnusable(DataError):
    """There are fewer groups than sides of the split."""


class TimeUnusable(DataError):
    """The column of times can't order the rows."""


class TargetNotFound(DataError):
    """The settings name a target that the file lacks."""


class NoUsableTarget(DataError):
    """No column can serve as target."""


class TooManyClasses(NoUsableTarget):
    """The target has too many different values for classes."""


class TaskUnfit(NoUsableTarget):
    """The target does not fit the task that the settings name."""


class SingleClass(DataError):
    """The target has one value only."""


class TooFewRows(DataError):
    """There are fewer rows than a split needs."""


class NoUsableFeatures(DataError):
    """No feature is left."""


class CostCeilingExceeded(DataError):
    """At worst, the run would cost more than is allowed."""


class TimeCeilingExceeded(DataError):
    """At worst, the run would take longer than is allowed."""


class NamesTooLong(DataError):
    """What a step would answer is more than the state machine can keep."""


class UploadNotFound(DataError):
    """The uploaded version is not in the bucket any more."""


class UploadLocked(DataError):
    """The uploaded version is there, but encrypted or archived so that it can't be read."""


class UploadReplaced(DataError):
    """A newer version was uploaded before this one was read."""


class RunError(MolinoError):
    """The upload may be fine; the run failed."""


class PreprocessingFailed(RunError):
    """The processing job ended as Failed."""


class PreprocessingStopped(RunError):
    """The processing job ended as Stopped."""


class TrainingFailed(RunError):
    """The training job ended as Failed."""


class TrainingStopped(RunError):
    """The training job ended as Stopped."""


class TuningFailed(RunError):
    """The tuning job ended without a best training job."""


class EndpointFailed(RunError):
    """The endpoint ended as Failed."""


class EndpointTimeout(RunError):
    """The endpoint was not InService in time."""


class EndpointRejected(RunError):
    """The endpoint answered a request with an error or with something else than predictions."""


class ServingFailed(RunError):
    """The champion was not taken into service; what served before still does."""


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


def raise_errors(findings: Sequence[Finding]) -> None:
    """Raise the first error's class with every error; do nothing if there is none.

    Raises
    ------
    DataError
        Of the first error's class.
    """
    errors = errors_of(findings)
    if errors:
        raise data_error(errors[0].code)(*errors)


def data_error(code: str) -> type[DataError]:
    """Return the class that a code names."""
    found = globals()[code]
    assert isinstance(found, type)  # noqa: S101 - a test holds registry and classes together
    assert issubclass(found, DataError)  # noqa: S101
    return found
