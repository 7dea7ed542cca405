"""From a file of what really happened to what is told of it."""

from __future__ import annotations

from lambdas.shared.contracts.contract import Contract
from lambdas.shared.contracts.report import Execution, TaskFailure, Upload
from lambdas.shared.names.paths import RunPaths, dataset_of


class ActualsEvent(Contract):
    """One version of one upload, and the execution it belongs to."""

    execution_name: str
    bucket: str
    key: str
    version_id: str = ""


class ComparedActuals(Contract):
    """How many rows could be compared with predictions; no cell's value.

    Parameters
    ----------
    key : str
        The column that identifies rows.
    rows, known, matched : int
        Of the file; that say what happened; of these, that were predicted.
    pairs : int
        Predictions of them: a row may have been predicted several times.
    quality_uri : str
        How good the predictions were.
    """

    dataset: str
    language: str
    target: str
    key: str
    rows: int
    known: int
    matched: int
    pairs: int
    quality_uri: str


class ComparisonEvent(Contract):
    """Everything known of an execution that compares; None where it did not get that far."""

    execution: Execution
    upload: Upload
    language: str | None = None
    compared: ComparedActuals | None = None
    failure: TaskFailure | None = None

    @property
    def paths(self) -> RunPaths:
        """Where the execution's results are; known even if nothing was read."""
        return RunPaths(self.upload.bucket, dataset_of(self.upload.key), self.execution.name)
