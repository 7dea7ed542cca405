"""docs/costs.md counts what is paid by the month as the template has it."""

import re
from pathlib import Path
from typing import Any

from lambdas.shared import own_metrics

PAGE = Path(__file__).parents[3] / "docs" / "costs.md"
# Those that a look of the janitor emits when nothing has run.
REGULAR = (
    own_metrics.LEFTOVERS_FOUND,
    own_metrics.LEFTOVERS_REMAINING,
    own_metrics.ENDPOINTS_ALIVE,
    own_metrics.OLDEST_ENDPOINT,
)


def test_what_is_paid_while_nothing_runs(template: dict[str, Any]) -> None:
    kinds = [resource["Type"] for resource in template["Resources"].values()]
    table = PAGE.read_text(encoding="utf-8").split("## While nothing runs")[1].split("\n## ")[0]
    rows = re.findall(r"(?m)^\| (?:(\d+) )?([a-z' ]+) \| ([\d.]+) \|", table)
    counted = {name: (int(count or 1), float(usd)) for count, name, usd in rows}
    alarms, dashboards = (kinds.count(f"AWS::CloudWatch::{k}") for k in ("Alarm", "Dashboard"))
    assert counted == {
        "encryption key": (1, 1.0),
        "alarms": (alarms, round(0.1 * alarms, 2)),
        "dashboard": (dashboards, 3.0 * dashboards),
        "metrics of the janitor's regular check": (len(REGULAR), round(0.3 * len(REGULAR), 2)),
    }
    total = sum(usd for _, usd in counted.values())
    assert f"| **{total:.2f}** |" in table
