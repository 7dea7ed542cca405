"""The rules by which a candidate becomes the champion, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from lambdas.quality.comparison import Comparison
from lambdas.shared.findings.message import Message, metric_name, together
from lambdas.shared.settings.gate import LOWER_IS_BETTER

# promote and reject are final; hold leaves the version to a person, who may approve it later.
Verdict = Literal["promote", "reject", "hold"]
FEWEST_ROWS = 10
_FINDS_NONE = {
    "positive.never": Message("at its threshold it never predicts the positive class"),
    "positive.none_found": Message("at its threshold it finds no positive test row"),
    "negative.none_found": Message("at its threshold it recognizes no negative test row"),
}


@dataclass(frozen=True)
class Champion:
    """The champion as far as the decision goes.

    Parameters
    ----------
    version : int
    problem : Message or None
        Why it could not be measured on these rows, as a clause; None if it was.
    left_out : int
        Test rows that it was or may have been trained on, which are not compared.
    comparison : Comparison or None
        The candidate against it; None if there is a problem.
    """

    version: int
    problem: Message | None = None
    left_out: int = 0
    comparison: Comparison | None = None


@dataclass(frozen=True)
class Decision:
    """A verdict with its reason and the figures it rests on."""

    verdict: Verdict
    rule: str
    reason: Message
    baseline: Comparison
    champion: Champion | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as in ``decision.json``."""
        champion = self.champion and asdict(self.champion)
        if champion and self.champion and self.champion.problem:
            champion["problem"] = str(self.champion.problem)
        return {
            "verdict": self.verdict,
            "rule": self.rule,
            "reason": str(self.reason),
            "wording": self.reason.to_json(),
            "baseline": asdict(self.baseline),
            "champion": champion,
        }


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

    def verdict(given: Verdict, rule: str, reason: Message) -> Decision:
        return Decision(given, rule, reason, baseline, champion)

    missed = [text for text in (_missed(metrics, *item) for item in thresholds.items()) if text]
    figures = _figures(baseline)
    if missed:
        return verdict("reject", "threshold", together(missed))
    if baseline.low is None or baseline.low <= 0:
        reason = Message(
            "it is not significantly better than the baseline, which always gives the same answer: "
            "{figures}",
            figures=figures,
        )
        return verdict("reject", "baseline", reason)
    if champion is None:
        reason = Message(
            "it is the first model of its dataset, and better than the baseline, which always "
            "gives the same answer: {figures}",
            figures=figures,
        )
        return verdict("promote", "first", reason)
    if champion.problem or champion.comparison is None:
        reason = Message(
            "the champion, version {version}, could not be measured on these rows ({problem}) and "
            "stays the champion until someone decides",
            version=champion.version,
            problem=champion.problem or Message("it was not evaluated"),
        )
        return verdict("hold", "not_comparable", reason)
    return verdict(*_against(champion, champion.comparison, margin))


def held_back(decision: Decision, code: str | None) -> Decision:
    """Let a person approve a candidate that would be promoted but finds none of a class.

    Parameters
    ----------
    decision : Decision
    code : str or None
        What `lambdas.quality.verdict.held` returned.
    """
    if code is None or decision.verdict != "promote":
        return decision
    reason = Message(
        "{problem}, so someone has to approve it; otherwise it would be promoted: {reason}",
        problem=_FINDS_NONE[code],
        reason=decision.reason,
    )
    return replace(decision, verdict="hold", rule="finds_none", reason=reason)


def _against(champion: Champion, found: Comparison, margin: float) -> tuple[Verdict, str, Message]:
    excluded = []
    if champion.left_out:
        note = Message(
            "{count} test row is excluded because the champion was, or may have been, trained on "
            "it",
            "{count} test rows are excluded because the champion was, or may have been, trained on "
            "them",
            count=champion.left_out,
        )
        excluded.append(note)
    version = champion.version
    if found.rows < FEWEST_ROWS or found.gain is None or found.low is None:
        reason = Message(
            "{count} row is not enough to compare it with the champion, version {version}",
            "{count} rows are not enough to compare it with the champion, version {version}",
            count=found.rows,
            version=version,
        )
        return "reject", "too_few_rows", together([reason, *excluded])
    figures = together([_figures(found), *excluded])
    if found.low > margin:
        reason = Message(
            "it is better than the champion, version {version}: {figures}",
            version=version,
            figures=figures,
        )
        return "promote", "better", reason
    if found.gain <= 0:
        reason = Message(
            "it is not better than the champion, version {version}: {figures}",
            version=version,
            figures=figures,
        )
        return "reject", "not_better", reason
    return "reject", "not_shown", _not_shown(version, margin, figures)


def _not_shown(version: int, margin: float, figures: Message) -> Message:
    if margin:
        return Message(
            "it is not shown to be better than the champion, version {version}, by more than "
            "{margin}: {figures}",
            version=version,
            margin=margin,
            figures=figures,
        )
    return Message(
        "it is not significantly better than the champion, version {version}: {figures}",
        version=version,
        figures=figures,
    )


def _missed(metrics: Mapping[str, float], metric: str, limit: float) -> Message | None:
    value, name = metrics.get(metric), metric_name(metric)
    if value is None:
        return Message(
            "its {metric} is not defined on these test rows; the limit is {limit}",
            metric=name,
            limit=float(limit),
        )
    if metric in LOWER_IS_BETTER and value > limit:
        return Message(
            "its {metric} is {value}, above the {limit} allowed",
            metric=name,
            value=float(value),
            limit=float(limit),
        )
    if metric not in LOWER_IS_BETTER and value < limit:
        return Message(
            "its {metric} is {value}, below the {limit} required",
            metric=name,
            value=float(value),
            limit=float(limit),
        )
    return None


def _figures(found: Comparison) -> Message:
    name = metric_name(found.metric)
    values = (found.candidate, found.other, found.gain, found.low, found.high)
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return Message(
            "the {metric} is not defined on this {count} row",
            "the {metric} is not defined on these {count} rows",
            metric=name,
            count=found.rows,
        )
    candidate, other, gain, low, high = known
    return Message(
        "{metric} {candidate} against {other} on {count} test row, a gain of {gain} "
        "(95% confidence interval {low} to {high})",
        "{metric} {candidate} against {other} on {count} test rows, a gain of {gain} "
        "(95% confidence interval {low} to {high})",
        metric=name,
        candidate=candidate,
        other=other,
        count=found.rows,
        gain=gain,
        low=low,
        high=high,
    )
