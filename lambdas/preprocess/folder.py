"""The part files of an uploaded folder: found by its marker, fetched, and still the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lambdas.preprocess.order import Order, PartFile
from lambdas.preprocess.parts_on_duckdb import PartsOnDuckDB
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.storage import open_upload
from lambdas.shared.failures.errors import (
    DataError,
    EmptyFile,
    FolderUnusable,
    PartsChanged,
    PartsMissing,
    UploadNotFound,
    data_error,
)
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed
from lambdas.shared.names.part_files import folder_of, is_marker, is_part, lists_parts

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

_LARGEST_MANIFEST = 16 << 20
_AT_ONCE = 8
_SLASHES_OF_DATASET = 2  # of its folder: "incoming/sales/"


def find_parts(
    client: S3Client, bucket: str, key: str, body: StreamingBody
) -> tuple[PartFile, ...]:
    """Return the part files that a marker stands for, as they are now, in the order of their names.

    Parameters
    ----------
    key : str
        The marker's.
    body : StreamingBody
        Its content.

    Raises
    ------
    PartsMissing
        If there are none, or not all that the manifest names.
    FolderUnusable
        If the manifest can't be read or names others, or folders part the rows.
    EmptyFile
        If there is nothing in any.
    """
    folder = folder_of(key)
    if lists_parts(key):
        found = _named(client, bucket, folder, _names(bucket, folder, body))
    else:
        found = _right_in(client, bucket, folder)
    filled = tuple(part for part in sorted(found, key=lambda part: part.key) if part.size)
    if not filled:
        raise EmptyFile(Message("every part file of the folder is empty"))
    return filled


def fetch_parts(client: S3Client, order: Order, folder: Path) -> PartsOnDuckDB:
    """Fetch an order's part files, a few at a time.

    Raises
    ------
    DataError
        If one is gone or can't be read.
    """
    names = order.part_names
    paths = [folder / f"upload{n}" for n in range(len(names))]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        fetch = partial(_fetch, client, order.bucket)
        fetched = list(pool.map(fetch, order.parts, names, paths))
    return PartsOnDuckDB.of(list(zip(names, fetched, strict=True)))


def refuse_changed(client: S3Client, order: Order) -> None:
    """Do nothing if an order's part files are the newest versions, as a job has read these.

    Raises
    ------
    PartsChanged
        If not.
    """
    if not order.parts:
        return
    now, _ = _stored(client, order.bucket, folder_of(order.key))
    changed = [
        name
        for name, part in zip(order.part_names, order.parts, strict=True)
        if now.get(name) != part
    ]
    if changed:
        raise _changed(changed)


def _changed(names: Sequence[str]) -> DataError:
    text = Message(
        "{names} is no longer what it was",
        "{count} part files are no longer what they were: {names}",
        count=len(names),
        names=listed(names),
    )
    return PartsChanged(Finding("PartsChanged", text))


def _fetch(client: S3Client, bucket: str, part: PartFile, name: str, path: Path) -> Download:
    problem = None
    try:
        return open_upload(client, bucket, part.key, part.version_id).save(path)
    except UploadNotFound:
        problem = _changed([name])
    except DataError as error:
        findings = [
            replace(each, message=Message("{part}: {text}", part=name, text=each.message))
            for each in error.findings
        ]
        problem = data_error(error.code)(*findings)
    raise problem


def _stored(
    client: S3Client, bucket: str, folder: str, **how: Any
) -> tuple[dict[str, PartFile], list[str]]:
    """Return what is stored below a folder, by its name there, and names of folders in it.

    One list tells the newest versions of a thousand objects; else each would take a call.
    """
    pages = list(
        client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=folder, **how)
    )
    stored = {
        each["Key"].removeprefix(folder): PartFile(each["Key"], each["VersionId"], each["Size"])
        for page in pages
        for each in page.get("Versions", [])
        if each["IsLatest"]
    }
    folders = [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]
    return stored, [each.removeprefix(folder) for each in folders]


def _right_in(client: S3Client, bucket: str, folder: str) -> list[PartFile]:
    """Return the part files in a folder, not those in folders in it.

    If no file is called as part files are, all of them are, but not right in a dataset's folder.
    """
    stored, folders = _stored(client, bucket, folder, Delimiter="/")
    _refuse_partitions(folders)
    shown = [
        part
        for name, part in stored.items()
        if name and not name.startswith(("_", ".")) and not is_marker(part.key)
    ]
    parts = [part for part in shown if is_part(part.key)]
    found = parts or (shown if folder.count("/") > _SLASHES_OF_DATASET else [])
    if not found:
        text = Message("there is no part file right in the folder {folder}", folder=folder)
        raise PartsMissing(Finding("PartsMissing", text))
    return found


def _named(client: S3Client, bucket: str, folder: str, names: Sequence[str]) -> list[PartFile]:
    """Return the part files of these names below a folder."""
    _refuse_partitions(names)
    stored, _ = _stored(client, bucket, folder)
    missing = [name for name in names if name not in stored]
    if missing:
        text = Message(
            "{count} file that the manifest names is not in the folder: {names}",
            "{count} files that the manifest names are not in the folder: {names}",
            count=len(missing),
            names=listed(missing),
        )
        raise PartsMissing(Finding("PartsMissing", text))
    return [stored[name] for name in names]


def _refuse_partitions(names: Sequence[str]) -> None:
    """Refuse names below folders that hold a column's value, which the files then lack."""
    folders = (name.rpartition("/")[0] for name in names)
    parting = next((folder for folder in folders if "=" in folder), None)
    if parting:
        text = Message(
            "its part files lie in folders such as {folder}, which stand for a column that the "
            "files lack",
            folder=parting,
        )
        raise FolderUnusable(Finding("FolderUnusable", text))


def _names(bucket: str, folder: str, body: StreamingBody) -> list[str]:
    """Return the names, below the folder, of the files that a manifest lists."""
    content, found = body.read(_LARGEST_MANIFEST + 1), None
    with suppress(ValueError, RecursionError):
        found = _entries(json.loads(content))
    if found is None or len(content) > _LARGEST_MANIFEST:
        wrong = Message("its manifest is not a list of names of files in JSON")
        raise FolderUnusable(Finding("FolderUnusable", wrong))
    if not found:
        none = Message("the manifest names no file")
        raise PartsMissing(Finding("PartsMissing", none))
    place = f"s3://{bucket}/{folder}"
    names = [entry.removeprefix(place) for entry in dict.fromkeys(found)]
    elsewhere = [name for name in names if name.startswith("s3://") or _leads_out(name)]
    if elsewhere:
        text = Message(
            "its manifest names files that are not below its folder: {names}",
            names=listed(elsewhere),
        )
        raise FolderUnusable(Finding("FolderUnusable", text))
    return names


def _leads_out(name: str) -> bool:
    return any(step in ("", ".", "..") for step in name.split("/"))


def _entries(content: Any) -> list[str] | None:
    """Return what a manifest lists: ours, or Redshift's with its "entries"; None if it is none."""
    if isinstance(content, dict):
        content = content.get("files", content.get("entries"))
    if not isinstance(content, list):
        return None
    found = [each.get("url") if isinstance(each, dict) else each for each in content]
    names = [each for each in found if isinstance(each, str)]
    return names if len(names) == len(found) else None
