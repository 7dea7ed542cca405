"""The rules by which a candidate becomes the champion, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from lambdas.gate.comparison import Comparison
from lambdas.shared.gate_settings import LOWER_IS_BETTER

# promote and reject are final; hold leaves the version to a person, who may approve it later.
Verdict = Literal["promote", "reject", "hold"]
FEWEST_ROWS = 10
_FINDS_NONE = {
    "positive.never": "it never predicts the positive class at its threshold of 0.5",
    "positive.none_found": "it finds none of the positive test rows at its threshold of 0.5",
    "negative.none_found": "it recognizes none of the negative test rows at its threshold of 0.5",
}


@dataclass(frozen=True)
class Champion:
    """The champion as far as the decision goes.

    Parameters
    ----------
    version : int
    problem : str or None
        Why it could not be measured on these rows, as a clause; None if it was.
    left_out : int
        Test rows that it was trained on, which are not compared.
    comparison : Comparison or None
        The candidate against it; None if there is a problem.
    """

    version: int
    problem: str | None = None
    left_out: int = 0
    comparison: Comparison | None = None


@dataclass(frozen=True)
class Decision:
    """A verdict with its reason and the figures it rests on."""

    verdict: Verdict
    rule: str
    reason: str
    baseline: Comparison
    champion: Champion | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as ``decision.json`` holds it."""
        return asdict(self)


def decide(
    metrics: Mapping[str, float],
    thresholds: Mapping[str, float],
    margin: float,
    baseline: Comparison,
    champion: Champion | None,
) -> Decision:
    """Apply the rules.

    Parameters
    ----------
    metrics : mapping
        The candidate's, on the whole test split.
    thresholds : mapping
        Least value by metric; the greatest where less is better.
    margin : float
        By how much the candidate must be better than the champion, in the metric's unit.
    baseline : Comparison
        The candidate against a constant answer.
    champion : Champion or None
    """

    def verdict(given: Verdict, rule: str, reason: str) -> Decision:
        return Decision(given, rule, reason, baseline, champion)

    missed = [text for text in (_missed(metrics, *item) for item in thresholds.items()) if text]
    if missed:
        return verdict("reject", "threshold", "; ".join(missed))
    if baseline.low is None or baseline.low <= 0:
        return verdict(
            "reject",
            "baseline",
            f"it is not shown to be better than a constant answer: {_figures(baseline)}",
        )
    if champion is None:
        return verdict(
            "promote",
            "first",
            "it is the first of its dataset, and better than a constant answer: "
            + _figures(baseline),
        )
    if champion.problem or champion.comparison is None:
        return verdict(
            "hold",
            "not_comparable",
            f"version {champion.version}, the champion, could not be measured on these rows: "
            f"{champion.problem}. It stays the champion until a person decides",
        )
    return verdict(*_against(champion, champion.comparison, margin))


def held_back(decision: Decision, code: str | None) -> Decision:
    """Let a person approve a candidate that would be promoted but finds none of a class.

    Parameters
    ----------
    decision : Decision
    code : str or None
        What `lambdas.shared.verdict.held` returned.
    """
    if code is None or decision.verdict != "promote":
        return decision
    text = f"{_FINDS_NONE[code]}, so a person decides. Otherwise it would be promoted: "
    return replace(decision, verdict="hold", rule="finds_none", reason=text + decision.reason)


def _against(champion: Champion, found: Comparison, margin: float) -> tuple[Verdict, str, str]:
    named = f"version {champion.version}, the champion"
    note = f"; {champion.left_out} test rows that it was trained on are left out"
    left_out = note if champion.left_out else ""
    if found.rows < FEWEST_ROWS or found.gain is None or found.low is None:
        reason = f"{found.rows} rows are too few to compare it with {named}{left_out}"
        return "reject", "too_few_rows", reason
    figures = _figures(found) + left_out
    if found.low > margin:
        return "promote", "better", f"it is better than {named}: {figures}"
    if found.gain <= 0:
        return "reject", "not_better", f"it is not better than {named}: {figures}"
    wanted = f" by more than {margin:g}" if margin else ""
    reason = f"it is not shown to be better{wanted} than {named}: {figures}"
    return "reject", "not_shown", reason


def _missed(metrics: Mapping[str, float], metric: str, limit: float) -> str:
    value = metrics.get(metric)
    words = metric.replace("_", " ")
    if value is None:
        return f"its {words} is not defined on these test rows, and must be {limit:g}"
    if metric in LOWER_IS_BETTER:
        return f"its {words} is {value:.4g}, above the {limit:g} allowed" if value > limit else ""
    return f"its {words} is {value:.4g}, below the {limit:g} asked for" if value < limit else ""


def _figures(found: Comparison) -> str:
    words = found.metric.replace("_", " ")
    if found.gain is None:
        return f"the {words} is not defined on these {found.rows} rows"
    return (
        f"{words} {found.candidate:.4g} against {found.other:.4g} on {found.rows} rows, better by "
        f"{found.gain:.4g} (95 % interval {found.low:.4g} to {found.high:.4g})"
    )
