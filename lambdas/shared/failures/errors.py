"""One class per failure mode; its name is the code in executions, reports and notifications."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lambdas.shared.failures.messages import EXPLANATIONS, compose
from lambdas.shared.findings.finding import Finding, errors_of
from lambdas.shared.findings.kinds import KINDS
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
    """The upload or its settings can't be used; the user can correct it.

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


class RunError(MolinoError):
    """The upload may be fine; the run failed."""


# A class for each failure mode that the tables of findings and of messages explain: ``EmptyFile``
# and the other errors among the findings are DataErrors, ``TrainingFailed`` and the like RunErrors.
for _code, _explanation in EXPLANATIONS.items():
    _base = DataError if _code in KINDS else RunError
    globals()[_code] = type(
        _code, (_base,), {"__doc__": f"{_explanation.summary}.", "__module__": __name__}
    )

if TYPE_CHECKING:

    def __getattr__(code: str) -> type[DataError]:
        """Stand for these classes; what can be done with a RunError, can be with a DataError."""


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
    found: type[DataError] = globals()[code]
    return found


def frames(error: BaseException) -> list[str]:
    """Return ``file:line function`` of each frame of an exception's traceback, outermost first."""
    return [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
