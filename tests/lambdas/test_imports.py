"""Each handler imports what its Lambda's layers hold, and nothing else."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import get_args

import pytest

from lambdas.shared.contracts.preprocess import ProcessingRequest
from tests.handlers import LAYERS_OF

# Those of the same layers are asked in one process: most of a test is to start one.
HANDLERS_OF = {
    layers: [handler for handler in LAYERS_OF if LAYERS_OF[handler] == layers]
    for layers in sorted(set(LAYERS_OF.values()))
}
PROJECT = Path(__file__).parents[2]
# boto3 and what it needs are part of Lambda's Python runtime.
OF_LAMBDA = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3", "awscrt"}


def importable(layers: tuple[str, ...]) -> list[str]:
    """Top-level names that the layers' locked packages provide."""
    locked = set()
    for layer in layers:
        text = (PROJECT / "lambdas" / f"requirements-{layer}.txt").read_text()
        locked |= {name.lower() for name in re.findall(r"^([\w-]+)==", text, re.MULTILINE)}
    provided = {
        name
        for name, packages in _distributions().items()
        if locked & {package.lower().replace("_", "-") for package in packages}
    }
    # A package's compiled part often lies beside it, under its name with an underscore.
    return sorted(provided | {f"_{name}" for name in provided} | OF_LAMBDA)


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


# What handlers import only when they work.
WORK = {
    "evaluate": """
from lambdas.quality.tasks import scores
from lambdas.evaluate.loading import load
for task, labels in (("binary", ["a", "b"]), ("multiclass", ["a", "b", "c"])):
    header = ",".join(["row", "actual", "prediction", *(f"probability:{x}" for x in labels)])
    chances = ",".join(["0.3"] * len(labels))
    lines = [f"1,{truth},a,{chances}" for truth in labels * 2]
    scores(load([header, *lines], len(lines), task).scored)
scores(load(["row,actual,prediction", "1,1,2", "2,3,3"], 2, "regression").scored)
""",
    "gate": """
from lambdas.evaluate.loading import load
from lambdas.quality.baseline import constant
from lambdas.quality.comparison import compare
header = "row,actual,prediction,probability:a,probability:b"
lines = [f"{i},{truth},a,0.{i + 1},0.{8 - i}" for i, truth in enumerate("abab")]
answers = load([header, *lines], 4, "binary").scored
for metric in ("roc_auc", "accuracy"):
    compare(metric, answers, constant(answers))
numbers = load(["row,actual,prediction", "1,1,2", "2,3,3"], 2, "regression").scored
compare("r2", numbers, constant(numbers))
""",
    "preprocess": """
import hashlib, pathlib, tempfile
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.run import prepare
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "upload").write_text("a,target\\n" + "".join(f"{i % 7},{i % 2}\\n" for i in range(60)))
prepare(Download(folder / "upload", "0" * 64, 0), [], folder)
""",
    "report": """
from lambdas.report.page import template
template("report/template.html")
""",
}
GUARD = """
import sys, importlib.abc
allowed = set({allowed!r}) | set(sys.stdlib_module_names) | {{"lambdas", "training"}}
class Guard(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in allowed and not top.startswith("_sysconfigdata"):
            raise ModuleNotFoundError(f"{{name}} is in no layer of this function", name=top)
        return None
sys.meta_path.insert(0, Guard())
for name in [name for name in sys.modules if name.partition(".")[0] not in allowed]:
    if name != "__main__" and not name.startswith(("_", "sitecustomize")):
        del sys.modules[name]
import {modules}
{work}
"""


def _guarded(allowed: list[str], modules: list[str], work: str) -> str:
    return GUARD.format(allowed=allowed, modules=", ".join(modules), work=work)


@pytest.mark.parametrize("layers", HANDLERS_OF, ids="-".join)
def test_a_handler_runs_with_its_layers_only(layers: tuple[str, ...]) -> None:
    handlers = HANDLERS_OF[layers]
    work = "".join(WORK.get(handler, "") for handler in handlers)
    _run(_guarded(importable(layers), [f"lambdas.{each}.handler" for each in handlers], work))


def test_the_processing_job_runs_with_its_package_only() -> None:
    """Nor needs it what only Lambda's Python has; there is no boto3 in the package."""
    allowed = [name for name in importable(("processing",)) if name not in OF_LAMBDA]
    jobs = [
        f"lambdas.{path.parent.name}.processing_job"
        for path in (PROJECT / "lambdas").glob("*/processing_job.py")
    ]
    steps = [job for job in sorted(jobs) if job != "lambdas.shared.processing_job"]
    assert len(steps) == len(get_args(ProcessingRequest.model_fields["program"].annotation))
    _run(_guarded(allowed, steps, WORK["preprocess"]))


def test_the_guard_guards() -> None:
    allowed = importable(("runtime",))
    with pytest.raises(AssertionError, match="duckdb is in no layer"):
        _run(_guarded(allowed, ["lambdas.trigger.handler"], "import duckdb"))


def _run(script: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        env=os.environ | {"STATE_MACHINE_ARN": "arn"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
