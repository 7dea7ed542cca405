"""What the synthesized stack holds, for all tests of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.constructs import spark


@pytest.fixture(scope="session")
def resources(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = template["Resources"]
    return found


@pytest.fixture(scope="session", autouse=True)
def small_spark_package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let stacks with Spark be synthesized without the hundred megabytes of its packages."""
    package: Path = tmp_path_factory.mktemp("spark") / "package.tgz"
    package.touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spark, "build_package", lambda *_: package)
        yield
