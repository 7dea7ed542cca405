"""The registry of findings, its page, and the classes of its errors."""

import re

import pytest

from docs.build.findings_page import PAGE, page
from lambdas.shared.failures import errors
from lambdas.shared.failures.errors import DataError, data_error, raise_errors
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.kinds import KINDS
from lambdas.shared.findings.message import Message, verbatim


def test_the_page_is_current() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "run python -m docs.build.findings_page"


@pytest.mark.parametrize("code", KINDS)
def test_a_kind_says_what_it_means_and_what_to_do(code: str) -> None:
    kind = KINDS[code]
    assert re.fullmatch(r"([A-Z][a-z]+)+", code)
    assert kind.summary
    assert not kind.summary.endswith(".")
    assert kind.advice.endswith(".") or (kind.severity in ("info", "note", "warning"))
    if kind.severity == "error":
        assert kind.advice


def test_every_error_has_a_class_and_every_class_of_data_errors_a_kind() -> None:
    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, DataError) and value is not DataError
    }
    assert classes == {code for code, kind in KINDS.items() if kind.severity == "error"}
    assert all(data_error(code).__name__ == code for code in classes)


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(KeyError):
        Finding("NoSuchCode", verbatim("x"))


def test_errors_are_told_together_with_the_advice_of_each() -> None:
    findings = [
        Finding("ConstantColumn", verbatim("the column “a” is excluded")),
        Finding("RaggedRows", verbatim("row 7 has 2 fields"), row=7),
        Finding("SingleClass", verbatim("“y” has one value"), column="y"),
    ]
    with pytest.raises(errors.RaggedRows) as caught:
        raise_errors(findings)
    message = str(caught.value)
    assert caught.value.findings == tuple(findings[1:])
    assert "(1) Row 7 has 2 fields. (2) “y” has one value." in message
    assert KINDS["RaggedRows"].advice in message
    assert KINDS["SingleClass"].advice in message
    assert "“a”" not in message
    raise_errors(findings[:1])  # nothing to raise


def test_a_finding_as_json_is_whole() -> None:
    finding = Finding("RareClass", Message("two values are {how}", how="rare"), column="y", row=3)
    assert Finding.from_dict(finding.to_dict()) == finding
    assert finding.to_dict() == {
        "code": "RareClass",
        "severity": "warning",
        "message": "Two values are rare.",
        "column": "y",
        "row": 3,
        "advice": KINDS["RareClass"].advice,
        "wording": {"one": "two values are {how}", "many": None, "values": {"how": "rare"}},
    }
