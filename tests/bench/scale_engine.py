"""One engine's preprocessing of part files, in a process of its own."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lambdas.preprocess.on_duckdb import OnDuckDB
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.run import prepare
from lambdas.shared.settings.dataset import Source

ENGINES = ("duckdb", "spark")
EVENTS = "events"


def main() -> int:
    """Preprocess and print how many rows each subset has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("upload", type=Path, help="a file, or for Spark a folder of parts")
    parser.add_argument("work", type=Path, help="an empty folder")
    parser.add_argument("--target", required=True)
    parser.add_argument("--memory", default="4g", help="of Java")
    given = parser.parse_args()
    settings = Source("set", "bench", {"target": given.target})
    with _upload(given) as upload:
        found = prepare(upload, [settings], given.work)
    print(json.dumps({"task": found.task, "rows": found.split.rows}))
    return 0


@contextmanager
def _upload(given: argparse.Namespace) -> Iterator[Any]:
    if given.engine == "duckdb":
        yield OnDuckDB(Download.at(given.upload))
        return
    from lambdas.preprocess.spark.on_spark import OnSpark
    from lambdas.preprocess.spark.reading import Part
    from lambdas.preprocess.spark.session import start

    events = given.work.parent / EVENTS
    events.mkdir()
    session = start(
        "local[2]",
        {
            "spark.driver.memory": given.memory,
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": events.as_uri(),
        },
    )
    session.sparkContext.setLogLevel("OFF")
    try:
        parts = sorted(given.upload.glob("part-*.csv"))
        yield OnSpark(session, [Part(str(path)) for path in parts])
    finally:
        session.stop()


if __name__ == "__main__":
    sys.exit(main())
