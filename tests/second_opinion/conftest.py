"""What npm has for second opinions, by a lock of its own."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.packaging.build_once import build_once
from operate.cdk import NODE_FOLDER, NPM
from tests.docs.blocks import PROJECT

HERE = Path(__file__).parent


def _install(target: Path) -> None:
    target.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy2(HERE / name, target / name)
    subprocess.run(
        [str(NODE_FOLDER / "node"), str(NPM), "ci", "--silent", "--no-audit", "--no-fund"],
        cwd=target,
        env=os.environ | {"PATH": f"{NODE_FOLDER}{os.pathsep}{os.environ.get('PATH', '')}"},
        check=True,
    )


@pytest.fixture(scope="session")
def modules() -> Path:
    """The folder of the installed packages."""
    lock = (HERE / "package-lock.json").read_bytes()
    digest = hashlib.sha256(lock).hexdigest()[:16]
    return build_once(PROJECT / "build" / f"second-opinion-{digest}", _install) / "node_modules"


def node(modules: Path, script: str, given: object) -> object:
    """Return what a script writes about a JSON document."""
    done = subprocess.run(
        [str(NODE_FOLDER / "node"), "-e", script],
        input=json.dumps(given),
        env={"NODE_PATH": str(modules)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
