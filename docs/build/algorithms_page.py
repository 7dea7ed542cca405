"""``docs/algorithms.md`` from the registry: ``python -m docs.build.algorithms_page`` renews it."""

from docs.build.marks import DOCS
from training.algorithms import ALGORITHMS, DEFAULT_ALGORITHM, Algorithm, Parameter
from training.fit.auto import CANDIDATES, FOLDS, MAXIMUM_ROWS
from training.fit.class_weight import SKEWED
from training.fit.rounds import PARTS
from training.model.pipeline import MAXIMUM_CATEGORIES, MINIMUM_CATEGORY_COUNT
from training.model.text_directions import DIRECTIONS

PAGE = DOCS / "algorithms.md"
_COMPARED = ", ".join(f"`{name}`" for name in CANDIDATES)
_INTRODUCTION = f"""\
# Algorithms

Set `algorithm` for a dataset, with the hyperparameters below if you like; each has a default. The
default algorithm is `{DEFAULT_ALGORITHM}`. A hyperparameter of another algorithm, or out of its
range, is refused before a job is paid for. All algorithms do classification and regression, are
seeded by `seed` (0), and give the same predictions for the same data, settings and code.

<!-- This page is made by `python -m docs.build.algorithms_page`; the tables come from
training/algorithms/. -->
"""
_HEAD = (
    "| hyperparameter | default | allowed | tuning looks in | meaning |",
    "|---|---|---|---|---|",
)
_REST = f"""
## How columns become numbers

What is learned here is learned from the training rows alone and travels inside the model. The mean
of the target in a category comes from scikit-learn's `TargetEncoder`.

| column | becomes |
|---|---|
| number | missing ones the median; scaled to mean 0 and deviation 1 |
| category | a column for each with {MINIMUM_CATEGORY_COUNT} rows or more, one for all others |
| category, more than {MAXIMUM_CATEGORIES} such | its target's mean, each fold by the others' |
| date | days since 1970, year, month, day, weekday and hour |
| free text | {DIRECTIONS} main directions of hashed character n-grams; no word is in the model |

## Rare classes

With `class_weight: auto` classes are balanced where the largest has {SKEWED} times the rows of the
smallest or more; below, weights would shift probabilities for little. `model.json` says what was
chosen and why.

## What `auto` does

{_COMPARED} are compared:
each is fitted with its defaults on {FOLDS} folds of the training rows (of at most
{MAXIMUM_ROWS:,} of them), all of them on one fold before the next begins. The lowest mean log loss
(classes) or root mean squared error (numbers) is taken. `selection` in `model.json` has every
score, its spread, the time and the reason in a sentence. The choice depends on the machine only
where `time_budget_seconds` ends the comparison early; `folds` then says so.

## Interrupted jobs

Algorithms that learn in rounds are fitted in up to {PARTS} parts where the job has a folder for
checkpoints. A job that goes on from one gives the same predictions as one that was never
interrupted. On long work each part also shows its validation metric in the console's chart.

## What a model may hold

Models are kept by skops, with a closed list of types for each algorithm; XGBoost's trees in its own
JSON, whose indices are checked before XGBoost reads it. An archive with a link, a path upwards, a
pickle, a name twice, or one that unpacks too large, is refused.

## Why not LightGBM

`hist_gradient_boosting` is the same kind of algorithm and needs no package. LightGBM's wheel relies
on the system's libgomp, which the image's build may remove along with its compilers
(`aws/deep-learning-containers: docker/sklearn/1.9-0/Dockerfile`); XGBoost's brings its own.
"""


def page() -> str:
    """Return the page's Markdown."""
    sections = [_section(name, algorithm) for name, algorithm in ALGORITHMS.items()]
    return "\n".join([_INTRODUCTION, *sections]) + _REST


def _section(name: str, algorithm: Algorithm) -> str:
    rows = [_row(name, parameter) for name, parameter in algorithm.parameters.items()]
    head = [
        "| hyperparameter | default | allowed | tuning looks in | meaning |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([f"## `{name}`\n", f"{algorithm.meaning}\n", *head, *rows]) + "\n"


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
