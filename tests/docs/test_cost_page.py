"""The example in docs/cost.md is what the code makes of the run it tells of."""

import re
from pathlib import Path

from lambdas.report.cost import Usage, estimate

PAGE = (Path(__file__).parents[2] / "docs" / "cost.md").read_text(encoding="utf-8")


def test_the_worked_example_is_the_codes() -> None:
    cost = estimate(Usage(9, "ml.m5.large", 10, 14.801, "ml.m5.large"))
    table = PAGE.split("| USD per unit |")[1]
    found = re.findall(r"^\| ([^|*]+) \| ([\d.]+) (\S+) \| ([\d.]+) \| ([\d.]+) \|$", table, re.M)
    assert [(item, unit) for item, _, unit, _, _ in found] == [
        (line["item"], line["unit"]) for line in cost["lines"]
    ]
    for (item, quantity, _, price, usd), line in zip(found, cost["lines"], strict=True):
        assert float(quantity) == line["quantity"], item
        assert float(price) == line["unit_price_usd"], item
        assert float(usd) == line["usd"], item
    assert f"**{cost['total_usd']:.6f}**" in table
    assert cost["prices_dated"] in PAGE
