"""A copy of the checkout to run the documentation's commands in, with its set-up done."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.synth import synthesize
from localcloud import cloud as clouds
from tests.docs.blocks import PROJECT

_SET_UP = (".venv", "build", "node_modules")  # as they are after `make setup`; not copied


@dataclass(frozen=True)
class Shell:
    """A shell in the copy, with the variables a user would have set."""

    folder: Path
    environment: dict[str, str]

    def run(self, script: str) -> str:
        """Run a block as it stands; its output, once it has succeeded."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkout")
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=PROJECT, capture_output=True, check=True).stdout
    for name in names.decode().split("\0"):
        if name and (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)
    for name in _SET_UP:
        (PROJECT / name).mkdir(exist_ok=True)
        (folder / name).symlink_to(PROJECT / name)
    shutil.copytree(synthesize(), folder / "cdk.out")  # of the same sources, so it is current
    return folder


@pytest.fixture(scope="session")
def shell(checkout: Path) -> Shell:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return Shell(checkout, kept)


@pytest.fixture
def account(shell: Shell, tmp_path: Path) -> Iterator[Shell]:
    """An account with nothing in it: an empty local cloud, which `cdk` takes for AWS."""
    shell.run(".venv/bin/python -m operate.cdk --version")  # installs it, from outside that account
    with clouds.temporary(tmp_path / "cloud") as cloud:
        trust = {"NODE_EXTRA_CA_CERTS": str(cloud.ca_bundle)}
        yield Shell(shell.folder, shell.environment | cloud.environment | trust)
