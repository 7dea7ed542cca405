"""From the file of what really happened to pairs with predictions; all that is wrong at once."""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lambdas.actuals.choice import choose_key, nothing_matched
from lambdas.actuals.fetching import fetched
from lambdas.actuals.file import find_targets, read_file, read_truths
from lambdas.actuals.joining import Joined, join_all
from lambdas.actuals.keys import KeyColumn, compared, key_columns, plain_name
from lambdas.actuals.models import Known, known_models
from lambdas.actuals.predicted import make_table, take
from lambdas.actuals.runs import PredictionRun, find_runs
from lambdas.actuals.work import Work, left_out
from lambdas.preprocess.engine import one
from lambdas.shared.failures.errors import DataError, raise_errors
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message


@dataclass(frozen=True)
class Compared:
    """What was joined; the tables of pairs are in the database.

    Parameters
    ----------
    runs : list of PredictionRun
        By the numbers that stand for them in the tables.
    key, target : str
        The columns that identified rows, and that says what happened.
    rows : int
        Of the file.
    """

    runs: list[PredictionRun]
    models: list[Known]
    joined: Joined
    key: str
    target: str
    rows: int


def compare(work: Work, connection: duckdb.DuckDBPyConnection, source: Path) -> Compared:
    """Join a file to the dataset's stored predictions.

    Raises
    ------
    DataError
        With every problem found, of the first one's class.
    """
    found = find_runs(work.client, work.paths)
    work.left_out.update(found.left_out)
    models = known_models(work, found.usable)
    if not models:
        work.note([*left_out(work), _nothing_predicted()])
    rows, names = _read(work, connection, source)
    if models:
        models = _with_target(work, names, models)
    keys = _read_columns(work, connection, names, models) if models else []
    raise_errors(work.findings)
    _take(work, connection, models, keys, found.usable)
    work.note(list(left_out(work)))
    key = _choose(work, connection, models, keys)
    joined = join_all(work, connection, models, key, keys[key].name)
    return Compared(found.usable, models, joined, keys[key].name, models[0].trained.target, rows)


def _nothing_predicted() -> Finding:
    return Finding("NothingPredicted", Message("there is none whose model is described"))


def _read(work: Work, connection: duckdb.DuckDBPyConnection, source: Path) -> tuple[int, list[str]]:
    problems: tuple[Finding, ...] = ()
    try:
        return read_file(connection, source, work.folder, work.settings, work.findings)
    except DataError as error:
        problems = error.findings
    work.note(list(problems))
    raise_errors(work.findings)
    raise AssertionError  # no error is without a finding


def _with_target(work: Work, names: Sequence[str], models: Sequence[Known]) -> list[Known]:
    """Return the models whose target the file has."""
    targets = list(dict.fromkeys(known.trained.target for known in models))
    in_file, wrong = find_targets(names, targets)
    work.note(wrong)
    usable = [known for known in models if known.trained.target in in_file]
    if usable:
        others = (known for known in models if known not in usable)
        work.left_out["target"] += sum(len(known.runs) for known in others)
    return usable


def _read_columns(
    work: Work,
    connection: duckdb.DuckDBPyConnection,
    names: Sequence[str],
    models: Sequence[Known],
) -> list[KeyColumn]:
    """Read what happened for each model, and the columns that may identify rows."""
    settings = work.settings
    for known in models:
        position = names.index(plain_name(known.trained.target))
        work.note(read_truths(connection, known.truths, position, known.trained, settings))
    targets = {plain_name(known.trained.target) for known in models}
    features = {plain_name(each.name) for known in models for each in known.trained.features}
    keys, wrong = key_columns(connection, names, settings, targets, features)
    work.note(wrong)
    cells = (
        f"{compared(f'c{key.position}', settings.missing)} AS k{n}" for n, key in enumerate(keys)
    )
    chosen = ", ".join(["rowid AS id", *cells])
    connection.execute(f"CREATE TABLE keys AS SELECT {chosen} FROM actuals")
    return keys


def _take(
    work: Work,
    connection: duckdb.DuckDBPyConnection,
    models: Sequence[Known],
    keys: Sequence[KeyColumn],
    runs: Sequence[PredictionRun],
) -> None:
    """Take what was predicted of the file's rows, from the newest predictions on."""
    for known in models:
        make_table(connection, known.predictions, len(keys), len(known.labels))
    of_model = {known.model: known for known in models}
    wanted = [(number, run) for number, run in enumerate(runs) if run.model in of_model]
    for number, run, path in fetched(work, wanted):
        known = of_model[run.model]
        reason = take(
            connection,
            known.predictions,
            number,
            path,
            run,
            keys=keys,
            labels=known.labels,
            missing=work.settings.missing,
        )
        if reason:
            work.left_out[reason] += 1


def _choose(
    work: Work,
    connection: duckdb.DuckDBPyConnection,
    models: Sequence[Known],
    keys: Sequence[KeyColumn],
) -> int:
    """Return the place of the column that identifies rows."""
    tables = [known.predictions for known in models]
    chosen: int | None
    if not work.settings.key:
        chosen, found = choose_key(connection, keys, tables)
        work.note(found)
    else:
        (taken,) = one(
            connection, f"SELECT {' + '.join(f'(SELECT count(*) FROM {t})' for t in tables)}"
        )
        chosen = 0 if taken else None
        if not taken:
            work.note([nothing_matched(keys)])
    raise_errors(work.findings)
    assert chosen is not None  # noqa: S101 - tells mypy that none is an error
    return chosen
