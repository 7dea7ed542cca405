"""Which spellings of a column mean the same: "Yes" and "YES" do, the genotypes AA, Aa and aa not.

Words are one whatever their case. In cells of one or two letters, and in those with digits, case
may be what tells them apart: these are one only if they answer yes or no or tell a sex, or if all
but one spelling are rare.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from training.written_words import folded

_LONGEST_CODE = 2
_RARE = 0.1
# Cells of one letter that mean the same in any case if the other one is there, too.
_PAIRS = ("yn", "tf", "mf", "mw", "hm", "vm", "sn", "jn", "on", "vf", "pn")
_WORDS = frozenset({"no", "ja", "si", "sí", "ok"})
_GENOTYPE = re.compile(r"(?:(\w)\1)+")  # AA, Aa and aa; aabb


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
    """Tell which spellings of a column mean the same.

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
