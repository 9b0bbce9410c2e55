"""What an export declares: the `config.meta` of its exposure, checked by pydantic."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from loaders.exports.names import NameTemplate
from loaders.feeds.config_values import Character, Duration, Flag, Number, Timezone, Whole, checked_directory
from loaders.feeds.schedule import ScheduleConfig

_LETTERS = frozenset("aAbBdeHIjmMpSfUWyY-")
_LETTER = re.compile(r"%(-?[A-Za-z%]|$)")
NUMERIC = ("milliseconds", "seconds")


def _checked_format(text: str) -> str:
    """A format of dates or moments in strftime's letters; a `ValueError` if it has one that would not be true."""
    if text in NUMERIC:
        return text
    if "%" not in text:
        raise ValueError(
            f"{text!r} says no day: write milliseconds, seconds, or strftime's letters, such as '%Y-%m-%d'"
        )
    for letter in _LETTER.findall(text):
        if letter.lstrip("-") in ("z", "Z"):
            raise ValueError(f"{text!r}: %{letter} is not written: say in `timezone` whose local time it is")
        if letter != "%" and letter.lstrip("-") not in _LETTERS:
            raise ValueError(f"{text!r}: there is no %{letter}")
    return text


_Format = Annotated[str, AfterValidator(_checked_format)]


_NOT_OF_EVENTS = {"on_return", "leavers", "leavers_file_name", "touches", "threshold"}
_OF_CONTACTS = {"lifecycle", "touches", "threshold", "on_return"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExportDialect(_Strict):
    """How the rows are written: UTF-8, with a header."""

    delimiter: Character = ","
    quote: Character | None = Field(
        '"', description="none: a cell that would need it stops the export; within a cell it is doubled"
    )
    line_end: Literal["lf", "crlf"] = "lf"
    decimal_separator: Literal[".", ","] = "."
    multi_value_separator: Character = Field(
        "|", description="between the values of a list; a row with it in a value is left out and counted"
    )
    date_format: _Format = Field("milliseconds", description="of days: milliseconds, seconds, or strftime's letters")
    timestamp_format: _Format = Field("milliseconds", description="of moments, in the export's timezone")

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> ExportDialect:
        given = [self.delimiter, self.multi_value_separator, *filter(None, [self.quote])]
        if len(set(given)) < len(given):
            raise ValueError("delimiter, quote and multi_value_separator must be three different characters")
        if any(one in "\r\n\0" for one in given):
            raise ValueError("a line end separates no cells")
        return self


class LifecycleConfig(_Strict):
    """Only the members who are in this stage of a lifecycle now (B18)."""

    name: str
    stage: str


class ThresholdConfig(_Strict):
    """Whom a lifecycle has touched as often as this is left out (B18)."""

    max: Whole = Field(ge=1, description="touches in the period")
    per: Literal["week", "month", "quarter"] = Field(description="of the calendar, in the export's timezone")


class EventsConfig(_Strict):
    """Which timeline events of the members are exported (B17): those that were not yet."""

    types: list[str] | None = Field(None, min_length=1, description="without it all; one file each")
    last: Duration | None = Field(None, description="only those of so long before now")
    next: Duration | None = Field(None, description="only those of so long from now")


class ExportConfig(_Strict):
    """The `config.meta` of an exposure that is an export."""

    connection: str = Field(description="a name in connections.yml")
    directory: Annotated[str, AfterValidator(checked_directory)] = Field(
        ".", description="the directory on that connection"
    )
    file_name: str = Field(
        description="such as {segment}_{timestamp:%Y%m%d%H%M%S}.csv, or a fixed name, which is replaced each time;"
        " names that end in .gz are compressed, in .gpg encrypted"
    )
    timezone: Timezone = Field("UTC", description="of the time in the name, of moments, weeks and the schedule")
    tenant: str = Field(description="whose contacts (X9)")
    segment: str | None = Field(None, description="whose members; of groups there are no segments")
    events: EventsConfig | None = Field(None, description="rows are timeline events of the members (B17)")
    groups: str | None = Field(None, description="rows are the groups of this type (B17)")
    lifecycle: LifecycleConfig | None = Field(None, description="only those in this stage (B18)")
    touches: str | None = Field(None, description="the lifecycle whose touches a delivered run counts (B18)")
    threshold: ThresholdConfig | None = Field(None, description="who has been touched so often is left out (B18)")
    all: Flag = Field(False, description="every run exports everybody, not only what has changed")
    on_return: Literal["always", "if_changed"] = Field(
        "always", description="whether who comes back to the segment is exported again with an unchanged row"
    )
    leavers: Literal["no", "column", "file"] = Field(
        "no", description="who left is written too: with DELETE in a column `operation`, or into a file of their own"
    )
    leavers_file_name: str | None = Field(None, description="the name of that file")
    rows_per_file: Whole | None = Field(None, ge=1, description="more rows are several files, by {number} from 1 on")
    when_empty: Literal["header", "nothing"] | None = Field(
        None, description="what is sent if there is no row; if unsaid, a header under a fixed name, else nothing"
    )
    dialect: ExportDialect = Field(
        default_factory=lambda: ExportDialect.model_validate({}), description="how the rows are written"
    )
    formula_guard: Literal["prefix", "reject", "off"] = Field(
        "prefix", description="what becomes of a text that a spreadsheet would run: a ' before it, or its row left out"
    )
    max_shrink: Number = Field(0.3, ge=0, le=1, description="of the members at the last run, those that may be gone")
    judged_from: Whole = Field(100, ge=1, description="that counts from so many members on")
    pgp: str | None = Field(None, description="the keys under `pgp_recipients` in connections.yml (B2)")
    manifest: str | None = Field(None, description="the name of a file sent last: names, rows and sha256 of the others")
    replace_with_gap: Flag = Field(
        False, description="true: a server that cannot replace a file in one step may have none for a moment"
    )
    verify: Literal["size", "content"] = Field(
        "size", description="content: what was sent is fetched again and compared, before it gets its name"
    )
    enabled: Flag = Field(True, description="false: exported only by name")
    order: Whole = Field(0, description="exports run in this order")
    every: Duration | None = Field(None, description="`--scheduled` exports this often")
    schedule: ScheduleConfig | None = Field(None, description="`--scheduled` exports then")

    @model_validator(mode="after")
    def _is_whole(self) -> ExportConfig:
        if self.every is not None and self.schedule is not None:
            raise ValueError("say when it runs in one way: `every` or `schedule`")
        if (self.leavers == "file") != (self.leavers_file_name is not None):
            raise ValueError("`leavers: file` needs a `leavers_file_name`, and only it")
        if self.threshold and not self.touches:
            raise ValueError("a `threshold` counts the touches of a lifecycle: name it in `touches`")
        names = [NameTemplate(name) for name in (self.file_name, self.leavers_file_name, self.manifest) if name]
        if len({name.text for name in names}) < len(names):
            raise ValueError("its files need different names")
        if any(name.is_encrypted for name in names) != (self.pgp is not None):
            raise ValueError("files whose names end in .gpg, .pgp or .asc are encrypted to the keys in `pgp` (B2)")
        if (self.segment is None) == (self.groups is None):
            raise ValueError("say whom: the members of a `segment`, or all `groups` of a type")
        if any(name.has("segment") for name in names) and not self.segment:
            raise ValueError("groups have no segment: its name cannot be in that of the file")
        types = bool(self.events and len(self.events.types or ()) != 1)
        if types and not all(name.has("type") for name in self.file_names):
            raise ValueError("there is one file per type of events: {type} must be in `file_name`")
        if (self.rows_per_file is not None) != any(name.has("number") for name in self.file_names):
            raise ValueError("`rows_per_file` and {number} in `file_name` go together")
        if any(name.is_fixed and (name.has("number") or name.has("type")) for name in self.file_names):
            raise ValueError(
                "{number} and {type} need a {timestamp}: of fixed names those of the run before would stay"
            )
        if self.events and (wrong := self.model_fields_set & _NOT_OF_EVENTS):
            raise ValueError(f"events are exported once each: `{sorted(wrong)[0]}` does nothing beside `events`")
        if self.groups and (wrong := self.model_fields_set & _OF_CONTACTS):
            raise ValueError(f"groups are no contacts: `{sorted(wrong)[0]}` does nothing beside `groups`")
        if self.groups and self.events:
            raise ValueError("say what the rows are in one way: `events` or `groups`")
        if self.all and self.on_return != "always":
            raise ValueError("`all: true` exports everybody each time: `on_return` does nothing beside it")
        return self

    @property
    def file_names(self) -> tuple[NameTemplate, ...]:
        """The names of its files: profiles, then leavers, if they have one."""
        return tuple(NameTemplate(name) for name in (self.file_name, self.leavers_file_name) if name)

    @property
    def manifests(self) -> tuple[NameTemplate, ...]:
        """The name of its manifest, if it has one."""
        return (NameTemplate(self.manifest),) if self.manifest else ()
