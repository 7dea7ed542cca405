"""Metrics of the datasets that the stack's setting ``watched_datasets`` names."""

from __future__ import annotations

import os

from lambdas.health.news import count_of_far, has_fallen, newest_figure
from lambdas.shared.documents.contents import HealthEntry
from lambdas.shared.names.legal import dataset_slug
from lambdas.shared.observability import emit_by
from lambdas.shared.own_metrics import DOMAIN_AUC, DRIFTED_COLUMNS, FALLEN, MAIN_METRIC


def emit_health(dataset: str, entry: HealthEntry) -> None:
    """Emit what an entry shows, if its dataset is watched."""
    slug = dataset_slug(dataset)
    if slug not in os.environ.get("WATCHED_DATASETS", "").split():
        return
    if entry["drift"]:
        emit_by(DRIFTED_COLUMNS, count_of_far(entry), slug)
        if entry["drift"]["domain"]:
            emit_by(DOMAIN_AUC, entry["drift"]["domain"]["auc"], slug)
    figure = newest_figure(entry)
    if figure:
        emit_by(MAIN_METRIC, figure["value"], slug)
        emit_by(FALLEN, 1 if has_fallen(figure) else 0, slug)
