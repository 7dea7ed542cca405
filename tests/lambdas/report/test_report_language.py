"""Both catalogues say the same things; numbers are written as each language does."""

import re
import string
from collections.abc import Sequence

import pytest

from lambdas.report.contents import findings
from lambdas.report.language import LANGUAGES, language
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message


def places(text: str | Sequence[str]) -> set[str]:
    forms = [text] if isinstance(text, str) else text
    parsed = (part for form in forms for part in string.Formatter().parse(form))
    return {name for _, name, _, _ in parsed if name}


def test_english_and_spanish_have_the_same_texts_with_the_same_places() -> None:
    assert set(LANGUAGES) == {"en", "es"}
    english, spanish = language("en").texts, language("es").texts
    assert english.keys() == spanish.keys()
    for key, text in english.items():
        assert places(text) == places(spanish[key]), key
        assert isinstance(text, str) == isinstance(spanish[key], str), f"{key}: its plural"


@pytest.mark.parametrize("code", LANGUAGES)
def test_counts_are_grammatical(code: str) -> None:
    """Whatever has two forms takes the first for 1 alone, and the count as it is written."""
    words = language(code)
    for key, text in words.texts.items():
        if not isinstance(text, str):
            values = dict.fromkeys(places(text), "x")
            said = {count: words(key, **{**values, "count": count}) for count in (0, 1, 2, 12345)}
            assert said[1] != said[2].replace("2", "1"), key
            assert said[0] == said[2].replace("2", "0"), key
            assert words.whole(12345) in said[12345], key


@pytest.mark.parametrize(
    ("code", "count", "said"),
    [
        ("en", 0, "0 groups are not shown."),
        ("en", 1, "1 group is not shown."),
        ("en", 2, "2 groups are not shown."),
        ("es", 0, "No se muestran 0 grupos."),
        ("es", 1, "No se muestra 1 grupo."),
        ("es", 2, "No se muestran 2 grupos."),
    ],
)
def test_a_text_of_the_report_has_a_plural(code: str, count: int, said: str) -> None:
    assert language(code)("groups.hidden", count=count) == said


def test_every_finding_and_failure_is_explained_in_spanish() -> None:
    explained, english = language("es").explanations, language("en").explanations
    assert explained.keys() == english.keys()
    for code, kind in english.items():
        said = explained[code]
        assert said.summary
        assert not said.summary.endswith(".")
        assert said.summary != kind.summary
        assert bool(said.advice) == bool(kind.advice), code
        settings = re.findall(r"“([a-z_]+)”", kind.advice)
        assert all(f"«{name}»" in said.advice for name in settings), code


def test_a_finding_is_told_in_the_reports_language() -> None:
    reason = Message("it has the same value in every row")
    message = Message("the column “{name}” is excluded: {reason}", name="site", reason=reason)
    found = [Finding("ConstantColumn", message, column="site").to_dict()]
    (spanish,) = findings(language("es"), found)
    assert (
        spanish["detail"]
        == "La columna «site» se excluye: tiene el mismo valor en todas las filas."
    )
    (english,) = findings(language("en"), found)
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
        ("en", -0.0, "0.00", "0"),
        ("en", -0.001, "0.00", "\u22120.001"),
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


@pytest.mark.parametrize(
    ("code", "other"),
    [
        ("en", "guessing|claimed|left out|seldom|told|stated probab|ceiling|whoever|no CSV"),
        (
            "es",
            "punto de conexión|campeona|característica|división|\\bpila\\b|declarad|borrar|omitid",
        ),
    ],
)
def test_each_thing_has_one_word(code: str, other: str) -> None:
    """Beside the chosen term no second one is used."""
    words = language(code)
    said = [text for key, text in words.texts.items() if not key.startswith("notification.subject")]
    said += [f"{each.summary} {each.advice}" for each in words.explanations.values()]
    said += list(words.wording.catalogue.values()) or list(language("es").wording.catalogue)
    for text in said:
        plain = re.sub(r"\{\w+\}", "", str(text))
        assert not re.search(other, plain, re.IGNORECASE), plain
