"""The target where rows to predict have it: read as in training, to measure the predictions.

It stops no prediction: what it cannot be read in is told and does not count.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted texts only

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lambdas.predict.trained import Feature, Trained
from lambdas.predict.unreadable import unreadable
from lambdas.preprocess.columns.cells import usable
from lambdas.preprocess.columns.spellings import alike
from lambdas.preprocess.columns.target import is_same_number
from lambdas.preprocess.engine import literal, one, stacked
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.group_size import FEWEST_ROWS
from training.written_words import WordForm

_MOST_SPELLINGS = 10_000  # rarer ones are compared letter by letter


@dataclass(frozen=True)
class Truth:
    """The file's targets, a row each, NULL where there is none that counts.

    Parameters
    ----------
    rows : int
        That have one.
    is_seen : bool or None
        Whether many are rows that the model was trained on; None where that is not known.
    """

    path: Path
    rows: int
    is_seen: bool | None = None


def read_truth(
    connection: duckdb.DuckDBPyConnection, n: int, trained: Trained, folder: Path
) -> tuple[Truth | None, list[Finding]]:
    """Make the table ``targets`` and write it; None where too few rows have a target.

    Its column is ``truth``.

    Parameters
    ----------
    n : int
        Position of the target in ``data``: text for classes, DOUBLE for numbers.
    """
    if not can_be_read(trained):
        return None, []
    findings = [not_counted(each) for each in make_targets(connection, n, trained)]
    (rows,) = one(connection, "SELECT count(truth) FROM targets")
    if rows < FEWEST_ROWS:
        return None, [*findings, *_too_few(trained.target, rows)]
    path = folder / "targets.parquet"
    connection.execute(f"COPY targets TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")
    return Truth(path, rows), findings


def can_be_read(trained: Trained) -> bool:
    """Return whether enough is known of a model: its classes are in its profile, if it has any."""
    return trained.task == "regression" or bool(trained.classes)


def make_targets(connection: duckdb.DuckDBPyConnection, n: int, trained: Trained) -> list[Finding]:
    """Make the table ``targets`` of a column of ``data``; return errors about cells that are none.

    Parameters
    ----------
    n : int
        Position of the target: text for classes, DOUBLE for numbers.
    """
    if trained.task != "regression":
        return list(_of_classes(connection, n, trained))
    made = f"SELECT CAST({usable(f'c{n}')} AS VARCHAR) AS truth FROM data"
    connection.execute(f"CREATE TABLE targets AS {made}")
    return []


def target_feature(trained: Trained) -> Feature:
    """Return the column to predict as one to read."""
    kind = "numeric" if trained.task == "regression" else "categorical"
    return Feature(trained.target, kind, trained.target_form)


def missing_targets(
    connection: duckdb.DuckDBPyConnection, n: int, name: str, rows: int
) -> Iterator[Finding]:
    """Yield a finding about rows without a target, unless all are."""
    (filled,) = one(connection, f"SELECT count(c{n}) FROM data")
    if 0 < filled < rows:
        text = Message(
            "in the column “{name}”, {count} row has no value and does not count in the metrics",
            "in the column “{name}”, {count} rows have no value and do not count in the metrics",
            name=name,
            count=rows - filled,
        )
        yield Finding("TargetUnusable", text, column=name)


def not_counted(found: Finding, code: str = "TargetUnusable") -> Finding:
    """Return an error about cells of the target as what it is: they do not count."""
    text = Message("{what}, and does not count in the metrics", what=found.message)
    return Finding(code, text, column=found.column, row=found.row)


def _of_classes(
    connection: duckdb.DuckDBPyConnection, n: int, trained: Trained
) -> Iterator[Finding]:
    found = connection.execute(
        f"SELECT c{n}, count(*) AS rows FROM data WHERE c{n} IS NOT NULL GROUP BY c{n} "
        f"ORDER BY rows DESC, c{n} LIMIT {_MOST_SPELLINGS}"
    ).fetchall()
    form = trained.target_form
    known = classes_of(dict(found), trained.classes, form if isinstance(form, WordForm) else None)
    known |= {label: label for label in trained.classes}
    pairs = ", ".join(f"{literal(cell)}: {literal(label)}" for cell, label in known.items())
    connection.execute(f"CREATE TABLE targets AS SELECT MAP {{{pairs}}}[c{n}] AS truth FROM data")
    unknown = f"cell NOT IN ({', '.join(map(literal, known))})"
    cells = f"{stacked([n], f'c{n} IS NOT NULL')} WHERE {unknown}"
    what = Message("is no class that the model knows")
    wrong = unreadable(connection, cells, trained.target, what, lambda _: False)
    if wrong:
        yield wrong


def classes_of(
    cells: Mapping[str, int], labels: Mapping[str, int], form: WordForm | None
) -> dict[str, str]:
    """Return the class of each cell that names one.

    Parameters
    ----------
    cells, labels : mapping of str to int
        Rows of each spelling here, and of each class in training.
    form : WordForm or None
        The spelling of each class that was spelled in several ways.
    """
    read = {cell: form.read(cell) if form else cell for cell in cells}
    kept = alike(Counter(labels) + Counter(cells)).kept
    alike_labels: dict[str, list[str]] = {}
    for label in labels:
        alike_labels.setdefault(kept.get(label, label), []).append(label)
    found = {}
    for cell, word in read.items():
        same = [word] if word in labels else alike_labels.get(kept.get(word, word), [])
        equal = same or [label for label in labels if is_same_number(label, word)]
        if len(equal) == 1:
            found[cell] = equal[0]
    return found


def _too_few(name: str, rows: int) -> Iterator[Finding]:
    if rows:
        text = Message(
            "the column “{name}” can be used in {count} row; metrics take at least {fewest}",
            "the column “{name}” can be used in {count} rows; metrics take at least {fewest}",
            name=name,
            count=rows,
            fewest=FEWEST_ROWS,
        )
        yield Finding("TooFewTargets", text, column=name)
