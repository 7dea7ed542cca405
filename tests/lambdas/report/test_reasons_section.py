"""The section on what drives the answers: every case and column, in both languages."""

import re
from typing import Any

import pytest
from markupsafe import Markup

from lambdas.report.language import LANGUAGES, language
from lambdas.report.reasons import reasons
from lambdas.shared.findings.message import Message

COLUMNS = ["age", "<b>sex</b>", "a very long name of a column that no one wants to read"]
OF = {"probability": "yes", "log_odds": "yes", "number": None}


def case(kind: str, row: int, unit: str) -> dict[str, Any]:
    known = {"actual": 3.5, "predicted": 4.25} if unit == "number" else {}
    return {
        "kind": kind,
        "row": row,
        "actual": "yes",
        "predicted": "no",
        **known,
        "of": OF[unit],
        "base": 0.25,
        "output": 0.5,
        "contributions": [
            {"name": COLUMNS[0], "contribution": 0.3, "level": 0.9},
            {"name": COLUMNS[1], "contribution": -0.1, "level": None},
        ],
        "others": 0.05,
    }


def measured(unit: str = "probability", **changed: Any) -> dict[str, Any]:
    features = [
        {"name": name, "contributions": [-0.2, 0.1, 0.1, 0.4], "levels": [0.1, 0.5, None, 1.0]}
        for name in COLUMNS
    ]
    spread = {"mean": [0.3, 0.4], "low": [0.1, 0.2], "high": [0.5, 0.9], "of": OF[unit]}
    found = {
        "unit": unit,
        "method": "exact",
        "of": OF[unit],
        "rows": 4,
        "features": [*features, {"name": "idle"}],
        "dependence": [
            {"name": "age", "is_number": True, "values": ["30", "50"], **spread},
            {"name": "sex", "is_number": False, "values": ["f", "<i>m</i>"], **spread},
        ],
        "cases": [case("typical", 3, unit), case("worst", 1234, unit)],
    }
    return {"reasons": found | changed}


def texts(drawn: Markup) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", drawn)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("unit", OF)
@pytest.mark.parametrize("method", ["exact", "sampled"])
def test_it_can_be_said_in_every_language_and_unit(code: str, unit: str, method: str) -> None:
    found = reasons(language(code), measured(unit, method=method))
    assert found is not None
    assert found["grey"]
    for caption, cases in found["cases"]:
        assert caption
        ((title, said, chart),) = cases
        assert any(digit in title for digit in "1234")
        assert said
        assert len(texts(chart)) == 2 * 3  # two columns and all others, a name and a number each


def test_a_case_says_what_moved_the_answer_and_by_how_much() -> None:
    found = reasons(language("en"), measured())
    assert found is not None
    (_, ((_, _, _),)), (_, ((title, said, chart),)) = found["cases"]
    assert title == "Test row 1,234"
    assert said == "Actually yes, predicted no. Probability of yes: 50.0%, starting from 25.0%."
    written = [
        "age (high)",
        "+30.0",
        "&lt;b&gt;sex&lt;/b&gt;",
        "\u221210.0",
        "all other columns",
        "+5.0",
    ]
    assert texts(chart) == written
    assert (chart.count('class="raises"'), chart.count('class="lowers"')) == (2, 1)
    assert "age (high) +30.0; &lt;b&gt;" in chart  # read aloud


def test_other_columns_are_left_out_where_there_are_none() -> None:
    alone = {**case("typical", 3, "probability"), "others": 0.0}
    found = reasons(language("en"), measured(cases=[alone]))
    assert found is not None
    ((_, ((_, _, chart),)),) = (group for group in found["cases"] if group[1])
    assert "other columns" not in chart
    assert len(texts(chart)) == 2 * len(alone["contributions"])


def test_log_odds_are_shown_with_the_probability_that_they_mean() -> None:
    found = reasons(language("en"), measured("log_odds"))
    assert found is not None
    _, ((_, said, chart),) = found["cases"][0]
    assert "Probability of yes: 62.2%, starting from 56.2%." in said
    assert "+0.30" in texts(chart)


def test_numbers_are_shown_in_their_unit() -> None:
    found = reasons(language("es"), measured("number"))
    assert found is not None
    _, ((_, said, _),) = found["cases"][0]
    assert said == "En realidad 3,5, predicho 0,5, partiendo de 0,25."
    assert [caption for caption, _ in found["dependence"]] == ["age", "sex"]


def test_every_row_is_a_dot_and_only_the_strongest_columns_are_drawn() -> None:
    found = reasons(language("en"), measured())
    assert found is not None
    drawn = found["swarm"]
    assert "<b>" not in drawn
    dots = {
        kind: sum(
            path.count("M") for path in re.findall(rf'd="([^"]*)" class="swarm {kind}"', drawn)
        )
        for kind in ("low", "middle", "high", "unknown")
    }
    assert dots == dict.fromkeys(dots, len(COLUMNS))
    assert "idle" not in drawn
    assert "a very long name of a col…" in drawn
    assert "percentage points" in drawn


def test_categories_are_drawn_one_by_one_and_escaped() -> None:
    found = reasons(language("en"), measured())
    assert found is not None
    (age, by_number), (_, by_category) = found["dependence"]
    assert age == "age: probability of yes"
    assert by_number.count("<circle") == by_category.count("<circle") == 2
    assert "&lt;i&gt;m&lt;/i&gt;" in by_category
    many = [str(value) for value in range(7)]
    spread: dict[str, Any] = {key: [0.1] * 7 for key in ("mean", "low", "high")}
    line = {"name": "age", "is_number": True, "values": many, "of": "yes", **spread}
    found = reasons(language("en"), measured(dependence=[line]))
    assert found is not None
    assert "polygon" in found["dependence"][0][1]


def test_a_model_that_gave_no_reasons_says_so() -> None:
    why = Message("explaining answers takes this model too long")
    for code in LANGUAGES:
        words = language(code)
        found = reasons(words, {"reasons": {"skipped": why.to_json()}})
        assert found == {"skipped": words.say(why)[0].upper() + words.say(why)[1:] + "."}


@pytest.mark.parametrize("older", [{}, {"reasons": None}])
def test_a_measurement_without_reasons_has_no_section(older: dict[str, Any]) -> None:
    assert reasons(language("en"), older) is None
