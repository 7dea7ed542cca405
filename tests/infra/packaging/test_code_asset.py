"""The Lambdas' code asset holds their package, training's table of algorithms, nothing else."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.packaging import lambda_code
from infra.packaging.lambda_code import stage_code, staged_code
from tests.handlers import HANDLERS


def test_staged_code_is_the_package_and_what_it_shares_with_training(tmp_path: Path) -> None:
    staged = stage_code(tmp_path / "code")
    files = [path.relative_to(staged) for path in staged.rglob("*") if path.is_file()]
    others = {path.as_posix() for path in files if path.parts[0] != "lambdas"}
    assert {"training/algorithms/linear.py", "training/written_dates.py"} < others
    assert all(
        re.fullmatch(r"training/(__init__|algorithms/\w+|written_\w+)[.]py", name)
        for name in others
    )
    assert not [path for path in files if path.name.startswith("requirements-")]
    assert not [path for path in files if "__pycache__" in path.parts or path.suffix == ".pyc"]
    source = Path(stage_code.__code__.co_filename).parents[2]
    for path in files:
        assert (staged / path).read_bytes() == (source / path).read_bytes()
        assert (staged / path).stat().st_mode & 0o777 == 0o644


def test_other_sources_are_staged_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Synths at the same time, of one tree or two, never change each other's files."""
    before = staged_code(tmp_path / "build")
    assert staged_code(tmp_path / "build") == before
    project = stage_code(tmp_path / "project")
    (project / "lambdas" / "__init__.py").write_text("changed = True")
    monkeypatch.setattr(lambda_code, "PROJECT", project)
    monkeypatch.setattr(lambda_code, "_PACKAGE", project / "lambdas")
    after = staged_code(tmp_path / "build")
    assert after != before
    assert (after / "lambdas" / "__init__.py").read_text() == "changed = True"
    assert (before / "lambdas" / "__init__.py").read_text() != "changed = True"


def test_each_handler_is_importable_from_the_asset_alone(tmp_path: Path) -> None:
    staged = stage_code(tmp_path / "code")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(staged),
        "AWS_DEFAULT_REGION": "us-east-1",
        "POWERTOOLS_TRACE_DISABLED": "1",
        "BUCKET": "b",
    }
    code = f"""
import importlib, lambdas
print(lambdas.__file__)
for name in {HANDLERS}:
    module = importlib.import_module(f"lambdas.{{name}}.handler")
    print(name, module.__file__, callable(module.handler))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lambdas = staged / "lambdas"
    assert done.stdout.splitlines() == [
        str(lambdas / "__init__.py"),
        *(f"{name} {lambdas / name / 'handler.py'} True" for name in HANDLERS),
    ]
