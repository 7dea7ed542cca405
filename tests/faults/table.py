"""The table of outcomes that a run of the matrix prints."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table


def show(
    title: str, kinds: Iterable[str], outcomes: Mapping[Any, Any], words: Callable[[Any], str]
) -> None:
    """Print what came of each state with each kind of fault."""
    columns = list(kinds)
    table = Table("state", *columns, title=title)
    for state in {cell.state: None for cell in outcomes}:
        found = {
            cell.kind: words(outcome) for cell, outcome in outcomes.items() if cell.state == state
        }
        table.add_row(state.name, *(found.get(kind, "") for kind in columns))
    Console(width=240).print(table)
