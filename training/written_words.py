"""Categories as people write them: which spellings are one, in the file and in a request.

Imports nothing but the standard library, as the Lambdas use it too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


def folded(text: str) -> str:
    """Return what all spellings of a category have in common."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True)
class WordForm:
    """How the categories of a column are written.

    Parameters
    ----------
    kept : tuple of str
        The spelling in which the model knows each category that may be spelled in several ways.
    """

    kept: tuple[str, ...]

    @cached_property
    def _by_fold(self) -> dict[str, str]:
        return {folded(word): word for word in self.kept}

    def read(self, cell: str) -> str:
        """Return a cell in the spelling that the model knows, if there is one."""
        return self._by_fold.get(folded(cell), cell)

    def to_dict(self) -> dict[str, Any]:
        """Return the form that ``schema.json`` has."""
        return {"kept": list(self.kept)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> WordForm:
        """Read what `to_dict` returned.

        Raises
        ------
        KeyError, TypeError
            If it lacks a part.
        """
        return cls(tuple(str(word) for word in document["kept"]))
