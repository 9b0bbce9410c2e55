"""What a feed declares: the `config.meta` of its source table, checked by pydantic."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from loaders.feeds.applicable import csv_without_effect, without_effect, without_effect_together
from loaders.feeds.config_values import (
    Character,
    Country,
    DateFormat,
    Duration,
    Flag,
    FooterLine,
    Number,
    Placeholder,
    Tenants,
    TimestampFormat,
    Timezone,
    Whole,
    checked_directory,
)
from loaders.feeds.file_names import NamePattern
from loaders.feeds.import_request import ImportRequest
from loaders.feeds.schedule import ScheduleConfig
from loaders.reading.dialect import Dialect, Encoding

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
"""A part of the file name in a setting."""
PGP_NAME = re.compile(r"\.(gpg|pgp|asc)$")
"""How the names of encrypted files end."""


_SUFFIX = r"^\.[A-Za-z0-9_.-]+$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DialectConfig(_Strict):
    """How the rows are written. Nothing is sniffed."""

    delimiter: Character = ","
    quote: Character | None = '"'
    escape: Character | None = Field(default=None, description="none: a quote inside a quoted field is doubled")
    header: Flag = Field(default=True, description="false: the columns are those declared, in their order")
    encoding: Encoding = Field(default="utf-8", description="decoded exactly; utf-16 needs its byte order mark (R6)")
    skip_lines: Whole = Field(default=0, ge=0, le=1000, description="how many lines stand before the header")
    footer: FooterLine | Annotated[list[FooterLine], Field(max_length=20)] = Field(
        default=[],
        description="regular expressions, each of the beginning of one of the last lines: a file without them was cut",
    )
    trim_around_quotes: Flag = Field(default=False, description="blanks between quotes and delimiters are no data")
    lenient_quotes: Flag = Field(default=False, description="a quote within a field that begins with none is data")
    trailing_delimiter: Flag = Field(default=False, description="lines may end with a delimiter")
    missing_cells: Literal["reject", "empty"] = Field(
        default="reject", description="empty: a line with too few cells is taken, and those that it lacks are empty"
    )
    decimal_separator: Literal[".", ","] = Field(default=".", description="how numbers are written (B4)")
    thousands_separator: Literal[".", ",", " ", "'", "\u00a0", "\u202f"] | None = Field(
        default=None, description="what stands between the thousands of numbers; none: nothing does"
    )
    multi_value_separator: Character | None = Field(
        default=None, description="what separates the values of a list (B4)"
    )
    date_format: DateFormat = Field(
        default="iso",
        description="how dates are written, in strptime's letters; iso: YYYY-MM-DD; automatic: whatever begins with the"
        " year (B4)",
    )
    timestamp_format: TimestampFormat = Field(
        default="iso",
        description="how moments are written, in strptime's letters; without %z they are of the feed's timezone; iso:"
        " ISO 8601 with an offset",
    )
    default_country: Country | None = Field(
        default=None, description="whose phone numbers are written without a calling code; none: they need + and theirs"
    )

    @model_validator(mode="after")
    def _numbers_can_be_read(self) -> DialectConfig:
        if self.thousands_separator == self.decimal_separator:
            raise ValueError(f"{self.decimal_separator!r} cannot separate both decimals and thousands")
        return self

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> DialectConfig:
        _ = self.layout
        return self

    @property
    def layout(self) -> Dialect:
        """What the reader of files needs to know; the rest is read from the cells, in staging."""
        return Dialect(
            delimiter=self.delimiter,
            quote=self.quote,
            escape=self.escape,
            header=self.header,
            trim_around_quotes=self.trim_around_quotes,
            lenient_quotes=self.lenient_quotes,
            trailing_delimiter=self.trailing_delimiter,
            fill_missing_cells=self.missing_cells == "empty",
            skip_lines=self.skip_lines,
            footer=(self.footer,) if isinstance(self.footer, str) else tuple(self.footer),
            encoding=self.encoding,
        )


class PartsConfig(_Strict):
    """Several files that count as one delivery (A2, A8)."""

    number: str = Field(description="the part of the file name that numbers the files, such as file_number")
    count: Whole | None = Field(None, ge=1, description="complete when this many parts are there")
    marker: str | None = Field(None, description="complete when a file of this name is there")
    quiet: Duration | None = Field(None, description="complete when no part has come for so long")

    @model_validator(mode="after")
    def _one_way(self) -> PartsConfig:
        if sum(way is not None for way in (self.count, self.marker, self.quiet)) != 1:
            raise ValueError("say how a delivery is complete: exactly one of count, marker, quiet")
        return self


class LinkedConfig(_Strict):
    """Files whose rows belong to the rows of another feed's files, the root (B10)."""

    to: str = Field(description="the feed of the root files, such as shop__orders")
    wait: Duration = Field(
        "24 hours", description="a root file and its linked file may wait so long for each other; then `run` says so"
    )
    product_store: Flag = Field(True, description="whether what its rows say of products is kept in `products` (B12)")


class GuardConfig(_Strict):
    """What a complete list may do before it is held (X6); seeds/segment_limits.csv has it per segment."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    judged_from: Whole = Field(100, ge=1, description="shares count from so many members, or lines, on")
    max_removed_share: Number = Field(0.5, ge=0, le=1, description="of the members, those that it may remove; 1: all")
    max_removed_count: Whole | None = Field(None, ge=1, description="how many members it may remove")
    max_rejected_share: Number = Field(0.2, ge=0, le=1, description="of its lines, those that may be rejected; 1: all")
    min_members: Whole | None = Field(None, ge=1, description="how many it must list")
    max_deviation: Number | None = Field(
        None, ge=0, description="how far, as a share, its size may be from the median of the last five"
    )


class FeedConfig(_Strict):
    """The `config.meta` of a source table that is a feed."""

    connection: str = Field(description="a name in connections.yml")
    directory: Annotated[str, AfterValidator(checked_directory)] = Field(
        ".", description="the directory on that connection"
    )
    file_name: str = Field(description="the pattern of the file names, see docs/feeds.md")
    timezone: Timezone = Field("UTC", description="of the time in the file name, and of the schedule")
    format: Literal["csv", "ndjson", "by_extension"] = Field(
        "csv", description="by_extension: .ndjson and .jsonl are NDJSON, all other names CSV"
    )
    dialect: DialectConfig = Field(DialectConfig(), description="how CSV is written")
    pgp: str | None = Field(
        None, description="the keys under `pgp` in connections.yml: files are decrypted, their signatures checked (B2)"
    )
    applies: Literal["complete_list", "profiles", "commands", "import", "groups", "events", "linked"] = Field(
        description="complete_list: the file is the whole list of the segments it names; "
        "profiles: rows update contacts; commands: rows add and remove single members, in their order (M2); "
        "import: the file replaces or adds to one segment, with subscriptions and tags (O); "
        "groups: rows update households, accounts, companies (B13); events: rows are timeline events (B12); "
        "linked: rows belong to rows of another feed (B10)"
    )
    linked: LinkedConfig | None = Field(None, description="to which feed the rows belong (B10)")
    request: ImportRequest | None = Field(None, description="what an import does (O2-O10)")
    tenant: str = Field(description="a fixed tenant, or {part} of the file name (X9)")
    tenants: Tenants = Field(None, description="the tenants this feed may touch (X9)")
    segment: str | None = Field(None, description="{part} of the file name; without it the rows name the segment")
    identifier_type: Literal["phone", "email"] | None = Field(None, description="what the identifier column holds (A3)")
    placeholders: list[Placeholder] | None = Field(
        None, description="what identifies nobody in an identifier's cell, in place of the usual: zeros, null, n/a (X3)"
    )
    invalid_cells: Literal["drop", "reject"] = Field(
        "drop", description="a cell that cannot be read is dropped and counted; or its row is rejected (X10)"
    )
    on_duplicate: Literal["last", "first", "reject_all", "all"] = Field(
        "last",
        description="which of a contact's lines count; `all` for profiles and groups, a file of transactions (X2)",
    )
    allow_empty: Flag = Field(
        False,
        description="an empty complete list is judged as any other: it empties its segment if the guard lets it (X5)",
    )
    max_ahead: Duration = Field(
        "26 hours", description="a file whose time is further ahead of its landing is held (X6)"
    )
    guard: GuardConfig = Field(
        default_factory=lambda: GuardConfig.model_validate({}), description="what a list may do before it is held (X6)"
    )
    on_reimport: Literal["reset", "keep_longest"] = Field(
        "reset", description="what an UPDATE of a member does to its expiry (M7)"
    )
    subscribers_only: Flag = Field(False, description="rows of others than opted-in subscribers are ignored (A6)")
    unchanged_cells: Literal["apply", "skip"] = Field(
        "apply", description="skip: only cells that differ from the contact's last row of this feed count (B6)"
    )
    creates_contacts: Flag = Field(True, description="false: rows about somebody unknown are ignored (B7)")
    undeclared_columns: Literal["keep", "refuse"] = "keep"
    parts: PartsConfig | None = None
    done_suffix: str | None = Field(
        None, pattern=_SUFFIX, description="appended on the server to the name of a file that has landed (B5)"
    )
    refused_suffix: str = Field(
        ".refused", pattern=_SUFFIX, description="the same of a file that was refused, where there is a done_suffix"
    )
    after_refused: Literal["wait", "go_on"] | None = Field(
        None,
        description="wait: files behind a refused one count once that is right, or discarded (as commands, if unsaid)",
    )
    max_rows: Whole | None = Field(None, ge=1, description="a file with more rows is refused (A9)")
    enabled: Flag = Field(True, description="false: picked up only by hand, with `--feed` (B15)")
    order: Whole = Field(0, description="files of equal times are landed in this order of their feeds (B15)")
    every: Duration | None = Field(None, description="`muster run --scheduled` picks the feed up this often (A9)")
    schedule: ScheduleConfig | None = Field(None, description="`muster run --scheduled` picks the feed up then (B15)")

    @model_validator(mode="after")
    def _settings_do_something(self) -> FeedConfig:
        given = {name for name in self.model_fields_set if getattr(self, name) is not None}
        fault = without_effect(self.applies, given | self.dialect.model_fields_set) or csv_without_effect(
            self.format, self.dialect.model_fields_set
        )
        has_header, is_about_subscribers = self.dialect.header, self.subscribers_only
        fault = fault or without_effect_together(
            given, has_header=has_header, is_about_subscribers=is_about_subscribers
        )
        if fault:
            raise ValueError(fault)
        return self

    @model_validator(mode="after")
    def _one_rhythm(self) -> FeedConfig:
        if self.every is not None and self.schedule is not None:
            raise ValueError("say when the feed is picked up in one way: `every` or `schedule`")
        return self

    @model_validator(mode="after")
    def _encrypted_files_have_keys(self) -> FeedConfig:
        if self.pgp is None and PGP_NAME.search(self.file_name.rstrip("]")):
            raise ValueError("files with such names are encrypted: name their keys in `pgp` (B2)")
        return self

    @model_validator(mode="after")
    def _imports_are_requested(self) -> FeedConfig:
        if (self.applies == "import") != (self.request is not None):
            raise ValueError("a feed that `applies: import` needs a `request`, and only such a feed has one (O11)")
        if self.request and self.request.resubscribe:
            raise ValueError("`resubscribe` is said by hand, of one import: `muster import --resubscribe` (O12)")
        if self.applies == "import" and not self.segment:
            raise ValueError("an import is into one segment: name it in `segment`")
        if self.applies == "import" and (self.parts or self.subscribers_only):
            raise ValueError("an import is one file, about whom it names: no `parts`, no `subscribers_only`")
        return self

    @model_validator(mode="after")
    def _all_lines_of_a_contact_count_in_transactions(self) -> FeedConfig:
        if self.on_duplicate == "all" and self.applies not in ("profiles", "groups"):
            raise ValueError("`on_duplicate: all` is for feeds that apply profiles or groups (X2)")
        if self.on_duplicate == "all" and self.unchanged_cells == "skip":
            raise ValueError("`on_duplicate: all` counts lines that `unchanged_cells: skip` does not: choose (X2, B6)")
        return self

    @model_validator(mode="after")
    def _linked_files_have_a_root(self) -> FeedConfig:
        if (self.applies == "linked") != (self.linked is not None):
            raise ValueError("a feed that `applies: linked` says in `linked` to which feed, and only such a feed (B10)")
        if self.linked and self.parts:
            raise ValueError("a linked file is one file: no `parts`")
        return self

    @model_validator(mode="after")
    def _parts_exist(self) -> FeedConfig:
        pattern = NamePattern(self.file_name, self.timezone)
        used = set(PLACEHOLDER.findall(f"{self.tenant} {self.segment or ''}"))
        if missing := used.union({self.parts.number} if self.parts else ()) - set(pattern.parts):
            raise ValueError(f"the file name pattern has no part {', '.join(sorted(missing))}")
        if optional := used - pattern.required_parts:
            raise ValueError(f"names without {', '.join(sorted(optional))} fit as well: tenant and segment need it")
        if PLACEHOLDER.search(self.tenant) and self.tenants is None:
            raise ValueError("the tenant comes from the file name: list the `tenants` this feed may touch, or '*'")
        for suffix in (self.done_suffix, self.refused_suffix):
            if self.done_suffix and suffix and self.file_name.endswith(suffix):
                raise ValueError(f"the suffix {suffix!r} of files that are done is how new ones end: choose another")
        if self.parts and pattern.wildcard_count:
            raise ValueError("files of one delivery differ in their number alone: name what `*` and `?` stand for")
        if self.parts and self.parts.marker:
            NamePattern(self.parts.marker, self.timezone)
        return self
