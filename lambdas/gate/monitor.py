"""What SageMaker Model Monitor compares a champion's requests with: its baseline of two files.

Their form is AWS's: "Schema for Statistics (statistics.json file)" and "Schema for Constraints
(constraints.json file)" in SageMaker's developer guide. All figures are the profile's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.shared.documents.contents import Manifest, Profile
from lambdas.shared.documents.document import CONSTRAINTS, STATISTICS, Document

# Without the sketches that Model Monitor compares distributions by, it can't; the thresholds are
# those that its own container suggests: every cell of the type, every category known.
_CONFIG: Mapping[str, Any] = {
    "evaluate_constraints": "Enabled",
    "emit_metrics": "Enabled",
    "datatype_check_threshold": 1.0,
    "domain_content_threshold": 1.0,
    "distribution_constraints": {
        "perform_comparison": "Disabled",
        "comparison_threshold": 0.1,
        "comparison_method": "Simple",
    },
}
_DIGITS = 6  # as in the profile


@dataclass(frozen=True)
class _Column:
    """A feature's figures, of all rows of the file."""

    figures: Mapping[str, Any]
    rows: int

    @property
    def numbers(self) -> Mapping[str, Any] | None:
        """Figures of a column that the model takes numbers from; None of another."""
        is_number = "edges" in self.figures.get("bins", {})
        return self.figures["numbers"] if is_number else None

    @property
    def counts(self) -> Sequence[int] | None:
        """Rows by bin; None of free text."""
        found: Sequence[int] | None = self.figures.get("bins", {}).get("counts")
        return found

    @property
    def present(self) -> int:
        """Cells that the model takes a value from."""
        return sum(self.counts) if self.counts else self.rows - int(self.figures["missing"])

    @property
    def categories(self) -> Mapping[str, int]:
        """Rows of each of the most frequent categories; empty of dates and free text."""
        values = self.figures.get("bins", {}).get("values", ())
        # The last count is that of all others.
        return dict(zip(values, self.counts or (), strict=False))

    @property
    def described(self) -> dict[str, str]:
        """Name and type."""
        kind = "String"
        if self.numbers:
            kind = "Integral" if self.numbers["integers"] else "Fractional"
        return {"name": self.figures["name"], "inferred_type": kind}

    def statistics(self) -> dict[str, Any]:
        """Return it as in ``statistics.json``."""
        common = {"num_present": self.present, "num_missing": self.rows - self.present}
        if self.numbers:
            return {"numerical_statistics": {"common": common, **self._of_numbers(self.numbers)}}
        found: dict[str, Any] = {"common": common, "distinct_count": self.figures["distinct"]}
        if self.categories:
            buckets = [{"value": each, "count": count} for each, count in self.categories.items()]
            found["distribution"] = {"categorical": {"buckets": buckets}}
        return {"string_statistics": found}

    def _of_numbers(self, numbers: Mapping[str, Any]) -> dict[str, Any]:
        found = {
            "mean": numbers["mean"],
            "sum": float(f"{numbers['mean'] * self.present:.{_DIGITS}g}"),
            "std_dev": numbers["standard_deviation"],  # None of a single number
            "min": numbers["minimum"],
            "max": numbers["maximum"],
        }
        known = {name: value for name, value in found.items() if value is not None}
        edges, counts = (self.figures["bins"][key] for key in ("edges", "counts"))
        ends = (numbers["minimum"], *edges, numbers["maximum"])
        return known | {"distribution": {"kll": {"buckets": list(_buckets(ends, counts))}}}

    def constraints(self) -> dict[str, Any]:
        """Return it as in ``constraints.json``."""
        found: dict[str, Any] = {"completeness": self.present / self.rows}
        if self.numbers:
            found["num_constraints"] = {"is_non_negative": self.numbers["minimum"] >= 0}
        elif self.categories and sum(self.categories.values()) == self.present:
            found["string_constraints"] = {"domains": list(self.categories)}
        return found


def _buckets(ends: Sequence[float], counts: Sequence[int]) -> Iterator[dict[str, float]]:
    for lower, upper, count in zip(ends, ends[1:], counts, strict=False):
        if count or lower < upper:
            yield {"lower_bound": lower, "upper_bound": upper, "count": count}


def baseline(
    manifest: Manifest, profile: Profile
) -> Mapping[Document[Mapping[str, Any]], Mapping[str, Any]]:
    """Return the two files, with the features in the order of requests.

    Parameters
    ----------
    manifest, profile : Manifest, Profile
        Of the rows that the champion was trained on.

    Notes
    -----
    A profile has no KLL sketch, so numbers have buckets only. A column's categories are listed as
    the only ones where the profile has all of them.
    """
    rows = profile["rows"]["file"]
    figures = {column["name"]: column for column in profile["columns"]}
    columns = [_Column(figures[feature["name"]], rows) for feature in manifest["features"]]
    return {
        STATISTICS: {
            "dataset": {"item_count": rows},
            "features": [each.described | each.statistics() for each in columns],
        },
        CONSTRAINTS: {
            "features": [each.described | each.constraints() for each in columns],
            "monitoring_config": _CONFIG,
        },
    }
