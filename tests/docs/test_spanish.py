"""README.es.md says what README.md says: heading by heading, command by command, link by link."""

import re
from collections import Counter

from tests.docs.blocks import PROJECT, blocks

ENGLISH, SPANISH = PROJECT / "README.md", PROJECT / "README.es.md"
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def _found(pattern: str) -> tuple[list[str], list[str]]:
    """Return what a pattern finds in both pages, outside their code blocks."""
    english, spanish = (
        re.findall(pattern, _FENCED.sub("", page.read_text(encoding="utf-8")))
        for page in (ENGLISH, SPANISH)
    )
    return english, spanish


def test_the_headings_are_as_many_and_translated() -> None:
    english, spanish = _found(r"(?m)^(#+) (.+)$")
    assert [level for level, _ in spanish] == [level for level, _ in english]
    assert {text for _, text in spanish} & {text for _, text in english} == {"Molino"}


def test_the_code_is_the_same_but_for_comments() -> None:
    english, spanish = (
        [(b.language, b.commands if b.language == "sh" else b.text) for b in blocks(page)]
        for page in (ENGLISH, SPANISH)
    )
    assert len(english) > 5
    assert spanish == english


def test_each_leads_to_the_other_and_both_to_the_same_pages() -> None:
    english, spanish = _found(r"\]\(([^)]+)\)")
    assert english[0] == SPANISH.name
    assert spanish[0] == ENGLISH.name
    assert spanish[1:] == english[1:]


def test_what_is_written_as_code_is_the_same() -> None:
    # In another order where the language wants it.
    english, spanish = map(Counter, _found(r"`([^`\n]+)`"))
    assert len(english) > 20
    assert spanish == english


def test_paragraphs_are_as_many() -> None:
    counts = [len(re.split(r"\n\s*\n", page.read_text().strip())) for page in (ENGLISH, SPANISH)]
    assert counts[1] == counts[0] + 1  # that the pages behind it are in English
