"""``docs/algorithms.md`` from the registry: ``python -m docs.build.algorithms_page`` renews it."""

from docs.build.marks import DOCS
from training.algorithms import ALGORITHMS, DEFAULT_ALGORITHM, Algorithm, Parameter
from training.fit.candidates import MOST_COLUMNS_OF_CURVES, MOST_ROWS_OF_FORESTS, candidates_of
from training.fit.data import LEAST_SPREAD
from training.fit.folds import FOLDS, MANY_CELLS, MANY_ROWS
from training.fit.held_out import HOPELESS
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.rounds import PARTS
from training.fit.selection import LEAST_WEIGHT
from training.fit.threshold import SKEWED
from training.model.curves import KNOTS
from training.model.date_parts import CYCLES
from training.model.pipeline import MAXIMUM_CATEGORIES, MINIMUM_CATEGORY_COUNT
from training.model.text_directions import DIRECTIONS

PAGE = DOCS / "algorithms.md"
_AUTO = parse_hyperparameters(["--algorithm", "auto"])
_OF_LOGARITHMS, _PLAIN = (
    {each.name for each in candidates_of(_AUTO, 0, 0, takes_logarithms=takes)}
    for takes in (True, False)
)
_PORTFOLIO, _WITH_LOGARITHMS, _WITHOUT = (
    "\n".join(f"- {name}" for name in sorted(names))
    for names in (_PLAIN, _OF_LOGARITHMS - _PLAIN, _PLAIN - _OF_LOGARITHMS)
)
_IN_CYCLES = ", ".join(CYCLES[:-1]) + f" and {CYCLES[-1]}"
_INTRODUCTION = f"""\
# Algorithms

Set `algorithm` for a dataset, and hyperparameters if you like. The default is
`{DEFAULT_ALGORITHM}`. A hyperparameter of another algorithm, or one out of its range, is refused
before a job is paid for. All algorithms do classification and regression, are seeded by `seed`
(0), and give the same predictions for the same data, settings and code.

<!-- Generated from training/algorithms/ by `python -m docs.build.algorithms_page`. -->
"""
_HEAD = (
    "| hyperparameter | default | allowed | tuning searches | meaning |",
    "|---|---|---|---|---|",
)
_REST = f"""
## How columns become numbers

Everything is fitted on the rows of training and validation and stored in the model.

| column | becomes |
|---|---|
| number | median imputation; scaled to mean 0 and standard deviation 1 |
| number, for `additive` | also a natural cubic spline with {KNOTS} knots at quantiles |
| category | one-hot encoded; for trees a number each |
| category with fewer than {MINIMUM_CATEGORY_COUNT} rows | counts as one with the others of them |
| category, more than {MAXIMUM_CATEGORIES} such | cross-fitted target encoding (`TargetEncoder`) |
| date | days since 1970, year, month, day, weekday and hour |
| date, for `additive` and `linear` | also sine and cosine of its place in {_IN_CYCLES} |
| free text | {DIRECTIONS} components of truncated SVD on hashed character n-grams, without words |

## Rare classes

Classes are not weighed unless `class_weight: balanced` asks for it: weights distort probabilities.
Instead the [threshold](reading-the-report.md#the-threshold) moves, by itself if the largest class
has at least {SKEWED} times the rows of the smallest. `model.json` says what was chosen and why.

## How a model comes about

1. Rows are held out: each row of training and validation once, in {FOLDS} folds. Where `group` or
   `time` binds rows together, and from {MANY_ROWS:,} rows or {MANY_CELLS:,} cells on, only the
   validation rows are. A `random_forest` is judged by the trees that did not draw a row.
2. Every candidate is fitted on the others and asked about them: the algorithm that was set, or for
   `auto` the configurations below. Boosting ends where more rounds no longer help there.
3. Probabilities are calibrated on these answers where that lowers their log loss: raised to a
   power (temperature scaling), and drawn towards the classes' shares. Not with `class_weight:
   balanced`, which asks for others.
4. `auto` adds candidates one by one, each time the one that makes the mean answer best (ensemble
   selection, Caruana et al. 2004). Those with less than {LEAST_WEIGHT:.0%} of the weight are left
   out.
5. The decision [threshold](settings.md) and the widths of prediction intervals follow from the
   same answers.
6. What was chosen is fitted once more, on all rows of training and validation. The test rows take
   no part in any of this.

`selection` in `model.json` has every candidate with its hyperparameters, loss, weight, calibration
and seconds, and a sentence. Only if `time_budget_seconds` ends the comparison early does the
choice depend on the machine; `folds` then says so.

`auto` compares:

{_PORTFOLIO}

Where the target is a number that is never negative and whose standard deviation is at least
{LEAST_SPREAD:.0%} of its mean, columns may well multiply instead of adding up. Then it also
compares:

{_WITH_LOGARITHMS}

and not:

{_WITHOUT}

Forests take part up to {MOST_ROWS_OF_FORESTS:,} rows, `additive` up to {MOST_COLUMNS_OF_CURVES}
numeric columns. A candidate whose loss is {HOPELESS:g} times the best one's in the first fold
takes no part in the others.

## Interrupted jobs

On spot machines, and on [several instances](costs.md#several-instances), algorithms that learn
in rounds are fitted in up to {PARTS} parts with checkpoints. A job that continues from one gives
the same predictions as one that was never interrupted. Where the validation rows alone are held
out, long fits of one algorithm also show
their metric in the console's chart.



## What a model file may contain

Models are stored with skops, with a closed list of types for each algorithm; in them, XGBoost's
trees in its own JSON, whose indices are checked before XGBoost reads it. An archive with a link, a
path upwards, a pickle, a repeated name, or one that unpacks too large, is refused.
"""


def page() -> str:
    """Return the page's Markdown."""
    sections = [_section(name, algorithm) for name, algorithm in ALGORITHMS.items()]
    return "\n".join([_INTRODUCTION, *sections]) + _REST


def _section(name: str, algorithm: Algorithm) -> str:
    rows = [_row(name, parameter) for name, parameter in algorithm.parameters.items()]
    return "\n".join([f"## `{name}`\n", f"{algorithm.meaning}\n", *_HEAD, *rows]) + "\n"


def _row(name: str, parameter: Parameter) -> str:
    cells = (_allowed(parameter), _tuned(parameter), parameter.meaning)
    return f"| `{name}` | {parameter.default} | {' | '.join(cells)} |"


def _allowed(parameter: Parameter) -> str:
    if parameter.choices:
        return ", ".join(parameter.choices)
    return f"{parameter.minimum:g} to {parameter.maximum:g}"


def _tuned(parameter: Parameter) -> str:
    if parameter.tunable is None:
        return ""
    if parameter.choices:
        return "all"
    scale = ", log" if parameter.tunable.scale == "log" else ""
    return f"{parameter.tunable.minimum:g} to {parameter.tunable.maximum:g}{scale}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
