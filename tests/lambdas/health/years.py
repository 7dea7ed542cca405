"""Histories of datasets, as pages are drawn of."""

import datetime as dt
import math
from typing import Any, cast

from lambdas.shared.documents.contents import HealthEntry, HealthFigure

START = dt.datetime(2025, 10, 3, 9, 30, tzinfo=dt.UTC)


def figure(version: int, value: float, rows: int = 120, metric: str = "roc_auc") -> HealthFigure:
    """Return a figure beside 0.91 of the registered."""
    half = 0.35 / math.sqrt(rows)
    is_worse = value < 0.85
    registered = {"value": 0.91, "low": 0.88, "high": 0.94, "rows": 400}
    return {
        "version": version,
        "metric": metric,
        "value": value,
        "low": value - half,
        "high": min(1.0, value + half),
        "rows": rows,
        "period": None,
        "registered": registered,
        "verdict": "worse" if is_worse else "same",
        "chance": 0.001 if is_worse else 0.4,
    }


def entry(name: str, kind: str, day: float, **more: Any) -> HealthEntry:
    """Return an entry of a day after the start."""
    time = (START + dt.timedelta(days=day)).isoformat(timespec="seconds")
    known: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "time": time,
        "language": "en",
        "rows": 120,
        "version": 1,
        "drift": None,
        "quality": [],
        "training": None,
        "predictions": None,
    }
    return cast("HealthEntry", known | more)


def training(version: int, *, promoted: bool) -> dict[str, Any]:
    """Return what was trained."""
    reason = "it is not significantly better than the champion, version {version}: {figures}"
    values = {"version": 1, "figures": "…"}
    return {
        "version": version,
        "promoted": promoted,
        "rule": "better" if promoted else "not_shown",
        "reason": {"one": reason, "many": None, "values": values},
        "figure": {**figure(version, 0.9 + 0.004 * version), "registered": None},
    }


def drift(columns: int, far: int, slight: int, step: int = 0) -> dict[str, Any]:
    """Return a comparison of so many columns."""
    names = ["age at admission", "systolic blood pressure (mmHg)", "creatinine"]
    names += [f"measurement {n} with a name that is longer than a chart has room for" if n == 7
              else f"lab value {n}" for n in range(columns)]  # fmt: skip
    levels = ["large"] * far + ["small"] * slight
    levels += ["none"] * (columns - far - slight)
    found = [
        {"name": name, "level": level, "index": round(index, 3)}
        for name, level in zip(names, levels, strict=False)
        for index in [{"large": 0.6, "small": 0.16, "none": 0.02}[level] * (1 + 0.01 * step)]
    ]
    auc = min(0.95, 0.5 + 0.04 * (2 * far + slight))
    return {
        "levels": {"large": far, "small": slight, "none": columns - far - slight},
        "columns": found[:50],
        "target": None,
        "predictions": None,
        "domain": {"auc": auc, "low": auc - 0.05, "high": min(1.0, auc + 0.05), "rows": 240},
    }


def year(files: int = 40, columns: int = 30) -> list[HealthEntry]:
    """Return uploads and predictions, with two champions, a quiet month, and a decline."""
    found = [entry("ward-0", "upload", 0, version=None, training=training(1, promoted=True))]
    second = 1 + files // 2 // 5
    for n in range(1, files):
        day, version = n * 5 + (40 if n > files // 2 else 0), second if n > files // 2 else 1
        late = n > files * 3 // 4
        drifted = drift(columns, far=2 if late else 0, slight=n % 3, step=n)
        if n % 5 == 0:
            value = 0.72 if late else 0.9 + 0.01 * (n % 3)
            promoted = n == files // 2 // 5 * 5
            more = {"training": training(1 + n // 5, promoted=promoted)}
            more |= {"quality": [figure(version, value)]}
            found.append(entry(f"ward-{n}", "upload", day, version=version, drift=drifted, **more))
            continue
        share = 30 + n % 7 + (25 if late else 0)
        classes = {"readmitted": share, "not readmitted": 118 - share, "died": 2}
        spread = {"classes": classes, "others": 0}
        found.append(
            entry(
                f"ward-p{n}",
                "predictions",
                day,
                version=version,
                drift=drifted,
                predictions=spread,
            )
        )
    return found[::-1]
