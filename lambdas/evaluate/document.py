"""The content of ``metrics.json``; docs/reference.md describes it."""

from __future__ import annotations

import json
from typing import Any

from lambdas.evaluate.scored import Scored
from lambdas.quality.bootstrap import SEED, replicates
from lambdas.quality.figure import LEVEL, METHODS
from lambdas.quality.tasks import described, details, figures

VERSION = 1


def scores(scored: Scored) -> dict[str, Any]:
    """Return every figure that follows from the predictions alone."""
    found, undefined = figures(scored)
    methods = dict.fromkeys(each.method for each in found.values())
    return {
        "version": VERSION,
        "task": scored.task,
        "rows": scored.rows,
        **described(found),
        "undefined": undefined,
        "interval_level": LEVEL,
        "interval_methods": {name: METHODS[name] for name in methods},
        "bootstrap": {"replicates": replicates(scored.rows), "seed": SEED},
        **details(scored),
    }


def to_json(document: dict[str, Any]) -> str:
    """Return a document as JSON with every digit of every figure."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
