"""Classes that are spelled in several ways: "Yes", "yes" and "YES" are one."""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace

import duckdb

from lambdas.preprocess.profile import Profile, profile
from lambdas.preprocess.reading import Table
from lambdas.preprocess.target import Target
from lambdas.shared.findings import Finding
from lambdas.shared.message import Message

# More different values are no classes, so that their spelling does not matter.
_MOST_SPELLINGS = 10_000


def one_spelling(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    profiles: list[Profile],
    target: Target,
) -> tuple[Target, list[Finding]]:
    """Unify the spellings of the target's classes, and profile it again."""
    position = target.position
    found = _unify(connection, profiles[position])
    if found:
        profiles[position] = profile(connection, table, [position])[0]
    return replace(target, profile=profiles[position]), found


def _unify(connection: duckdb.DuckDBPyConnection, target: Profile) -> list[Finding]:
    """Give every class of the target one spelling in ``data``: its most frequent one.

    Spellings of one class differ in case, blanks, or the form of their letters in Unicode (such as
    full-width ones).

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    target : Profile
        A column of texts.
    """
    column = f"c{target.position}"
    counts = dict(
        connection.execute(
            f"SELECT {column}, count(*) FROM data WHERE {column} IS NOT NULL GROUP BY 1 "
            f"LIMIT {_MOST_SPELLINGS + 1}"
        ).fetchall()
    )
    kept = _kept(counts) if len(counts) <= _MOST_SPELLINGS else {}
    if not kept:
        return []
    connection.execute("CREATE TEMP TABLE spellings (spelled VARCHAR, kept VARCHAR)")
    connection.executemany("INSERT INTO spellings VALUES (?, ?)", list(kept.items()))
    connection.execute(
        f"UPDATE data SET {column} = kept FROM spellings WHERE {column} = spelled; "
        "DROP TABLE spellings"
    )
    text = Message(
        "{count} row spells its class in “{name}” differently from most rows of that class: "
        "{spellings} spellings are taken as {classes} classes",
        "{count} rows spell their class in “{name}” differently from most rows of that class: "
        "{spellings} spellings are taken as {classes} classes",
        count=sum(counts[spelled] for spelled in kept),
        name=target.name,
        spellings=len(counts),
        classes=len(counts) - len(kept),
    )
    return [Finding("SpellingsUnified", text, column=target.name)]


def _kept(counts: Mapping[str, int]) -> dict[str, str]:
    """Return the spelling to keep for each other one of the same class."""
    alike: dict[str, list[str]] = {}
    for spelled in sorted(counts, key=lambda spelled: (-counts[spelled], spelled)):
        alike.setdefault(folded(spelled), []).append(spelled)
    if len(alike) < 2:  # "X" and "x" can only be meant as two
        return {}
    return {other: first for first, *others in alike.values() for other in others}


def folded(text: str) -> str:
    """Return what all spellings of a class have in common."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
