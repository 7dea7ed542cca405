"""docs/developers.md says which of our packages may import which."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import PROJECT

WRITTEN = ("aims", "dates", "export", "numbers", "requests", "words")
SHARED = ("algorithms", *(f"written_{name}" for name in WRITTEN))
OURS = {
    "docs",
    "infra",
    "lambdas",
    "training",
    "localcloud",
    "localemr",
    "localsagemaker",
    "operate",
    "tests",
}


def _allowed() -> dict[str, set[str]]:
    text = (PROJECT / "docs" / "developers.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| \[(\w+)\]\(\.\./\w+\) \|.*\| ([^|]*) \|$", text)
    return {folder: set(re.findall(r"\w+", said)) & OURS for folder, said in rows}


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "training":
            yield from (f"training.{name.name}" for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize("package", sorted(OURS - {"tests"}))
def test_packages_import_what_the_page_says(package: str) -> None:
    imported = {
        module.split(".")[0]
        for path in (PROJECT / package).rglob("*.py")
        for module in _imported(path)
    }
    assert imported & OURS - {package} == _allowed()[package]


def test_lambdas_take_of_training_only_what_needs_nothing_else() -> None:
    modules = {name for path in (PROJECT / "lambdas").rglob("*.py") for name in _imported(path)}
    taken = {name for name in modules if name.split(".")[0] == "training"}
    assert taken == {f"training.{name}" for name in SHARED}
