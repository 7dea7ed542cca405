"""Settings of how a file is read; what they leave open is found from the file."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from lambdas.shared.findings.message import Message
from lambdas.shared.settings.values import Names, Pairs, Refused
from training.written_dates import shape

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_DECIMALS = {"point": ".", "comma": ","}
_THOUSANDS = {**_DECIMALS, "blank": " ", "apostrophe": "'"}
_QUOTES = {"double": '"', "single": "'", "none": ""}
_ESCAPES = {"doubled": '"', "backslash": "\\"}


def _named(values: Mapping[str, str]) -> BeforeValidator:
    """Let a setting be given by names of its values, too."""

    def value(given: Any) -> Any:
        if not isinstance(given, str) or given in values.values():
            return given
        return values.get(given.strip().lower(), given)

    return BeforeValidator(value)


def _encoding(name: str) -> str:
    try:
        found = codecs.lookup(name.strip()).name
        "".encode(found)  # refuses codecs that do not make text
    except LookupError:
        unknown = Message("there is no such encoding; try utf-8, cp1252 or utf-16")
        raise Refused(unknown) from None
    return {"utf-8-sig": "utf-8"}.get(found, found)


def _patterns(dates: dict[str, str]) -> dict[str, str]:
    for pattern in dates.values():
        try:
            shape(pattern)
        except ValueError:
            text = Message("a date is written with %d, %m or %b, and %Y or %y, such as %d/%m/%Y")
            raise Refused(text) from None
    return dates


class ReadingSettings(BaseModel):
    """How a file is to be read; None leaves it to the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delimiter: Annotated[
        Literal[",", ";", "\t", "|"] | None, _named(DELIMITERS | {"\\t": "\t"})
    ] = Field(
        default=None,
        description="What separates cells. `comma`, `semicolon`, `tab` and `pipe` work as well.",
    )
    quote: Annotated[Literal['"', "'", ""] | None, _named(_QUOTES)] = Field(
        default=None,
        description="What encloses cells that contain the delimiter: double, single (the "
        "apostrophe) or none.",
    )
    escape: Annotated[Literal['"', "\\"] | None, _named(_ESCAPES)] = Field(
        default=None,
        description="How a quotation mark is written within a cell: doubled, or after a backslash.",
    )
    skip_rows: int | None = Field(
        default=None,
        ge=0,
        le=1000,
        description="Number of lines above the header that are not part of the table; 0 for none.",
    )
    skip_last_rows: int | None = Field(
        default=None,
        ge=0,
        le=1000,
        description="Number of rows at the end that are not part of the table, such as "
        "totals; 0 for none.",
    )
    encoding: Annotated[str, AfterValidator(_encoding)] | None = Field(
        default=None, description="The text's encoding, such as utf-8, cp1252 or utf-16."
    )
    decimal: Annotated[Literal[".", ","] | None, _named(_DECIMALS)] = Field(
        default=None, description="The decimal sign; `point` and `comma` work as well."
    )
    thousands: Annotated[Literal[",", ".", " ", "'"] | None, _named(_THOUSANDS)] = Field(
        default=None,
        description="The thousands separator, which decides whether 1,234 is a thousand or "
        "one; `comma`, `point`, `blank` and `apostrophe` work as well.",
    )
    numbers: Names = Field(
        default=(),
        description="Columns to read as numbers although they do not look like it: what "
        "cannot be read is missing, and leading zeros are dropped.",
    )
    codes: Names = Field(
        default=(),
        description="Columns whose cells are codes, such as a department's number: they are "
        "categories, and different spellings stay different.",
    )
    any_case: Names = Field(
        default=(),
        description="Columns of short codes in which upper and lower case mean the same.",
    )
    dates: Annotated[Pairs, AfterValidator(_patterns)] = Field(
        default={},
        description="Columns of dates and how they are written, such as `visit: %d/%m/%Y`; in "
        "metadata `visit=%d/%m/%Y`.",
    )
    header: bool | None = Field(
        default=None, description="Whether the first row contains the columns' names."
    )
    missing: Names = Field(
        default=(), description="Words for “no value” in addition to the usual ones, such as `?`."
    )
    ignore: Names = Field(default=(), description="Columns to exclude.")
    max_unpacked_mb: int = Field(
        default=4096,
        ge=1,
        le=1_048_576,
        description="Largest size of an archive once unpacked; the lowest of all places applies.",
    )
    max_unpack_ratio: int = Field(
        default=200,
        ge=1,
        le=2000,
        description="How many times its size an archive may unpack to; the lowest of all places "
        "applies.",
    )

    @property
    def decimal_sign(self) -> str | None:
        """The decimal sign, if it or the other one is set."""
        return self.decimal or {",": ".", ".": ","}.get(self.thousands or "")
