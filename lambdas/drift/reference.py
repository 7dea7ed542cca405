"""What a champion's data looked like when it was trained, as later files are compared with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lambdas.drift.bins import Bins, from_json
from training.written_words import WordForm


@dataclass(frozen=True)
class Known:
    """A column that the champion takes, or its target.

    Parameters
    ----------
    kind : str
        ``numeric``, ``categorical``, ``datetime``; of a target ``numeric`` or ``categorical``.
    form : WordForm
        How its texts were written.
    bins : NumberBins, TextBins or None
        None in records of before there were bins.
    """

    name: str
    kind: str
    form: WordForm
    bins: Bins | None


@dataclass(frozen=True)
class Reference:
    """A champion's schema, profile and sample.

    Parameters
    ----------
    version : int
        Its number in the model registry.
    sample : mapping
        Content of ``sample.json``; empty if there is none.
    later : Reference or None
        Those of the newest version, if one was trained since: what it could not beat the champion
        on is known.
    """

    version: int
    schema: Mapping[str, Any]
    profile: Mapping[str, Any]
    sample: Mapping[str, Any] = field(default_factory=dict)
    later: Reference | None = None

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Reference:
        """Read what `dataclasses.asdict` returned."""
        later = document["later"]
        return cls(**{**document, "later": later and cls.from_json(later)})

    @cached_property
    def _columns(self) -> Mapping[str, Mapping[str, Any]]:
        return {column["name"]: column for column in self.profile["columns"]}

    @property
    def columns(self) -> frozenset[str]:
        """Names of all columns of its file."""
        return frozenset(self._columns)

    @property
    def rows(self) -> int:
        """Rows of its file."""
        return int(self.profile["rows"]["file"])

    @cached_property
    def features(self) -> tuple[Known, ...]:
        """The columns that it takes."""
        return tuple(self._known(each, each["type"]) for each in self.schema["features"])

    @cached_property
    def target(self) -> Known:
        """What it predicts."""
        is_number = self.schema["task"] == "regression"
        return self._known(
            {"name": self.schema["target"]}, "numeric" if is_number else "categorical"
        )

    def _known(self, feature: Mapping[str, Any], kind: str) -> Known:
        column = self._columns.get(feature["name"], {})
        is_written = kind == "categorical" and "written" in feature
        return Known(
            name=feature["name"],
            kind=kind,
            form=WordForm.from_dict(feature["written"]) if is_written else WordForm(()),
            bins=from_json(column.get("bins")),
        )
