"""What drives the model's answers, as far as the endpoint could say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lambdas.report import reason_charts as charts
from lambdas.report.charts import shortened
from lambdas.report.language import Language
from lambdas.shared.findings.message import sentence


def reasons(words: Language, metrics: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the section's notes and charts; None of a measurement that did not ask for reasons.

    Parameters
    ----------
    words : Language
    metrics : mapping
        Content of ``metrics.json``.
    """
    found = metrics.get("reasons")
    if not found:
        return None
    if "skipped" in found:
        return {"skipped": sentence(words.say(found["skipped"]))}
    unit = found["unit"]
    factor = 100.0 if unit == "probability" else 1.0
    shown = [feature for feature in found["features"] if "contributions" in feature]
    rows = words("amount.test_rows", count=found["rows"])
    kind = "number" if unit == "number" else "class"
    return {
        "skipped": "",
        "note": words(f"reasons.note.{_reader_unit(found)}", label=found["of"]),
        "swarm": charts.swarm(words, shown, factor, words(f"reasons.unit.{unit}")),
        "method": words(f"reasons.method.{found['method']}", rows=rows),
        "grey": any(None in feature["levels"] for feature in shown),
        "dependence": _dependence(words, found["dependence"]),
        "cases_note": words("reasons.cases.note", unit=words(f"reasons.unit.{unit}")),
        "cases": [
            (words(f"reasons.typical.{kind}"), _cases(words, found, "typical")),
            (words("reasons.worst"), _cases(words, found, "worst")),
        ],
    }


def _reader_unit(found: Mapping[str, Any]) -> str:
    """Return which explanation of the unit applies."""
    of_predicted = found["unit"] == "probability" and found["of"] is None
    return "predicted" if of_predicted else str(found["unit"])


def _dependence(words: Language, found: Sequence[Mapping[str, Any]]) -> list[tuple[str, Any]]:
    if not found:
        return []
    is_share = found[0]["of"] is not None
    low, high = min(min(each["low"]) for each in found), max(max(each["high"]) for each in found)
    span = (0.0, 1.0) if is_share else (low, high if high > low else low + 1)
    drawn = [charts.dependence(words, each, span) for each in found]
    return [(_dependent(words, each), chart) for each, chart in zip(found, drawn, strict=True)]


def _dependent(words: Language, found: Mapping[str, Any]) -> str:
    if found["of"] is None:
        return str(found["name"])
    return words("reasons.dependence.of", name=found["name"], label=found["of"])


def _cases(words: Language, found: Mapping[str, Any], kind: str) -> list[tuple[str, str, Any]]:
    """Return headline, details and chart of each case of a kind."""
    cases = [each for each in found["cases"] if each["kind"] == kind]
    sizes = [abs(size) for each in cases for size in _sizes(each)]
    most = max(sizes, default=0.0) or 1.0
    return [_case(words, found["unit"], each, most) for each in cases]


def _sizes(case: Mapping[str, Any]) -> list[float]:
    return [*(each["contribution"] for each in case["contributions"]), case["others"]]


def _case(words: Language, unit: str, case: Mapping[str, Any], most: float) -> tuple[str, str, Any]:
    title = words("reasons.row", row=words.whole(case["row"]))
    rows = [
        (_name(words, each), each["contribution"], _signed(words, unit, each["contribution"]))
        for each in case["contributions"]
    ]
    if case["others"]:
        rows.append((words("reasons.others"), case["others"], _signed(words, unit, case["others"])))
    base, output = (_answer(words, unit, case[name]) for name in ("base", "output"))
    if unit == "number":
        actual = words.figures(case["actual"])
        said = words("reasons.row.number", actual=actual, base=base, output=output)
    else:
        names = {name: case[name] for name in ("actual", "predicted")}
        said = words("reasons.row.class", **names, label=case["of"], base=base, output=output)
    listed = "; ".join(f"{name} {written}" for name, _, written in rows)
    return title, said, charts.case(rows, most, f"{title}: {listed}")


def _name(words: Language, contribution: Mapping[str, Any]) -> str:
    """Return a column's name, and whether the row's number is low or high for that column."""
    level = charts.level_of(contribution["level"])
    name = str(contribution["name"])
    if level is None:
        return name
    return f"{shortened(name, 22)} ({words(f'reasons.level.{level}')})"


def _answer(words: Language, unit: str, value: float) -> str:
    if unit == "number":
        return words.figures(value)
    return words.percent(1 / (1 + math.exp(-value)) if unit == "log_odds" else value)


def _signed(words: Language, unit: str, value: float) -> str:
    if unit == "probability":
        written = words.fixed(100 * value, 1)
    else:
        written = words.fixed(value, 2) if unit == "log_odds" else words.figures(value, 3)
    return f"+{written}" if value > 0 else written
