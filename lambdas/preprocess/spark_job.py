"""The Spark job's side of preprocess, for uploads too large for one machine.

It is given the order that a processing job gets, and leaves what that leaves: the same documents
and result, the rows for training and validation as Parquet files in place of one CSV each.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lambdas.preprocess.documents.manifest import Known
from lambdas.preprocess.order import Order, carry_out
from lambdas.preprocess.spark.objects import from_bucket, to_prefix
from lambdas.preprocess.spark.on_spark import OnSpark
from lambdas.preprocess.spark.reading import Part
from lambdas.preprocess.spark.session import start
from lambdas.shared.aws import s3_client
from lambdas.shared.documents.bucket import JSON, put, read
from lambdas.shared.documents.document import FINDINGS, ORDER, RESULT
from lambdas.shared.failures.errors import DataError, frames
from lambdas.shared.processing_job import ended_with

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def main(arguments: Sequence[str] | None = None) -> int:
    """Preprocess the order's upload and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        session = start()
        try:
            process(session, options.order, options.output)
        finally:
            session.stop()
    except Exception as error:  # noqa: BLE001 - a library's text may quote a cell: class and place only
        print(f"{type(error).__name__} ({'; '.join(frames(error)[-3:])})", file=sys.stderr)
        return 1
    return 0


def process(session: SparkSession, order_uri: str, output: str) -> None:
    """Carry out an order, and store what came of it below a prefix, the result last."""
    client = s3_client()
    order = Order.from_dict(read(client, ORDER, order_uri))
    prefix = output.rstrip("/") + "/"
    files = [
        Part(each.key, each.version_id, name)
        for each, name in zip(order.parts, order.part_names, strict=True)
    ]
    upload = OnSpark(
        session,
        files or [Part(order.key, order.version_id)],
        from_bucket(order.bucket),
        to_prefix(prefix),
        tuple(each.name for each in order.reference.features) if order.reference else (),
    )
    known = Known()
    with tempfile.TemporaryDirectory(prefix="molino-") as folder:
        try:
            outcome = carry_out(order, upload, Path(folder), known)
        except DataError as error:
            result: dict[str, Any] = ended_with(error)
            found = known.document(order.key, order.version_id, error)
            put(client, prefix + FINDINGS.name, found, JSON)
        else:
            for key, text in outcome.documents.items():
                name = key.removeprefix(order.paths.dataset_prefix)
                put(client, prefix + name, text, JSON)
            result = {"output": outcome.output.model_dump(mode="json")}
    put(client, prefix + RESULT.name, RESULT.text(result), JSON)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="spark job", description=__doc__)
    parser.add_argument("--order", required=True, help="s3:// address of the order")
    parser.add_argument("--output", required=True, help="s3:// prefix for what comes of it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
