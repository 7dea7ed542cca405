"""Cells that one module checks: how they are run, and the table of outcomes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

Outcomes = dict[Any, Any]


@dataclass(frozen=True)
class Suite:
    """Cells of one sort; each has a ``state`` and a ``kind``.

    Parameters
    ----------
    run
        Runs cells: given these, the route to each state, a folder and an assembly.
    title, columns, words
        Of the table: its heading, the kinds in their order, and what an outcome is told as.
    """

    run: Callable[[Sequence[Any], dict[str, str], Path, Path], Outcomes]
    title: str
    columns: Sequence[str]
    words: Callable[[Any], str]

    def show(self, outcomes: Outcomes) -> None:
        """Print what came of each state with each kind of fault."""
        table = Table("state", *self.columns, title=self.title)
        for state in {cell.state: None for cell in outcomes}:
            found = {
                cell.kind: self.words(outcome)
                for cell, outcome in outcomes.items()
                if cell.state == state
            }
            table.add_row(state.name, *(found.get(kind, "") for kind in self.columns))
        Console(width=240).print(table)


def chosen(request: pytest.FixtureRequest, fixture: str) -> list[Any]:
    """Return the cells of a module's tests with a fixture that are run: ``-k`` chooses some."""
    return [
        item.callspec.params["cell"]  # type: ignore[attr-defined]
        for item in request.session.items
        if item.path == request.path and fixture in item.fixturenames  # type: ignore[attr-defined]
    ]


def name(cell: Any) -> str:
    """Return what a cell is called."""
    return f"{cell.state.name}: {cell.kind}"
