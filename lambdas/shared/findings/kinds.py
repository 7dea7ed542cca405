"""The registry of everything that can be noticed in an upload; ``docs/preparing-data.md`` shows it.

Texts use typographic quotes, so they read the same in a notification and in HTML.
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
        ``info`` (an assumption or a fact), ``note`` (something is excluded), ``warning`` (it may
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
_SET_IF_WRONG = "If that is wrong, correct it with the setting “{}”."

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
    "NotCsv": Kind("error", "The uploaded file is not a CSV file", _SAVE_AS_CSV),
    "ArchiveUnusable": Kind(
        "error",
        "The compressed file cannot be unpacked into a single CSV file",
        "Upload the CSV file itself, or an archive that contains only that file and has "
        "no password.",
    ),
    "UnpackedTooLarge": Kind(
        "error",
        "The compressed file is larger than allowed once unpacked",
        "Check that it is the file you meant to upload. If so, upload the CSV file "
        "itself, or ask your AWS administrator to raise the stack's “max_unpacked_mb” or "
        "“max_unpack_ratio”: no upload can.",
    ),
    "UndecodableText": Kind(
        "error",
        "The file contains characters that are not valid in its encoding",
        "Save it as “CSV UTF-8”, or name its encoding with the setting “encoding”, then upload it "
        "again.",
    ),
    "NulBytes": Kind(
        "error",
        "The file contains null bytes, which never occur in text: it may be damaged",
        "Export the data again, then upload it.",
    ),
    "RaggedRows": Kind(
        "error",
        "Rows have more or fewer fields than the header",
        "Correct these rows: often a cell contains the delimiter or a line break and is "
        "not in quotation marks, or a title or total is not part of the table.",
    ),
    "BrokenQuotes": Kind(
        "error",
        "A quotation mark opens a cell and does not close it, or stands alone",
        "Correct these rows: inside a cell in quotation marks, each quotation mark must "
        "be doubled.",
    ),
    "TooManyColumns": Kind(
        "error",
        "The file has more columns than can be used",
        "Remove columns that cannot matter, or put measurements of the same kind in rows "
        "instead of columns.",
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
        "The text is not in UTF-8; its encoding was detected from its bytes",
        _SET_IF_WRONG.format("encoding"),
    ),
    "DelimiterAssumed": Kind(
        "info",
        "Fields are separated by a character other than a comma",
        _SET_IF_WRONG.format("delimiter"),
    ),
    "DecimalComma": Kind(
        "info", "Numbers are written with a decimal comma", _SET_IF_WRONG.format("decimal")
    ),
    "CommentLines": Kind("info", "Lines above the table that start with “#” are excluded"),
    "QuotesAssumed": Kind(
        "info",
        "Cells are enclosed or marked in another way than with doubled quotation marks",
        _SET_IF_WRONG.format("quote” or “escape"),
    ),
    "LinesAboveTable": Kind(
        "info",
        "Lines above the table, such as a title, are excluded",
        _SET_IF_WRONG.format("skip_rows"),
    ),
    "LinesBelowTable": Kind(
        "note",
        "Rows below the table, such as totals or notes, are excluded",
        _SET_IF_WRONG.format("skip_last_rows"),
    ),
    "SecondHeader": Kind(
        "note",
        "A line below the names that describes the columns, such as their units, is excluded",
        "If it is a row of the table, give it numbers where the others have numbers.",
    ),
    "RepeatedHeader": Kind(
        "note",
        "Rows that repeat the header are excluded, as files put together have them",
        "If several files were put together, check that none is in it twice.",
    ),
    "TrailingDelimiter": Kind("info", "Every row ends with a delimiter that separates nothing"),
    "LineEndsMixed": Kind(
        "info", "Lines end in different ways; all of these were read as the end of a row"
    ),
    "NoHeader": Kind(
        "warning",
        "The first row looks like data, so the columns have no names in the file",
        "If the first row contains the names, set “header: yes”; better still, give every"
        " column a name.",
    ),
    "RowNames": Kind(
        "info",
        "The header has one column fewer than the rows, so the first column is read as row names",
    ),
}

_COLUMNS: dict[str, Kind] = {
    "UnnamedColumn": Kind(
        "info", "A column has no name in the file", "Give every column a name of its own."
    ),
    "DuplicateColumnName": Kind(
        "warning", "Several columns have the same name", "Give every column a name of its own."
    ),
    "IgnoredColumn": Kind("note", "A column is excluded because the settings say so"),
    "EmptyColumn": Kind("note", "A column is excluded because it is empty"),
    "ConstantColumn": Kind("note", "A column is excluded because it never changes"),
    "IndexColumn": Kind("note", "A column is excluded because it only numbers the rows"),
    "IdentifierColumn": Kind(
        "note", "A column is excluded because it only identifies rows (an ID)"
    ),
    "MostlyMissing": Kind(
        "warning",
        "A column is empty in nearly every row",
        "Fill it in, or exclude it with the setting “ignore”.",
    ),
    "MixedTypes": Kind(
        "warning",
        "A column contains numbers and some other text",
        "Correct the cells, list what stands for “no value” in the setting “missing”, or the "
        "column in “numbers” or “codes” to have it read as the one or the other.",
    ),
    "WrittenNumbers": Kind(
        "info",
        "Numbers are written with units or with signs between their digits",
        "If they are names rather than numbers, list the column in the setting “codes”.",
    ),
    "NumbersAmbiguous": Kind(
        "info",
        "Numbers such as 1,234 could have thousands or decimals; the column does not show which",
        _SET_IF_WRONG.format("decimal” or “thousands"),
    ),
    "CodeColumn": Kind(
        "info",
        "A column of digits contains codes rather than numbers, so that 00501 is not 501",
        "If they are numbers to compute with, list the column in the setting “numbers”.",
    ),
    "CodesExcluded": Kind(
        "warning",
        "A column of codes is excluded because nearly every row has a code of its own",
        "If they are numbers to compute with, list the column in the setting “numbers”; if their "
        "first digits say something, put these into a column of their own.",
    ),
    "NumbersExcluded": Kind(
        "warning",
        "A column is excluded because nearly every row has a value of its own, and these are made "
        "of digits but are not numbers",
        "If they are measurements, such as 120/80, put each number into a column of its own.",
    ),
    "MixedUnits": Kind(
        "warning",
        "A column contains numbers in several units",
        "Convert them to one unit, or list the column in the setting “numbers”: cells in its most "
        "frequent unit are then read, and the others are missing.",
    ),
    "LimitsTaken": Kind(
        "info",
        "Cells contain a limit of measurement, such as “<5”; the limit itself is taken",
        "If it should count as missing instead, leave such cells empty.",
    ),
    "SentinelSuspected": Kind(
        "warning",
        "Numbers such as -999 or 9999, far from all others, may stand for “no value”",
        "If so, list them in the setting “missing”.",
    ),
    "UnusableNumbers": Kind(
        "warning",
        "Numbers are infinite or too large to compute with; they count as missing",
        "Find out where these values come from.",
    ),
    "DateColumn": Kind(
        "info",
        "A column contains dates or times",
        "If the date itself should not matter, replace it with a duration, such as an age.",
    ),
    "DatesAmbiguous": Kind(
        "warning",
        "Dates such as 01/02/2021 could have the day first or the month first",
        "If they are read wrongly, say how they are written with the setting “dates”.",
    ),
    "BooleanColumn": Kind("info", "A column contains yes or no, in one of its usual forms"),
    "SpellingsUnified": Kind(
        "info",
        "Categories or classes that differ only in case, blanks or the form of letters are one",
        "If they are different ones, list the column in the setting “codes”.",
    ),
    "SpellingsKept": Kind(
        "info",
        "Short codes that differ only in case are kept apart, as case may matter in them",
        "If it does not, list the column in the setting “any_case”.",
    ),
    "FreeText": Kind(
        "info",
        "A column contains free text of many words; it is used as a feature",
        "If something particular in it matters, put that into a column of its own.",
    ),
    "ManyCategories": Kind(
        "warning",
        "A text column has so many categories that most are too rare to learn from",
        "Merge categories, or exclude the column with the setting “ignore”.",
    ),
    "LeakageSuspected": Kind(
        "warning",
        "Possible leakage: a single column determines the column to predict",
        "If it is known only after the outcome, or is the outcome in other words, exclude"
        " it with the setting “ignore”: the model would be useless in practice.",
    ),
    "WideData": Kind(
        "warning",
        "There are more columns to learn from than rows",
        "Remove columns that cannot matter, or add rows; with so many columns, some match"
        " the target by chance.",
    ),
}

_TARGET: dict[str, Kind] = {
    "TargetNotFound": Kind(
        "error",
        "The settings name a column to predict that is not in the file",
        "Correct the setting “target”, or the name of the column in the file, and upload again.",
    ),
    "NoUsableTarget": Kind(
        "error",
        "The file has no column that can be predicted",
        "Name the column to predict with the setting “target”, and check that it is filled in.",
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
        "Name another column with the setting “target”, merge its values into fewer, or, "
        "if they are numbers to estimate, set “task: regression”.",
    ),
    "TaskUnfit": Kind(
        "error",
        "The column to predict does not fit the task given in the settings",
        "Correct the setting “task”, or remove it: the task is then inferred from the data.",
    ),
    "TargetMissing": Kind("note", "Rows without a value to predict are excluded"),
    "TargetNoNumber": Kind(
        "note", "Rows whose value to predict is a word or too large a number are excluded"
    ),
    "TargetMostlyMissing": Kind(
        "warning",
        "The column to predict is empty in most rows",
        "Check that it is the right column: nothing can be learned from rows without it.",
    ),
    "TaskAssumed": Kind(
        "info",
        "The whole numbers to predict could be classes as well as amounts",
        "If they are amounts to estimate, set “task” to “regression”; if they are classes, to "
        "“multiclass”.",
    ),
    "RareClass": Kind(
        "warning",
        "Values to predict that are too rare are excluded, with their rows",
        "Collect more rows of rare outcomes, or merge them into one.",
    ),
    "ManyClasses": Kind(
        "warning",
        "The column to predict has many different values",
        "Merge them into fewer if that answers the same question.",
    ),
    "ImbalancedClasses": Kind(
        "warning",
        "One outcome is so frequent that always predicting it would nearly always be right",
        "Judge the model by its balanced accuracy, sensitivity and specificity, not by accuracy.",
    ),
    "UntestedClass": Kind(
        "warning",
        "Some values to predict are not in the test set",
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
        "With so few rows the results are uncertain: metrics of the test set may be far "
        "off by chance",
        "Add more rows.",
    ),
    "NoUsableFeatures": Kind(
        "error",
        "There is no column to predict from",
        "Add columns that describe each row and differ between rows, and upload again.",
    ),
    "RepeatedRows": Kind(
        "info",
        "Rows are equal to earlier ones in every feature: copies, which the split keeps together, "
        "or equal by nature, which it treats like any others",
    ),
    "ContradictoryRows": Kind(
        "info",
        "Rows have the same features but different values to predict",
        "No model can get all of these right; a column that distinguishes them would help.",
    ),
    "GroupUnusable": Kind(
        "error",
        "There are too few groups to divide them between training, validation and test",
        "At least three groups are needed. Name another column with the setting “group”, "
        "or remove the setting.",
    ),
    "GroupOrder": Kind(
        "info", "Rows of the same group are never split between training, validation and test"
    ),
    "TestRowsLimited": Kind(
        "info",
        "The file has so many rows that fewer of them are tested than their share, and more are "
        "for training",
        "The intervals are those of the rows tested. To test more, raise the setting "
        "“test_rows_limit”.",
    ),
    "TimeOrder": Kind(
        "info", "The latest rows are the test set, those before them the validation set"
    ),
    "TimeUnusable": Kind(
        "error",
        "The rows cannot be put in chronological order",
        "The column given in the setting “time” needs at least three different times, "
        "written as 2026-11-24, 24.11.2026 or a number. Correct it, or remove the "
        "setting.",
    ),
}

_REQUEST: dict[str, Kind] = {
    "SettingsInvalid": Kind(
        "error",
        "The settings for this dataset cannot be used",
        "Correct them in the metadata of the upload or in the settings file of the dataset, then "
        "upload the data again.",
    ),
    "SettingRenamed": Kind(
        "info",
        "A setting is given by its former name, which still works",
        "Use the new name from now on.",
    ),
    "NotExported": Kind(
        "warning",
        "The model was not written in the format that the setting “export” asks for",
        "The model itself is whole: “predict.py” in its archive answers on any machine.",
    ),
    "ColumnNotFound": Kind(
        "error",
        "A column named in the settings is not in the file",
        "Correct the setting, or the name of the column in the file, and upload again.",
    ),
    "PositiveClassNotFound": Kind(
        "error",
        "The positive class given in the settings is not among the values to predict",
        "Write it in the setting “positive_class” exactly as in the file, or remove the "
        "setting, and upload again.",
    ),
    "PositiveClassAssumed": Kind(
        "info",
        "The names of the two classes do not say which one is looked for, so the second in "
        "alphabetical order counts as positive",
        _SET_IF_WRONG.format("positive_class"),
    ),
    "RowsDrawn": Kind(
        "warning",
        "Training takes only a part of the rows, as all of them would not fit into its machine's "
        "memory",
        "To train on all rows, set “algorithm” to xgboost and “training_instance_count” to auto, "
        "or choose larger machines with “training_instance_types”; then upload the data again.",
    ),
    "CostCeilingExceeded": Kind(
        "error",
        "The run could cost more than the settings allow, so nothing was started",
        "Lower “max_runtime_seconds”, “training_instance_count” or “tune”, choose cheaper "
        "machines, or raise “max_cost_usd”, the stack's too if that is lower; then upload the data "
        "again.",
    ),
    "TimeCeilingExceeded": Kind(
        "error",
        "The run could take longer than the settings allow, so nothing was started",
        "Lower “max_runtime_seconds”, “max_wait_seconds” or “tune”, or raise “max_hours”, the "
        "stack's too if that is lower; then upload the data again.",
    ),
    "NamesTooLong": Kind(
        "error",
        "Names in the upload or its settings are longer than the workflow can pass on",
        "Shorten the target column's name or its classes' names, or the lists in the settings, and "
        "upload again.",
    ),
    "UploadNotFound": Kind(
        "error",
        "The uploaded file was deleted before it was read, so it was not used",
        "If it is to be used, upload it again.",
    ),
    "UploadLocked": Kind(
        "error",
        "The uploaded file is in the bucket, and S3 does not hand it out",
        "Upload the file again without a key of your own (SSE-C) and in the storage class "
        "STANDARD: the bucket encrypts it by itself.",
    ),
    "UploadReplaced": Kind(
        "error",
        "A newer version of the file was uploaded before this one was read, so this one was not "
        "used",
        "No action is needed: the newer version has a run of its own.",
    ),
    "PartsMissing": Kind(
        "error",
        "Part files of the uploaded folder are missing",
        "Upload them to the folder, then put its _SUCCESS or _manifest.json there again: that "
        "starts a new run.",
    ),
    "PartsChanged": Kind(
        "error",
        "Part files of the uploaded folder were replaced or deleted while they were read",
        "Once all of them are complete, put the folder's _SUCCESS or _manifest.json there again: "
        "that starts a new run.",
    ),
    "PartsDiffer": Kind(
        "error",
        "The part files of the uploaded folder do not have the same columns",
        "Write all of them with the same columns in the same order, each with a header. If none "
        "has one, set “header: no”.",
    ),
    "FolderUnusable": Kind(
        "error",
        "The uploaded folder cannot be read as the part files of one table",
        "Put all part files into one folder, with every column in each, and _SUCCESS or a list of "
        "them in _manifest.json beside them.",
    ),
}

_PREDICTED: dict[str, Kind] = {
    "NoChampion": Kind(
        "error",
        "There is no model to predict with: this dataset has no champion yet",
        "Train one: upload a CSV file that has the column to predict to the dataset's folder under "
        "“incoming/”. If a model waits for approval, approve it in the model registry. Then upload "
        "the rows again.",
    ),
    "ModelNotFound": Kind(
        "error",
        "The model named by the setting “model_version” is not in the model registry",
        "Give the number of a version, or the name of the run that trained it, or remove the "
        "setting to predict with the champion; then upload the rows again.",
    ),
    "ModelUndescribed": Kind(
        "error",
        "What the model was trained on is no longer described in the bucket",
        "Restore the model's folder under “datasets/”, or train a new model; then upload the rows "
        "again.",
    ),
    "EndpointNotServing": Kind(
        "error",
        "No endpoint can answer these rows, as the setting “predict_with” asks for",
        "Set “predict_with” to “auto” or remove it, so that a batch transform job answers them. "
        "For an endpoint, train with “serve: true”, leave “model_version” to the champion, and "
        "split large files. Then upload the rows again.",
    ),
    "EndpointNotUsed": Kind("info", "The dataset has an endpoint that did not answer these rows"),
    "ColumnMissing": Kind(
        "error",
        "A column that the model needs is not in the file",
        "Add the column under exactly this name; its cells may be empty. Then upload the file "
        "again.",
    ),
    "CellUnreadable": Kind(
        "error",
        "Cells cannot be read as the model needs them",
        "Correct these cells or leave them empty. If they are written in another way than in "
        "training, such as with another decimal sign, say so with the settings “decimal” and "
        "“missing”. Then upload the file again.",
    ),
    "TargetKept": Kind("info", "The column to predict is in the file; the model does not see it"),
    "TargetUnusable": Kind(
        "note",
        "Some cells of the column to predict are empty or cannot be read as in training",
        "Their rows are predicted as all others. Correct the cells if the metrics should count "
        "them.",
    ),
    "TooFewTargets": Kind(
        "note",
        "Too few rows have a value in the column to predict to measure the predictions",
    ),
    "RowsSeen": Kind(
        "warning",
        "Many rows are among those that the model was trained on",
        "Measure a model on rows that it has not seen.",
    ),
    "ColumnUnknown": Kind("info", "The file has columns that the model does not use"),
    "CategoryUnseen": Kind(
        "warning",
        "A column has categories that did not occur in training, so the model knows nothing of "
        "them",
        "Check how they are written. If they are new, train again with rows that have them.",
    ),
    "OutOfRange": Kind(
        "warning",
        "A column has numbers smaller or larger than any in training",
        "Check the unit and the decimal sign. The model has never seen such numbers.",
    ),
    "MoreGaps": Kind(
        "warning",
        "A column has far more empty cells than in training",
        "Check that the data was exported completely.",
    ),
}

_ACTUALS: dict[str, Kind] = {
    "NothingPredicted": Kind(
        "error",
        "There are no predictions of this dataset that the file could be compared with",
        "Drop rows to predict under “predict/” first, and keep what is then written under "
        "“predictions/”.",
    ),
    "ActualsTooLarge": Kind(
        "error",
        "The file of what really happened is too large",
        "Upload only the column that identifies rows and the one that was predicted, or several "
        "files.",
    ),
    "ActualsMissing": Kind(
        "error",
        "The column that was predicted is not in the file",
        "Add what really happened in a column of exactly this name, and upload the file again.",
    ),
    "KeyUnclear": Kind(
        "error",
        "Which column identifies rows is not clear",
        "Name it with the setting “key”, in “settings/” or the metadata of the file. It must be in "
        "this file and in the files of rows that were predicted. Then upload the file again.",
    ),
    "NothingMatched": Kind(
        "error",
        "No row of the file says what happened to a row that was predicted",
        "Check that the column that identifies rows is written as in the rows that were predicted: "
        "upper and lower case and leading zeros count. Then upload the file again.",
    ),
    "KeyAssumed": Kind(
        "info", "The column that identifies rows was found by itself", _SET_IF_WRONG.format("key")
    ),
    "ActualsUnknown": Kind("info", "Some rows do not say yet what happened"),
    "ActualsUnused": Kind(
        "note",
        "Some rows of the file cannot be compared with a prediction",
        "Correct them and upload the file again, under any name.",
    ),
    "ActualsContradictory": Kind(
        "warning",
        "The file says different things of the same row, so none of them counts",
        "Keep the right one and upload the file again.",
    ),
    "PredictionsRepeated": Kind(
        "note",
        "Rows were predicted several times in one file under the same key, so they do not count",
        "Name a column with the setting “key” whose values differ in each row.",
    ),
    "PredictionsLeftOut": Kind("note", "Some stored predictions were not looked at"),
}

_DRIFT: dict[str, Kind] = {
    "Drifted": Kind(
        "warning",
        "A column is distributed very differently than when the champion was trained",
        "Check how the column is measured and exported. If the change is real, train with the new "
        "rows: what the champion has learned may no longer hold.",
    ),
    "DriftedSlightly": Kind(
        "info", "A column is distributed somewhat differently than when the champion was trained"
    ),
    "DriftedTogether": Kind(
        "warning",
        "No column for itself has drifted far, but together they are unlike those that the "
        "champion was trained on",
        "Many columns may have changed a little, as after a change of the source or of who is in "
        "the file. If it is to stay so, train with the new rows.",
    ),
    "PredictionsDrifted": Kind(
        "warning",
        "The model predicts very different classes or numbers than for its test rows",
        "Look whether columns have drifted. If these rows really are so different, the model has "
        "seen few like them, and its figures may not hold for them.",
    ),
    "PredictionsDriftedSlightly": Kind(
        "info",
        "The model predicts somewhat different classes or numbers than for its test rows",
    ),
}

SECTIONS: Mapping[str, Mapping[str, Kind]] = {
    "The file": _FILE,
    "Its columns": _COLUMNS,
    "The column to predict": _TARGET,
    "Its rows": _ROWS,
    "Settings and upload": _REQUEST,
    "New rows to predict": _PREDICTED,
    "What really happened": _ACTUALS,
    "Beside the champion's data": _DRIFT,
}
KINDS: Mapping[str, Kind] = {
    code: kind for kinds in SECTIONS.values() for code, kind in kinds.items()
}
