"""Which settings of a feed mean something for what its files do (`applies`): the others are refused (C24)."""

from __future__ import annotations

from pathlib import Path

ROWS_OF_CONTACTS = ("complete_list", "import", "profiles", "groups")
"""What has one row per contact (or group) and sets its properties."""
READS_CELLS = (*ROWS_OF_CONTACTS, "linked")
"""So do rows that are linked to such (B10); `without_effect_beside` tells them from lines of events."""
APPLIES_WHERE: dict[str, tuple[str, ...]] = {
    "after_refused": ("commands", "profiles", "groups"),
    "allow_empty": ("complete_list", "import"),
    "date_format": READS_CELLS,
    "decimal_separator": READS_CELLS,
    "creates_contacts": (*ROWS_OF_CONTACTS, "commands", "events"),
    "guard": ("complete_list", "import"),
    "invalid_cells": (*ROWS_OF_CONTACTS, "events"),
    "multi_value_separator": READS_CELLS,
    "on_duplicate": ROWS_OF_CONTACTS,
    "on_reimport": ("commands",),
    "parts": ("complete_list",),
    "segment": ("complete_list", "import"),
    "subscribers_only": ("complete_list",),
    "thousands_separator": READS_CELLS,
    "timestamp_format": (*READS_CELLS, "events"),
    "unchanged_cells": ROWS_OF_CONTACTS,
}
"""Setting to the values of `applies` where something implements it; settings that are not named work everywhere."""
READ_BY_MODELS = frozenset({"default_country", "identifier_type", "placeholders"})
"""Settings that only the staging model of the feed can follow."""
_OF_CSV = frozenset({
    "delimiter", "quote", "escape", "header", "encoding", "skip_lines", "footer",
    "trim_around_quotes", "lenient_quotes", "trailing_delimiter", "missing_cells",
})  # fmt: skip


def without_effect_beside(root_applies: str, given: set[str]) -> str | None:
    """What is wrong with the `given` settings of a linked feed, by what its root applies; None if nothing."""
    idle = {"product_store"}
    if root_applies not in ROWS_OF_CONTACTS:
        idle = {name for name, where in APPLIES_WHERE.items() if "linked" in where}
    for name in sorted(given & idle):
        return f"`{name}` does nothing where the root feed `applies: {root_applies}`: leave it out"
    return None


def without_effect(applies: str, given: set[str]) -> str | None:
    """What is wrong with the `given` settings of a feed; None if each of them does something."""
    for name in sorted(given & APPLIES_WHERE.keys()):
        if applies not in APPLIES_WHERE[name]:
            where = ", ".join(APPLIES_WHERE[name])
            return f"`{name}` does nothing where `applies: {applies}`: leave it out (it is for {where})"
    return None


def without_effect_together(given: set[str], *, has_header: bool, is_about_subscribers: bool) -> str | None:
    """What is wrong with the `given` settings of a feed beside others; None if nothing."""
    if "undeclared_columns" in given and not has_header:
        return "`undeclared_columns` does nothing without a header: leave it out"
    if "creates_contacts" in given and is_about_subscribers:
        return "`creates_contacts` does nothing beside `subscribers_only`, which creates nobody: leave it out"
    return None


def unread_setting(root: Path, feed: str, given: set[str]) -> str | None:
    """What is wrong with one of the `given` settings that the feed's staging model has to read, and does not."""
    for name in sorted(given & READ_BY_MODELS):
        for model in (root / "models" / "staging").rglob(f"stg_{feed}.sql"):
            if f"'{name}'" not in model.read_text(encoding="utf-8"):
                path = model.relative_to(root)
                return f"`{name}` does nothing: {path} does not read it; leave it out, or read it there"
    return None


def model_without_key(root: Path, feed: str) -> Path | None:
    """The staging model of the feed, if it gives nothing by which linked rows could be joined (B10)."""
    for model in (root / "models" / "staging").rglob(f"stg_{feed}.sql"):
        if "link_key" not in model.read_text(encoding="utf-8"):
            return model.relative_to(root)
    return None


def csv_without_effect(file_format: str, given: set[str]) -> str | None:
    """The same of the settings of the `dialect`, by the `format` of the files."""
    if file_format == "ndjson" and given & _OF_CSV:
        names = ", ".join(f"`{name}`" for name in sorted(given & _OF_CSV))
        return f"dialect: {names} is how CSV is written, and `format: ndjson` has none: leave it out"
    return None
