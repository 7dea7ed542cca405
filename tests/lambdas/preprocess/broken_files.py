"""Files as they should not be, and as they are found: each with what must be noticed.

A case is a file's bytes, the settings given with it, and the codes expected: those of errors end
the run, the others are among the findings of a run that goes on.
"""

import gzip
import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """One file.

    Parameters
    ----------
    content : bytes
    codes : tuple of str
        Codes that must be among the findings or errors.
    settings : dict
    says : tuple of str
        Words that some finding's message must have.
    columns : tuple of str or None
        Names that the columns must have.
    """

    content: bytes
    codes: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None


def lines(header: str, cell: Callable[[int], str], rows: int = 60) -> list[str]:
    return [header, *(cell(i) for i in range(rows))]


def table(header: str = "a,b,target", rows: int = 60, mark: str = ",") -> list[str]:
    body = (f"{i * 37 % 61},{i * 7 % 13},{'yes' if i % 2 else 'no'}" for i in range(rows))
    return [line.replace(",", mark) for line in (header, *body)]


def text(records: list[str], end: str = "\n") -> str:
    return end.join([*records, ""])


def data(records: list[str], end: str = "\n", encoding: str = "utf-8") -> bytes:
    return text(records, end).encode(encoding)


def changed(row: int, line: str, records: list[str] | None = None) -> list[str]:
    """Replace one row, counted as a spreadsheet does."""
    records = list(records or table())
    records[row - 1] = line
    return records


def zipped(members: dict[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return archive.getvalue()


GOOD = data(table())
GOOD_COLUMNS = ("a", "b", "target")
NAMES = ("Zoé", "François", "Hélène", "Jérôme", "Anaïs", "Noël", "Maëlle")
RUSSIAN = ("Иван", "Ольга", "Пётр", "Москва", "Казань", "Сочи")


def named(names: tuple[str, ...], encoding: str, header: str = "name,b,target") -> bytes:
    body = [f"{names[i % len(names)]},{i % 13},{'yes' if i % 2 else 'no'}" for i in range(60)]
    return data([header, *body], encoding=encoding)


def column(cells: list[str], code: str) -> Case:
    """Return a case of one column with these cells, over and over."""
    rows = [f'"{cells[i % len(cells)]}",{i * 37 % 61},{"ab"[i % 2]}' for i in range(90)]
    return Case(data(["x,n,target", *rows]), (code,))


def _random_bytes(size: int) -> bytes:
    return b"".join(hashlib.sha256(bytes([i])).digest() for i in range(size // 32))


BROKEN: dict[str, Case] = {
    # other kinds of files
    "empty": Case(b"", ("EmptyFile",)),
    "blank lines": Case(b"\n\n  \n", ("EmptyFile",)),
    "comments only": Case(b"# nothing\n# here\n", ("EmptyFile",)),
    "header only": Case(b"a,b,target\n", ("HeaderOnly",)),
    "xlsx": Case(zipped({"[Content_Types].xml": b"x", "xl/workbook.xml": b"x"}), ("NotCsv",),
                 says=("Excel",)),
    "ods": Case(zipped({"mimetype": b"x", "content.xml": b"x"}), ("NotCsv",)),
    "xls": Case(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ("NotCsv",), says=("Excel",)),
    "parquet": Case(b"PAR1\x15\x04\x15" + b"\0" * 40 + b"PAR1", ("NotCsv",), says=("Parquet",)),
    "json": Case(b'{"rows": [{"a": 1}]}', ("NotCsv",), says=("JSON",)),
    "json lines": Case(b'{"a": 1}\n{"a": 2}\n', ("NotCsv",), says=("JSON",)),
    "json array": Case(b'[{"a": 1},\n {"a": 2}]', ("NotCsv",), says=("JSON",)),
    "html": Case(b"\n<!DOCTYPE html><html><table></table></html>", ("NotCsv",), says=("web",)),
    "xml": Case(b'\xef\xbb\xbf<?xml version="1.0"?><a/>', ("NotCsv",), says=("XML",)),
    "pdf": Case(b"%PDF-1.7\n%\xe2\xe3", ("NotCsv",), says=("PDF",)),
    "png": Case(b"\x89PNG\r\n\x1a\n" + b"\0" * 50, ("NotCsv",), says=("image",)),
    "jpeg": Case(b"\xff\xd8\xff\xe0\0\x10JFIF" + b"\0" * 50, ("NotCsv",), says=("image",)),
    "sqlite": Case(b"SQLite format 3\0" + b"\0" * 50, ("NotCsv",)),
    "tar.gz": Case(gzip.compress(b"a.csv".ljust(257, b"\0") + b"ustar" + b"\0" * 250),
                   ("NotCsv",), says=("tar",)),
    "noise": Case(b"\x01" + _random_bytes(4000), ("NotCsv",), says=("binary",)),
    # compression
    "gzip": Case(gzip.compress(GOOD), ("ArchiveUnpacked",), columns=GOOD_COLUMNS),
    "gzip of two members": Case(gzip.compress(GOOD[:300]) + gzip.compress(GOOD[300:]),
                                ("ArchiveUnpacked",), columns=GOOD_COLUMNS),
    "zip": Case(zipped({"folder/": b"", "folder/a.csv": GOOD, "__MACOSX/._a.csv": b"x"}),
                ("ArchiveUnpacked",), columns=GOOD_COLUMNS),
    "zip of two": Case(zipped({"a.csv": GOOD, "b.csv": GOOD}), ("ArchiveUnusable",),
                       says=("2 files",)),
    "zip of none": Case(zipped({}), ("ArchiveUnusable",)),
    "zip in gzip": Case(gzip.compress(zipped({"a.csv": GOOD})), ("NotCsv",)),
    "gzip cut off": Case(gzip.compress(GOOD)[:-20], ("ArchiveUnusable",), says=("cut off",)),
    "zip cut off": Case(zipped({"a.csv": GOOD})[:-30], ("ArchiveUnusable",)),
    "gzip bomb": Case(gzip.compress(b"a,b\n" + b"0" * (70 << 20)), ("UnpackedTooLarge",),
                      says=("times",)),
    "zip bomb": Case(zipped({"a.csv": b"0" * (3 << 20)}), ("UnpackedTooLarge",),
                     {"max_unpacked_mb": 2}, says=("more than 2 MB",)),
    # encodings
    "utf-8 with mark": Case(b"\xef\xbb\xbf" + GOOD, (), columns=GOOD_COLUMNS),
    "utf-16": Case(data(table(), encoding="utf-16"), ("EncodingAssumed",), columns=GOOD_COLUMNS),
    "utf-16 big-endian": Case(b"\xfe\xff" + data(table(), encoding="utf-16-be"),
                              ("EncodingAssumed",), columns=GOOD_COLUMNS),
    "utf-16 without mark": Case(data(table(), encoding="utf-16-le"), ("EncodingAssumed",),
                                says=("UTF-16",), columns=GOOD_COLUMNS),
    "windows-1252": Case(named(NAMES, "cp1252"), ("EncodingAssumed",), says=("Windows-1252",)),
    "one accent": Case(data(changed(9, "5,6,né"), encoding="latin-1"), ("EncodingAssumed",),
                       says=("Windows-1252",)),
    "header with degrees": Case(data(table("T (°C),b,target"), encoding="cp1252"),
                                ("EncodingAssumed",), columns=("T (°C)", "b", "target")),
    "cyrillic": Case(named(RUSSIAN, "cp1251", "имя,b,target"), ("EncodingAssumed",),
                     columns=("имя", "b", "target")),
    "a stray byte in utf-8": Case(named(NAMES, "utf-8") + b"caf\xe9,1,yes\n",
                                  ("UndecodableText",), says=("line 62",)),
    "encoding set and wrong": Case(named(NAMES, "cp1252"), ("UndecodableText",),
                                   {"encoding": "utf-8"}),
    "encoding set": Case(named(NAMES, "mac_roman"), (), {"encoding": "mac-roman"}),
    "zero bytes": Case(GOOD.replace(b"yes", b"y\0s", 1), ("NulBytes",), says=("line 3",)),
    # dialects
    "semicolons": Case(data(table(mark=";")), ("DelimiterAssumed",), columns=GOOD_COLUMNS),
    "tabs": Case(data(table(mark="\t")), ("DelimiterAssumed",), columns=GOOD_COLUMNS),
    "pipes": Case(data(table(mark="|")), ("DelimiterAssumed",), columns=GOOD_COLUMNS),
    "excel's hint": Case(b"sep=;\r\n" + data(table(mark=";"), "\r\n"), (), columns=GOOD_COLUMNS),
    "decimal comma": Case(
        data(lines("x;target", lambda i: f"{i},{i % 10};{'ab'[i % 2]}")), ("DecimalComma",)),
    "old mac lines": Case(data(table(), "\r"), (), columns=GOOD_COLUMNS),
    "mixed line ends": Case(data(table(), "\r\n") + data(table()[1:]), ("LineEndsMixed",),
                            columns=GOOD_COLUMNS),
    "comment lines": Case(b"# made by hand\n#\n" + GOOD, ("CommentLines",), columns=GOOD_COLUMNS),
    "blank lines above": Case(b"\n\n" + GOOD, (), columns=GOOD_COLUMNS),
    "header in a comment": Case(b"##v1\n#a,b,target\n" + GOOD.split(b"\n", 1)[1], (),
                                columns=("#a", "b", "target")),
    "trailing delimiters": Case(data([table()[0], *(line + "," for line in table()[1:])]),
                                ("TrailingDelimiter",), columns=(*GOOD_COLUMNS, "col_4")),
    "row names": Case(data([table()[0], *(f"r{i},{line}" for i, line in enumerate(table()[1:]))]),
                      ("RowNames", "UnnamedColumn"), columns=("col_1", *GOOD_COLUMNS)),
    "no header": Case(data(table()[1:]), ("NoHeader",), columns=("col_1", "col_2", "col_3")),
    "header of years": Case(
        data(lines("country,1990,1991,target", lambda i: f"c{i % 5},{i}.5,{i % 7},{i % 2}")), (),
        columns=("country", "1990", "1991", "target")),
    "header denied": Case(data(table()), ("NoHeader",), {"header": "no", "target": "col_3"},
                          columns=("col_1", "col_2", "col_3")),
    "backslashes": Case(
        data(lines("x,t,target", lambda i: rf'{i % 7},"a \"b\" {i % 3}",{i % 2}')), (),
        columns=("x", "t", "target")),
    "quoted newlines": Case(
        data(lines('"a\nname",b,target', lambda i: f'"{i % 5}\nx",{i % 7},{i % 2}')), (),
        columns=("a\nname", "b", "target")),
    # rows
    "ragged": Case(data(changed(8, "1,2", changed(31, "1,2,3,4"))), ("RaggedRows",),
                   says=("row 8 has 2 fields", "row 31 has 4 fields")),
    "ragged below comments": Case(b"#c\n#d\n" + data(changed(8, "1,2")), ("RaggedRows",),
                                  says=("row 10 has 2",)),
    "ragged below quoted newlines": Case(
        data(changed(9, "1,2", changed(4, '"1\n2",3,no'))), ("RaggedRows",),
        says=("row 9 has 2",)),
    "ragged below blank lines": Case(data(changed(9, "1,2", changed(4, ""))), ("RaggedRows",),
                                     says=("row 9 has 2",)),
    "a footer": Case(data([*table(), "Total: 60"]), ("LinesBelowTable",), says=("row 62",)),
    "open quote": Case(data([*table(), '1,"2,no']), ("BrokenQuotes",), says=("row 62",)),
    "stray quote": Case(data(changed(5, '"1"x,2,no')), ("BrokenQuotes",), says=("row 5",)),
    "too few rows": Case(data(table(rows=7)), ("TooFewRows",), says=("7 rows",)),
    "too many columns": Case(data([",".join(f"c{i}" for i in range(30_000))] * 3),
                             ("TooManyColumns",)),
    # columns
    "same name twice": Case(data(table("a,a,target")), ("DuplicateColumnName",),
                            columns=("a", "a (2)", "target")),
    "no name": Case(data(table("a,,target")), ("UnnamedColumn",), columns=("a", "col_2", "target")),
    "empty column": Case(data(lines("x,e,target", lambda i: f"{i % 7},,{i % 2}")),
                         ("EmptyColumn",)),
    "constant column": Case(data(lines("x,c,target", lambda i: f"{i % 7},5,{i % 2}")),
                            ("ConstantColumn",)),
    "index": Case(data(lines("n,x,target", lambda i: f"{i},{i % 7},{i % 2}")), ("IndexColumn",)),
    "identifier": Case(data(lines("x,name,target", lambda i: f"{i % 7},p{i * 7},{i % 2}")),
                       ("IdentifierColumn",)),
    "ignored": Case(GOOD, ("IgnoredColumn",), {"ignore": "b"}),
    "ignored and not there": Case(GOOD, ("ColumnNotFound",), {"ignore": "bb"}, says=("bb",)),
    "mixed types": Case(
        data(lines("x,age,target", lambda i: f"{i % 7},{'old' if i == 9 else i * 3},{i % 2}")),
        ("MixedTypes",), says=("row 11",)),
    "dates": Case(
        data(lines("day,x,target", lambda i: f"2024-0{i % 9 + 1}-1{i % 8},{i % 7},{i % 2}")),
        ("DateColumn",)),
    "booleans": Case(data(lines("s,x,target", lambda i: f"{i % 3 == 0},{i % 7},{i % 2}")),
                     ("BooleanColumn",)),
    "free text": Case(
        data(lines("note,x,target",
                   lambda i: f"the patient says that it hurts {i} times a day,{i % 7},{i % 2}")),
        ("FreeText",)),
    "mostly missing": Case(
        data(lines("m,x,target", lambda i: f"{i if i % 30 == 0 else ''},{i % 7},{i % 2}", 90)),
        ("MostlyMissing",)),
    "leak": Case(data(lines("x,code,target", lambda i: f"{i % 7},{'qr'[i % 2]},{'ab'[i % 2]}")),
                 ("LeakageSuspected",)),
    "wide": Case(
        data([",".join([*(f"c{i}" for i in range(90)), "target"]),
              *(",".join([*(str(i * j % 97) for j in range(2, 92)), str(i % 2)])
                for i in range(40))]), ("WideData",)),
    "infinite": Case(data(lines("x,target", lambda i: f"{'inf' if i == 3 else i % 7},{i % 2}")),
                     ("UnusableNumbers",)),
    "other words for missing": Case(
        data(lines("x,target", lambda i: f"{'none' if i == 3 else i % 37},{i % 2}")), (),
        {"missing": "none, unknown"}),
    # target
    "no such target": Case(GOOD, ("TargetNotFound",), {"target": "traget"},
                           says=("did you mean “target”",)),
    "target empty": Case(data(lines("x,target", lambda i: f"{i % 7},")), ("NoUsableTarget",)),
    "target constant": Case(data(lines("x,target", lambda i: f"{i % 7},a")), ("SingleClass",)),
    "target mostly empty": Case(
        data(lines("x,target", lambda i: f"{i % 17},{i % 2 if i < 90 else ''}", 300)),
        ("TargetMissing", "TargetMostlyMissing")),
    "single members": Case(
        data(lines("x,target", lambda i: f"{i % 7},{'ab'[i % 2] if i > 1 else f'c{i}'}")),
        ("RareClass",)),
    "classes without end": Case(data(lines("x,target", lambda i: f"{i % 7},w{i}")),
                                ("TooManyClasses",)),
    "many classes": Case(data(lines("x,target", lambda i: f"{i % 7},w{i % 40}", 400)),
                         ("ManyClasses",)),
    "imbalanced": Case(
        data(lines("x,target", lambda i: f"{i * 7 % 31},{'a' if i % 50 == 0 else 'b'}", 500)),
        ("ImbalancedClasses",)),
    "text for regression": Case(GOOD, ("TaskUnfit",), {"task": "regression"}),
    "few rows": Case(data(table(rows=40)), ("FewRows",)),
    "rows repeat": Case(data([*table(), *table()[1:]]), ("RepeatedRows",)),
    # several at once, and settings
    "everything wrong": Case(
        data([*lines("x,target", lambda i: f"{i % 7},a"), "1"]),
        ("SettingsInvalid", "RaggedRows", "SingleClass"), {"tsak": "binary"}),
    "contradiction": Case(GOOD, ("SettingsInvalid",), {"ignore": "target", "target": "target"},
                          says=("“ignore” names the column",)),
    "two commas": Case(GOOD, ("SettingsInvalid",), {"delimiter": "comma", "decimal": "comma"}),
    "no such encoding": Case(GOOD, ("SettingsInvalid",), {"encoding": "utf-9"}),
    # the other kinds of findings, each by its smallest file
    "quotes like 6'": Case(
        data(lines("x,t,target", lambda i: rf'{i % 7},"a \"b\" {i % 3}",{i % 2}')),
        ("QuotesAssumed",)),
    "a title above": Case(b"Patients of 2024,,\n" + GOOD, ("LinesAboveTable",)),
    "a rule below the header": Case(b"a|b|target\n---|---|---\n" + data(table(mark="|")[1:]),
                                    ("SecondHeader",)),
    "the header again": Case(data([*table(), *table()]), ("RepeatedHeader",)),
    "currencies": column(["$5", "5 USD", "-$1,000"], "WrittenNumbers"),
    "three digits after a comma": column(["1,234", "2,500"], "NumbersAmbiguous"),
    "zeros in front": column(["00501", "0502", "13"], "CodeColumn"),
    "codes of nearly every row": column([f"{i * 7919 % 100_000:05}" for i in range(90)],
                                        "CodesExcluded"),
    "blood pressures": column([f"{100 + i}/{60 + i % 30}" for i in range(90)], "NumbersExcluded"),
    "several units": column(["5 kg", "7 lb", "9 kg"], "MixedUnits"),
    "limits": column(["<5", "7", "> 40", "90+"], "LimitsTaken"),
    "nines for missing": column(["-999" if i % 9 == 0 else str(i * 37 % 60) for i in range(90)],
                                "SentinelSuspected"),
    "days or months": column(["03/04/2021", "03/04/2022"], "DatesAmbiguous"),
    "spellings of one": column(["smoker", "Smoker", "non-smoker"], "SpellingsUnified"),
    "codes by case": column(["A", "a", "B", "b"], "SpellingsKept"),
    "many categories": Case(
        data(lines("x,n,target", lambda i: f"w{i % 150}x,{i * 37 % 61},{i % 2}", 400)),
        ("ManyCategories",)),
    "numbers for classes": Case(data(lines("x,target", lambda i: f"{i * 7 % 31},{i % 5}", 90)),
                                ("TaskAssumed",)),
    "a target in part a number": Case(
        data(lines("x,target", lambda i: f"{i * 7 % 31},{'inf' if i == 9 else i * 3.5}", 90)),
        ("TargetNoNumber",), {"task": "regression"}),
    "groups": Case(data(table()), ("GroupOrder",), {"group": "b"}),
    "too few groups": Case(data(lines("x,g,target", lambda i: f"{i % 7},{i % 2},{i % 2}")),
                           ("GroupUnusable",), {"group": "g"}),
    "a class of one group": Case(
        data(lines("x,g,target", lambda i: f"{i % 7},{i // 10},{'c' if i < 10 else 'ab'[i % 2]}")),
        ("UntestedClass",), {"group": "g"}),
    "more rows than are tested": Case(
        data(table(rows=7000)), ("TestRowsLimited",), {"test_rows_limit": 1000},
        ("not the 1,050 of “test_fraction”", "not the 1,050 of “validation_fraction”")),
    "times": Case(
        data(lines("day,x,target", lambda i: f"2024-0{i % 9 + 1}-1{i % 8},{i % 7},{i % 2}")),
        ("TimeOrder",), {"time": "day"}),
    "times that are none": Case(
        data(lines("day,x,target", lambda i: f"2024-0{i % 9 + 1}-{'?' if i == 5 else 10},"
                                             f"{i % 7},{i % 2}")),
        ("TimeUnusable",), {"time": "day"}),
    "a target alone": Case(data(lines("id,target", lambda i: f"{i},{i % 2}")),
                           ("NoUsableFeatures",)),
    "copies that contradict": Case(data(lines("x,target", lambda i: f"{i % 7},{i % 2}")),
                                   ("ContradictoryRows",)),
    "classes without a positive name": Case(GOOD.replace(b"yes", b"A").replace(b"no", b"B"),
                                           ("PositiveClassAssumed",)),
    "no such positive class": Case(GOOD, ("PositiveClassNotFound",), {"positive_class": "perhaps"}),
    "a setting's former name": Case(GOOD, ("SettingRenamed",), {"keep": "no"}),
}  # fmt: skip
