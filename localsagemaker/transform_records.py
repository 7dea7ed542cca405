"""A transform job's input objects as payloads: records, as many as fit, in the order of the object.

Facts from AWS's guide, "Use batch transform": records end at newlines, also at those within quotes
(CSV with embedded newlines is not supported there); a header line is a record like any other;
records of two objects are never in one payload.
"""

from collections.abc import Iterator
from typing import BinaryIO

from localsagemaker.job_run import INTERNAL

CLIENT_ERROR = "ClientError: See job logs for more information"
ALGORITHM_ERROR = "AlgorithmError: See job logs for more information"


class InputError(Exception):
    """An input object that could not be transformed.

    Parameters
    ----------
    reason
        What it makes the job's FailureReason.
    message
        What the job's log says.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason, message)
        self.reason, self.message = reason, message


def bad_data(message: str) -> InputError:
    """Return the error for data that is not as it has to be."""
    return InputError(CLIENT_ERROR, message)


def no_answer() -> InputError:
    """Return the error for a container whose connection broke."""
    return InputError(INTERNAL, "Unable to get response from algorithm")


def payloads(file: BinaryIO, *, by_line: bool, single: bool, most_bytes: int) -> Iterator[bytes]:
    """Yield an object's content in payloads of whole records.

    Parameters
    ----------
    by_line
        Whether a line is a record; otherwise the whole content is one.
    single
        One record in each payload, not as many as fit.
    most_bytes
        The size of a payload.

    Raises
    ------
    InputError
        For a record that is larger than a payload.
    """
    if not by_line:
        yield _fitting(file.read(most_bytes + 1), most_bytes)
        return
    batch: list[bytes] = []
    size = 0
    while line := _fitting(file.readline(most_bytes + 1), most_bytes):
        if batch and (single or size + len(line) > most_bytes):
            yield b"".join(batch)
            batch, size = [], 0
        batch.append(line)
        size += len(line)
    if batch:
        yield b"".join(batch)


def _fitting(record: bytes, most_bytes: int) -> bytes:
    if len(record) > most_bytes:
        raise bad_data("Too much data for max payload size")
    return record
