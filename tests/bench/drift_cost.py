"""What the comparison with the champion adds to preprocessing, in time and memory.

The baseline is the same upload of a dataset without a champion: its columns are put into bins all
the same, as later files will be compared with it. Processor seconds, as another process spoils all
others; medians of three, the baseline and the comparison in turn.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

TITLE = "Drift: what the comparison adds to preprocessing (baseline: no champion; medians of 3)"
COLUMNS = (
    "file",
    "processor seconds without",
    "ratio with it",
    "of these, bins for later files",
    "peak MB without",
    "with it",
    "the comparison's own MB",
)
_RUNS = 3
# Rows, columns of numbers, columns of texts.
_FILES = {
    "100,000 rows, 100 numbers": (100_000, 100, 0),
    "100,000 rows, 50 numbers, 50 texts": (100_000, 50, 50),
    "20,000 rows, 1,000 numbers": (20_000, 1000, 0),
    "20,000 rows, 500 numbers, 500 texts": (20_000, 500, 500),
    "500 rows, 1,000 numbers": (500, 1000, 0),
}
_SCRIPT = """
import json, os, resource, sys, tempfile, time
from pathlib import Path
from lambdas.drift.reference import Reference
from lambdas.preprocess import run
from lambdas.preprocess.documents.splits import schema_document
from lambdas.preprocess.read.source import Download

def memory(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))

path, known = Path(sys.argv[1]), Path(sys.argv[2])
reference = Reference(**json.loads(known.read_text())) if known.exists() else None
spent, compare = {}, run.compare

def timed(*arguments):
    before, began = memory("VmHWM"), time.process_time()
    Path("/proc/self/clear_refs").write_text("5")  # the peak from here on
    start = memory("VmRSS")
    try:
        return compare(*arguments)
    finally:
        spent["comparing"] = time.process_time() - began
        spent["own"] = memory("VmHWM") - start
        spent["before"] = before

run.compare = timed
began = time.process_time()
with tempfile.TemporaryDirectory(prefix="molino-bench-") as folder:
    made = run.prepare(
        Download(path, "0123456789abcdef" * 4, 0), [], Path(folder), None, reference
    )
spent["seconds"] = time.process_time() - began
spent["peak"] = max(spent["before"], memory("VmHWM"))
if not reference:
    schema = schema_document(made.task, made.target, made.features, {}, (), bound_by=None)
    about = {
        "version": 1,
        "schema": json.loads(schema),
        "profile": json.loads(made.profile),
        "sample": json.loads(made.sample),
    }
    Path(sys.argv[3]).write_text(json.dumps(about))
print(json.dumps(spent))
"""


def rows() -> Iterator[tuple[str, ...]]:
    """Yield a row for each file."""
    with tempfile.TemporaryDirectory(prefix="molino-bench-") as name:
        for title, shape in _FILES.items():
            before = _generate(Path(name) / "before.csv", *shape, seed=0.5)
            now = _generate(Path(name) / "now.csv", *shape, seed=0.7)
            known, absent = Path(name) / "known.json", Path(name) / "absent.json"
            _run(before, absent, known)
            runs = [(_run(now, absent, absent.with_suffix(".new")), _run(now, known, known))
                    for _ in range(_RUNS)]  # fmt: skip
            yield title, *_figures([pair[0] for pair in runs], [pair[1] for pair in runs])


def _figures(without: list[dict[str, float]], beside: list[dict[str, float]]) -> tuple[str, ...]:
    seconds = _middle(without, "seconds")
    # The difference of the comparison alone: all else is the same, and differs by noise.
    added = _middle(beside, "comparing") - _middle(without, "comparing")
    return (
        f"{seconds:.1f}",
        f"{1 + added / seconds:.3f}",
        f"{_middle(without, 'comparing') / seconds:.3f}",
        f"{max(each['peak'] for each in without):.0f}",
        f"{max(each['peak'] for each in beside):.0f}",
        f"{max(each['own'] for each in beside):.0f}",
    )


def _middle(runs: list[dict[str, float]], figure: str) -> float:
    return statistics.median(each[figure] for each in runs)


def _run(path: Path, known: Path, made: Path) -> dict[str, float]:
    command = [sys.executable, "-c", _SCRIPT, str(path), str(known), str(made)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _generate(path: Path, count: int, numbers: int, texts: int, *, seed: float) -> Path:
    """Write a CSV of decimals, skewed numbers, integers and levels, some missing, 2 classes."""
    of_numbers = (
        "round(random() * 1000, 3)",
        "round(-ln(random() + 1e-9) * 50, 2)",
        "(random() * random() * 1000)::INT",
        "(random() * 5)::INT",
    )
    of_texts = [f"'level ' || (random() * random() * {most})::INT" for most in (3, 12, 40, 200)]
    columns = [of_numbers[n % 4] for n in range(numbers)] + [of_texts[n % 4] for n in range(texts)]
    named = [
        f"CASE WHEN random() < 0.03 THEN NULL ELSE {column} END AS c{n}"
        for n, column in enumerate(columns)
    ]
    outcome = "CASE WHEN random() < 0.3 THEN 'sick' ELSE 'well' END AS outcome"
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"SELECT setseed({seed})")
        connection.execute(
            f"COPY (SELECT {', '.join([*named, outcome])} FROM range({count})) TO '{path}' (HEADER)"  # noqa: S608
        )
    return path


if __name__ == "__main__":
    for row in rows():
        print(*row, sep="\t")
