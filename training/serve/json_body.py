"""JSON requests: records by column name, or columns and rows."""

from __future__ import annotations

import json
from typing import Any

from training.errors import RequestError
from training.schema import Schema
from training.serve.table import NAMED, Table, build_table, positions

FORMS = 'the body must be {"instances": [{column: value}]} or {"columns": [...], "rows": [[...]]}'


def _from_instances(schema: Schema, instances: Any) -> Table:
    if not isinstance(instances, list) or not all(isinstance(item, dict) for item in instances):
        raise RequestError(400, FORMS)
    try:
        columns = {name: [instance[name] for instance in instances] for name in schema.names}
    except KeyError:
        raise RequestError(400, _absent(schema, instances)) from None
    return build_table(schema, columns, len(instances))


def _absent(schema: Schema, instances: list[dict[str, Any]]) -> str:
    found = []
    for name in schema.names:
        rows = (row for row, instance in enumerate(instances, start=1) if name not in instance)
        first = next(rows, None)
        if first is not None:
            found.append(f"missing column '{name}' in row {first}")
    more = [f"and {len(found) - NAMED} columns more"] if len(found) > NAMED else []
    return "; ".join([*found[:NAMED], *more]) + " (null stands for an unknown value)"


def _from_rows(schema: Schema, header: Any, rows: Any) -> Table:
    lists = isinstance(header, list) and isinstance(rows, list)
    if not lists or not all(isinstance(row, list) for row in rows):
        raise RequestError(400, FORMS)
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise RequestError(
                400, f"row {number} has {len(row)} values; there are {len(header)} columns"
            )
    columns = {
        name: [row[place] for row in rows] for name, place in positions(schema, header).items()
    }
    return build_table(schema, columns, len(rows))


def _is_unicode(document: Any) -> bool:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def parse_json(schema: Schema, text: str) -> Table:
    """Read a JSON body; columns are taken by name, others are ignored.

    Raises
    ------
    RequestError
        400, naming what is missing or where a value is bad. Rows are counted from 1.
    """
    try:
        document = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise RequestError(400, "the body is not JSON") from error
    if not isinstance(document, dict):
        raise RequestError(400, FORMS)
    if "\\ud" in text.lower() and not _is_unicode(document):
        raise RequestError(400, "the body holds halves of letters (lone surrogates)")
    if "instances" in document:
        return _from_instances(schema, document["instances"])
    return _from_rows(schema, document.get("columns"), document.get("rows"))


def parse_json_lines(schema: Schema, text: str) -> Table:
    """Read a body of JSON Lines: a record by column name in each.

    Raises
    ------
    RequestError
        400, as for records in one document.
    """
    lines = [line for line in text.removeprefix("\ufeff").split("\n") if line.strip()]
    try:
        instances = [json.loads(line) for line in lines]
    except (ValueError, RecursionError) as error:
        raise RequestError(400, "a line of the body is not JSON") from error
    if "\\ud" in text.lower() and not _is_unicode(instances):
        raise RequestError(400, "the body holds halves of letters (lone surrogates)")
    return _from_instances(schema, instances)
