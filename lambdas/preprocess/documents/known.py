"""What is known of an upload when it turns out to be unusable: the report shows that, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.read.download import Download
from lambdas.preprocess.read.reading import Table
from lambdas.shared.documents.contents import Findings, Source
from lambdas.shared.documents.document import FINDINGS
from lambdas.shared.failures.errors import DataError
from lambdas.shared.findings.few import few_findings
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.kinds import KINDS
from lambdas.shared.findings.message import verbatim


@dataclass
class Known:
    """Grows as an upload is read and checked.

    Parameters
    ----------
    findings : list of Finding
        In the order in which they were made.
    download : Download or None
    language : str or None
        That of the report.
    table : Table or None
    profiles : sequence of Profile
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
