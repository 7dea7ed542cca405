"""Which failures wake those who look after the account, and under which names they are told."""

import pytest

from lambdas.janitor.handler import is_fault, kind_of
from lambdas.shared.failures import errors
from lambdas.shared.failures.errors import DataError, MolinoError

CLASSES = [
    found
    for found in vars(errors).values()
    if isinstance(found, type) and issubclass(found, MolinoError)
]
CODES = {
    found.__name__: issubclass(found, DataError)
    for found in CLASSES
    if found not in (MolinoError, DataError, errors.RunError)
}


@pytest.mark.parametrize("code", CODES)
def test_only_what_the_uploader_cannot_mend_is_a_fault(code: str) -> None:
    assert is_fault(code) is not CODES[code]
    assert kind_of(code) == code


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("ReportFailed", "ReportFailed"),
        ("States.Runtime", "States.Runtime"),
        ("SomebodysError", "Other"),
        (None, "Other"),
    ],
)
def test_other_errors_are_faults_under_few_names(error: str | None, kind: str) -> None:
    assert is_fault(error)
    assert kind_of(error) == kind
