"""`make bench`: every figure is a ratio against a baseline measured in the same run."""

import sys

from rich.console import Console
from rich.table import Table

from tests.bench import (
    captured_requests,
    cold_starts,
    drift,
    drift_cost,
    end_to_end,
    evaluation,
    falls,
    gate,
    honesty,
    hosts,
    imports,
    intervals,
    predictions,
    preprocess,
    serving_requests,
    serving_rows,
    sizes,
    training_overhead,
)

BENCHES = (
    imports,
    cold_starts,
    preprocess,
    sizes,
    training_overhead,
    hosts,
    end_to_end,
    serving_requests,
    serving_rows,
    captured_requests,
    evaluation,
    predictions,
    intervals,
    gate,
    honesty,
    drift,
    falls,
    drift_cost,
)


def main() -> int:
    """Run every bench and print one table each."""
    console = Console(width=120)
    for bench in BENCHES:
        table = Table(title=bench.TITLE, title_justify="left")
        for column in bench.COLUMNS:
            table.add_column(column, justify="left" if column == bench.COLUMNS[0] else "right")
        for row in bench.rows():
            table.add_row(*row)
        console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
