"""Measure predictions of rows whose target is known, and compare with the model's test rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from lambdas.evaluate.loading import load
from lambdas.evaluate.stored import answers_below
from lambdas.measure.difference import compare
from lambdas.quality.baseline import baseline
from lambdas.quality.fall import Judgement, judge
from lambdas.quality.tasks import scores
from lambdas.shared.aws import s3_client
from lambdas.shared.contracts.predict import MeasureEvent, Measurement
from lambdas.shared.documents.bucket import ObjectFile, find, write
from lambdas.shared.documents.contents import Metrics, Profile
from lambdas.shared.documents.document import DECISION, METRICS, PROFILE
from lambdas.shared.entry import entry
from lambdas.shared.observability import logger
from lambdas.shared.positive_class import registered_positive

if TYPE_CHECKING:
    from lambdas.quality.scored import Scored


@entry(MeasureEvent)
def handler(event: MeasureEvent) -> Measurement:
    """Store ``metrics.json`` and return its figures."""
    client, prepared = s3_client(), event.prepared
    model, targets = prepared.model, prepared.targets
    trained = find(client, METRICS, model.report_uri and METRICS.below(model.report_uri))
    profile = find(client, PROFILE, model.data_uri and PROFILE.below(model.data_uri))
    positive = registered_positive(trained)
    with ObjectFile(client, str(event.joined.measured_uri)).lines() as lines:
        scored = load(lines, event.joined.measured, prepared.task, positive).scored
    document = _document(scored, trained, profile)
    decision = find(client, DECISION, model.report_uri and DECISION.below(model.report_uri))

    def judged(metric: str) -> Judgement | None:
        own = answers_below(client, model.report_uri, prepared.task, positive)
        return judge(metric, own, scored) if own else None

    metric = decision.get("metric") if decision else None
    is_seen = bool(targets and targets.is_seen)
    compared = compare(document, trained, metric, judged, is_seen=is_seen)
    document |= {"comparison": compared.to_dict()}
    uri = METRICS.below(prepared.predictions_uri.rpartition("/")[0])
    write(client, METRICS, uri, cast("Metrics", document))
    logger.info("measured", extra={"rows": scored.rows, "verdict": compared.verdict})
    registered = trained["metrics"] if trained else {}
    told = compared.to_dict() | {"registered": registered, "metrics_uri": uri}
    return Measurement.model_validate(document | told)


def _document(scored: Scored, trained: Metrics | None, profile: Profile | None) -> dict[str, Any]:
    """Return what training's document has as well, but for single rows."""
    found = scores(scored)
    if "residuals" in found:
        found["residuals"].pop("sample")
    threshold = cast("dict[str, Any]", trained or {}).get("threshold")
    target = profile["target"] if profile else None
    return found | {
        "threshold": threshold,
        "baseline": baseline(scored, target) if target else None,
    }
