"""The record of how the splits came about, and the state machine's share of it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from lambdas.preprocess.read.download import Download
from lambdas.preprocess.run import Prepared
from lambdas.shared.documents.contents import Chosen, Manifest
from lambdas.shared.documents.document import MANIFEST, PROFILE
from lambdas.shared.findings.message import Message
from lambdas.shared.names.legal import dataset_slug, group_name, resource_name, tuning_name
from lambdas.shared.names.paths import RunPaths


@cache
def code_version() -> str:
    """Return the first 12 hex digits of the sha256 of the Lambdas' own sources."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def manifest_document(
    prepared: Prepared, download: Download, key: str, version_id: str, execution_arn: str
) -> str:
    """Return ``manifest.json``."""
    settings = prepared.resolved.settings.model_dump()
    document: Manifest = {
        "execution_arn": execution_arn,
        "source": {
            "key": key,
            "version_id": version_id,
            "sha256": download.sha256,
            "bytes": download.size,
            "rows": prepared.account.file,
            "columns": list(prepared.table.columns),
        },
        "task": _chosen(prepared.task, prepared.task_rule),
        "target": _chosen(prepared.target.profile.name, prepared.target.rule),
        "classes": prepared.split.classes,
        "features": [feature.to_dict() for feature in prepared.features],
        "rows": prepared.split.rows,
        "account": prepared.account.to_dict(),
        "settings": {
            name: {"value": value, "rule": str(prepared.resolved.rules.get(name, "default"))}
            for name, value in settings.items()
        },
        "budget": {
            "volume_size_gb": prepared.budget.volume_size_gb,
            "max_runtime_seconds": prepared.budget.max_runtime_seconds,
            "longest_seconds": prepared.budget.longest_seconds,
            "most_usd": prepared.budget.most_usd and round(float(prepared.budget.most_usd), 4),
        },
        "findings": [finding.to_dict() for finding in prepared.findings],
        "versions": {"code": code_version(), "duckdb": duckdb.__version__},
    }
    return MANIFEST.text(document)


def _chosen(value: str, rule: Message) -> Chosen:
    return {"value": value, "rule": str(rule), "wording": rule.to_json()}


def state_output(prepared: Prepared, paths: RunPaths) -> dict[str, Any]:
    """Return what the state machine needs: names, figures and URIs, no cell's value."""
    settings, budget = prepared.resolved.settings, prepared.budget
    return {
        "dataset": dataset_slug(paths.dataset),
        "resource_name": resource_name(paths.dataset, paths.execution),
        "task": prepared.task,
        "target": prepared.target.profile.name,
        "target_rule": str(prepared.target.rule),
        "algorithm": settings.algorithm,
        "rows": prepared.split.rows,
        "features": len(prepared.features),
        "compare_by": [column.name for column in prepared.compared],
        "uris": paths.channel_uris
        | {"manifest": MANIFEST.uri(paths), "profile": PROFILE.uri(paths)},
        "model_output_uri": paths.model_uri,
        "report_uri": paths.report_uri,
        "group": group_name(paths.bucket, paths.dataset),
        "gate": settings.gate(prepared.task),
        "serve": settings.serve,
        "language": settings.language,
        "training": {
            "instance_types": list(settings.training_instance_types),
            "volume_size_gb": budget.volume_size_gb,
            "max_runtime_seconds": budget.max_runtime_seconds,
            "max_wait_seconds": budget.max_wait_seconds,
            "spot": settings.spot,
            "checkpoint_uri": paths.checkpoint_uri,
            "hyperparameters": settings.hyperparameters(),
        },
        "tuning": budget.tuning
        and {"name": tuning_name(paths.dataset, paths.execution), "config": budget.tuning},
        "endpoint": {
            "kind": settings.endpoint_kind,
            "instance_types": list(settings.endpoint_instance_types),
            "memory_mb": settings.endpoint_memory_mb,
            "max_concurrency": settings.endpoint_max_concurrency,
            "capture_percent": settings.capture_percent,
            "capture_uri": paths.capture_uri,
        },
    }
