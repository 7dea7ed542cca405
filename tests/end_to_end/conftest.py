"""One local cloud with the real template for all end-to-end tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.permissions import VARIABLE
from localcloud.run import Upload, run_file
from localcloud.session import Session, temporary_session
from tests.end_to_end.notices import Notices, subscribe
from tests.forests import FEW_TREES
from tests.permissions.calls import LOG


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("cloud")
    options = {VARIABLE: str(folder / "cloud" / LOG)}
    with temporary_session(folder / "cloud", options=options) as found:
        yield found


@pytest.fixture(scope="session")
def notices(session: Session) -> Notices:
    return subscribe(session)


@pytest.fixture
def run(session: Session) -> Any:
    """Run a file to its end, with a forest of few trees unless the settings say otherwise."""

    def run_one(path: Path, dataset: str, **settings: str) -> dict[str, Any]:
        quick = {} if "algorithm" in settings else FEW_TREES
        upload = Upload(path, dataset, quick | settings)
        return run_file(session.cloud, session.outputs, upload)

    return run_one
