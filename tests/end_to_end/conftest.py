"""One local cloud with the real template for all end-to-end tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.synth import synthesize
from localcloud import cloud as clouds
from localcloud.deploy import deploy
from localcloud.permission_log import VARIABLE
from localcloud.run import Upload, run_file
from localcloud.session import STACK, Session
from tests.end_to_end.notices import Notices, subscribe
from tests.permissions.calls import LOG


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("cloud")
    assembly = synthesize()
    options = {VARIABLE: str(folder / "cloud" / LOG)}
    with clouds.temporary(folder / "cloud", options=options) as cloud:
        yield Session(cloud, deploy(cloud, assembly, STACK))


@pytest.fixture(scope="session")
def notices(session: Session) -> Notices:
    return subscribe(session)


@pytest.fixture
def run(session: Session) -> Any:
    def run_one(path: Path, dataset: str, **settings: str) -> dict[str, Any]:
        return run_file(session.cloud, session.outputs, Upload(path, dataset, settings))

    return run_one
