"""When a schedule is due, by EventBridge Scheduler's rules.

By AWS's manual ("Schedule types in EventBridge Scheduler"): expressions are read in the schedule's
time zone; a local time that a change to summer time leaves out is skipped, one that comes twice is
invoked once; the days of a rate have 24 hours, and a rate begins at its start date, or at once.
"""

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterator

from localcloud.ministack_internals import eventbridge

_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")


def is_valid(expression: str, zone: str) -> bool:
    """Return whether AWS would accept an expression in a time zone."""
    if zone not in zoneinfo.available_timezones():
        return False
    return bool(
        _at(expression)
        or eventbridge.parse_rate_seconds(expression)
        or eventbridge.parse_cron_fields(expression)
    )


def due(
    expression: str, zone: str, begun: dt.datetime, after: dt.datetime, until: dt.datetime
) -> Iterator[dt.datetime]:
    """Yield the times of a schedule after one moment and up to another, in order.

    Parameters
    ----------
    expression
        ``cron(…)``, ``rate(…)`` or ``at(…)``.
    zone
        A name of the IANA database.
    begun
        The schedule's start date, or when it was made; what a rate is counted from.
    after, until
        With a time zone; yielded times are UTC.
    """
    local = zoneinfo.ZoneInfo(zone)
    moment = _at(expression)
    seconds = eventbridge.parse_rate_seconds(expression)
    if moment:
        times: Iterator[dt.datetime] = _real([moment], local)
    elif seconds:
        times = _rate(dt.timedelta(seconds=seconds), begun, after)
    else:
        times = _real(_cron(expression, after.astimezone(local)), local)
    for time in times:
        if time > until:
            return
        if time > after:
            yield time


def _at(expression: str) -> dt.datetime | None:
    found = _AT.fullmatch(expression)
    try:
        return dt.datetime.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _rate(step: dt.timedelta, begun: dt.datetime, after: dt.datetime) -> Iterator[dt.datetime]:
    time = begun + max(0, (after - begun) // step) * step
    while True:
        yield time
        time += step


def _cron(expression: str, after: dt.datetime) -> Iterator[dt.datetime]:
    """Yield local times as a clock on the wall shows them, some of which may not exist."""
    fields = eventbridge.parse_cron_fields(expression)
    # An hour that comes twice may begin before it: what is too early is skipped by `due`.
    wall: dt.datetime | None = after.replace(tzinfo=None) - dt.timedelta(hours=2)
    while fields and (wall := eventbridge.cron_next_fire(fields, wall)) is not None:
        yield wall.replace(tzinfo=None)


def _real(
    walls: Iterator[dt.datetime] | list[dt.datetime], local: zoneinfo.ZoneInfo
) -> Iterator[dt.datetime]:
    for wall in walls:
        time = wall.replace(tzinfo=local).astimezone(dt.UTC)  # the first, where there are two
        if time.astimezone(local).replace(tzinfo=None) == wall:
            yield time
