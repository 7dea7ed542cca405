"""A Spark session as preprocessing needs it."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import SparkSession

from lambdas.preprocess.spark_request import STACK_OPTION

SETTINGS = {
    # Dates and times are those of the file, wherever it is read.
    "spark.sql.session.timeZone": "UTC",
    # "Y" and "y" are two columns.
    "spark.sql.caseSensitive": "true",
    # What can't be converted is NULL, as in DuckDB's TRY_CAST; hashes overflow.
    "spark.sql.ansi.enabled": "false",
    # Tables that lie by their rows' numbers go on lying so.
    "spark.sql.optimizer.canChangeCachedPlanOutputPartitioning": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # What is compiled to a larger method is interpreted by Java for ever: let Spark divide it.
    "spark.sql.codegen.hugeMethodLimit": "8000",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.debug.maxToStringFields": "1",  # no plans in logs
}


def start(master: str | None = None, settings: Mapping[str, str] | None = None) -> SparkSession:
    """Start a session, or return the one there is.

    Parameters
    ----------
    master : str, optional
        Where it is to run, if whoever starts the job has not said so.
    settings : mapping of str, optional
        More of Spark's own.
    """
    builder = SparkSession.builder.appName("molino")
    if master:
        builder = builder.master(master)
    for name, value in {**SETTINGS, **(settings or {})}.items():
        builder = builder.config(name, value)
    for side in ("driver", "executor"):
        builder = builder.config(f"spark.{side}.extraJavaOptions", STACK_OPTION)
    return builder.getOrCreate()
