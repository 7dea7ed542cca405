"""The corpus, laid out once."""

from pathlib import Path

import pytest

from tests.corpus.files import lay_out


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return lay_out(tmp_path_factory.mktemp("corpus"))
