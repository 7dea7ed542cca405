"""What preprocessing makes of a file, as both engines must see it; and where they differ."""

import json
import math
import tempfile
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from lambdas.preprocess.read.source import Download
from lambdas.preprocess.run import Prepared, prepare
from lambdas.shared.failures.errors import DataError
from lambdas.shared.settings.dataset import Source

# Sums depend on their order in the last digits; what is kept is rounded to six.
_RELATIVE, _ABSOLUTE = 1e-5, 1e-9
_NONE = "nothing"


def outcome(upload: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Preprocess an upload and return all that does not depend on which rows were drawn."""
    with tempfile.TemporaryDirectory(prefix="molino-") as folder:
        try:
            found = prepare(upload, [Source("set", "test", dict(given))], Path(folder))
        except DataError as error:
            return {"errors": [each.to_dict() for each in error.findings]}
        return _seen(found)


def both(spark: Any, path: Path, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what DuckDB and what Spark make of a file."""
    from lambdas.preprocess.spark.on_spark import OnSpark
    from lambdas.preprocess.spark.reading import Part

    by_duckdb = outcome(Download.at(path), given)
    return by_duckdb, outcome(OnSpark(spark, [Part(str(path))]), given)


def _seen(found: Prepared) -> dict[str, Any]:
    table, profile = found.table, vars(found.target.profile)
    return {
        "task": found.task,
        "task_rule": str(found.task_rule),
        "target": profile,
        "target_rule": str(found.target.rule),
        "positive": found.target.positive,
        "features": [each.to_dict() for each in found.features],
        "words": {n: each.to_dict() for n, each in table.words.items()},
        "compared": [each.name for each in found.compared],
        "columns": table.columns,
        "unnamed": sorted(table.unnamed),
        "numbers": sorted(table.numbers),
        "codes": sorted(table.codes),
        "split": found.split.rows,
        "classes": found.split.classes,
        "account": found.account.to_dict(),
        "findings": [each.to_dict() for each in found.findings],
        "profile": json.loads(found.profile),
        "categories": json.loads(found.categories),
        "digest": found.download.sha256,
        "bytes": found.download.size,
    }


def differences(one: Any, other: Any, where: str = "") -> Iterator[str]:
    """Yield where two outcomes differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from differences(one.get(key, _NONE), other.get(key, _NONE), f"{where}.{key}")
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
        for place, (a, b) in enumerate(zip_longest(one, other, fillvalue=_NONE)):
            yield from differences(a, b, f"{where}[{place}]")
    elif not _are_equal(one, other):
        yield f"{where}: {one} and {other}"


def _are_equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
    return bool(one == other)
