"""Give every category one spelling in ``data``: its most frequent one.

"Yes" and "YES" mean the same, the genotypes AA, Aa and aa do not. Words are one whatever their
case. In cells of one or two letters, and in those with digits, case may distinguish them:
these are one only if they answer yes or no or name a sex, or if all but one spelling are rare.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from lambdas.preprocess.columns.profile import ColumnsRead, Profile, named_columns
from lambdas.preprocess.engine import by_column, literal, replace_columns
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.settings.dataset import DatasetSettings
from training.written_words import WordForm, folded

_LONGEST_CODE = 2
_RARE = 0.1
# Cells of one letter that mean the same in any case if the other one is there, too.
_PAIRS = ("yn", "tf", "mf", "mw", "hm", "vm", "sn", "jn", "on", "vf", "pn")
_WORDS = frozenset({"no", "ja", "si", "sí", "ok"})
_GENOTYPE = re.compile(r"(?:(\w)\1)+")  # AA, Aa and aa; aabb
# More different values are not classes or categories, so that their spelling does not matter.
_MOST_SPELLINGS = 1_000
_DIFFERENT_SHARE = 0.5


@dataclass(frozen=True)
class Alike:
    """What the spellings of a column are.

    Parameters
    ----------
    kept : dict
        For each spelling that is another one's, this one.
    apart : int
        Categories whose spellings stay categories of their own, as case may matter.
    words : tuple of str
        What is left where case does not matter; a request may spell these in other ways still.
    """

    kept: dict[str, str] = field(default_factory=dict)
    apart: int = 0
    words: tuple[str, ...] = ()


def alike(counts: Mapping[str, int], *, asked: bool = False) -> Alike:
    """Return which spellings of a column mean the same.

    Parameters
    ----------
    counts : mapping of str to int
        Rows of each spelling.
    asked : bool
        Whether the settings say that case does not matter.
    """
    groups: dict[str, list[str]] = {}
    for spelled in sorted(counts, key=lambda spelled: (-counts[spelled], spelled)):
        groups.setdefault(folded(spelled), []).append(spelled)
    answers = _answers(set(groups))
    several = {fold: group for fold, group in groups.items() if len(group) > 1}
    one = {
        fold: group
        for fold, group in several.items()
        # "X" and "x" alone can only be meant as two.
        if asked or (len(groups) > 1 and (fold in answers or _are_one(group, counts)))
    }
    kept = {other: first for first, *others in one.values() for other in others}
    apart = len(several) - len(one)
    words = (one if apart else groups).values() if one else ()
    return Alike(kept, apart, tuple(sorted(first for first, *_ in words)))


def _answers(folds: set[str]) -> frozenset[str]:
    letters = {letter for pair in _PAIRS if folds.issuperset(pair) for letter in pair}
    return _WORDS.union(letters)


def _are_one(spellings: Sequence[str], counts: Mapping[str, int]) -> bool:
    first, *others = spellings
    codes = [other for other in others if _differs_like_a_code(first, other)]
    if not codes:
        return True
    is_genotype = _GENOTYPE.fullmatch(folded(first)) is not None
    is_rare = sum(counts[other] for other in codes) <= _RARE * counts[first]
    return is_rare and not is_genotype


def _differs_like_a_code(one: str, other: str) -> bool:
    pairs = zip(_pieces(one), _pieces(other), strict=False)
    different = [a for a, b in pairs if a != b]
    is_genotype = _GENOTYPE.fullmatch(folded(one)) is not None
    codes = [a for a in different if len(a) <= _LONGEST_CODE or re.search(r"\d", a)]
    return bool(different) and (is_genotype or len(codes) == len(different))


def _pieces(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text))


def unify_spellings(
    connection: duckdb.DuckDBPyConnection,
    known: ColumnsRead,
    target: int,
    settings: DatasetSettings,
) -> ColumnsRead:
    """Unify the spellings of categories and classes.

    Parameters
    ----------
    known : ColumnsRead
        The table, and what has been found.
    target : int
        Position of the column to predict.
    """
    table, profiles = known.table, known.profiles
    asked, findings = named_columns(profiles, "any_case", settings.any_case)
    arranging = [name for name in (settings.group, settings.time) if name]
    kept, _ = named_columns(profiles, "", [*settings.codes, *settings.ignore, *arranging])
    others = table.numbers | kept | table.codes | table.dates.keys()
    wanted = [each for each in profiles if each.position not in others and _repeats(each, target)]
    by_position = {each.position: each for each in wanted}
    unified: dict[int, Alike] = {}
    for n, (counts,) in by_column(connection, by_position, "histogram(cell)").items():
        same = alike(counts, asked=n in asked)
        findings += _remarks(by_position[n].name, counts, same, is_target=n == target)
        if same.kept:
            unified[n] = same
    cells = {n: _unified(same.kept) for n, same in unified.items()}
    replace_columns(connection, cells, len(table.columns))
    words = {n: WordForm(same.words) for n, same in unified.items()}
    return known.changed(connection, replace(table, words=words), unified, findings)


def _repeats(column: Profile, target: int) -> bool:
    few = column.distinct <= _MOST_SPELLINGS
    repeats = column.distinct <= _DIFFERENT_SHARE * column.filled
    return few and column.filled > 0 and (repeats or column.position == target)


def _unified(kept: Mapping[str, str]) -> str:
    names = ", ".join(f"{literal(spelled)}: {literal(first)}" for spelled, first in kept.items())
    return f"coalesce(MAP {{{names}}}[cell], cell)"


def _remarks(
    name: str, counts: Mapping[str, int], same: Alike, *, is_target: bool
) -> Iterator[Finding]:
    kept = same.kept
    count = sum(counts[spelled] for spelled in kept)
    figures: dict[str, str | int] = {
        "name": name,
        "spellings": len(counts),
        "classes": len(counts) - len(kept),
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
    if same.apart:
        text = Message(
            "“{name}” contains {count} code in capital and in small letters, which are kept apart",
            "“{name}” contains {count} codes in capital and in small letters, which are kept apart",
            count=same.apart,
            name=name,
        )
        yield Finding("SpellingsKept", text, column=name)
