"""A replayed year, twenty times: the right months trained for the right reasons, no others.

A file comes each month. From month 5 on its features are distributed differently, from month 9 on
they say something else of the target, and a new version is trained if something has drifted or the
champion has got worse. What is trained, or told, without anything new since the last time, is in
vain.
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
_SETTINGS = {"algorithm": "random_forest", "n_estimators": 30, "retrain_when": "[drifted, worse]"}


def main() -> int:
    """Replay the years and print one row for each table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--data", nargs="*", choices=[year.name for year in YEARS])
    given = parser.parse_args()
    table = Table(title=TITLE.format(given.seeds), title_justify="left")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == COLUMNS[0] else "right")
    for row in rows(given.seeds, given.data):
        table.add_row(*row)
    Console(width=140).print(table)
    return 0


def rows(seeds: int, names: list[str] | None = None) -> Iterator[tuple[str, ...]]:
    """Yield a row for each table."""
    with ProcessPoolExecutor() as processes:
        for year in YEARS:
            if not names or year.name in names:
                replayed = list(processes.map(replay, repeat(year.name), range(seeds)))
                yield _row(year, replayed)


def replay(name: str, seed: int) -> list[Month]:
    """Replay one year of one table."""
    warnings.simplefilter("ignore")  # as in training jobs
    year = next(each for each in YEARS if each.name == name)
    with cloud() as client:
        dataset = Replay(client, name, year.target, **_SETTINGS)
        return [
            dataset.month(number, rows)
            for number, rows in zip(MONTHS, year.months(seed), strict=True)
        ]


def _row(year: Year, replayed: list[list[Month]]) -> tuple[str, ...]:
    shifted, later = ([months[at - 1] for months in replayed] for at in (SHIFT, CONCEPT))
    trained = [in_vain(months, lambda month: bool(month.reasons)) for months in replayed]
    told = [in_vain(months, lambda month: bool(month.told)) for months in replayed]
    since = [months[CONCEPT - 1 :] for months in replayed]
    found = (
        fmean("drifted" in month.reasons for month in shifted),
        fmean(month.drifted == set(year.moved) for month in shifted),
        fmean(month.promoted for month in shifted),
        fmean(month.reasons == {"worse"} for month in later),
        fmean(any("worse" in month.reasons for month in months) for months in since),
        fmean(any(month.promoted for month in months) for months in since),
        fmean(count / _QUIET for count in trained),
        fmean(count > 0 for count in trained),
        fmean(count / _QUIET for count in told),
    )
    tested = round(fmean(month.tested for month in later))
    return f"{year.name}, {year.rows:,} ({tested})", *(f"{share:.1%}" for share in found)


def in_vain(months: list[Month], is_news: Callable[[Month], bool]) -> int:
    """Return how many months are taken for news though nothing is new since the last that was."""
    news = [number for number, month in zip(MONTHS, months, strict=True) if is_news(month)]
    changes = (min(MONTHS), SHIFT, CONCEPT)
    last = 0
    count = 0
    for number in news:
        count += not any(last < change <= number for change in changes)
        last = number
    return count


if __name__ == "__main__":
    sys.exit(main())
