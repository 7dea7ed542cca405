"""``docs/algorithms.md`` from the registry: ``python -m docs.build.algorithms_page`` renews it."""

from docs.build.marks import DOCS
from training.algorithms import ALGORITHMS, DEFAULT_ALGORITHM, Algorithm, Parameter
from training.fit.auto import CANDIDATES, FOLDS, MAXIMUM_ROWS
from training.fit.rounds import PARTS
from training.fit.threshold import SKEWED
from training.model.pipeline import MAXIMUM_CATEGORIES, MINIMUM_CATEGORY_COUNT
from training.model.text_directions import DIRECTIONS

PAGE = DOCS / "algorithms.md"
_COMPARED = ", ".join(f"`{name}`" for name in CANDIDATES)
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

Everything is fitted on the training rows alone and stored in the model.

| column | becomes |
|---|---|
| number | median imputation; scaled to mean 0 and standard deviation 1 |
| category | one-hot encoded; those with fewer than {MINIMUM_CATEGORY_COUNT} rows share a column |
| category, more than {MAXIMUM_CATEGORIES} such | cross-fitted target encoding (`TargetEncoder`) |
| date | days since 1970, year, month, day, weekday and hour |
| free text | {DIRECTIONS} components of truncated SVD on hashed character n-grams, without words |

## Rare classes

Classes are not weighed unless `class_weight: balanced` asks for it: weights distort probabilities.
Instead the [threshold](reading-the-report.md#the-threshold) moves, by itself if the largest class
has at least {SKEWED} times the rows of the smallest. `model.json` says what was chosen and why.

## What `auto` does

It compares {_COMPARED},
each with its defaults, by {FOLDS}-fold cross-validation on at most {MAXIMUM_ROWS:,} training
rows. The lowest mean log loss (classes) or root mean squared error (numbers) wins. `selection` in
`model.json` has every score, its spread, the time and the reason. The choice depends on the machine
only if `time_budget_seconds` ends the comparison early; `folds` then says so.

## Interrupted jobs

On spot machines, algorithms that learn in rounds are fitted in up to {PARTS} parts with
checkpoints. A job that continues from one gives the same predictions as one that was never
interrupted. In long jobs each part also adds its validation metric to the console's chart.

## What a model file may contain

Models are stored with skops, with a closed list of types for each algorithm; XGBoost's trees in its
own JSON, whose indices are checked before XGBoost reads it. An archive with a link, a path upwards,
a pickle, a repeated name, or one that unpacks too large, is refused.
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
