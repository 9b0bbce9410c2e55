"""Which cells of a sample do not fit what its columns would be: their lines would be rejected, or the cells lost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

_SHAPES = {
    "email": (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "no e-mail address"),
    "phone": (re.compile(r"\+?[0-9 ().-]{7,22}"), "no phone number"),
}
_DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d")


def identifier_misfits(header: str, kind: str, cells: Mapping[str, int], *, is_only: bool) -> list[str]:
    """What to say of the cells, each with its first line, that are not of the shape of the identifier, if any.

    `is_only`: the feed has no other identifier.
    """
    pattern, what = _SHAPES.get(kind, (None, ""))
    wrong = [(cell, line) for cell, line in cells.items() if pattern and not pattern.fullmatch(cell)]
    notes = (
        _without_calling_code(header, [cell for cell in cells if cell not in dict(wrong)]) if kind == "phone" else []
    )
    if not wrong:
        return notes
    count = "a cell is" if len(wrong) == 1 else f"{len(wrong)} different cells are"
    shown = ", ".join(f"{cell!r} (line {line})" for cell, line in wrong[:3])
    result = (
        "lines would be rejected"
        if is_only
        else "cells would be dropped, and lines without another identifier rejected"
    )
    return [*notes, f"the column {header!r}: {count} {what}: {shown}: such {result}"]


def _without_calling_code(header: str, phones: Sequence[str]) -> list[str]:
    """What to say of phone numbers that are none without a country (C17)."""
    without = [phone for phone in phones if not phone.startswith("+")]
    if not without:
        return []
    count = "a number has" if len(without) == 1 else f"{len(without)} numbers have"
    return [
        f"the column {header!r}: {count} no + and calling code, such as {without[0]!r}, and would be dropped: say of"
        " which country they are, `dialect: {default_country: …}` in the feed (docs/feeds.md)"
    ]


def date_format_of(cells: Mapping[str, int]) -> str | None:
    """The one format in which all cells are dates, in strptime's letters; None if there is none, or several are."""
    fits = [one for one in _DATE_FORMATS if cells and all(_is_date(cell, one) for cell in cells)]
    return fits[0] if len(fits) == 1 else None


def _is_date(cell: str, date_format: str) -> bool:
    with suppress(ValueError):
        return bool(datetime.strptime(cell, date_format))
    return False
