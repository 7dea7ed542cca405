"""For all tests: set-up's Node, one processor for each process at work, few garbage collections."""

import gc
import json
import os
from pathlib import Path
from typing import Any

import pytest

import infra  # noqa: F401 - chooses set-up's Node before any test imports the CDK
from localcloud.service_models import read_once

# Several processes share the processors; threads of each for all of them would only wait.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Read when a Lambda's modules are first imported, by whichever test that is.
os.environ |= {
    "POWERTOOLS_METRICS_NAMESPACE": "Molino",
    "POWERTOOLS_SERVICE_NAME": "test",
    "POWERTOOLS_TRACE_DISABLED": "true",
}

read_once()  # tests with moto make a session each
# With everything imported a collection takes half a second, and came with every few of boto3's
# clients, and many times while the tests themselves were imported.
gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def assembly() -> Path:
    """Return the folder of the one synth, the deployed one, for all tests of the stack."""
    from infra.synth import synthesize

    return synthesize()


@pytest.fixture(scope="session")
def template(assembly: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((assembly / "Molino.template.json").read_text())
    return found


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what was imported, which stays until the end."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let everything be collected at the end: some libraries say what was not."""
    gc.unfreeze()


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: tests of whole clouds wait for much of their time."""
    return (os.cpu_count() or 1) + 1


# While one of the workers synthesizes the stack, which others of tests of it wait for.
_MEANWHILE = frozenset({"fit/test_algorithms.py", "fit/test_checkpoints.py"})
_LONG_FOLDERS = frozenset({"docs", "end_to_end", "faults"})
_LONG = frozenset(
    {
        "test_broken_files.py",
        "test_interpreters.py",
        "test_lint.py",
        "test_reasons.py",
        "test_report_browser.py",
        "test_train.py",
        "test_workflow_redrives.py",
    }
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let no long file be the last at work, alone: those of a length come in order of names."""
    items.sort(key=lambda item: _turn(item.path))


def _turn(path: Path) -> int:
    if "/".join(path.parts[-2:]) in _MEANWHILE:
        return 0
    return 1 if path.parent.name in _LONG_FOLDERS or path.name in _LONG else 2
