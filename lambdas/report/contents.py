"""The other sections: what the model uses, the data, the champion, the cost, the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lambdas.report.charts import bar, columns
from lambdas.report.language import Language
from lambdas.shared.contracts.teardown import TornDown
from lambdas.shared.findings.kinds import KINDS
from lambdas.shared.findings.message import sentence

_MOST_FEATURES = 20
_MOST_COLUMNS = 100


def importance(words: Language, found: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the most important features: name, increase in error and a bar."""
    shown = list((found or {}).get("features") or [])[:_MOST_FEATURES]
    most = max((each["importance"] for each in shown), default=0.0)
    if most <= 0:
        return []
    return [
        {
            "name": each["name"],
            "importance": words.figures(each["importance"], 3),
            "drawing": bar(
                words("chart.importance.title", name=each["name"]),
                each["importance"] / most,
                (each.get("standard_deviation") or 0.0) / most,
            ),
        }
        for each in shown
    ]


def findings(words: Language, found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what was noticed, and what can be done about it."""
    return [
        {
            "severity": each["severity"],
            "detail": _detail(words, each),
            "advice": words.explanations[each["code"]].advice,
        }
        for each in found
    ]


def _detail(words: Language, found: Mapping[str, Any]) -> str:
    """Return what a finding says, or what its kind means if that is all."""
    said, own = words.say(found["wording"]), words.explanations[found["code"]].summary
    return sentence(own if said == KINDS[found["code"]].summary else said)


def profile(words: Language, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row for each column of the upload."""
    rows = max(1, int((found.get("rows") or {}).get("file") or 1))
    return [_column(words, each, rows) for each in (found.get("columns") or [])[:_MOST_COLUMNS]]


def _column(words: Language, column: Mapping[str, Any], rows: int) -> dict[str, Any]:
    kind = column.get("type")
    role = f"role.{column.get('role')}"
    counts, said = _shape(words, column)
    association = column.get("association") or {}
    value = association.get("value")
    return {
        "name": column["name"],
        "role": words(role) if words.has(role) else "",
        "type": words(f"type.{kind}") if words.has(f"type.{kind}") else (kind or ""),
        "missing": words.percent(column["missing"] / rows) if column["missing"] else "0",
        "distinct": _distinct(words, column),
        "said": said,
        "drawing": columns(words("chart.column.title", name=column["name"]), counts)
        if counts
        else None,
        "association": "" if value is None else words.fixed(value, 2),
    }


def _distinct(words: Language, column: Mapping[str, Any]) -> str:
    count = words.whole(column["distinct"])
    is_exact = column.get("distinct_is_exact", True)
    return count if is_exact else words("columns.about", count=count)


def _shape(words: Language, column: Mapping[str, Any]) -> tuple[list[float], str]:
    """Return what to draw of a column, and its range or number of values in words."""
    numbers, values = column.get("numbers"), column.get("values")
    if numbers:
        ends = (words.figures(numbers["minimum"]), words.figures(numbers["maximum"]))
        counts = (numbers.get("histogram") or {}).get("counts") or []
        return list(counts), words.span(*ends)
    if values:
        shown = [each["count"] for each in values["most_frequent"]]
        others = [values["others"]] if values.get("others") else []
        return [*shown, *others], ""
    return [], ""


def data(
    words: Language, document: Mapping[str, Any], manifest: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Return what was uploaded and what was used."""
    rows = [(words("data.upload"), str(document["upload"]["key"]))]
    source = manifest.get("source") or {}
    if "rows" in source:
        size = {
            "rows": words("amount.rows", count=source["rows"]),
            "columns": words("amount.columns", count=len(source["columns"])),
        }
        rows.append((words("data.file"), words("data.size", **size)))
    if "features" in manifest:
        rows.append((words("data.features"), words.whole(len(manifest["features"]))))
    if document["target"] is not None:
        rows.append((words("data.target"), _chosen(words, document["target"], manifest, "target")))
        task = words(f"task.{document['task']}")
        rows.append((words("data.task"), _chosen(words, task, manifest, "task")))
    if document["rows"]:
        sides = {name: words.whole(count) for name, count in document["rows"].items()}
        rows.append((words("data.rows"), words("data.sides", **sides)))
    share = (manifest.get("budget") or {}).get("row_share", 1)
    if share < 1:
        rows.append((words("data.drawn"), words("data.share", share=words.percent(share))))
    left_out = document["account"]["left_out"]
    if left_out:
        reasons = [words(f"excluded.{why}", count=count) for why, count in left_out.items()]
        rows.append((words("data.excluded"), "; ".join(reasons)))
    return rows


def _chosen(words: Language, value: str, manifest: Mapping[str, Any], name: str) -> str:
    """Return a choice, and by which rule it was made where that is known."""
    chosen = manifest.get(name)
    return f"{value} ({words.say(chosen['wording'])})" if chosen else value


def cost(words: Language, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the estimate's lines and sums as they are shown."""
    unknown = words("cost.unknown")
    return {
        **found,
        "lines": [
            {
                "item": words(f"cost.{line['kind']}", **line["of"])
                + (f" ({words('cost.assumed')})" if line["assumed"] else ""),
                "quantity": words.figures(line["quantity"], 6),
                "unit": words(f"unit.{line['unit']}"),
                "price": unknown
                if line["unit_price_usd"] is None
                else words.figures(line["unit_price_usd"], 6),
                "usd": unknown if line["usd"] is None else words.fixed(line["usd"], 6),
            }
            for line in found["lines"]
        ],
        "total": words.fixed(found["total_usd"], 4),
        **_estimate(words, found),
    }


def _estimate(words: Language, found: Mapping[str, Any]) -> dict[str, str]:
    """Return what the run costs, what it takes if that was not measured, and a note on that."""
    ranges = found["with_starts"]
    if ranges is None:
        usd = words("cost.amount", usd=words.fixed(found["total_usd"], 4))
        return {"estimate": usd, "minutes": "", "note": ""}
    low, high = (words.figures(ranges[f"{end}_usd"], 2) for end in ("low", "high"))
    minutes = {end: words.whole(ranges[f"{end}_minutes"]) for end in ("low", "high")}
    usd = words("cost.amount", usd=low if low == high else words("cost.range", low=low, high=high))
    spent = words("cost.minutes", **minutes)
    return {"estimate": usd, "minutes": spent, "note": words("cost.note", usd=usd, minutes=spent)}


def decision(words: Language, found: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Return the gate's verdict in words, and its reason."""
    if not found:
        return None
    kind = "promote" if found["promoted"] else found["verdict"]
    kind = "hold" if kind == "promote" and not found["promoted"] else kind
    said = words(f"decision.{kind}", version=found["version"])
    return {"said": said, "reason": sentence(words.say(found["wording"])), "kind": kind}


def comparison(words: Language, found: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return rows of what the candidate was compared with: other, its value, ours, the gain."""
    champion = found.get("champion") or {}
    rows = []
    for key, other in (
        ("baseline", found.get("baseline")),
        ("champion", champion.get("comparison")),
    ):
        if isinstance(other, Mapping) and "gain" in other:
            rows.append(_compared(words, words(f"decision.{key}"), other))
    return rows


def _compared(words: Language, name: str, other: Mapping[str, Any]) -> tuple[str, str, str, str]:
    gain, low, high = (other.get(key) for key in ("gain", "low", "high"))
    gained = "" if gain is None else words.fixed(gain, 3)
    if low is not None and high is not None:
        gained += f" ({words.span(words.fixed(low, 3), words.fixed(high, 3))})"
    values = (other.get("champion", other.get("other")), other.get("candidate"))
    theirs, ours = ("" if value is None else words.fixed(value, 3) for value in values)
    return name, theirs, ours, gained


def teardown(words: Language, found: TornDown | None) -> tuple[str, bool]:
    """Return what was deleted and what was not, and whether someone must check."""
    if found is None:
        return words("teardown.unknown"), True
    remaining = not_deleted(found)
    if remaining:
        return words("teardown.remaining", names=", ".join(remaining)), True
    if not found.deleted:
        return words("teardown.nothing"), False
    return words("teardown.deleted", names=", ".join(filter(None, found.deleted))), False


def not_deleted(found: TornDown | None) -> list[str]:
    """Return the names of what a teardown could not delete."""
    return list(filter(None, found.remaining)) if found else []


def tuning(words: Language, found: Mapping[str, Any]) -> str:
    """Say what tuning tried, what it reached, and which model was kept."""
    best = found["best"]
    values = {
        "metric": _validation_metric(words, best["MetricName"]),
        "value": words.figures(best["Value"]),
        "chosen": ", ".join(_hyperparameter(words, *item) for item in found["values"].items()),
    }
    said = words("tuning.best", count=found["jobs"], **values)
    if found["default"] is not None:
        said += words("tuning.default", value=words.figures(found["default"]))
    return f"{said}. {words('tuning.kept' if found['kept'] else 'tuning.not_kept')}"


def _validation_metric(words: Language, name: str) -> str:
    """Say a metric by which training jobs were compared, such as ``validation:log_loss``."""
    key = f"metric.{name.removeprefix('validation:')}"
    return words("tuning.metric", metric=words(key) if words.has(key) else name)


def _hyperparameter(words: Language, name: str, value: str) -> str:
    """Say a hyperparameter, whose value is JSON, or a word as SageMaker passes it on."""
    try:
        number = float(value)
    except ValueError:
        return f"{name} {value.strip(chr(34))}"
    return f"{name} {words.figures(number, 6)}"


def lineage(
    words: Language, document: Mapping[str, Any], manifest: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Return where everything came from and went: versions, digests, addresses."""
    source = manifest.get("source") or {}
    decided = document["decision"] or {}
    rows: Sequence[tuple[str, Any]] = (
        ("run.reason", document["said"]["reason"]),
        ("run.version_id", document["upload"]["version_id"] or words("run.none")),
        ("run.sha256", source.get("sha256")),
        ("run.manifest", document["manifest_uri"]),
        ("run.model", document["model_uri"]),
        ("run.onnx", _onnx(words, document["onnx"])),
        ("run.package", decided.get("package_arn")),
        ("run.predictions", document["predictions_uri"]),
        ("run.decision", decided.get("decision_uri")),
        ("run.report", document["report_uri"]),
        ("run.execution", document["execution_arn"]),
    )
    return [(words(key), str(value)) for key, value in rows if value]


def _onnx(words: Language, found: Mapping[str, Any] | None) -> str | None:
    if not found:
        return None
    difference = words.figures(found["largest_difference"], 2)
    return words("run.onnx.said", path=found["path"], difference=difference)


def times(words: Language, document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return how long what took."""
    rows = [
        (words(f"seconds.{name}"), words.fixed(value, 1) + "\u00a0s")
        for name, value in document["seconds"].items()
    ]
    latency = document.get("latency_ms")
    if latency:
        text = ", ".join(
            f"{name} {words.fixed(value, 1)}\u00a0ms" for name, value in latency.items()
        )
        rows.append((words("run.latency"), text))
    return rows
