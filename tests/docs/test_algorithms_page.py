"""docs/algorithms.md says what the registry says."""

from docs.build.algorithms_page import PAGE, page
from training.algorithms import ALGORITHMS


def test_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m docs.build.algorithms_page"


def test_page_names_every_hyperparameter() -> None:
    text = page()
    for name, algorithm in ALGORITHMS.items():
        section = text.split(f"## `{name}`")[1].split("\n## ")[0]
        assert all(f"| `{parameter}` |" in section for parameter in algorithm.parameters)
