"""Both catalogues say the same things; numbers are written as each language does."""

import re
import string

import pytest

from lambdas.report.contents import findings
from lambdas.report.language import LANGUAGES, language
from lambdas.shared.finding_kinds import KINDS
from lambdas.shared.findings import Finding
from lambdas.shared.message import Message
from lambdas.shared.messages import EXPLANATIONS


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_english_and_spanish_have_the_same_texts_with_the_same_places() -> None:
    assert set(LANGUAGES) == {"en", "es"}
    english, spanish = language("en").texts, language("es").texts
    assert english.keys() == spanish.keys()
    for key, text in english.items():
        assert places(text) == places(spanish[key]), key


def test_every_finding_and_failure_is_explained_in_spanish() -> None:
    explained = language("es").explained
    english = {**KINDS, **EXPLANATIONS}
    assert explained.keys() == english.keys(), "see lambdas/report/texts/explained/es.json"
    for code, kind in english.items():
        said = explained[code]
        assert said["summary"]
        assert not said["summary"].endswith(".")
        assert said["summary"] != kind.summary
        assert bool(said["advice"]) == bool(kind.advice), code
        settings = re.findall(r"“([a-z_]+)”", kind.advice)
        assert all(f"«{name}»" in said["advice"] for name in settings), code


def test_a_finding_is_told_in_the_reports_language() -> None:
    reason = Message("it has the same value in every row")
    message = Message("the column “{name}” is excluded: {reason}", name="site", reason=reason)
    found = [Finding("ConstantColumn", message, column="site").to_dict()]
    (spanish,) = findings(language("es"), found)
    assert spanish["summary"] == "Una columna se deja fuera porque nunca cambia."
    assert (
        spanish["detail"]
        == "La columna «site» se excluye: tiene el mismo valor en todas las filas."
    )
    (english,) = findings(language("en"), found)
    assert english["summary"] == ""
    assert english["detail"] == "The column “site” is excluded: it has the same value in every row."


def test_an_unknown_language_is_english() -> None:
    assert language("xx").code == language(None).code == "en"


@pytest.mark.parametrize(
    ("code", "value", "fixed", "figures"),
    [
        ("en", 12345.678, "12,345.68", "12,346"),
        ("es", 12345.678, "12\u202f345,68", "12\u202f346"),
        ("en", -0.5, "\u22120.50", "\u22120.5"),
        ("es", 0.0001234567, "0,00", "0,0001235"),
        ("en", 0.0, "0.00", "0"),
        ("en", 3e-9, "0.00", "3 \u00d7 10⁻⁹"),
        ("es", 1.2e-7, "0,00", "1,2 \u00d7 10⁻⁷"),
        ("en", 2e15, "2,000,000,000,000,000.00", "2 \u00d7 10¹⁵"),
        ("en", 100.0, "100.00", "100"),
        ("en", 1143.0, "1,143.00", "1,143"),
        ("es", 1143.0, "1143,00", "1143"),
        ("es", -1234.5, "\u22121234,50", "\u22121234"),
    ],
)
def test_numbers(code: str, value: float, fixed: str, figures: str) -> None:
    assert language(code).fixed(value, 2) == fixed
    assert language(code).figures(value) == figures


def test_percentages() -> None:
    assert language("en").percent(0.953) == "95.3%"
    assert language("es").percent(0.953) == "95,3\u00a0%"
