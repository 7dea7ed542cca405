"""Every link within the documentation leads somewhere, and every test that it names exists."""

import re
from pathlib import Path

import pytest

from tests.docs.blocks import PROJECT, pages
from tests.docs.keys import told_keys

_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def _links(page: Path) -> list[tuple[str, str]]:
    found = _LINK.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    return [(text, target) for text, target in found if "://" not in target]


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    plain = (re.sub(r"[^\w\- ]", "", head.lower()) for head in re.findall(r"(?m)^#+ (.+)$", text))
    return {head.replace(" ", "-") for head in plain}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for _, target in _links(page):
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        assert not anchor or anchor in _anchors(found), target


def test_every_page_that_code_names_exists() -> None:
    folders = (
        "infra",
        "operate",
        "lambdas",
        "training",
        "localcloud",
        "localemr",
        "localsagemaker",
        "tests",
    )
    files = [path for name in folders for path in (PROJECT / name).rglob("*.*")]
    named = {
        name
        for path in files
        if path.suffix in (".py", ".yaml", ".json")
        for name in re.findall(r"\bdocs/[\w.-]+\.(?:md|svg|json)", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 5
    assert [name for name in sorted(named) if not (PROJECT / name).exists()] == []


def test_every_test_that_is_named_exists() -> None:
    named = [
        (text.strip("`"), (page.parent / target).resolve())
        for page in pages()
        for text, target in _links(page)
        if text.startswith("`test_")
    ]
    assert len(named) > 20
    assert [
        name for name, path in named if not re.search(rf"(?m)^def {name}\(", path.read_text())
    ] == []


def test_every_threat_names_a_test() -> None:
    text = (PROJECT / "docs" / "security-and-privacy.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| [STRIDE, ]+ \|.*$", text)
    assert len(rows) > 20
    assert [row for row in rows if "[`test_" not in row] == []


def test_every_page_is_in_the_readmes_list() -> None:
    listed = {target for _, target in _links(PROJECT / "README.md")}
    assert {f"docs/{page.name}" for page in (PROJECT / "docs").glob("*.md")} <= listed


def test_the_privacy_page_tells_of_every_folder_of_the_bucket() -> None:
    text = (PROJECT / "docs" / "security-and-privacy.md").read_text(encoding="utf-8")
    table = text.split("## Where data is, and for how long")[1].split("\n## ")[0]
    folders = {told.pattern.split("/")[0] for told in told_keys()}
    assert len(folders) > 4
    assert {folder for folder in folders if f"| `{folder}/` |" not in table} == set()
