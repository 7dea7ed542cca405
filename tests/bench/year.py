"""A replayed year, twenty times: the right months trained for the right reasons, no others.

A file comes each month. From month 5 on its features are distributed differently, from month 9 on
they say something else of the target. A new version is trained if something has drifted or the
champion has got worse; with ``--each``, which is without `retrain_when`, of every file, and it
counts what is told. What is trained, or told, without anything new since the last time, is in vain.
"""

import argparse
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from statistics import fmean

from rich.console import Console
from rich.table import Table

from tests.bench.replay import Month, Replay, cloud
from tests.bench.years import CONCEPT, MONTHS, SHIFT, YEARS, Year

TITLE = "The replayed year: shares of {} seeds; a forest of 30 trees"
COLUMNS = (
    "data, rows a month (tested)",
    "5: drifted",
    "columns right",
    "promoted",
    "9: worse",
    "by 12",
    "promoted",
    "months trained in vain",
    "years",
    "months told in vain",
)
_QUIET = len(MONTHS) - 3  # all but the first and those in which something changes
_SETTINGS = {"algorithm": "random_forest", "n_estimators": 30}
_IF_ASKED = {"retrain_when": "[drifted, worse]"}
_TOLD = {"DRIFT": "drifted", "QUALITY": "worse"}


def main() -> int:
    """Replay the years and print one row for each table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--data", nargs="*", choices=[year.name for year in YEARS])
    parser.add_argument("--each", action="store_true", help="train every file")
    given = parser.parse_args()
    table = Table(title=TITLE.format(given.seeds), title_justify="left")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == COLUMNS[0] else "right")
    for shares in rows(given.seeds, given.data, is_each=given.each):
        table.add_row(*shares)
    Console(width=140).print(table)
    return 0


def rows(
    seeds: int, names: list[str] | None = None, *, is_each: bool = False
) -> Iterator[tuple[str, ...]]:
    """Yield a row for each table."""
    with ProcessPoolExecutor() as processes:
        for year in YEARS:
            if not names or year.name in names:
                given = repeat(year.name), range(seeds), repeat(is_each)
                yield row(year, list(processes.map(replay, *given)), is_each=is_each)


def replay(name: str, seed: int, is_each: bool = False) -> list[Month]:
    """Replay one year of one table, training every file or what there is a reason to train."""
    warnings.simplefilter("ignore")  # as in training jobs
    year = next(each for each in YEARS if each.name == name)
    settings = _SETTINGS if is_each else _SETTINGS | _IF_ASKED
    with cloud() as client:
        dataset = Replay(client, name, year.target, **settings)
        return [
            dataset.month(number, rows)
            for number, rows in zip(MONTHS, year.months(seed), strict=True)
        ]


def row(year: Year, replayed: list[list[Month]], *, is_each: bool) -> tuple[str, ...]:
    """Return the shares of a table's years, of which `replay` has returned the months."""
    shifted, later = ([months[at - 1] for months in replayed] for at in (SHIFT, CONCEPT))
    trained = [in_vain(months, lambda month: bool(month.reasons)) for months in replayed]
    told = [in_vain(months, lambda month: bool(month.told)) for months in replayed]
    since = [months[CONCEPT - 1 :] for months in replayed]

    def found(month: Month) -> frozenset[str]:
        return frozenset(_TOLD[kind] for kind in month.told) if is_each else month.reasons

    shares = (
        fmean("drifted" in found(month) for month in shifted),
        fmean(month.drifted == set(year.moved) for month in shifted),
        fmean(month.promoted for month in shifted),
        fmean("worse" in found(month) and "drifted" not in month.reasons for month in later),
        fmean(any("worse" in found(month) for month in months) for months in since),
        fmean(any(month.promoted for month in months) for months in since),
        None if is_each else fmean(count / _QUIET for count in trained),
        None if is_each else fmean(count > 0 for count in trained),
        fmean(count / _QUIET for count in told),
    )
    tested = round(fmean(month.tested for month in later))
    written = ("-" if share is None else f"{share:.1%}" for share in shares)
    return f"{year.name}, {year.rows:,} ({tested})", *written


def in_vain(months: list[Month], is_news: Callable[[Month], bool]) -> int:
    """Return how many months are taken for news though nothing is new since the last that was."""
    last = min(MONTHS)  # the first is news to nobody
    count = 0
    for number, month in zip(MONTHS, months, strict=True):
        if number > min(MONTHS) and is_news(month):
            count += not any(last < change <= number for change in (SHIFT, CONCEPT))
            last = number
    return count


if __name__ == "__main__":
    sys.exit(main())
