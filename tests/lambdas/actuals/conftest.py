"""The bucket of a dataset whose rows were predicted."""

from pathlib import Path
from typing import Any

import pytest

from tests.lambdas.actuals.stored import Bucket
from tests.lambdas.conftest import Context


@pytest.fixture
def bucket(s3: Any, tmp_path: Path, context: Context) -> Bucket:
    return Bucket(s3, tmp_path, context)
