"""What is recorded of a run: how its splits came about, or why there are none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.read.loading import Table
from lambdas.preprocess.read.source import Download
from lambdas.shared.contracts.contract import Task
from lambdas.shared.contracts.preprocess import (
    DatasetUris,
    EndpointRequest,
    PreparedDataset,
    ServeRequest,
    TrainingRequest,
    TuningRequest,
)
from lambdas.shared.documents.contents import Chosen, Findings, Manifest, Source
from lambdas.shared.documents.document import FINDINGS, MANIFEST, PROFILE
from lambdas.shared.failures.errors import DataError
from lambdas.shared.findings.finding import Finding, few_findings
from lambdas.shared.findings.kinds import KINDS
from lambdas.shared.findings.message import Message, verbatim
from lambdas.shared.names.legal import dataset_slug, group_name, resource_name, tuning_name
from lambdas.shared.names.paths import RunPaths

if TYPE_CHECKING:
    from lambdas.preprocess.run import Prepared
    from lambdas.shared.settings.dataset import DatasetSettings


@dataclass
class Known:
    """Grows as an upload is read and checked.

    Parameters
    ----------
    findings : list of Finding
        In the order in which they were made.
    language : str or None
        That of the report.
    """

    findings: list[Finding] = field(default_factory=list)
    download: Download | None = None
    language: str | None = None
    table: Table | None = None
    profiles: Sequence[Profile] = ()

    def document(self, key: str, version_id: str, error: DataError) -> str:
        """Return ``findings.json``: of manifest and profile what there is.

        Like these it stays in the bucket; a profile holds values of cells.
        """
        bare = Finding(error.code, verbatim(KINDS[error.code].summary))
        seen = dict.fromkeys([*self.findings, *(error.findings or [bare])])
        document: Findings = {
            "error": error.code,
            "language": self.language,
            "source": self._source(key, version_id),
            "findings": [found.to_dict() for found in few_findings(seen)],
            "profile": self._profile(),
        }
        return FINDINGS.text(document)

    def _source(self, key: str, version_id: str) -> Source:
        source: Source = {"key": key, "version_id": version_id}
        if self.download:
            source |= {"sha256": self.download.sha256, "bytes": self.download.size}
        if self.table:
            source |= {
                "rows": self.table.file_rows,
                "excluded": dict(self.table.excluded),
                "columns": list(self.table.columns),
            }
        return source

    def _profile(self) -> dict[str, Any] | None:
        if self.table is None or not self.profiles:
            return None
        rows = self.table.rows
        return {"rows": {"file": rows}, "columns": [_column(each, rows) for each in self.profiles]}


def _column(found: Profile, rows: int) -> dict[str, Any]:
    column: dict[str, Any] = {
        "name": found.name,
        "role": None,
        "type": "numeric" if found.is_numeric else None,
        "missing": rows - found.filled,
        "distinct": min(found.distinct, found.filled),
        "distinct_is_exact": found.is_distinct_exact,
    }
    if found.minimum is not None and found.is_numeric:
        column["numbers"] = {"minimum": found.minimum, "maximum": found.maximum}
    return column


@cache
def code_version() -> str:
    """Return the first 12 hex digits of the sha256 of the Lambdas' own sources."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def manifest_document(
    prepared: Prepared,
    key: str,
    version_id: str,
    execution_arn: str,
    parts: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Return ``manifest.json``."""
    settings = prepared.resolved.settings.model_dump()
    source: Source = {
        "key": key,
        "version_id": version_id,
        "sha256": prepared.download.sha256,
        "bytes": prepared.download.size,
        "rows": prepared.account.file,
        "columns": list(prepared.table.columns),
    }
    if parts:
        source["parts"] = parts
    document: Manifest = {
        "execution_arn": execution_arn,
        "source": source,
        "task": _chosen(prepared.task, prepared.task_rule),
        "target": _chosen(prepared.target.profile.name, prepared.target.rule),
        "classes": prepared.split.classes,
        "features": [feature.to_dict() for feature in prepared.features],
        "rows": prepared.split.rows,
        "files": prepared.written.sizes,
        "account": prepared.account.to_dict(),
        "settings": {
            name: {"value": value, "rule": str(prepared.resolved.rules.get(name, "default"))}
            for name, value in settings.items()
        },
        "budget": {
            "instances": prepared.budget.instances.count,
            "row_share": prepared.budget.instances.row_share,
            "volume_size_gb": prepared.budget.volume_size_gb,
            "max_runtime_seconds": prepared.budget.max_runtime_seconds,
            "longest_seconds": prepared.budget.longest_seconds,
            "most_usd": prepared.budget.most_usd and round(float(prepared.budget.most_usd), 4),
        },
        "findings": [finding.to_dict() for finding in prepared.findings],
        "versions": {"code": code_version(), **prepared.versions},
    }
    if prepared.written.digests:
        document["digests"] = prepared.written.digests
    return MANIFEST.text(document)


def _chosen(value: str, rule: Message) -> Chosen:
    return {"value": value, "rule": str(rule), "wording": rule.to_json()}


def _serve(settings: DatasetSettings, paths: RunPaths) -> ServeRequest | None:
    serving = settings.serving()
    if serving is None:
        return None
    return ServeRequest(
        kind=serving.kind,
        minimum=serving.minimum,
        maximum=serving.maximum or settings.endpoint_max_concurrency,
        instance_types=list(settings.serve_instance_types),
        capture_uri=paths.served_capture_uri,
    )


def state_output(prepared: Prepared, paths: RunPaths) -> PreparedDataset:
    """Return what the state machine needs."""
    settings, budget = prepared.resolved.settings, prepared.budget
    uris, tuning = paths.channel_uris, None
    hyperparameters = settings.hyperparameters()
    if budget.instances.row_share < 1:
        hyperparameters["row_share"] = json.dumps(budget.instances.row_share)
    if budget.tuning:
        name = tuning_name(paths.dataset, paths.execution)
        tuning = TuningRequest(name=name, config=budget.tuning)
    return PreparedDataset(
        dataset=dataset_slug(paths.dataset),
        resource_name=resource_name(paths.dataset, paths.execution),
        task=cast("Task", prepared.task),
        target=prepared.target.profile.name,
        target_rule=str(prepared.target.rule),
        algorithm=settings.algorithm,
        rows=prepared.split.rows,
        features=len(prepared.features),
        compare_by=[column.name for column in prepared.compared],
        uris=DatasetUris(
            train=uris["train"],
            validation=uris["validation"],
            test=uris["test"],
            schema=uris["schema"],
            manifest=MANIFEST.uri(paths),
            profile=PROFILE.uri(paths),
        ),
        model_output_uri=paths.model_uri,
        report_uri=paths.report_uri,
        group=group_name(paths.bucket, paths.dataset),
        gate=settings.gate(prepared.task),
        serve=_serve(settings, paths),
        language=settings.language,
        retrain_when=list(settings.retrain_when),
        training=TrainingRequest(
            instance_types=list(settings.training_instance_types),
            instance_count=budget.instances.count,
            shards=budget.instances.count > 1 and not prepared.files,
            row_share=budget.instances.row_share,
            volume_size_gb=budget.volume_size_gb,
            max_runtime_seconds=budget.max_runtime_seconds,
            max_wait_seconds=budget.max_wait_seconds,
            spot=settings.spot,
            checkpoint_uri=paths.checkpoint_uri,
            hyperparameters=hyperparameters,
            exports=[settings.export] if settings.export else [],
        ),
        tuning=tuning,
        endpoint=EndpointRequest(
            kind=settings.endpoint_kind,
            instance_types=list(settings.endpoint_instance_types),
            memory_mb=settings.endpoint_memory_mb,
            max_concurrency=settings.endpoint_max_concurrency,
            capture_percent=settings.capture_percent,
            capture_uri=paths.capture_uri,
        ),
    )
