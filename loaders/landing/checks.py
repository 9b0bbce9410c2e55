"""Why a whole file is refused by what its name or its header says."""

from __future__ import annotations

from collections.abc import Sequence

from loaders.errors import FileRefusedError
from loaders.feeds.feed import Feed
from loaders.landing.arrival import Arrival


def check_name(arrival: Arrival) -> None:
    """Raise FileRefusedError if the time in the name is none, or the feed may not touch its tenant (X9)."""
    if arrival.wrong_date:
        time_part = next(part for part, spec in arrival.feed.pattern.parts.items() if spec.startswith("%"))
        raise FileRefusedError("wrong_date_in_name", f"{arrival.name_parts[time_part]} in the name is no real time")
    if not arrival.feed.may_touch(arrival.tenant_id):
        raise FileRefusedError(
            "tenant_not_allowed", f"feed {arrival.feed.name} may not touch tenant {arrival.tenant_id!r}"
        )


def check_header(feed: Feed, header: Sequence[str], needed: Sequence[str]) -> None:
    """Raise FileRefusedError if the header of a CSV file is not as declared; `needed` are further columns.

    Names are compared exactly (R10); order does not matter, undeclared columns are kept unless refused.
    """
    names = set(header)
    declared = {column.sent_as for column in feed.columns}
    lacking = {name.lower() for name in declared - names}
    inexact = [name for name in header if name not in declared and name.strip().lower() in lacking]
    if inexact:
        declared_as = {name.lower(): name for name in declared}
        names_sent = ", ".join(f"{name!r} (declared: {declared_as[name.strip().lower()]!r})" for name in inexact)
        message = f"header names are not exactly as declared: {names_sent}"
        raise FileRefusedError("inexact_column", message, 1, 0)
    missing = [column.sent_as for column in feed.columns if column.required and column.sent_as not in names]
    missing += [name for name in needed if name not in names]
    identifiers = [column.sent_as for column in feed.columns if column.identifier]
    if identifiers and not names & set(identifiers):
        missing.append(" or ".join(identifiers))
    if missing:
        hint = " Is the delimiter as declared?" if len(header) == 1 else ""
        needs = ", ".join(dict.fromkeys(missing))
        raise FileRefusedError("missing_column", f"the header {header} lacks {needs}.{hint}", 1, 0)
    first = next((column.sent_as for column in feed.columns if column.first), header[0])
    if header[0] != first:
        raise FileRefusedError("wrong_first_column", f"the first column is {header[0]!r}, not {first!r}", 1, 0)
    if feed.config.undeclared_columns == "refuse" and (extra := sorted(names - declared)):
        raise FileRefusedError("undeclared_column", f"the header has undeclared columns {extra}", 1, 0)
