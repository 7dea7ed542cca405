"""Give every category one spelling in ``data``: its most frequent one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import duckdb

from lambdas.preprocess.columns.alike import Alike, alike
from lambdas.preprocess.columns.named_columns import named_columns
from lambdas.preprocess.columns.numbers import NumbersRead
from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.columns.replacing import replace_columns
from lambdas.preprocess.columns.stacked import by_column
from lambdas.preprocess.engine import literal
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.settings.dataset import DatasetSettings
from training.written_words import WordForm

# More different values are no classes or categories, so that their spelling does not matter.
_MOST_SPELLINGS = 1_000
_DIFFERENT_SHARE = 0.5


@dataclass(frozen=True)
class _Column:
    """A column, the rows of each of its spellings, and which of these mean the same."""

    found: Profile
    counts: Mapping[str, int]
    alike: Alike


def unify_spellings(
    connection: duckdb.DuckDBPyConnection,
    known: NumbersRead,
    target: int,
    settings: DatasetSettings,
) -> NumbersRead:
    """Unify the spellings of categories and classes.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``data``.
    known : NumbersRead
        The table, and what has been found.
    target : int
        Position of the column to predict.
    settings : DatasetSettings
    """
    table, profiles = known.table, known.profiles
    asked, findings = named_columns(profiles, "any_case", settings.any_case)
    arranging = [name for name in (settings.group, settings.time) if name]
    kept, _ = named_columns(profiles, "", [*settings.codes, *settings.ignore, *arranging])
    others = table.numbers | kept | table.codes | table.dates.keys()
    wanted = [each for each in profiles if each.position not in others and _repeats(each, target)]
    columns = list(_columns(connection, wanted, asked))
    for column in columns:
        findings += _told(column, is_target=column.found.position == target)
    unified = {each.found.position: each.alike for each in columns if each.alike.kept}
    cells = {n: _unified(found.kept) for n, found in unified.items()}
    replace_columns(connection, cells, len(table.columns))
    words = {n: WordForm(found.words) for n, found in unified.items()}
    return known.changed(connection, replace(table, words=words), unified, findings)


def _repeats(column: Profile, target: int) -> bool:
    few = column.distinct <= _MOST_SPELLINGS
    repeats = column.distinct <= _DIFFERENT_SHARE * column.filled
    return few and column.filled > 0 and (repeats or column.position == target)


def _columns(
    connection: duckdb.DuckDBPyConnection, wanted: Iterable[Profile], asked: frozenset[int]
) -> Iterator[_Column]:
    by_position = {found.position: found for found in wanted}
    for n, (counts,) in by_column(connection, by_position, "histogram(cell)").items():
        yield _Column(by_position[n], counts, alike(counts, asked=n in asked))


def _unified(kept: Mapping[str, str]) -> str:
    names = ", ".join(f"{literal(spelled)}: {literal(first)}" for spelled, first in kept.items())
    return f"coalesce(MAP {{{names}}}[cell], cell)"


def _told(column: _Column, *, is_target: bool) -> Iterator[Finding]:
    name, kept = column.found.name, column.alike.kept
    count = sum(column.counts[spelled] for spelled in kept)
    figures: dict[str, str | int] = {
        "name": name,
        "spellings": len(column.counts),
        "classes": len(column.counts) - len(kept),
    }
    if kept and is_target:
        text = Message(
            "{count} row spells its class in “{name}” differently from most rows of that class: "
            "{spellings} spellings are taken as {classes} classes",
            "{count} rows spell their class in “{name}” differently from most rows of that class: "
            "{spellings} spellings are taken as {classes} classes",
            count=count,
            **figures,
        )
        yield Finding("SpellingsUnified", text, column=name)
    elif kept:
        text = Message(
            "{count} row spells its category in “{name}” differently from most rows of it: "
            "{spellings} spellings are taken as {classes} categories",
            "{count} rows spell their category in “{name}” differently from most rows of it: "
            "{spellings} spellings are taken as {classes} categories",
            count=count,
            **figures,
        )
        yield Finding("SpellingsUnified", text, column=name)
    if column.alike.apart:
        text = Message(
            "“{name}” contains {count} code in capital and in small letters, which are kept apart",
            "“{name}” contains {count} codes in capital and in small letters, which are kept apart",
            count=column.alike.apart,
            name=name,
        )
        yield Finding("SpellingsKept", text, column=name)
