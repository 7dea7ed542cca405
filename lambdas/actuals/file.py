"""The file of what really happened: its columns, and what it says of each model's target."""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import duckdb

from lambdas.actuals.keys import nearest, plain_name
from lambdas.predict.numbers import Asked, read_numbers
from lambdas.predict.trained import Trained
from lambdas.predict.truth import make_targets, not_counted, target_feature
from lambdas.preprocess.columns.cells import trimmed
from lambdas.preprocess.engine import one
from lambdas.preprocess.read.loading import read_texts
from lambdas.preprocess.read.source import open_source
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.settings.dataset import DatasetSettings


def read_file(
    connection: duckdb.DuckDBPyConnection,
    source: Path,
    folder: Path,
    settings: DatasetSettings,
    findings: list[Finding],
) -> tuple[int, list[str]]:
    """Make the table ``actuals`` of a file; return how many rows it has, and its columns' names.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    opened = open_source(connection, source, folder, settings)
    table = read_texts(connection, opened)
    findings += table.findings
    connection.execute("ALTER TABLE data RENAME TO actuals")
    return table.rows, [plain_name(name) for name in opened.dialect.names]


def find_targets(names: Sequence[str], targets: Sequence[str]) -> tuple[list[str], list[Finding]]:
    """Return which of the predicted columns the file has; an error if none.

    Parameters
    ----------
    targets : sequence of str
        The newest first.
    """
    found = [target for target in targets if plain_name(target) in names]
    if found:
        return found, []
    text = Message("the column “{name}” is missing", name=targets[0])
    similar = nearest(targets[0], names)
    if similar:
        text = Message(
            "the column “{name}” is missing; is it the one called “{nearest}” in the file?",
            name=targets[0],
            nearest=similar,
        )
    return [], [Finding("ActualsMissing", text, column=targets[0])]


def not_known_yet(
    connection: duckdb.DuckDBPyConnection, position: int, name: str, missing: Collection[str]
) -> Iterator[Finding]:
    """Yield how many rows say nothing, if any."""
    cell = trimmed(f"c{position}", tuple(missing))
    (empty,) = one(connection, f"SELECT count(*) - count({cell}) FROM actuals")
    if empty:
        text = Message(
            "in the column “{name}”, {count} row is empty: what happened is not known yet",
            "in the column “{name}”, {count} rows are empty: what happened is not known yet",
            name=name,
            count=empty,
        )
        yield Finding("ActualsUnknown", text, column=name)


def read_truths(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    position: int,
    trained: Trained,
    settings: DatasetSettings,
) -> list[Finding]:
    """Make a table of what happened, read as in a model's training: ``id`` and ``truth``.

    Returns
    -------
    list of Finding
        Cells that cannot be read so; they do not count.
    """
    target, missing = target_feature(trained), (*trained.missing, *settings.missing)
    cell = trimmed(f"c{position}", missing)
    connection.execute(f"CREATE OR REPLACE TABLE data AS SELECT {cell} AS c0 FROM actuals")
    found = list(not_known_yet(connection, position, target.name, missing))
    wrong: list[Finding] = []
    if target.kind == "numeric":
        asked = Asked(settings.decimal_sign, frozenset(map(str.casefold, settings.numbers)))
        wrong += read_numbers(connection, {0: target}, 1, asked)
    wrong += make_targets(connection, 0, trained)
    connection.execute(f"CREATE TABLE {table} AS SELECT rowid AS id, truth FROM targets")
    connection.execute("DROP TABLE targets")
    return [*found, *(not_counted(each, "ActualsUnused") for each in wrong)]
