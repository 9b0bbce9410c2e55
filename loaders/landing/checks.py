"""Why a whole file is refused by what its name or its header says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from loaders.errors import FileRefusedError
from loaders.feeds.feed import Feed
from loaders.landing.arrival import Arrival
from loaders.printable import has_hidden, seen
from loaders.reading.csv_header import Fault
from loaders.reading.json_values import folded


def check_name(arrival: Arrival) -> None:
    """Raise FileRefusedError if the time in the name is none, or the feed may not touch its tenant (X9)."""
    if arrival.wrong_date:
        time_part = next(part for part, spec in arrival.feed.pattern.parts.items() if spec.startswith("%"))
        raise FileRefusedError("wrong_date_in_name", f"{arrival.name_parts[time_part]} in the name is no real time")
    if not arrival.feed.may_touch(arrival.tenant_id):
        raise FileRefusedError(
            "tenant_not_allowed", f"feed {arrival.feed.name} may not touch tenant {arrival.tenant_id!r}"
        )


def header_faults(feed: Feed, header: Sequence[str], needed: Sequence[str]) -> list[Fault]:
    """All that is not as declared in the header of a CSV file, each with its code; `needed` are further columns.

    Names are compared exactly (R10); order does not matter, undeclared columns are kept unless refused.
    """
    faults: list[Fault] = []
    names = set(header)
    declared = {column.sent_as for column in feed.columns}
    loosely = feed.says_only_what_is_declared
    identifiers = [column.sent_as for column in feed.columns if column.identifier]
    absent = declared - names
    meant = {folded(name, loosely=True): name for name in (absent if loosely else absent & set(identifiers))}
    meant |= {folded(name, loosely=False): name for name in absent}
    inexact = {name: right for name in header if name not in declared and (right := _meant_by(name, meant))}
    if inexact:
        sent = ", ".join(f"{name!r} (declared: {right!r})" for name, right in inexact.items())
        faults.append(("inexact_column", f"header names are not exactly as declared: {sent}"))
    if hidden := [name for name in header if name not in inexact and name not in declared and has_hidden(name)]:
        sent = ", ".join(f"{name!r} (seen: {seen(name)!r})" for name in hidden)
        faults.append(("inexact_column", f"header names hold what nobody sees: {sent}"))
    there = names | set(inexact.values())
    missing = [column.sent_as for column in feed.columns if column.required and column.sent_as not in there]
    missing += [name for name in needed if name not in there]
    if identifiers and not there & set(identifiers):
        missing.append(" or ".join(identifiers))
    if missing:
        needs = ", ".join(dict.fromkeys(missing))
        faults.append(("missing_column", f"the header {list(header)} lacks {needs}"))
    first = next((column.sent_as for column in feed.columns if column.first), header[0])
    if header[0] != first and header[0] not in inexact:
        faults.append(("wrong_first_column", f"the first column is {header[0]!r}, not {first!r}"))
    if feed.config.undeclared_columns == "refuse" and (extra := sorted(names - declared - set(inexact))):
        faults.append(("undeclared_column", f"the header has undeclared columns {extra}"))
    return faults


def _meant_by(name: str, meant: Mapping[str, str]) -> str | None:
    """The declared name, by its folded form, that an undeclared one must mean."""
    return meant.get(folded(name, loosely=False)) or meant.get(folded(name, loosely=True))
