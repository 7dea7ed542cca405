"""The registry of everything that can be noticed in an upload; ``docs/findings.md`` shows it.

Texts use typographic quotes, so they read the same in a notice and in HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Kind:
    """A kind of finding.

    Parameters
    ----------
    severity : str
        ``info`` (an assumption or a fact), ``note`` (something is left out), ``warning`` (it may
        spoil the result) or ``error`` (the upload can't be used).
    summary : str
        What it means, in one sentence without a full stop.
    advice : str
        What the user can do; empty if nothing needs doing.
    """

    severity: Literal["info", "note", "warning", "error"]
    summary: str
    advice: str = ""


_SAVE_AS_CSV = "Save the table as “CSV UTF-8” in the program it comes from, then upload it again."
_SET_IF_WRONG = "If that is wrong, say so with the setting “{}”."

_FILE: dict[str, Kind] = {
    "EmptyFile": Kind(
        "error",
        "The uploaded file is empty",
        "Export the data again and upload a file that has a header row and data rows.",
    ),
    "HeaderOnly": Kind(
        "error",
        "The uploaded file has column names but no data rows",
        "Export the data again, rows included, and upload it.",
    ),
    "NotCsv": Kind("error", "The uploaded file is no CSV file, whatever its name", _SAVE_AS_CSV),
    "ArchiveUnusable": Kind(
        "error",
        "The compressed file cannot be unpacked to one CSV file",
        "Upload the CSV file itself, or an archive that holds it alone, without a password.",
    ),
    "UnpackedTooLarge": Kind(
        "error",
        "The compressed file grows larger than is allowed when it is unpacked",
        "Check that it is what you meant to upload. If so, upload the CSV file itself, or ask "
        "the person who looks after the AWS account to raise the stack's “max_unpacked_mb” or "
        "“max_unpack_ratio”: no upload can.",
    ),
    "UndecodableText": Kind(
        "error",
        "The file has bytes that are no letters in its encoding",
        "Save it as “CSV UTF-8”, or name its encoding with the setting “encoding”, then upload it "
        "again.",
    ),
    "NulBytes": Kind(
        "error",
        "The file has zero bytes, which text never has: it may be damaged",
        "Export the data again, then upload it.",
    ),
    "RaggedRows": Kind(
        "error",
        "Rows have more or fewer fields than the header",
        "Correct the rows named: often a cell holds the delimiter or a line break and lacks its "
        "quotation marks, or a title or total is not part of the table.",
    ),
    "BrokenQuotes": Kind(
        "error",
        "A quotation mark opens a cell and does not close it, or stands alone",
        "Correct the rows named: a cell in quotation marks must double those inside it.",
    ),
    "TooManyColumns": Kind(
        "error",
        "The file has more columns than can be used",
        "Leave out columns that cannot matter, or put measurements of one kind below each other.",
    ),
    "UnreadableFile": Kind(
        "error",
        "The uploaded file could not be read as a CSV table",
        "Save it as “CSV UTF-8” with one header row and as many fields in every row as in the "
        "header, then upload it again.",
    ),
    "ArchiveUnpacked": Kind("info", "The upload was compressed and has been unpacked"),
    "EncodingAssumed": Kind(
        "info",
        "The text is not in UTF-8; its encoding was found from its bytes",
        _SET_IF_WRONG.format("encoding"),
    ),
    "DelimiterAssumed": Kind(
        "info",
        "Fields are separated by something else than a comma",
        _SET_IF_WRONG.format("delimiter"),
    ),
    "DecimalComma": Kind(
        "info", "Numbers are written with a decimal comma", _SET_IF_WRONG.format("decimal")
    ),
    "CommentLines": Kind("info", "Lines above the table that start with “#” are left out"),
    "TrailingDelimiter": Kind("info", "Every row ends with a delimiter that separates nothing"),
    "LineEndsMixed": Kind("info", "Lines end in several ways; all were taken as ends of rows"),
    "NoHeader": Kind(
        "warning",
        "The first row looks like data, so columns have no names in the file",
        "If the first row holds the names, set “header” to “yes”; better still, give every column "
        "a name.",
    ),
    "RowNames": Kind(
        "info",
        "The header has one name less than rows have fields, so the first column names the rows",
    ),
}

_COLUMNS: dict[str, Kind] = {
    "UnnamedColumn": Kind(
        "info", "A column has no name in the file", "Give every column a name of its own."
    ),
    "DuplicateColumnName": Kind(
        "warning", "Several columns have the same name", "Give every column a name of its own."
    ),
    "IgnoredColumn": Kind("note", "A column is left out because the settings say so"),
    "EmptyColumn": Kind("note", "A column is left out because it is empty"),
    "ConstantColumn": Kind("note", "A column is left out because it never changes"),
    "IndexColumn": Kind("note", "A column is left out because it only counts the rows"),
    "IdentifierColumn": Kind(
        "note", "A column is left out because its values name the rows and tell nothing else"
    ),
    "MostlyMissing": Kind(
        "warning",
        "A column is empty in nearly every row",
        "Fill it in, or leave it out with the setting “ignore”.",
    ),
    "MixedTypes": Kind(
        "warning",
        "A column holds numbers and some other text",
        "Correct the cells, or list what stands for “no value” in the setting “missing”.",
    ),
    "UnusableNumbers": Kind(
        "warning",
        "Numbers are infinite or too large to compute with; they count as missing",
        "Look up how these values came about.",
    ),
    "DateColumn": Kind(
        "info",
        "A column holds dates or times",
        "If the moment itself should not matter, replace it by a duration such as an age.",
    ),
    "BooleanColumn": Kind("info", "A column holds yes or no in one of its spellings"),
    "FreeText": Kind(
        "note",
        "A column holds text of many words",
        "If something in it matters, put it into a column of its own.",
    ),
    "ManyCategories": Kind(
        "warning",
        "A column of names has so many different ones that most are seen too seldom to learn from",
        "Group them into fewer, or leave the column out with the setting “ignore”.",
    ),
    "LeakageSuspected": Kind(
        "warning",
        "A single column determines the column to predict",
        "If it is known only after the outcome, or is the outcome in other words, leave it out "
        "with the setting “ignore”: the model would be useless in practice.",
    ),
    "WideData": Kind(
        "warning",
        "There are more columns to learn from than rows",
        "Leave out columns that cannot matter, or add rows; with so many columns some fit by "
        "chance.",
    ),
}

_TARGET: dict[str, Kind] = {
    "TargetNotFound": Kind(
        "error",
        "The column to predict that the settings name is not in the file",
        "Correct the setting “target”, or the name of the column in the file, and upload again.",
    ),
    "NoUsableTarget": Kind(
        "error",
        "The file has no column that can be predicted",
        "Name the column to predict with the setting “target”, and see that it is filled in.",
    ),
    "SingleClass": Kind(
        "error",
        "The column to predict has the same value in every row that can be used",
        "A model needs examples of at least two outcomes: add rows of the other outcome, or name "
        "another column with the setting “target”.",
    ),
    "TooManyClasses": Kind(
        "error",
        "The column to predict has too many different values to be classes",
        "Name another column with the setting “target”, group its values into fewer, or, if they "
        "are numbers to estimate, set “task” to “regression”.",
    ),
    "TaskUnfit": Kind(
        "error",
        "The column to predict does not fit the task that the settings name",
        "Correct the setting “task”, or leave it out: it is then found from the data.",
    ),
    "TargetMissing": Kind("note", "Rows without a value to predict are left out"),
    "TargetMostlyMissing": Kind(
        "warning",
        "The column to predict is empty in most rows",
        "Check that it is the right column: rows without it teach nothing.",
    ),
    "RareClass": Kind(
        "warning",
        "Values to predict that occur too seldom are left out with their rows",
        "Collect more rows of rare outcomes, or merge them into one.",
    ),
    "ManyClasses": Kind(
        "warning",
        "The column to predict has many different values",
        "Group them into fewer if that answers the same question.",
    ),
    "ImbalancedClasses": Kind(
        "warning",
        "One outcome is so frequent that always naming it would nearly always be right",
        "Judge the model by its balanced accuracy, sensitivity and specificity, not by accuracy.",
    ),
    "UntestedClass": Kind(
        "warning",
        "Some values to predict are not among the test's rows",
        "Collect more rows of them: how well they are predicted is not known.",
    ),
}

_ROWS: dict[str, Kind] = {
    "TooFewRows": Kind(
        "error",
        "The file has too few rows to train and honestly test a model",
        "Add more rows in which the column to predict is filled in, and upload again.",
    ),
    "FewRows": Kind(
        "warning",
        "So few rows tell little: figures of the test may be far off by chance",
        "Add more rows.",
    ),
    "NoUsableFeatures": Kind(
        "error",
        "No column is left to predict from",
        "Add columns that describe each row and differ between rows, and upload again.",
    ),
    "RepeatedRows": Kind("info", "Rows repeat earlier ones; repeats stay on one side of the split"),
    "ContradictoryRows": Kind(
        "info",
        "Rows are alike in every feature and differ in what is to be predicted",
        "No model can get all of these right; a column that tells them apart would help.",
    ),
    "GroupUnusable": Kind(
        "error",
        "There are too few groups to keep each on one side of the split",
        "At least three groups are needed: for training, validation and test. Name another column "
        "with the setting “group”, or leave it out.",
    ),
    "GroupOrder": Kind("info", "Rows of one group stay on one side of the split"),
    "TimeOrder": Kind("info", "The latest rows are the test, those before them the validation"),
    "TimeUnusable": Kind(
        "error",
        "The rows cannot be put in order of time",
        "The column that the setting “time” names needs three different times or more, written as "
        "2026-11-24, 24.11.2026 or a number. Correct it, or leave the setting out.",
    ),
}

_REQUEST: dict[str, Kind] = {
    "SettingsInvalid": Kind(
        "error",
        "The settings for this dataset cannot be used",
        "Correct them in the metadata of the upload or in the settings file of the dataset, then "
        "upload the data again.",
    ),
    "ColumnNotFound": Kind(
        "error",
        "A column that the settings name is not in the file",
        "Correct the setting, or the name of the column in the file, and upload again.",
    ),
    "PositiveClassNotFound": Kind(
        "error",
        "The positive class that the settings name is not among the values to predict",
        "Write it in the setting “positive_class” as it stands in the file, or leave the setting "
        "out, and upload again.",
    ),
    "CostCeilingExceeded": Kind(
        "error",
        "The run could cost more than the settings allow, so nothing was started",
        "Lower “max_runtime_seconds” or “tune”, choose cheaper machines, or raise “max_cost_usd”, "
        "the stack's too if that is lower; then upload the data again.",
    ),
    "TimeCeilingExceeded": Kind(
        "error",
        "The run could take longer than the settings allow, so nothing was started",
        "Lower “max_runtime_seconds”, “max_wait_seconds” or “tune”, or raise “max_hours”, the "
        "stack's too if that is lower; then upload the data again.",
    ),
    "UploadNotFound": Kind(
        "error", "The uploaded file is no longer in the bucket", "Upload the file again."
    ),
    "UploadReplaced": Kind(
        "error",
        "A newer version of the file was uploaded before this one was read",
        "Nothing needs doing: the newer version has a run of its own.",
    ),
}

SECTIONS: Mapping[str, Mapping[str, Kind]] = {
    "The file": _FILE,
    "Its columns": _COLUMNS,
    "The column to predict": _TARGET,
    "Its rows": _ROWS,
    "Settings and upload": _REQUEST,
}
KINDS: Mapping[str, Kind] = {
    code: kind for kinds in SECTIONS.values() for code, kind in kinds.items()
}
