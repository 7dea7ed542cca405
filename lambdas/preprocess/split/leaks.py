"""Rows that repeat each other, and what the test could not measure honestly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from lambdas.preprocess.columns.figures import DataProfile
from lambdas.preprocess.columns.target import Target
from lambdas.preprocess.engine import one
from lambdas.preprocess.split.copies import Copies
from lambdas.preprocess.split.rows import Arrangement
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message


@dataclass(frozen=True)
class Repeats:
    """Figures of rows that repeat others.

    Parameters
    ----------
    repeated : int
        Usable rows that repeat an earlier one in every feature and the target.
    contradictory : int
        Usable rows with the features of another row but another target.
    copied, natural : int
        Usable rows that repeat the features of an earlier one: copies, and those equal by nature.
    excluded : int
        Copies that agree in the target, too: the first row is used only.
    shared : int
        Rows of validation and test with the features of a row of training.
    """

    repeated: int
    contradictory: int
    copied: int
    natural: int
    excluded: int
    shared: int


def look_for_leaks(
    connection: duckdb.DuckDBPyConnection,
    target: Target,
    task: str,
    arrangement: Arrangement,
    copies: Copies,
) -> tuple[Repeats, list[Finding]]:
    """Count repeats, from the tables ``usable`` and ``subsets``."""
    if not copies.copied + copies.natural:
        return Repeats(0, 0, 0, 0, 0, 0), _untested(connection, target, task)
    rows, both, contradictory = one(
        connection,
        "SELECT sum(rows), sum(labels), sum(rows) FILTER (labels > 1) FROM ("
        "SELECT count(*) AS rows, count(DISTINCT label) AS labels FROM usable "
        "WHERE label IS NOT NULL GROUP BY cells)",
    )
    (shared,) = one(
        connection,
        "WITH placed_rows AS (SELECT cells, subset FROM usable POSITIONAL JOIN subsets) "
        "SELECT count(*) FROM placed_rows WHERE subset <> 'train' "
        "AND cells IN (SELECT cells FROM placed_rows WHERE subset = 'train')",
    )
    repeats = Repeats(
        repeated=int(rows - both) + copies.excluded,
        contradictory=int(contradictory or 0),
        copied=copies.copied,
        natural=copies.natural,
        excluded=copies.excluded,
        shared=int(shared),
    )
    return repeats, [*_repeated(repeats, task, arrangement), *_untested(connection, target, task)]


def _repeated(repeats: Repeats, task: str, arrangement: Arrangement) -> list[Finding]:
    findings = [Finding("RepeatedRows", text) for text in _copied(repeats, arrangement)]
    if repeats.natural and arrangement.moment:
        text = Message(
            "{count} row has the features of an earlier row; its time decides where it goes",
            "{count} rows have the features of an earlier row; their times decide where they go",
            count=repeats.natural,
        )
        findings.append(Finding("RepeatedRows", text))
    elif repeats.natural:
        text = Message(
            "{count} row has the features of an earlier row, which chance explains; it is split "
            "like any other",
            "{count} rows have the features of an earlier row, about as many as chance explains; "
            "they are split like any others",
            count=repeats.natural,
        )
        findings.append(Finding("RepeatedRows", text))
    if repeats.contradictory and task != "regression":
        text = Message(
            "{count} row has the features of a row with another outcome",
            "{count} rows have the features of a row with another outcome",
            count=repeats.contradictory,
        )
        findings.append(Finding("ContradictoryRows", text))
    return findings


def _copied(repeats: Repeats, arrangement: Arrangement) -> Iterator[Message]:
    if repeats.excluded:
        yield Message(
            "{count} row is a copy of an earlier row, which chance does not explain; it is "
            "excluded",
            "{count} rows are copies of earlier rows, which chance does not explain; they are "
            "excluded",
            count=repeats.excluded,
        )
    others = repeats.copied - repeats.excluded
    if others and arrangement.group:
        yield Message(
            "{count} row is a copy of an earlier row, but for its group or outcome; it stays with "
            "its group",
            "{count} rows are copies of earlier rows, but for their group or outcome; they stay "
            "with their groups",
            count=others,
        )
    elif others:
        yield Message(
            "{count} row is a copy of an earlier row, but for its outcome; the two stay together",
            "{count} rows are copies of earlier rows, but for their outcome; they stay together",
            count=others,
        )


def _untested(connection: duckdb.DuckDBPyConnection, target: Target, task: str) -> list[Finding]:
    if task == "regression":
        return []
    (untested,) = one(
        connection,
        "SELECT count(*) FROM (SELECT label FROM usable POSITIONAL JOIN subsets "
        "WHERE label IS NOT NULL GROUP BY label HAVING count_if(subset = 'test') = 0)",
    )
    if not untested:
        return []
    name = target.profile.name
    text = Message(
        "{count} value of “{name}” is not in the test set",
        "{count} values of “{name}” are not in the test set",
        count=untested,
        name=name,
    )
    return [Finding("UntestedClass", text, column=name)]


def suspected_leaks(known: DataProfile) -> list[Finding]:
    """Name the features from which alone the target follows."""
    findings = []
    for feature in known.features:
        figures = known.numbers.get(feature.position) or known.texts.get(feature.position)
        if figures and figures.association and figures.association.determines:
            text = Message(
                "the column “{name}” alone determines “{target}”",
                name=feature.name,
                target=known.target.profile.name,
            )
            findings.append(Finding("LeakageSuspected", text, column=feature.name))
    return findings
