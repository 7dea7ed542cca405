"""The Spark jobs of the stack: job runs in its application of EMR Serverless."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lambdas.shared.aws import emr_serverless_client
from lambdas.shared.names.legal import PREFIX

APPLICATION = "SPARK_APPLICATION_ID"  # environment variable; empty where the stack has no Spark
CANCELLING = "CANCELLING"
UNDER_WAY = ("SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "QUEUED", CANCELLING)


@dataclass(frozen=True)
class JobRuns:
    """The job runs of one application that have not ended.

    They are looked up by the names that executions give them: EMR Serverless gives each a number,
    which nobody knows whose answer from StartJobRun was lost.
    """

    client: Any
    application: str
    label: str = "Spark job"
    is_part: bool = False  # as of SageMaker's kinds: see `resource_kinds.Kind`

    def under_way(self, name: str | None = None, **filters: Any) -> Iterator[dict[str, Any]]:
        """Yield EMR Serverless's summaries of all of ours, or of those of one name."""
        pages = self.client.get_paginator("list_job_runs").paginate(
            applicationId=self.application, states=list(UNDER_WAY), **filters
        )
        for page in pages:
            for run in page["jobRuns"]:
                found = run.get("name", "")
                if found == name or (name is None and found.startswith(PREFIX)):
                    yield run

    def tags(self, run: dict[str, Any]) -> dict[str, str]:
        """Return a job run's tags."""
        return dict(self.client.list_tags_for_resource(resourceArn=run["arn"])["tags"])

    def end(self, _: Any, name: str) -> None:
        """Cancel what bears a name; what is being cancelled already is left to it."""
        for run in self.under_way(name):
            if run["state"] != CANCELLING:
                self.client.cancel_job_run(applicationId=self.application, jobRunId=run["id"])


def job_runs() -> JobRuns | None:
    """Return those of the stack's application; None for a stack without Spark."""
    application = os.environ.get(APPLICATION)
    return JobRuns(emr_serverless_client(), application) if application else None
