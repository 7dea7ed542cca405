"""Samples of what steps answer, whole, for tests that change what they are about."""

from typing import Any

EVALUATION: dict[str, Any] = {
    "is_complete": True,
    "metrics": {"accuracy": 0.97},
    "verdict": None,
    "rows": 86,
    "requests": 1,
    "latency_ms": {"p50": 4.0, "p95": 6.0},
    "answering_seconds": 0.5,
    "intervals": {},
    "predictions_uri": "s3://molino-bucket/reports/d/e/predictions.csv",
    "metrics_uri": "s3://molino-bucket/reports/d/e/metrics.json",
}
PREPARED: dict[str, Any] = {
    "dataset": "breast cancer (2026)",
    "resource_name": "molino-a-dataset-with-the-longest-name-0123456789",
    "task": "binary",
    "target": "diagnosis",
    "target_rule": "the column is called diagnosis",
    "algorithm": "random_forest",
    "rows": {"train": 398, "validation": 85, "test": 86},
    "features": 30,
    "compare_by": ["sex"],
    "uris": {
        name: f"s3://molino-bucket/datasets/breast-cancer-2026/run/{name}/"
        for name in ("train", "validation", "test", "schema")
    }
    | {
        name: f"s3://molino-bucket/datasets/breast-cancer-2026/run/{name}.json"
        for name in ("manifest", "profile")
    },
    "model_output_uri": "s3://molino-bucket/models/breast-cancer-2026/run",
    "report_uri": "s3://molino-bucket/reports/breast-cancer-2026/run",
    "group": "molino-breast-cancer-2026-01234567",
    "gate": {"metric": "roc_auc", "margin": 0.0, "approval": "automatic", "thresholds": {}},
    "serve": None,
    "language": "en",
    "retrain_when": [],
    "training": {
        "instance_types": ["ml.m5.large"],
        "instance_count": 1,
        "shards": False,
        "row_share": 1.0,
        "volume_size_gb": 10,
        "max_runtime_seconds": 3600,
        "max_wait_seconds": None,
        "spot": False,
        "checkpoint_uri": "s3://molino-bucket/models/breast-cancer-2026/run/checkpoints",
        "hyperparameters": {"algorithm": '"random_forest"', "seed": "0"},
        "exports": [],
    },
    "tuning": None,
    "endpoint": {
        "kind": "instance",
        "instance_types": ["ml.m5.large"],
        "memory_mb": 2048,
        "max_concurrency": 5,
        "capture_percent": 0,
        "capture_uri": "s3://molino-bucket/captures/breast-cancer-2026/run",
    },
}
SERVERLESS: dict[str, Any] = {
    "kind": "serverless",
    "minimum": 0,
    "maximum": 5,
    "instance_types": ["ml.c5.large", "ml.c5.xlarge"],
    "capture_uri": "s3://molino-bucket/captures/breast-cancer-2026/served",
}
INSTANCE = SERVERLESS | {"kind": "instance", "minimum": 1, "maximum": 4}
NO_LONGER = SERVERLESS | {"kind": "none"}
HANDED_OVER: dict[str, Any] = {
    "dataset": PREPARED["dataset"],
    "resource_name": PREPARED["resource_name"],
    "algorithm": PREPARED["algorithm"],
    "job": {
        "program": "preprocess",
        "instance_type": "ml.m5.xlarge",
        "volume_size_gb": 30,
        "inputs": [
            {
                "name": "order",
                "uri": "s3://molino-bucket/datasets/breast-cancer-2026/run/job/order.json",
                "type": "S3Prefix",
            },
            {
                "name": "upload",
                "uri": "s3://molino-bucket/datasets/breast-cancer-2026/run/job/upload.manifest",
                "type": "ManifestFile",
            },
        ],
        "output_uri": "s3://molino-bucket/datasets/breast-cancer-2026/run",
    },
}
HANDED_OVER_TO_SPARK: dict[str, Any] = {
    **{name: HANDED_OVER[name] for name in ("dataset", "resource_name", "algorithm")},
    "job": None,
    "spark": {
        "order_uri": "s3://molino-bucket/datasets/breast-cancer-2026/run/job/order.json",
        "output_uri": "s3://molino-bucket/datasets/breast-cancer-2026/run",
        "properties": {"spark.dynamicAllocation.maxExecutors": "3"},
        "max_runtime_minutes": 90,
    },
}
CHAMPION: dict[str, Any] = {
    "package_arn": "arn:aws:sagemaker:eu-west-1:123456789012:model-package/g/4",
    "version": 4,
    "environment": {"SAGEMAKER_PROGRAM": "inference.py"},
    "manifest_uri": "s3://molino-bucket/datasets/d/before/manifest.json",
    "schema_uri": "s3://molino-bucket/datasets/d/before/schema/",
    "problem": None,
}

PREPARED_ROWS: dict[str, Any] = {
    "dataset": "breast cancer (2026)",
    "resource_name": "molino-a-dataset-with-the-longest-name-0123456789",
    "language": "en",
    "model": {
        "package_arn": CHAMPION["package_arn"].replace("/g/", "/molino-g/"),
        "version": 4,
        "environment": CHAMPION["environment"],
        "run": "breast-cancer-0123456789abcdef",
        "created": "2026-11-20T04:05:06+00:00",
        "data_uri": "s3://molino-bucket/datasets/breast-cancer-2026/run",
        "report_uri": "s3://molino-bucket/reports/breast-cancer-2026/run",
    },
    "task": "binary",
    "target": "diagnosis",
    "rows": 569,
    "columns": 30,
    "rows_uri": "s3://molino-bucket/predictions/breast-cancer-2026/run/job/rows-2/",
    "parts": 2,
    "instances": 2,
    "content_type": "text/csv; header=absent",
    "accept": "text/csv; details=true",
    "own_uri": "s3://molino-bucket/predictions/breast-cancer-2026/run/job/own.parquet",
    "output_uri": "s3://molino-bucket/predictions/breast-cancer-2026/run/job",
    "predictions_uri": "s3://molino-bucket/predictions/breast-cancer-2026/run/predictions.csv",
    "instance_types": ["ml.m5.large"],
    "processing_instance_type": "ml.m5.xlarge",
    "upload_bytes": 120_000,
    "raw": False,
    "explain": False,
    "output": "csv",
    "endpoint_name": None,
    "must_ask": False,
}
ROWS_HANDED_OVER: dict[str, Any] = {
    "dataset": PREPARED_ROWS["dataset"],
    "resource_name": PREPARED_ROWS["resource_name"],
    "job": HANDED_OVER["job"],
}
JOIN_HANDED_OVER: dict[str, Any] = {"job": HANDED_OVER["job"]}


def sample(whole: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a copy with changes, those of a member that is a mapping merged into it."""
    merged = {
        name: sample(whole[name], **value)
        if isinstance(value, dict) and isinstance(whole.get(name), dict)
        else value
        for name, value in changes.items()
    }
    return whole | merged


COMPARED: dict[str, Any] = {
    "dataset": "breast-cancer-2026",
    "language": "en",
    "target": "diagnosis",
    "key": "patient",
    "rows": 200,
    "known": 150,
    "matched": 120,
    "pairs": 130,
    "quality_uri": "s3://molino-bucket/reports/breast-cancer-2026/run/quality.json",
}
