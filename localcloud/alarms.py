"""Alarms as CloudWatch evaluates them.

ministack evaluates alarms only when metric data arrive, and then ignores dimensions, missing data
and all periods but one. The semantics here are those of CloudWatch's user guide ("Alarm
evaluation", "Configuring how CloudWatch alarms treat missing data"), but periods end now, not
at full minutes.
"""

import logging
import operator
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from localcloud.metrics import QueueDepths
from localcloud.ministack_internals import cloudwatch

_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_LOOK_SECONDS = 1.0
_log = logging.getLogger("localcloud")


def install() -> None:
    """Evaluate alarms every second, by their own dimensions, periods and missing data."""
    cloudwatch.evaluate_alarm = evaluate
    threading.Thread(target=_look_for_ever, name="alarms", daemon=True).start()


def states(names: list[str]) -> dict[str, str]:
    """Return the states of alarms by name, of those that are there."""
    found = {name: cloudwatch.alarms.get(name) for name in names}
    return {name: str(alarm["StateValue"]) for name, alarm in found.items() if alarm}


def _look_for_ever() -> None:
    depths = QueueDepths()
    while True:
        time.sleep(_LOOK_SECONDS)
        try:
            depths.report()
            for alarm in list(cloudwatch.alarms.values()):
                evaluate(alarm)
        except Exception:  # noqa: BLE001 - the next evaluation may succeed
            _log.exception("evaluating the alarms failed")


def evaluate(alarm: dict[str, Any]) -> None:
    """Bring an alarm's state up to date and carry out its actions when that has changed."""
    old = alarm["StateValue"]
    dimensions = {found["Name"]: found["Value"] for found in alarm.get("Dimensions") or []}
    key = (alarm["Namespace"], alarm["MetricName"], cloudwatch.dims_key(dimensions))
    values = list(datapoints(alarm, cloudwatch.metrics.get(key) or [], time.time()))
    new = state_of(alarm, values)
    if new is None or new == old:
        return
    reason = f"Datapoints, the newest first: {values}; threshold {alarm['Threshold']}"
    alarm.update(StateValue=new, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    cloudwatch.record_history(alarm["AlarmName"], old, new, reason)
    cloudwatch.dispatch_alarm_actions(alarm, old, new, reason)
    cloudwatch.evaluate_parent_alarms(alarm)


def datapoints(
    alarm: dict[str, Any], points: Sequence[dict[str, Any]], now: float
) -> Iterator[float | None]:
    """Yield the statistic of each of an alarm's periods, the newest first; None where no data is.

    Periods that began before the alarm was made are skipped: nothing can be missing there.
    """
    statistic = alarm.get("ExtendedStatistic") or alarm["Statistic"]
    for number in range(alarm["EvaluationPeriods"]):
        end = now - number * alarm["Period"]
        begin = end - alarm["Period"]
        found = [point for point in points if begin < point["Timestamp"] <= end]
        if found:
            yield cloudwatch.stat_value(cloudwatch.calc_stats(found), statistic, found)
        elif begin >= alarm["AlarmConfigurationUpdatedTimestamp"]:
            yield None


def state_of(alarm: dict[str, Any], values: Sequence[float | None]) -> str | None:
    """Return the state that datapoints mean, or None if they leave it as it is."""
    present = [value for value in values if value is not None]
    missing, treatment = len(values) - len(present), alarm.get("TreatMissingData", "missing")
    if not present and (treatment == "ignore" or not values):
        return None
    if not present and treatment == "missing":
        return "INSUFFICIENT_DATA"
    is_over = _COMPARED[alarm["ComparisonOperator"]]
    breaching = sum(is_over(value, alarm["Threshold"]) for value in present)
    breaching += missing if treatment == "breaching" else 0
    needed = alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]
    return "ALARM" if breaching >= needed else "OK"
