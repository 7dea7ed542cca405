"""Cost follows size: small files of odd shapes, against plain ones of as many bytes.

Each family has files of one size and of twice that. Time and memory per megabyte must be about
the same in both, or the file is refused at once by a limit that says so. Seconds are the
processor's, as another process spoils all others.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

TITLE = "Preprocess: files of odd shapes (once each; baseline: a plain table of 1 MB)"
COLUMNS = ("what", "MB", "processor seconds", "ratio", "for each MB", "peak RSS in MB", "outcome")

_SCRIPT = """
import json, resource, sys, tempfile, time
from pathlib import Path
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.run import prepare
from lambdas.shared.failures.errors import DataError
start = time.process_time()
with tempfile.TemporaryDirectory(prefix="molino-bench-") as folder:
    try:
        prepare(Download(Path(sys.argv[1]), "0123456789abcdef" * 4, 0), [], Path(folder))
        outcome = "read"
    except DataError as error:
        outcome = error.code
print(json.dumps({"seconds": time.process_time() - start, "outcome": outcome,
                  "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def plain(rows: int, width: int = 4) -> list[str]:
    """Return a table of numbers and a target."""
    header = [*(f"x{n}" for n in range(width - 1)), "target"]
    body = [
        [*(str(row * (n + 3) % 1009) for n in range(width - 1)), "ab"[row * 7 % 5 % 2]]
        for row in range(rows)
    ]
    return [",".join(record) for record in [header, *body]]


def _one_row_too_long(fields: int) -> list[str]:
    return [*plain(2000), "1,2,3,a" + ",surplus text of some length, for each" * (fields // 2)]


def _rows_too_long(rows: int) -> list[str]:
    return [*plain(2000), *["1,2,3,a" + ",surplus text here" * 5000] * rows]


def _equal_names(width: int) -> list[str]:
    return [",".join(["measurement"] * width), *[",".join(["1"] * width)] * 30]


def _open_quote(rows: int) -> list[str]:
    lines = plain(rows)
    return [lines[0], '5,"7,9,a', *lines[1:]]


def _open_quotes(rows: int) -> list[str]:
    return [plain(0)[0], *[f'{row},"7,9,a' for row in range(rows)]]


def _late_texts(width: int) -> list[str]:
    lines = plain(40, width)
    return [*lines, ",".join(["a long text in each of the cells " * 40] * (width - 1) + ["a"])]


def _dates(width: int) -> list[str]:
    days = [f"{1 + row % 28:02d}/{1 + row % 12:02d}/2020" for row in range(60)]
    body = [",".join([*[day] * (width - 1), "ab"[row % 2]]) for row, day in enumerate(days)]
    return [plain(0, width)[0], *body]


def _wide_names(letters: int, width: int = 4800) -> list[str]:
    names = [f"{'n' * letters}{n}" for n in range(width - 1)]
    return [",".join([*names, "target"]), *plain(60, width)[1:]]


FAMILIES: dict[str, Callable[[int], list[str]]] = {
    "plain": lambda size: plain(75_000 * size),
    "one row of surplus fields": lambda size: _one_row_too_long(20_000 * size),
    "rows of 5,000 surplus fields": lambda size: _rows_too_long(10 * size),
    "equal column names, too many": lambda size: _equal_names(50_000 * size),
    "equal column names, as many as allowed": lambda size: _equal_names(2_499 * size),
    "an open quotation mark": lambda size: _open_quote(60_000 * size),
    "an open quotation mark in each row": lambda size: _open_quotes(60_000 * size),
    "2,000 columns, long texts after 40 rows of numbers": lambda size: _late_texts(1_000 * size),
    "2,000 columns of dates": lambda size: _dates(1_000 * size),
    "a header of 4,800 names of 60 letters and more": lambda size: _wide_names(60 * size),
    "a header of 4,900 names of 800 letters": lambda size: _wide_names(400 * size, 4900),
}


def rows() -> Iterator[tuple[str, ...]]:
    """Yield each family at one size and at twice that."""
    baseline = 0.0
    with tempfile.TemporaryDirectory(prefix="molino-bench-") as folder:
        for name, lines in FAMILIES.items():
            for size in (1, 2):
                path = Path(folder) / "data.csv"
                path.write_text("\n".join([*lines(size), ""]), encoding="utf-8")
                megabytes = path.stat().st_size / 1e6
                found = _run(path)
                baseline = baseline or found["seconds"]
                yield (
                    name,
                    f"{megabytes:.1f}",
                    f"{found['seconds']:.2f}",
                    f"{found['seconds'] / baseline:.1f}",
                    f"{found['seconds'] / megabytes:.2f}",
                    f"{found['rss']:.0f}",
                    found["outcome"],
                )


def _run(path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(path)], check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
