"""The processing jobs' package: complete, for the image's Python, and the same bytes again."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.packaging.lambda_code import stage_code
from infra.packaging.locks import PROJECT
from infra.packaging.processing_package import LOCK, build_package, package_hash
from lambdas.preprocess.documents.manifest import code_version
from tests.infra.packaging.test_layers import locked


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_package(stage_code(tmp_path_factory.mktemp("code")), PROJECT / "build")


def test_its_packages_are_those_that_tests_run_with() -> None:
    theirs = locked(LOCK)
    assert {"duckdb", "pydantic", "pyyaml"} <= theirs.keys()
    ours = locked(PROJECT / "requirements.txt")
    assert {name: ours.get(name) for name in theirs} == theirs


def test_wheels_are_for_the_image(package: Path) -> None:
    libraries = 0
    with zipfile.ZipFile(package) as opened:
        for name in opened.namelist():
            assert name == "__main__.py" or name.startswith(("code/", "packages/"))
            if re.search(r"\.so(\.|$)", name):
                header = opened.open(name).read(20)
                assert int.from_bytes(header[18:20], "little") == 0x3E, name  # x86-64
                assert "cpython-3" not in name or "cpython-312" in name
                libraries += 1
    assert libraries >= 2  # DuckDB's and pydantic's


def test_it_is_the_same_again_until_something_changes(package: Path, tmp_path: Path) -> None:
    code = stage_code(tmp_path / "code")
    assert build_package(code, tmp_path / "build").read_bytes() == package.read_bytes()
    before = package_hash(code)
    (code / "lambdas" / "preprocess" / "processing_job.py").write_text("changed")
    assert package_hash(code) != before


def test_its_code_has_the_version_that_the_lambda_has(package: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(package) as opened:
        opened.extractall(tmp_path)
    script = "from lambdas.preprocess.documents.manifest import code_version; print(code_version())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path / "code",
        env=os.environ | {"PYTHONPATH": str(tmp_path / "code")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == code_version()


@pytest.mark.parametrize("step", ["preprocess", "predict", "join"])
def test_it_runs_and_explains_itself(package: Path, step: str) -> None:
    done = subprocess.run(
        [sys.executable, str(package), step, "--help"], capture_output=True, text=True, check=True
    )
    assert "--inputs" in done.stdout
