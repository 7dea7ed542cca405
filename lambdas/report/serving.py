"""What is said of the endpoint that serves the champion: what it costs, and how it is asked."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from lambdas.report.language import Language
from lambdas.shared.contracts.report import ReportEvent
from lambdas.shared.prices import HOUR, MONTH, instance_second

_SHOWN_COLUMNS = 60
_HOSTS = {"aws-cn": "amazonaws.com.cn"}


def served(event: ReportEvent) -> dict[str, Any] | None:
    """Return what serves after this run, and its price; None if the run did not see to it.

    Returns
    -------
    dict or None
        ``endpoint_name``, ``kind``, ``instance_type``, ``minimum`` and ``maximum`` of machines, and
        ``usd_per_hour`` and ``usd_per_month`` of one machine (None where the table has no price).
    """
    progress, asked = event.serving, event.prepared.serve if event.prepared else None
    if progress is None or asked is None or progress.phase != "serving":
        return None
    known = {"endpoint_name": progress.endpoint_name, "kind": asked.kind}
    if asked.kind != "instance":
        return {**known, "instance_type": None, "usd_per_hour": None, "usd_per_month": None}
    instance_type = (progress.instance_types or [""])[0]
    price = instance_second("hosting", instance_type)
    return {
        **known,
        "instance_type": instance_type,
        "minimum": asked.minimum,
        "maximum": asked.maximum,
        "usd_per_hour": None if price is None else float(price * HOUR),
        "usd_per_month": None if price is None else float(price * MONTH),
    }


def sentence(words: Language, event: ReportEvent) -> str:
    """Return what serves now, and what it costs; empty if the run changed nothing about that."""
    progress = event.serving
    if progress is not None and progress.phase == "ended" and progress.previous is not None:
        return words("serving.ended", name=progress.endpoint_name)
    found = served(event)
    if found is None:
        return ""
    name, hour = found["endpoint_name"], found["usd_per_hour"]
    if found["kind"] == "serverless":
        return words("serving.serverless", name=name)
    parts = {"name": name, "type": found["instance_type"]}
    if hour is None:
        return words("serving.unpriced", **parts)
    said = [words("serving.instance", **parts, **_amounts(words, found, found["minimum"]))]
    if found["maximum"] > found["minimum"]:
        said.append(words("serving.scaled", **_amounts(words, found, found["maximum"])))
    return " ".join(said)


def _amounts(words: Language, found: Mapping[str, Any], machines: int) -> dict[str, str]:
    return {
        "machines": words("amount.machines", count=machines),
        "hour": words.fixed(found["usd_per_hour"] * machines, 3),
        "month": words.fixed(found["usd_per_month"] * machines, 2),
    }


def examples(
    words: Language, document: Mapping[str, Any], manifest: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return a request to the endpoint that serves: the file, and three ways to send it.

    Returns
    -------
    dict or None
        ``rows``, the content of ``rows.csv`` with what a column holds in place of values;
        ``hidden``, how many columns it lacks; ``ways``, pairs of a caption and a command.
    """
    found = document["serving"]
    if found is None:
        return None
    features = manifest.get("features") or []
    _, partition, _, region, *_ = document["execution_arn"].split(":")
    host = f"runtime.sagemaker.{region}.{_HOSTS.get(partition, 'amazonaws.com')}"
    name = found["endpoint_name"]
    return {
        "rows": _rows(words, features[:_SHOWN_COLUMNS]),
        "hidden": len(features[_SHOWN_COLUMNS:]),
        "ways": [
            (words("serving.cli"), _CLI.format(region=region, name=name)),
            (words("serving.curl"), _CURL.format(region=region, name=name, host=host)),
            (words("serving.python"), _PYTHON.format(region=region, name=name)),
        ],
    }


def _rows(words: Language, features: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([each["name"] for each in features])
    types = (str(each["type"]) for each in features)
    writer.writerow(
        f"<{words(f'type.{kind}') if words.has(f'type.{kind}') else kind}>" for kind in types
    )
    return text.getvalue().rstrip("\n")


_CLI = """\
aws sagemaker-runtime invoke-endpoint --region {region} --endpoint-name {name} \\
  --content-type text/csv --accept application/json --body fileb://rows.csv answer.json"""
_CURL = """\
curl --aws-sigv4 aws:amz:{region}:sagemaker --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\
  --header "x-amz-security-token: $AWS_SESSION_TOKEN" --header "content-type: text/csv" \\
  --data-binary @rows.csv https://{host}/endpoints/{name}/invocations"""
_PYTHON = """\
import boto3

answer = boto3.client("sagemaker-runtime", region_name="{region}").invoke_endpoint(
    EndpointName="{name}",
    ContentType="text/csv",
    Accept="application/json",
    Body=open("rows.csv", "rb").read(),
)
print(answer["Body"].read().decode())"""
