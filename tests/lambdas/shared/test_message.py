"""Messages: English by default, Spanish from a catalogue that has every template of the code."""

import ast
import json
import re
import string

import pytest

from docs.build.sort_messages import FOLDER, PLURALS, calls, plurals, text_of
from lambdas.report.language import language
from lambdas.shared.findings.message import Message, listed, sentence, together, verbatim

CATALOGUE = FOLDER / "es.json"
CALLS = list(calls())


def forms_of(call: ast.Call) -> list[str]:
    assert all(isinstance(argument, ast.Constant) for argument in call.args), (
        "templates are literal"
    )
    return [ast.literal_eval(argument) for argument in call.args]


def places(text: str) -> set[str]:
    found = [
        (name, form) for _, name, form, _ in string.Formatter().parse(text) if name is not None
    ]
    assert all(name.isidentifier() and not form for name, form in found), text
    return {name for name, _ in found}


def spanish() -> dict[str, str | list[str]]:
    def once(pairs: list[tuple[str, str | list[str]]]) -> dict[str, str | list[str]]:
        assert len({key for key, _ in pairs}) == len(pairs), "a template is there twice"
        return dict(pairs)

    return json.loads(CATALOGUE.read_text(encoding="utf-8"), object_pairs_hook=once)  # type: ignore[no-any-return]


@pytest.mark.parametrize(("where", "call"), CALLS, ids=[where for where, _ in CALLS])
def test_a_message_has_a_value_for_each_place_and_a_translation(where: str, call: ast.Call) -> None:
    forms = forms_of(call)
    given = {keyword.arg for keyword in call.keywords}
    named = set().union(*map(places, forms))
    if None not in given:  # of **values only their names are not known
        assert given - {"count"} <= named <= given, where
    assert len(forms) == 1 or "count" in given, f"{where}: the plural is chosen by count"
    assert not any(form.endswith(".") for form in forms), f"{where}: a clause, without full stop"
    own = spanish()[forms[0]]
    assert isinstance(own, str) == (len(forms) == 1), f"{where}: one form, or [for 1, for others]"
    translated = [own] if isinstance(own, str) else own
    assert set().union(*map(places, translated)) == named, where


# Places whose amount is never 1: limits, and what is told of many only.
NEVER_ONE = {
    "fewest",
    "most",
    "columns",
    "ratio",
    "rows",
    "classes",
    "distinct",
    "filled",
    "files",
    "jobs",
    "size",
}
_COUNTED = re.compile(
    r"\{(\w+)\} (?:different |test |more |new )*"
    r"(?:rows|columns|cells|values|lines|fields|jobs|groups|classes|files|hours|names|times)\b"
)


@pytest.mark.parametrize(("where", "call"), CALLS, ids=[where for where, _ in CALLS])
def test_an_amount_that_may_be_1_has_a_plural(where: str, call: ast.Call) -> None:
    for form in forms_of(call):
        assert set(_COUNTED.findall(form)) - {"count"} <= NEVER_ONE, where
    assert len(forms_of(call)) > 1 or "count" not in _COUNTED.findall(forms_of(call)[0]), where


def test_the_catalogue_is_sorted_and_has_nothing_else() -> None:
    """Sorted, so that additions by several people do not meet in one place."""
    known = {forms_of(call)[0] for _, call in CALLS}
    for said in language("en").explanations.values():  # of findings and failures
        known |= {text for text in (said.summary, said.advice) if text}
    assert spanish().keys() == known
    assert CATALOGUE.read_text(encoding="utf-8") == text_of(spanish()), "docs.build.sort_messages"
    assert PLURALS.read_text(encoding="utf-8") == text_of(plurals()), "docs.build.sort_messages"


@pytest.mark.parametrize(
    ("count", "english", "es"),
    [
        (0, "0 rows are excluded", "se excluyen 0 filas"),
        (1, "1 row is excluded", "se excluye 1 fila"),
        (2, "2 rows are excluded", "se excluyen 2 filas"),
        (1234, "1,234 rows are excluded", "se excluyen 1234 filas"),
        (12345, "12,345 rows are excluded", "se excluyen 12\u202f345 filas"),
    ],
)
def test_a_count_chooses_the_plural(count: int, english: str, es: str) -> None:
    message = Message("{count} row is excluded", "{count} rows are excluded", count=count)
    assert str(message) == english
    assert language("es").say(message) == es


def test_a_message_within_a_message_survives_json() -> None:
    message = Message(
        "the column “{name}” is excluded: {reason}",
        name="{place}",
        reason=Message("it is empty in every row"),
    )
    again = Message.from_json(json.loads(json.dumps(message.to_json())))
    assert again == message
    assert str(again) == "the column “{place}” is excluded: it is empty in every row"
    assert (
        language("es").say(again.to_json())
        == "la columna «{place}» se excluye: está vacía en todas las filas"
    )


def test_lists_are_cut() -> None:
    assert str(listed([7])) == "7"
    assert str(listed([1, 2000])) == "1 and 2000"
    assert str(listed(list(range(12)))).endswith("9 and 2 more")
    assert language("es").say(listed(["a", "b", "c"])) == "a, b y c"


def test_clauses_are_put_together() -> None:
    assert str(together([verbatim("a"), verbatim("b"), verbatim("c")])) == "a; b; c"


def test_a_sentence_has_a_capital_and_an_end() -> None:
    assert sentence("is it?") == "Is it?"
    assert sentence("it is") == "It is."
