"""Models' schemas and profiles as preprocess makes them, and rows read for them."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from lambdas.predict.run import ReadRows, read_rows
from lambdas.predict.trained import Trained
from lambdas.preprocess.documents.manifest import Known
from lambdas.preprocess.order import Order, Outcome, carry_out
from lambdas.preprocess.read.source import Download
from lambdas.shared.failures.errors import DataError
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.settings.dataset import Source, resolve
from training.schema import Schema, parse_schema
from training.serve.body import parse_request
from training.serve.table import Table

_numbers = count()


@dataclass(frozen=True)
class Preprocessed:
    """What preprocess made of a file to train on."""

    outcome: Outcome
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def trained(self) -> Trained:
        found = {key.rsplit("/", 1)[-1]: text for key, text in self.outcome.documents.items()}
        schema, profile, categories = (
            json.loads(found[f"{name}.json"]) for name in ("schema", "profile", "categories")
        )
        return Trained(schema, profile, categories["columns"])

    @property
    def schema(self) -> Schema:
        return parse_schema(self.trained.schema)

    def splits(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of all splits as the container reads them."""
        for path in self.outcome.files.values():
            header, *rows = csv.reader(path.open(encoding="utf-8", newline=""))
            at = header.index(self.schema.target)
            text = io.StringIO(newline="")
            kept = [row[:at] + row[at + 1 :] for row in (header, *rows)]
            csv.writer(text, lineterminator="\n").writerows(kept)
            yield from cells(parse_request(self.schema, text.getvalue(), "text/csv"))


def cells(table: Table) -> list[tuple[Any, ...]]:
    """Return a table's rows, missing cells as None."""
    rows = zip(table.numeric.tolist(), table.written.tolist(), strict=True)
    return [tuple(None if each != each else each for each in (*a, *b)) for a, b in rows]  # noqa: PLR0124


def preprocessed(folder: Path, content: str | bytes, **settings: Any) -> Preprocessed:
    """Preprocess a file to train on."""
    work, path = _written(folder, content)
    source = Source(Message("set"), Message("test"), settings)
    order = Order("b", "incoming/d/x.csv", "v", "d-1", "arn", (source,))
    return Preprocessed(carry_out(order, Download.at(path), work, Known()), settings)


@dataclass
class Attempt:
    """What came of rows to predict."""

    findings: list[Finding]
    read: ReadRows | None = None

    @property
    def said(self) -> str:
        return "; ".join(str(each.message) for each in self.findings)

    @property
    def codes(self) -> list[str]:
        return [each.code for each in self.findings]

    def table(self, schema: Schema) -> list[tuple[Any, ...]]:
        """Return the rows as the container reads them."""
        assert self.read, self.said
        found = self.read.of_model
        content = b"".join(path.read_bytes() for path in found.paths)
        return cells(parse_request(schema, content, found.content_type))


def attempt(
    folder: Path,
    content: str | bytes,
    trained: Trained,
    splits: Mapping[str, Sequence[Path]] | None = None,
    **settings: Any,
) -> Attempt:
    """Read rows to predict; errors are among the findings."""
    work, path = _written(folder, content)
    source = Source(Message("set"), Message("test"), settings)
    found = Attempt([])
    try:
        asked = resolve([source]).settings
        found.read = read_rows(path, asked, trained, work, found.findings, splits=lambda: splits)
    except DataError as error:
        assert {*error.findings} <= {*found.findings}  # noqa: PT017 - it need not be raised
    return found


def _written(folder: Path, content: str | bytes) -> tuple[Path, Path]:
    work = folder / f"work{next(_numbers)}"
    work.mkdir()
    path = work / "upload"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return work, path


def table(header: str, row: str, rows: int = 60) -> str:
    """Return a CSV whose rows are made of a template with their number ``i``."""
    lines = [header, *(eval(f"f{row!r}", {"i": i}) for i in range(rows))]  # noqa: S307 - ours
    return "\n".join(lines) + "\n"
