"""`make demo` installs requirements.txt alone: whatever our code imports must be in it."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
OURS = (
    "docs",
    "infra",
    "lambdas",
    "localcloud",
    "localemr",
    "localsagemaker",
    "operate",
    "training",
)
# Renews a table, by hand; the table itself is checked in.
ONLY_FOR_DEVELOPERS = {("infra/packaging/images.py", "sagemaker")}
# Of the extra of this name, which the job brings along.
SPARK, OF_SPARK = "lambdas/preprocess/spark", {"pyspark", "pyarrow", "sqlglot"}
# AWS's image has it; here the same extra brings it, without which no job writes such splits.
READS_SPARKS_SPLITS = {("training/fit/parquet_file.py", "pyarrow")}


def _imports(tree: ast.AST) -> Iterator[str]:
    """Yield the top-level packages that a module imports when it runs, at any depth."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]
        yield from _imports(node)


def _third_party() -> Iterator[tuple[str, str]]:
    files = [
        PROJECT / "app.py",
        *(path for name in OURS for path in (PROJECT / name).rglob("*.py")),
    ]
    for path in files:
        for package in set(_imports(ast.parse(path.read_text()))):
            if package not in sys.stdlib_module_names and package not in OURS:
                yield path.relative_to(PROJECT).as_posix(), package


@pytest.fixture(scope="module")
def locked() -> set[str]:
    # What an algorithm brings in its source bundle has a lock of its own.
    locks = (
        "requirements.txt",
        *(path.relative_to(PROJECT).as_posix() for path in (PROJECT / "training").rglob("*.txt")),
    )
    lines = [line for lock in locks for line in (PROJECT / lock).read_text().splitlines()]
    return {line.split("==")[0].split("[")[0] for line in lines if re.match(r"[a-z0-9]", line)}


def test_everything_imported_is_locked_for_users(locked: set[str]) -> None:
    distributions = packages_distributions()
    missing = {
        (path, package)
        for path, package in _third_party()
        if (path, package) not in ONLY_FOR_DEVELOPERS | READS_SPARKS_SPLITS
        and not (path.startswith(SPARK) and package in OF_SPARK)
        and not {name.lower().replace("_", "-") for name in distributions.get(package, [])} & locked
    }
    assert missing == set()
