"""Names made from names: legal in AWS whatever script and length the user's own has."""

from __future__ import annotations

import hashlib
import re
import unicodedata

SLUG_LIMIT = 40
RESOURCE_NAME_LIMIT = 50  # SageMaker allows 63; the rest is for redrive and retry counters
TUNING_NAME_LIMIT = 24  # SageMaker allows 32
PREFIX = "molino-"  # of every name at SageMaker


def _digest(text: str, length: int) -> str:
    # surrogatepass: a key may contain invalid Unicode, and must still get a name.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def dataset_slug(dataset: str) -> str:
    """Return a dataset's name as it stands in derived paths.

    Returns
    -------
    str
        ``[a-z0-9_-]``, 1 to 40 characters. Names of nothing else stay as they are; any other gets
        a piece of its hash, so that two datasets never share a slug because their script, their
        spaces or their capitals were lost. Applied twice, it changes nothing more.
    """
    ascii_text = unicodedata.normalize("NFKD", dataset).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9_-]+", "-", ascii_text.lower()).strip("-_")
    if slug == dataset and len(slug) <= SLUG_LIMIT:
        return slug
    return f"{slug[: SLUG_LIMIT - 9].strip('-_')}-{_digest(dataset, 8)}".strip("-_")


def execution_name(
    dataset: str, bucket: str, key: str, version_id: str, started_by: str = ""
) -> str:
    """Return the name of the execution for one version of one upload.

    The same upload always gets the same name, so Step Functions itself refuses duplicates; a
    later training of it gets one for what starts it: the time of a schedule, or an event.

    Returns
    -------
    str
        ``<slug>-<16 hex digits>`` of ``[a-zA-Z0-9_-]``, at most 80 characters.
    """
    parts = [bucket, key, version_id, *([started_by] if started_by else [])]
    return f"{dataset_slug(dataset)}-{_digest(chr(10).join(parts), 16)}"


def schedule_name(dataset: str) -> str:
    """Return the name of the schedule that a dataset's settings file makes.

    Returns
    -------
    str
        ``<slug>-<8 hex digits>`` of ``[a-z0-9_-]``, at most 49 characters; Scheduler allows 64.
    """
    return f"{dataset_slug(dataset)}-{_digest(dataset, 8)}"


def resource_name(dataset: str, execution: str) -> str:
    """Return the base of an execution's SageMaker names.

    Returns
    -------
    str
        ``molino-<slug>-<10 hex digits>`` of ``[a-z0-9-]``, at most 50 characters.
    """
    return _named(dataset, execution, RESOURCE_NAME_LIMIT)


def tuning_name(dataset: str, execution: str) -> str:
    """Return the base of an execution's tuning jobs' names, whose limit is lower.

    Returns
    -------
    str
        As `resource_name`, at most 24 characters.
    """
    return _named(dataset, execution, TUNING_NAME_LIMIT)


def _named(dataset: str, execution: str, limit: int) -> str:
    digest = _digest(execution, 10)
    room = limit - len(PREFIX) - len(digest) - 1
    slug = re.sub(r"[^a-z0-9]+", "-", dataset_slug(dataset))[:room].strip("-")
    return f"{PREFIX}{slug}-{digest}" if slug else f"{PREFIX}{digest}"


def group_name(bucket: str, dataset: str) -> str:
    """Return the name of a dataset's model package group.

    The bucket is part of it, so that two stacks in an account keep their champions apart.

    Returns
    -------
    str
        ``molino-<slug>-<8 hex digits>`` of ``[a-z0-9-]``, at most 48 characters.
    """
    slug = dataset_slug(dataset)
    readable = re.sub(r"[^a-z0-9]+", "-", slug)[:32].strip("-")
    return f"{PREFIX}{readable}-{_digest(f'{bucket}/{slug}', 8)}"


def serving_name(group: str, version: int | None = None) -> str:
    """Return the name of a dataset's serving endpoint, or of a version's model and configuration.

    The double hyphen occurs in no `resource_name`, so that permissions can tell the two apart.

    Returns
    -------
    str
        ``molino-kept--<rest of the group's name>`` or that and ``--<version>``, at most 63
        characters.
    """
    name = f"{PREFIX}kept--{group.removeprefix(PREFIX)}"
    return name if version is None else f"{name}--{version}"
