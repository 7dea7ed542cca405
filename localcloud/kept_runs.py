"""What runs have brought to this machine: the newest of each dataset, readable without a cloud.

A folder of a run holds everything next to its report in the bucket, what preprocessing says of the
data, and the model. Its pages are made for a bucket and AWS's console; here they get links to the
files that were brought along, and lose those that need a cloud.
"""

import html
import os
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lambdas.report.language import language
from lambdas.report.runs import render_index
from lambdas.shared.documents.bucket import fetch, read
from lambdas.shared.documents.document import HEALTH_PAGE
from lambdas.shared.documents.document import RUNS as LIST
from lambdas.shared.names.paths import RunPaths
from localcloud.cloud import Cloud
from localcloud.paths import RUNS

KEPT = 10  # of each dataset
_HEALTH_SECONDS = 10.0
_OF_HEALTH = re.compile(r'<li class="health">.*?</li>\n?', re.DOTALL)
_BETWEEN_STEPS = ("findings.json", "distribution.json")
_OF_THE_DATA = ("manifest.json", "profile.json", "findings.json", "schema/schema.json")


def make_room(dataset_folder: Path, kept: int = KEPT) -> None:
    """Delete a dataset's oldest runs beyond those kept, one more about to come counted.

    Parameters
    ----------
    dataset_folder
        Holds a folder for each execution.
    """
    if not dataset_folder.is_dir():
        return
    runs = sorted(
        (path for path in dataset_folder.iterdir() if path.is_dir()),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for run in runs[kept - 1 :]:
        shutil.rmtree(run, ignore_errors=True)


def bring(cloud: Cloud, bucket: str, folder: Path, model_uri: str | None) -> None:
    """Fetch a run's result into its folder, and renew the list of the dataset's runs above it.

    Parameters
    ----------
    folder
        Named like the execution, in a folder that is named like the dataset.
    model_uri
        None if there is no model.
    """
    run = f"{folder.parent.name}/{folder.name}/"
    places = _below(cloud, bucket, f"reports/{run}")
    of_data = _below(cloud, bucket, f"datasets/{run}")
    places |= {key: name for key, name in of_data.items() if name in _OF_THE_DATA}
    if model_uri:
        key = model_uri.removeprefix(f"s3://{bucket}/")
        places[key] = key.rsplit("/", 1)[-1]
    for key, name in places.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cloud.client("s3").download_file(bucket, key, str(folder / name))
    page = folder / "report.html"
    if page.exists():
        if _OF_HEALTH.search(page.read_text("utf-8")):
            bring_health(cloud, bucket, folder)
        uris = {f"s3://{bucket}/{key}": name for key, name in places.items()}
        uris[f"s3://{bucket}/reports/{run}".rstrip("/")] = "report.html"
        text = adapted(page.read_text("utf-8"), uris)
        page.write_text(with_health(text, folder.parent), "utf-8")
        uri = LIST.below(f"s3://{bucket}/reports/{folder.parent.name}")
        listed = read(cloud.client("s3"), LIST, uri)
        renew_list(folder.parent, listed["runs"], page.read_text("utf-8"))


def bring_health(cloud: Cloud, bucket: str, folder: Path) -> None:
    """Fetch the page of the dataset's health, once a run is in it, beside the folders of runs.

    It is drawn after the run's end; who waits too long for it goes on without.
    """
    uri = f"s3://{bucket}/reports/{folder.parent.name}/{HEALTH_PAGE}"
    deadline = time.monotonic() + _HEALTH_SECONDS
    while time.monotonic() < deadline:
        found = fetch(cloud.client("s3"), uri)
        page = found["Body"].read().decode() if found else ""
        if folder.name in page:
            (folder.parent / HEALTH_PAGE).write_text(_with_kept(page, folder.parent), "utf-8")
            return
        time.sleep(0.05)


def _with_kept(page: str, dataset_folder: Path) -> str:
    """Return the page without links to runs that are not here."""

    def kept(link: re.Match[str]) -> str:
        return link[0] if (dataset_folder / link[1] / "report.html").exists() else link[2]

    return re.sub(r'<a href="([^"/]+)/report\.html">([^<]*)</a>', kept, page)


def with_health(page: str, dataset_folder: Path) -> str:
    """Return a page without its link to the dataset's health where that is not here."""
    return page if (dataset_folder / HEALTH_PAGE).exists() else _OF_HEALTH.sub("", page)


def bring_predictions(
    cloud: Cloud, paths: RunPaths, folder: Path, trained_by: str | None
) -> Path | None:
    """Fetch what a user wants of predictions into a folder; return the page, if there is one.

    Parameters
    ----------
    trained_by
        The run of the model, whose own report may have been brought.
    """
    prefix = f"{paths.prediction_prefix}/"
    places = {
        key: name
        for key, name in _below(cloud, paths.bucket, prefix).items()
        if "/" not in name and name not in _BETWEEN_STEPS
    }
    folder.mkdir(parents=True, exist_ok=True)
    for key, name in places.items():
        cloud.client("s3").download_file(paths.bucket, key, str(folder / name))
    page = folder / "report.html"
    if not page.exists():
        return None
    uris = {paths.uri(key): name for key, name in places.items()}
    training = RUNS / folder.parent.name / str(trained_by) / page.name
    if training.exists():
        trained = RunPaths(paths.bucket, paths.dataset, str(trained_by))
        uris[f"{trained.report_uri}/{page.name}"] = os.path.relpath(training, folder)
    page.write_text(adapted(page.read_text("utf-8"), uris), "utf-8")
    return page


def renew_list(dataset_folder: Path, listed: Sequence[Mapping[str, Any]], page: str) -> None:
    """Write the dataset's list of runs: those listed and those known here, as far as they are kept.

    Clouds come and go; each knows its own runs only.
    """
    path = dataset_folder / "runs.json"
    known = LIST.content(path.read_bytes())["runs"] if path.exists() else []
    lines = {each["name"]: each for each in [*known, *listed]}
    kept = [each for each in lines.values() if (dataset_folder / each["name"]).is_dir()]
    kept.sort(key=lambda each: str(each["ended"]), reverse=True)
    path.write_text(LIST.text({"runs": kept}), "utf-8")
    words = language(code_of(page))
    index = with_health(render_index(dataset_folder.name, kept, words), dataset_folder)
    (dataset_folder / "index.html").write_text(index, "utf-8")


def _below(cloud: Cloud, bucket: str, prefix: str) -> dict[str, str]:
    """Return the keys below a prefix, each with what follows the prefix."""
    pages = cloud.client("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=bucket, Prefix=prefix)
    keys = [each["Key"] for page in found for each in page.get("Contents", ())]
    return {key: key.removeprefix(prefix) for key in keys}


def code_of(page: str) -> str | None:
    """Return the language of a page."""
    found = re.search(r'<html lang="(\w+)"', page)
    return found[1] if found else None


def adapted(page: str, places: Mapping[str, str]) -> str:
    """Return a report's HTML as it is read without a cloud.

    Parameters
    ----------
    page
    places
        Address in the bucket → path from the page.
    """
    page = re.sub(r'<li class="console">.*?</li>\n?', "", page, flags=re.DOTALL)
    for uri, path in places.items():
        link = f'<code><a href="{html.escape(path)}">{html.escape(path)}</a></code>'
        page = page.replace(f"<code>{html.escape(uri)}</code>", link)
    return page
