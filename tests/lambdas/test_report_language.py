"""Both catalogues say the same things; numbers are written as each language does."""

import string

import pytest

from lambdas.report.language import LANGUAGES, language


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_english_and_spanish_have_the_same_texts_with_the_same_places() -> None:
    assert set(LANGUAGES) == {"en", "es"}
    english, spanish = language("en").texts, language("es").texts
    assert english.keys() == spanish.keys()
    for key, text in english.items():
        assert places(text) == places(spanish[key]), key


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
        ("en", 3e-9, "0.00", "3.000e\u221209"),
        ("en", 100.0, "100.00", "100"),
    ],
)
def test_numbers(code: str, value: float, fixed: str, figures: str) -> None:
    assert language(code).fixed(value, 2) == fixed
    assert language(code).figures(value) == figures
