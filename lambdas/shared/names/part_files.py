"""Which keys below ``incoming/`` are part files of a folder, and which say that it is complete.

A part file is never an upload of its own: the marker that is written last is.
"""

from __future__ import annotations

import re

from lambdas.shared.names.paths import INCOMING

SUCCESS, MANIFEST = "_SUCCESS", "_manifest.json"
_REDSHIFTS = re.compile("(.+[-_])?manifest")  # what UNLOAD calls its list of files
# As programs name them: Spark, Hadoop, Glue, PyArrow and Redshift; Flink; dask; Snowflake;
# BigQuery; Athena.
_PART = re.compile(
    r"(^|[^a-z])part[-_.]([mr]-)?[0-9]"
    r"|(^|[^a-z])part-[0-9a-f]{8}-"
    r"|^[0-9]+\.part$"
    r"|^data_[0-9]+_[0-9]+_[0-9]+(\.|$)"
    r"|(^|[^0-9])0000[0-9]{8}(\.|$)"
    r"|^[0-9]{8}_[0-9]{6}_[0-9]{5}_[a-z0-9]{5}_",
    re.IGNORECASE,
)
# What only Spark, Hadoop and Redshift write: right in a dataset's folder, part-2.csv is an upload.
_SURELY_PART = re.compile("(^|[^a-z])part-([mr]-)?[0-9]{5}|[0-9]{4}_part_[0-9]{2}")


def is_marker(key: str) -> bool:
    """Return whether an object says that the part files in its folder are complete.

    Examples
    --------
    >>> is_marker("incoming/sales/2026/_SUCCESS")
    True
    >>> is_marker("incoming/sales/2026/part-00000.csv")
    False
    """
    *folders, name = _below(key)
    return bool(folders) and not _is_hidden(folders[1:]) and (name == SUCCESS or lists_parts(key))


def lists_parts(key: str) -> bool:
    """Return whether an object is a marker that names the part files."""
    *folders, name = _below(key)
    return bool(folders) and (name == MANIFEST or _REDSHIFTS.fullmatch(name) is not None)


def is_part(key: str) -> bool:
    """Return whether an object belongs to a folder of part files, and is not its marker.

    Examples
    --------
    >>> is_part("incoming/sales/2026/part-00000-4f1c.snappy.parquet")
    True
    >>> is_part("incoming/sales/2026/_temporary/0/rows.csv")
    True
    >>> is_part("incoming/sales/part-2.csv")
    False
    """
    *folders, name = _below(key)
    if not folders or is_marker(key):
        return False
    if len(folders) == 1:
        return _SURELY_PART.search(name) is not None
    return _is_hidden([*folders[1:], name]) or is_named_as_part(name)


def is_named_as_part(name: str) -> bool:
    """Return whether programs call a part file so."""
    return _PART.search(name) is not None


def folder_of(key: str) -> str:
    """Return the folder that an object lies in, with a slash at its end."""
    return key[: key.rindex("/") + 1]


def _below(key: str) -> list[str]:
    """Return the dataset's folder, those in it, and the name."""
    return key.removeprefix(INCOMING).split("/") if key.startswith(INCOMING) else [key]


def _is_hidden(names: list[str]) -> bool:
    """Return whether a name begins as those that programs keep for themselves."""
    return any(name.startswith(("_", ".")) for name in names)
