"""Logger, metrics and tracer, configured by the POWERTOOLS_* variables of the function."""

from __future__ import annotations

from aws_lambda_powertools import Logger, Metrics, Tracer

logger = Logger()
metrics = Metrics()
# Only botocore's calls are of interest; patching everything importable costs cold start.
tracer = Tracer(patch_modules=("botocore",))
