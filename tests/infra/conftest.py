"""What the synthesized stack holds, for all tests of it."""

from typing import Any

import pytest


@pytest.fixture(scope="session")
def resources(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = template["Resources"]
    return found
