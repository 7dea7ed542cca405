"""What was found in rows of a file, kept also where they can't be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdas.shared.documents.bucket import write
from lambdas.shared.documents.contents import RowsFound
from lambdas.shared.documents.document import Document
from lambdas.shared.failures.errors import DataError
from lambdas.shared.findings.finding import Finding, few_findings
from lambdas.shared.findings.kinds import KINDS
from lambdas.shared.findings.message import verbatim

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass
class Found:
    """What is known of the rows so far."""

    language: str | None = None
    findings: list[Finding] = field(default_factory=list)

    @contextmanager
    def kept(self, client: S3Client, document: Document[RowsFound], uri: str) -> Iterator[None]:
        """Store it once the rows are read, or turn out to be unusable; then with the reasons.

        Parameters
        ----------
        client : S3Client
        document : Document
            The kind to store it as.
        uri : str
        """
        try:
            yield
        except DataError as error:
            seen = error.findings or [Finding(error.code, verbatim(KINDS[error.code].summary))]
            self.findings = list(dict.fromkeys([*self.findings, *seen]))
            self._write(client, document, uri)
            raise
        self._write(client, document, uri)

    def _write(self, client: S3Client, document: Document[RowsFound], uri: str) -> None:
        told = [each.to_dict() for each in few_findings(self.findings)]
        content: RowsFound = {"language": self.language, "findings": told}
        write(client, document, uri, content)
